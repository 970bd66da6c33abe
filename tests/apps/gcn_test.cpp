// nacre_gcn as its users run it: results, files, ranks.
#include <gtest/gtest.h>

#include <cmath>

#include "run_program.hpp"

namespace nacre::test {
namespace {

std::string const kSmall = "--nodes 300 --epochs 30 ";

Ended nacre_gcn(int ranks, std::string const& arguments) {
  return run_program("nacre_gcn", ranks, arguments);
}

std::vector<double> numbers(std::string const& list) {
  std::vector<double> values;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) values.push_back(std::strtod(item.c_str(), nullptr));
  return values;
}

/// The rows below the header: epoch, loss, validation loss, validation accuracy.
std::vector<std::vector<double>> rows_of(std::string const& csv) {
  std::vector<std::vector<double>> rows;
  std::istringstream in(csv);
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "epoch,loss,validation_loss,validation_accuracy");
  while (std::getline(in, line)) rows.push_back(numbers(line));
  return rows;
}

std::vector<std::vector<double>> history(int ranks, std::string const& arguments) {
  Folder const folder;
  auto const ended = nacre_gcn(ranks, arguments + " --history " + folder / "h.csv");
  EXPECT_EQ(ended.status, 0) << ended.err;
  return rows_of(folder.read("h.csv"));
}

double largest_difference(std::vector<std::vector<double>> const& a,
                          std::vector<std::vector<double>> const& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    for (std::size_t j = 0; j < 3; ++j) largest = std::max(largest, std::fabs(a[i].at(j) - b[i].at(j)));
  return largest;
}

TEST(NacreGcn, TellsTheClassesOfTheGeneratedGraph) {
  auto const ended = nacre_gcn(1, "");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended["nodes"], "2000");
  EXPECT_EQ(ended["classes"], "5");
  EXPECT_EQ(ended["parameters"], "8101");  // 500 by 16 and 16, 16 by 5 and 5
  EXPECT_EQ(ended["epochs"], "200");
  EXPECT_GT(ended.number("test_accuracy_mean"), .8);  // .2 by chance
  EXPECT_EQ(ended.number("test_accuracy_std"), 0);
  EXPECT_GT(ended.number("epoch_seconds"), 0);
  EXPECT_EQ(ended.number("halo_bytes_per_epoch"), 0);
  std::istringstream lines(ended.out);
  std::vector<std::string> keys;
  for (std::string line; std::getline(lines, line);) keys.push_back(line.substr(0, line.find('=')));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end()) << "printed twice:\n" << ended.out;
}

TEST(NacreGcn, LearnsByBothRecipesInBothPrecisions) {
  for (std::string const recipe : {"kipf", "paper"})
    for (std::string const precision : {"float", "double"}) {
      auto const rows =
          history(1, "--nodes 300 --epochs 100 --recipe " + recipe + " --precision " + precision);
      ASSERT_EQ(rows.size(), 100u);
      EXPECT_EQ(rows.back()[0], 100);
      EXPECT_LT(rows.back()[1], .95 * rows.front()[1]) << recipe << precision;
      EXPECT_GT(rows.back()[3], .4) << recipe << precision;  // .2 by chance
    }
}

TEST(NacreGcn, GivesMeanAndDeviationOfSeveralNetworks) {
  auto const ended = nacre_gcn(1, kSmall + "--seeds 3 --seed 4");
  ASSERT_EQ(ended.status, 0) << ended.err;
  auto const accuracies = numbers(ended["test_accuracies"]);
  ASSERT_EQ(accuracies.size(), 3u);
  double mean = 0, squares = 0;
  for (double const a : accuracies) mean += a / 3;
  for (double const a : accuracies) squares += (a - mean) * (a - mean);
  EXPECT_NEAR(ended.number("test_accuracy_mean"), mean, 1e-5);
  EXPECT_NEAR(ended.number("test_accuracy_std"), std::sqrt(squares / 2), 1e-4);
  for (int i = 0; i < 3; ++i)  // each is the network that its seed alone gives
    EXPECT_NEAR(nacre_gcn(1, kSmall + "--seed " + std::to_string(4 + i)).number("test_accuracy_mean"),
                accuracies[static_cast<std::size_t>(i)], 1e-6);
}

TEST(NacreGcn, RepeatsItself) {
  auto const first = history(1, kSmall + "--seed 7");
  EXPECT_EQ(first, history(1, kSmall + "--seed 7"));
  EXPECT_NE(first, history(1, kSmall + "--seed 8"));
}

