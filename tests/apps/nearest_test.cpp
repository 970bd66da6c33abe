#include "nearest.hpp"

#include <gtest/gtest.h>

namespace nacre::apps {
namespace {

TEST(Nearest, FindsTheNameWithTheFewestMistakes) {
  std::vector<std::string> const names{"jacobi", "chebyshev", "ilu0", "gauss-seidel", "belos:<name>"};
  EXPECT_EQ(nearest("jacoby", names), "jacobi");
  EXPECT_EQ(nearest("chebychev", names), "chebyshev");
  EXPECT_EQ(nearest("gauss_seidel", names), "gauss-seidel");
  EXPECT_EQ(nearest("iul0", names), "ilu0");
  EXPECT_EQ(nearest("ilu0", names), "ilu0");
}

TEST(Nearest, TakesABeginningForTheWholeName) {
  EXPECT_EQ(nearest("belos:", {"gmres", "belos:<name>"}), "belos:<name>");
  EXPECT_EQ(nearest("conv", {"jumps", "tets", "convection-diffusion"}), "convection-diffusion");
}

TEST(Nearest, HasNothingToSayAboutNoNames) { EXPECT_EQ(nearest("anything", {}), ""); }

}  // namespace
}  // namespace nacre::apps
