// The programs that learn, as their users run them.
#include <gtest/gtest.h>

#include <cmath>

#include "run_program.hpp"

namespace nacre::test {
namespace {

std::vector<double> numbers(std::string const& list) {
  std::vector<double> values;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) values.push_back(std::strtod(item.c_str(), nullptr));
  return values;
}

TEST(NacreJacobi, FindsTheExactMinimiserWithManySamples) {
  auto const ended = run_program("nacre_jacobi", 1, "--samples 64 --epochs 1000");
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::vector<double> const exact{.7889, .5279, .6276, .5895, .6040, .5985, .6006, .5999};
  auto const omega = numbers(ended["omega"]);
  ASSERT_EQ(omega.size(), 16u);
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(omega[i], exact[i], .02) << i;
    EXPECT_NEAR(omega[15 - i], exact[i], .02) << 15 - i;
  }
  EXPECT_NEAR(ended.number("exact_loss"), .1981, 5e-5);
  EXPECT_NEAR(ended.number("expected_loss"), .1981, 5e-4);
}

TEST(NacreJacobi, LearnsFromTheFewSamplesOfThePaper) {
  auto const ended = run_program("nacre_jacobi", 1, "");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_LT(ended.number("expected_loss"), .215);  // .9375 at the start
}

TEST(NacreJacobi, WorksInTwoAndThreeDimensions) {
  for (std::string const more : {"--dimension 2 --size 8", "--dimension 3 --size 5"}) {
    auto const ended = run_program("nacre_jacobi", 1, more + " --samples 32 --epochs 400");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_LT(ended.number("distance_to_exact"), .05) << more;
    EXPECT_LT(ended.number("expected_loss"), 1.01 * ended.number("exact_loss")) << more;
  }
}

TEST(NacreJacobi, WritesItsWeights) {
  Folder const folder;
  auto const ended = run_program("nacre_jacobi", 1, "--epochs 20 --weights " + folder / "w.txt");
  ASSERT_EQ(ended.status, 0) << ended.err;
  std::istringstream in(folder.read("w.txt"));
  auto const omega = numbers(ended["omega"]);
  for (double const expected : omega) {
    double found = 0;
    in >> found;
    EXPECT_NEAR(found, expected, 1e-6);
  }
}

TEST(NacreJacobi, RepeatsItself) {
  auto const first = run_program("nacre_jacobi", 1, "--epochs 50 --seed 7");
  auto const second = run_program("nacre_jacobi", 1, "--epochs 50 --seed 7");
  auto const other = run_program("nacre_jacobi", 1, "--epochs 50 --seed 8");
  EXPECT_EQ(first["omega"], second["omega"]);
  EXPECT_NE(first["omega"], other["omega"]);
}

TEST(NacreHeavyball, LowersItsLoss) {
  for (std::string const more : {"", "--dimension 2 --size 10", "--dimension 3 --size 6 --iterations 9"}) {
    auto const ended = run_program("nacre_heavyball", 1, more);
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_LT(ended.number("loss"), .8 * ended.number("initial_loss")) << more;
    EXPECT_GT(ended.number("alpha"), 0) << more;
    EXPECT_GT(ended.number("beta"), 0) << more;
    EXPECT_LT(ended.number("beta"), 1) << more;
  }
}

TEST(NacrePcgFactor, SavesIterations) {
  auto const ended = run_program("nacre_pcg_factor", 1, "");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_NEAR(ended.number("mean_iterations_cg"), 23, .5);
  EXPECT_LE(ended.number("mean_iterations"), 20);
  EXPECT_LT(ended.number("loss"), ended.number("initial_loss"));
}

TEST(NacreSpai, ReachesTheOptimum) {
  auto const ended = run_program("nacre_spai", 1, "");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_NEAR(ended.number("initial_objective"), 3032, 1e-6);
  EXPECT_NEAR(ended.number("objective"), 4.052350, .01 * 4.052350);
  EXPECT_LT(ended.number("gradient_norm"), .01);
  EXPECT_LE(ended.number("epochs"), 40);
}

TEST(NacreSpai, SaysWhenItIsNotDone) {
  auto const ended = run_program("nacre_spai", 1, "--epochs 3");
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended["status"], "max_epochs");
}

