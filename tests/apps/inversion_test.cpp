// nacre_inversion, as its users run it.
#include <gtest/gtest.h>

#include "run_program.hpp"

namespace nacre::test {
namespace {

TEST(NacreInversion, RecoversTheCoefficientOnAnyNumberOfRanks) {
  Ended alone;
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = run_program("nacre_inversion", ranks, "--size 8 --samples 3 --check");
    ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
    EXPECT_LT(ended.number("gradient_check"), 1e-6);
    EXPECT_LT(ended.number("misfit"), .03 * ended.number("initial_misfit"));
    EXPECT_LT(ended.number("coefficient_error"), .4 * ended.number("initial_error"));
    if (ranks == 1) {
      alone = ended;
      continue;
    }
    EXPECT_NEAR(ended.number("initial_loss"), alone.number("initial_loss"),
                1e-7 * alone.number("initial_loss"));
    EXPECT_NEAR(ended.number("loss"), alone.number("loss"), 1e-5 * alone.number("loss"));
    EXPECT_NEAR(ended.number("coefficient_error"), alone.number("coefficient_error"), 1e-3);
    EXPECT_NEAR(ended.number("iterations"), alone.number("iterations"), 2);
  }
}

TEST(NacreInversion, WorksInOneAndTwoDimensionsAndWithEitherRegularizer) {
  for (std::string const arguments :
       {"--dimension 2 --size 16", "--dimension 2 --size 16 --regularizer tikhonov",
        "--dimension 1 --size 40 --noise 1e-3", "--size 7 --observed 0.5"}) {
    auto const ended = run_program("nacre_inversion", 1, arguments + " --gradient-tolerance 1e-2 --check");
    ASSERT_EQ(ended.status, 0) << arguments << ended.out << ended.err;
    EXPECT_LT(ended.number("gradient_check"), 1e-5) << arguments;
    EXPECT_LT(ended.number("coefficient_error"), .75 * ended.number("initial_error")) << arguments;
  }
}

TEST(NacreInversion, WritesFieldsForParaView) {
  for (int const ranks : numbers_of_ranks(2)) {
    Folder const folder;
    auto const ended = run_program("nacre_inversion", ranks,
                                   "--size 5 --samples 2 --epochs 3 --vtu " + folder / "fields.vtu");
    EXPECT_EQ(ended.status, 1) << ended.err;  // three iterations are not enough
    EXPECT_EQ(ended["status"], "max_iterations");
    auto const text = folder.read("fields.vtu");
    for (char const* name : {"log_truth", "log_estimate", "observation_0", "observation_1"})
      EXPECT_NE(text.find(std::string("Name=\"") + name + "\""), std::string::npos) << name;
  }
}

TEST(NacreInversion, RefusesBadInputOnAllRanks) {
  struct Bad {
    char const *arguments, *message;
    int status;
  };
  for (auto const& bad :
       {Bad{"--noise -1", "--noise = -1", 2}, Bad{"--contrast 0.5", "--contrast = 0.5", 2},
        Bad{"--regularizer tvv", "did you mean tv?", 2}, Bad{"--observed 0", "--observed = 0", 2},
        Bad{"--tolerance 2", "--tolerance = 2", 2}, Bad{"--learning-rate 1", "--learning-rate", 2},
        Bad{"--size 4 --vtu /nowhere/f.vtu", "/nowhere/f.vtu", 3}})
    for (int const ranks : numbers_of_ranks(2)) {
      auto const ended = run_program("nacre_inversion", ranks, bad.arguments);
      EXPECT_EQ(ended.status, bad.status) << bad.arguments << ended.err;
      EXPECT_NE(ended.err.find(bad.message), std::string::npos) << ended.err;
      EXPECT_EQ(ended.out, "");
    }
}

}  // namespace
}  // namespace nacre::test