TEST(NacreGcn, LearnsTheSameFromSparseAndDenseFeatures) {
  for (std::string const recipe : {"kipf", "paper"}) {
    auto const options = kSmall + "--dropout 0 --precision double --recipe " + recipe;
    EXPECT_LT(largest_difference(history(1, options), history(1, options + " --features dense")), 1e-11)
        << recipe;
  }
}

TEST(NacreGcn, LearnsTheSameOnSeveralRanks) {
  for (std::string const more : {"", "--dropout 0", "--recipe paper", "--features dense"}) {
    auto const options = "--nodes 300 --epochs 50 --precision double " + more;
    auto const expected = history(1, options);
    for (int const ranks : numbers_of_ranks(3))
      EXPECT_LT(largest_difference(history(ranks, options), expected), 1e-10) << ranks << ' ' << more;
  }
}

TEST(NacreGcn, PrintsWhatTheRanksSend) {
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = nacre_gcn(ranks, kSmall + "--precision double");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended.number("ranks"), ranks);
    EXPECT_EQ(ended.number("halo_bytes_per_epoch") > 0, ranks > 1);
    // each rank sends 2 (P - 1) / P of the gradients in a ring
    EXPECT_NEAR(ended.number("gradient_bytes_per_epoch"), 2 * (ranks - 1) * 8. * 8101, 8. * ranks);
  }
}

TEST(NacreGcn, WritesAPageAndAHistory) {
  for (std::string const seeds : {"1", "2"}) {
    Folder const folder;
    auto const ended = nacre_gcn(
        1, kSmall + "--seeds " + seeds + " --report " + folder / "r.html --history " + folder / "h.csv");
    ASSERT_EQ(ended.status, 0) << ended.err;
    auto const html = folder.read("r.html");
    auto const count = [&](std::string const& what) {
      std::size_t n = 0;
      for (auto at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) ++n;
      return n;
    };
    for (std::string const tag :
         {"section", "svg", "table", "tr", "td", "th", "text", "dl", "main", "body", "div"})
      EXPECT_EQ(count("<" + tag + " ") + count("<" + tag + ">"), count("</" + tag + ">")) << tag;
    EXPECT_EQ(count("<path class=\"curve"), 3u);
    EXPECT_EQ(count("nan") + count("inf,") + count("<script") + count("http"), 0u);
    EXPECT_EQ(count("<h2>Networks</h2>"), seeds == "1" ? 0u : 1u);
    EXPECT_EQ(count("<h2>Test nodes by"), 1u);
    auto const rows = rows_of(folder.read("h.csv"));
    ASSERT_EQ(rows.size(), 30u);
    EXPECT_NEAR(rows.back()[1], ended.number("loss"), 1e-10);
    EXPECT_NEAR(rows.back()[3], ended.number("validation_accuracy"), 1e-6);
    EXPECT_EQ(folder.files(), (std::vector<std::string>{"h.csv", "r.html"}));
  }
}

TEST(NacreGcn, HelpsItsUser) {
  auto const ended = nacre_gcn(1, "--help");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err, "");
  for (char const* option : {"--data", "--seeds", "--recipe", "--hidden", "--epochs", "--checkpoint",
                             "--resume", "--report", "--history", "--progress", "Exit status"})
    EXPECT_NE(ended.out.find(option), std::string::npos) << option;
}

TEST(NacreGcn, TimesDenseFeaturesToo) {
  auto const ended = nacre_gcn(1, "--nodes 300 --epochs 5 --compare-dense");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_GT(ended.number("epoch_seconds"), 0);
  EXPECT_GT(ended.number("dense_over_sparse"), 0);
}

struct RealGraph {
  char const* name;
  double accuracy;
};

struct NacreGcnOnRealGraphs : testing::TestWithParam<RealGraph> {};

TEST_P(NacreGcnOnRealGraphs, ReachesTheAccuracyOfThePaper) {
  char const* const data = std::getenv("NACRE_DATA_DIR");
  auto const folder = std::string(data ? data : "") + "/graphs/" + GetParam().name;
  if (!std::ifstream(folder + "/labels.txt"))
    GTEST_SKIP() << "NACRE_DATA_DIR has no graphs/" << GetParam().name;
  auto const ended = nacre_gcn(1, "--seeds 2 --data " + folder);
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended["data"], GetParam().name);
  EXPECT_GT(ended.number("test_accuracy_mean"), GetParam().accuracy);
}

INSTANTIATE_TEST_SUITE_P(Graphs, NacreGcnOnRealGraphs,
                         testing::Values(RealGraph{"cora", .78}, RealGraph{"citeseer", .68}),
                         [](auto const& graph) { return std::string(graph.param.name); });

}  // namespace
}  // namespace nacre::test