TEST(NacreSpai, SaysWhenTheLearningRateIsTooLarge) {
  auto const ended = run_program("nacre_spai", 1, "--learning-rate 10 --epochs 2000");
  EXPECT_EQ(ended.status, 3);
  EXPECT_NE(ended.err.find("--learning-rate below 10"), std::string::npos) << ended.err;
}

struct Learning : testing::TestWithParam<char const*> {};

TEST_P(Learning, HelpsItsUser) {
  auto const ended = run_program(GetParam(), 1, "--help");
  EXPECT_EQ(ended.status, 0);
  for (char const* option : {"--size", "--dimension", "--samples", "--epochs", "--seed", "--report"})
    EXPECT_NE(ended.out.find(option), std::string::npos) << option;
}

TEST_P(Learning, WritesAPageAndAHistory) {
  Folder const folder;
  auto const ended = run_program(
      GetParam(), 1, "--size 6 --epochs 12 --report " + folder / "r.html --history " + folder / "h.csv");
  ASSERT_LE(ended.status, 1) << ended.err;
  auto const html = folder.read("r.html");
  auto const count = [&](std::string const& what) {
    std::size_t n = 0;
    for (auto at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) ++n;
    return n;
  };
  for (std::string const tag : {"section", "svg", "table", "text", "dl", "main", "body", "div", "figure"})
    EXPECT_EQ(count("<" + tag + " ") + count("<" + tag + ">"), count("</" + tag + ">")) << tag;
  EXPECT_GE(count("<path class=\"curve"), 2u);
  EXPECT_EQ(count("nan") + count("inf,") + count("<script") + count("http"), 0u);
  auto const csv = folder.read("h.csv");
  EXPECT_EQ(csv.rfind("epoch,loss\n0,", 0), 0u) << csv;
  EXPECT_GE(std::count(csv.begin(), csv.end(), '\n'), 10);
}

TEST_P(Learning, RefusesBadInput) {
  struct Bad {
    std::string arguments;
    int status;
    char const* message;
  };
  for (auto const& bad :
       {Bad{"--size 0", 2, "--size = 0"}, Bad{"--size -3", 2, "--size = -3"}, Bad{"--size ten", 2, "ten"},
        Bad{"--dimension 4", 2, "--dimension = 4"}, Bad{"--samples 0", 2, "--samples = 0"},
        Bad{"--epochs 0", 2, "--epochs = 0"}, Bad{"--seed -1", 2, "--seed = -1"},
        Bad{"--epoch 3", 2, "did you mean --epochs?"},
        Bad{"--size 100000 --dimension 3", 2, "--size = 100000"}, Bad{"stray", 2, "'stray'"},
        Bad{"--report /nowhere/r.html", 3, "/nowhere/r.html"}}) {
    auto const ended = run_program(GetParam(), 1, bad.arguments);
    EXPECT_EQ(ended.status, bad.status) << bad.arguments << '\n' << ended.out << ended.err;
    EXPECT_NE(ended.err.find(bad.message), std::string::npos) << bad.arguments << '\n' << ended.err;
    EXPECT_EQ(ended.err.rfind(std::string(GetParam()) + ": ", 0), 0u) << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    EXPECT_EQ(ended.out, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Learning,
                         testing::Values("nacre_jacobi", "nacre_heavyball", "nacre_pcg_factor", "nacre_spai",
                                         "nacre_inversion"),
                         [](auto const& program) { return std::string(program.param); });

TEST(LearningOnSeveralRanks, IsRefusedByProgramsThatKnowOne) {
  for (int const ranks : numbers_of_ranks(2)) {
    if (ranks == 1) continue;
    for (char const* program : {"nacre_jacobi", "nacre_heavyball", "nacre_pcg_factor", "nacre_spai"}) {
      auto const ended = run_program(program, ranks, "");
      EXPECT_EQ(ended.status, 2) << program << ended.err;
      EXPECT_NE(ended.err.find("runs on one rank"), std::string::npos) << ended.err;
    }
  }
}

}  // namespace
}  // namespace nacre::test
