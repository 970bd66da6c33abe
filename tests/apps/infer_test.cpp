// Preconditioners that networks make, as users of nacre_infer and nacre_solve meet them.
#include <gtest/gtest.h>

#include <cmath>

#include <nacre/core/config.hpp>

#include "run_program.hpp"

namespace nacre::test {
namespace {

/// Networks of short trainings, each made when it is first asked for.
Folder const& folder() {
  static Folder const it;
  return it;
}
std::string network(std::string const& name) {
  static std::map<std::string, std::string> const kTrainings{
      {"position", "--problem heat-small --epochs 40"},
      {"plain", "--problem heat-small --epochs 40 --features none"},
      {"lower", "--problem heat-small --epochs 1 --factor lower --start fsai0"},
      {"blocks", "--problem elasticity-small --epochs 1"}};
  auto const file = name + ".st";
  auto const files = folder().files();
  if (std::find(files.begin(), files.end(), file) == files.end()) {
    auto const ended = run_program("nacre_train", 1,
                                   kTrainings.at(name) + " --systems " + (name == "blocks" ? "4" : "20") +
                                       " --checkpoint " + folder() / file);
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
  return folder() / file;
}

TEST(NacreInfer, ComparesNetworksWithOthersOnAnyNumberOfRanks) {
  std::string const lower = network("lower"), position = network("position");
  for (int const ranks : numbers_of_ranks(3)) {
    Folder const outputs;
    auto const ended = run_program("nacre_infer", ranks,
                                   "--network " + position + "," + lower +
                                       " --problem heat-small --first 20 --systems 2 --methods "
                                       "none,jacobi,fsai0,fsai0_single,amg --csv " +
                                       outputs / "c.csv" + " --report " + outputs / "r.html");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended["ranks"], std::to_string(ranks));
    EXPECT_NEAR(ended.number("iterations_fsai0"), ended.number("iterations_fsai0_single"), 1);
    EXPECT_LT(ended.number("iterations_learned_position"), .85 * ended.number("iterations_jacobi"));
    EXPECT_NEAR(ended.number("iterations_learned_lower"), ended.number("iterations_fsai0"), 2);
    EXPECT_EQ(ended["nonzeros_learned_lower"], ended["nonzeros_fsai0"]);
    EXPECT_GT(ended.number("network_seconds_learned_lower"), 0);
    for (char const* tolerance : {"1e-2", "1e-4", "1e-6"})
      EXPECT_LT(ended.number(std::string("iterations_fsai0_") + tolerance), ended.number("iterations_fsai0"));
    auto const csv = outputs.read("c.csv");
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * 7) << csv;
    EXPECT_NE(outputs.read("r.html").find("<path class=\"curve"), std::string::npos);
  }
}

TEST(NacreInfer, FindsConditionNumbersOfTheSymmetricFormulation) {
  auto const ended = run_program("nacre_infer", 1,
                                 "--network " + network("position") +
                                     " --problem heat-small --first 20 --systems 1 --condition --methods "
                                     "none,jacobi,fsai0");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_LT(ended.number("condition_learned"), .5 * ended.number("condition_jacobi"));
  EXPECT_LT(ended.number("condition_fsai0"), .5 * ended.number("condition_jacobi"));
  EXPECT_LT(ended.number("condition_jacobi"), ended.number("condition_none"));
}

TEST(NacreSolve, TakesANetworkThatNeedsTheMatrixAlone) {
  std::string const problem = "--problem poisson3d --size 12 --preconditioner learned:" + network("plain");
  double first = 0;
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = nacre_solve(ranks, problem);
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended["status"], "converged");
    EXPECT_GT(ended.number("network_seconds"), 0);
    EXPECT_GT(ended.number("assembly_seconds"), 0);
    if (ranks == 1) first = ended.number("iterations");
    EXPECT_NEAR(ended.number("iterations"), first, 1) << ranks;
  }
}

TEST(NacreSolve, TakesANetworkWithPlaces) {
  auto const ended =
      nacre_solve(1, "--problem tets --size 12 --repeat 1 --preconditioner learned:" + network("position"));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_LT(ended.number("iterations"), 60);
}

#ifdef NACRE_HAVE_TRILINOS
TEST(NacreSolve, GivesBelosANetwork) {
  std::string const problem = "--problem poisson3d --size 12 --preconditioner learned:" + network("plain");
  double const ours = nacre_solve(1, problem).number("iterations");
  for (int const ranks : numbers_of_ranks(2)) {
    auto const ended = nacre_solve(ranks, problem + " --solver belos:CG");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_NEAR(ended.number("iterations"), ours, 1) << ranks;
  }
}
#endif

