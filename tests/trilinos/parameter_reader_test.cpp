#include <gtest/gtest.h>

#include <cstdio>

#include <nacre/trilinos/parameter_reader.hpp>

using namespace nacre;
using namespace nacre::trilinos;

namespace {

template <class Call>
std::string error_of(Call const& call) {
  try {
    call();
  } catch (Error const& e) {
    return e.what();
  }
  return "no error";
}

bool contains(std::string const& text, std::string const& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(NearestName, IsTheOneWithTheFewestEdits) {
  std::vector<std::string> const names{"tolerance", "max_iterations", "restart"};
  EXPECT_EQ(nearest_name("tolerence", names), "tolerance");
  EXPECT_EQ(nearest_name("Max Iterations", names), "max_iterations");
  EXPECT_EQ(nearest_name("colour", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(ParameterReader, ReadsWhatIsThereAndKeepsTheRest) {
  Teuchos::ParameterList list;
  list.set("n", 3);
  list.set("tolerance", 1e-3);
  list.set("ratio", 2);  // an int for a double
  list.set("name", "pcg");
  list.set("on", true);
  int n = 0, missing = 7;
  double tolerance = 0, ratio = 0;
  std::string name;
  bool on = false;
  ParameterReader reader(list, "Options");
  reader.field("n", n);
  reader.field("tolerance", tolerance);
  reader.field("ratio", ratio);
  reader.field("name", name);
  reader.field("on", on);
  reader.field("missing", missing);
  reader.check();
  EXPECT_EQ(n, 3);
  EXPECT_EQ(tolerance, 1e-3);
  EXPECT_EQ(ratio, 2.);
  EXPECT_EQ(name, "pcg");
  EXPECT_TRUE(on);
  EXPECT_EQ(missing, 7);
}

TEST(ParameterReader, RejectsAnUnknownNameAndSaysWhichWasMeant) {
  Teuchos::ParameterList list;
  list.set("tolerence", 1e-3);
  double tolerance = 0;
  int restart = 0;
  ParameterReader reader(list, "Options");
  reader.field("tolerance", tolerance);
  reader.field("restart", restart);
  auto const what = error_of([&] { reader.check(); });
  EXPECT_EQ(
      what,
      "Options: unknown parameter 'tolerence'; did you mean 'tolerance'? Valid: 'tolerance', 'restart'");
}

TEST(ParameterReader, RejectsAnotherTypeAndSaysWhichIsExpected) {
  Teuchos::ParameterList list;
  list.set("n", 3.5);
  list.set("tolerance", "small");
  list.sublist("on");
  int n = 0;
  double tolerance = 0;
  bool on = false;
  ParameterReader reader(list, "Options");
  EXPECT_EQ(error_of([&] { reader.field("n", n); }), "Options: parameter 'n' is double but must be an int");
  EXPECT_TRUE(contains(error_of([&] { reader.field("tolerance", tolerance); }), "must be a double"));
  EXPECT_EQ(error_of([&] { reader.field("on", on); }),
            "Options: parameter 'on' is a sublist but must be a bool");
  EXPECT_TRUE(contains(error_of([&] { reader.sublist("n"); }), "must be a sublist"));
}

TEST(ParameterReader, ReadsNamedValues) {
  enum class Color { red, green };
  NamedValues<Color> const names{{"red", Color::red}, {"green", Color::green}};
  Teuchos::ParameterList list;
  list.set("color", "green");
  Color color = Color::red;
  ParameterReader(list, "Options").field("color", color, names);
  EXPECT_EQ(color, Color::green);
  list.set("color", "gren");
  EXPECT_EQ(
      error_of([&] { ParameterReader(list, "Options").field("color", color, names); }),
      "Options: unknown value 'gren' of parameter 'color'; did you mean 'green'? Valid: 'red', 'green'");
}

TEST(ParameterXml, SurvivesARoundTrip) {
  std::string const file = testing::TempDir() + "nacre_parameters.xml";
  Teuchos::ParameterList list("Nacre");
  list.set("n", 3);
  list.sublist("AMG").set("smoother", "chebyshev");
  write_xml(file, list);
  auto const back = read_xml(file);
  EXPECT_EQ(back.get<int>("n"), 3);
  EXPECT_EQ(back.sublist("AMG").get<std::string>("smoother"), "chebyshev");
  std::remove(file.c_str());
  EXPECT_TRUE(contains(error_of([&] { read_xml(file); }), "nacre_parameters.xml: cannot be opened"));
}

TEST(ParameterXml, RejectsAFileThatIsNoXml) {
  std::string const file = testing::TempDir() + "nacre_not.xml";
  std::FILE* const f = std::fopen(file.c_str(), "w");
  ASSERT_NE(f, nullptr);
  std::fputs("<ParameterList><Parameter name=", f);
  std::fclose(f);
  EXPECT_TRUE(contains(error_of([&] { read_xml(file); }), "nacre_not.xml: not a parameter list in XML"));
  std::remove(file.c_str());
}