struct Refused {
  char const *name, *program, *arguments;  ///< @ stands for the folder of the networks
  int status;
  char const* message;
};

std::string with_folder(std::string text) {
  for (std::size_t at = 0; (at = text.find('@', at)) != std::string::npos;)
    text.replace(at, 1, folder() / "");
  return text;
}

Refused const kRefused[] = {
    {"NothingToDo", "nacre_infer", "--methods ''", 2, "there is nothing to compare"},
    {"NoFile", "nacre_infer", "--network @none.st", 3, "none.st"},
    {"AFolder", "nacre_infer", "--network @", 3, "directory"},
    {"Text", "nacre_infer", "--network @text.st", 3, "text.st"},
    {"Truncated", "nacre_infer", "--network @truncated.st", 3, "truncated.st"},
    {"WrongBlocks", "nacre_infer", "--network @blocks.st --problem heat-small", 3, "blocks of size 3"},
    {"WrongFeatures", "nacre_infer", "--network @position.st --problem elasticity-small", 3,
     "blocks of size 1"},
    {"BlocksOfAScalarProblem", "nacre_solve",
     "--problem poisson3d --size 4 --preconditioner learned:@blocks.st", 3, "blocks of size 3"},
    {"NoPlaces", "nacre_solve", "--matrix @nan_free.mtx --preconditioner learned:@position.st", 3,
     "nacre_train --features none"},
    {"NotANumber", "nacre_infer", "--network @plain.st --problem @nan.mtx", 3, "nan.mtx"},
    {"NotAMatrix", "nacre_infer", "--network @plain.st --problem @text.st.mtx", 3, "text.st.mtx"},
    {"NotADataSet", "nacre_train", "--problem @text.h5", 3, "text.h5"},
    {"UnknownMethod", "nacre_infer", "--network @plain.st --methods fsai1", 2, "fsai0"},
    {"FullFromFsai0", "nacre_train", "--start fsai0", 2, "--factor lower"},
    {"ResumeOfAnother", "nacre_train",
     "--problem heat-small --systems 20 --width 8 --resume --checkpoint @position.st", 3, "width"},
    {"BeginWithAnother", "nacre_train", "--problem heat-small --systems 20 --width 8 --init @position.st", 3,
     "width"},
};

TEST(NacreInfer, RefusesWhatIsWrongAndLeavesWhatIsThere) {
  network("position");
  network("plain");
  network("blocks");
  auto const& inputs = folder();
  std::string const kept = inputs.read("position.st");
  inputs.write("text.st", "no network\n");
  inputs.write("text.h5", "no data set\n");
  inputs.write("text.st.mtx", "no matrix\n");
  inputs.write("truncated.st", kept.substr(0, kept.size() / 2));
  std::string const head = "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 2\n2 2 ";
  inputs.write("nan.mtx", head + "nan\n");
  inputs.write("nan_free.mtx", head + "3\n");
  auto const before = inputs.files();
  for (auto const& r : kRefused)
    for (int const ranks : numbers_of_ranks(2)) {
      SCOPED_TRACE(std::string(r.name) + " on " + std::to_string(ranks) + " ranks");
      auto const ended = run_program(r.program, ranks, with_folder(r.arguments));
      EXPECT_EQ(ended.status, r.status) << ended.out << ended.err;
      EXPECT_NE(ended.err.find(r.message), std::string::npos) << ended.err;
      EXPECT_EQ(ended.err.rfind(std::string(r.program) + ": ", 0), 0u) << ended.err;
      EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
      EXPECT_EQ(ended.out, "");
      EXPECT_LT(ended.seconds, 30);
    }
  EXPECT_EQ(inputs.files(), before);
  EXPECT_EQ(inputs.read("position.st"), kept);
}

TEST(NacreInfer, SaysThatAMatrixIsNotPositiveDefinite) {
  Folder const inputs;
  inputs.write("indefinite.mtx",
               "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 2\n2 1 3\n2 2 2\n3 2 1\n3 3 4\n");
  for (int const ranks : numbers_of_ranks(2)) {
    auto const ended = run_program("nacre_infer", ranks,
                                   "--network " + network("plain") + " --problem " +
                                       inputs / "indefinite.mtx" + " --rhs solution --methods none,fsai0");
    EXPECT_EQ(ended.status, 1) << ended.out << ended.err;
    EXPECT_NE(ended["failure_none"].find("indefinite"), std::string::npos) << ended.out;
    EXPECT_NE(ended["failure_learned"].find("indefinite"), std::string::npos) << ended.out;
    EXPECT_NE(ended["failure_fsai0"].find("not positive definite"), std::string::npos) << ended.out;
  }
}

}  // namespace
}  // namespace nacre::test
