// L-BFGS; on any number of ranks it must take the same steps.
#include <nacre/autodiff/lbfgs.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <nacre/core/row_partition.hpp>

#include "support/message_of.hpp"
#include "support/views.hpp"

namespace nacre::ad {
namespace {

using test::message_of;
using test::to_host;

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksFunction) {
  Vector<double> const w("w", 2), g("g", 2);
  auto const hw = Kokkos::create_mirror_view(w), hg = Kokkos::create_mirror_view(g);
  hw(0) = -1.2;
  hw(1) = 1;
  Kokkos::deep_copy(w, hw);
  LbfgsOptions options;
  options.gradient_tolerance = 1e-10;
  Lbfgs<double> lbfgs(options);
  auto const result = lbfgs.minimize({}, {{w, g}}, [&] {
    Kokkos::deep_copy(hw, w);
    double const x = hw(0), y = hw(1);
    hg(0) = -2 * (1 - x) - 400 * x * (y - x * x);
    hg(1) = 200 * (y - x * x);
    Kokkos::deep_copy(g, hg);
    return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x);
  });
  EXPECT_EQ(result.status, MinimizeStatus::converged) << to_string(result.status);
  EXPECT_NEAR(result.initial_loss, 24.2, 1e-12);
  EXPECT_LT(result.iterations, 50);
  EXPECT_NEAR(to_host(w)(0), 1, 1e-8);
  EXPECT_NEAR(to_host(w)(1), 1, 1e-8);
  EXPECT_EQ(result.history.size(), static_cast<std::size_t>(result.iterations) + 1);
  for (std::size_t i = 1; i < result.history.size(); ++i) EXPECT_LE(result.history[i], result.history[i - 1]);
}

/// A sum of terms over the owned entries x_i and a replicated pair (a, b): not quadratic, coupled through (a, b).
/// f = sum_i [ (x_i - a)^4 + (1 + i/n) (x_i - c_i)^2 ] + (a + b - 2)^2 + b^2
struct Coupled {
  Comm comm;
  RowPartition rows;
  Vector<double> x, x_bar, ab, ab_bar;
  bool poisoned = false;  // not finite far from the start

  Coupled(Comm const& ranks, GlobalOrdinal n)
      : comm(ranks),
        rows(RowPartition::even(ranks, n)),
        x("x", static_cast<std::size_t>(rows.num_owned())),
        x_bar("x_bar", x.extent(0)),
        ab("ab", 2),
        ab_bar("ab_bar", 2) {}
  std::vector<Parameter<double>> parameters() const {
    return {{x, x_bar}, {ab, ab_bar, Ownership::replicated}};
  }
  double operator()() const {
    auto const hx = to_host(x), hab = to_host(ab);
    auto const gx = Kokkos::create_mirror_view(x_bar), gab = Kokkos::create_mirror_view(ab_bar);
    double sums[2] = {0, 0};  // of the loss and of the derivative by a
    for (std::size_t i = 0; i < hx.extent(0); ++i) {
      auto const global = static_cast<double>(rows.begin()) + static_cast<double>(i);
      double const c = std::sin(global), weight = 1 + global / static_cast<double>(rows.num_global());
      double const u = hx(i) - hab(0), v = hx(i) - c;
      sums[0] += std::pow(u, 4) + weight * v * v;
      sums[1] -= 4 * u * u * u;
      gx(i) = 4 * u * u * u + 2 * weight * v;
    }
    comm.all_reduce(sums, 2, ReduceOp::sum);
    double const e = hab(0) + hab(1) - 2;
    gab(0) = sums[1] + 2 * e;
    gab(1) = 2 * e + 2 * hab(1);
    Kokkos::deep_copy(x_bar, gx);
    Kokkos::deep_copy(ab_bar, gab);
    double const loss = sums[0] + e * e + hab(1) * hab(1);
    return poisoned && hab(0) > .05 ? std::numeric_limits<double>::quiet_NaN() : loss;
  }
};

TEST(Lbfgs, TakesTheSameStepsOnAnyNumberOfRanks) {
  LbfgsOptions options;
  options.gradient_tolerance = 1e-9;
  options.memory = 5;
  auto const world = Comm::world();
  Coupled alone(Comm::self(), 101), together(world, 101);
  auto const expected = Lbfgs<double>(options).minimize({}, alone.parameters(), [&] { return alone(); });
  auto const found =
      Lbfgs<double>(options, world).minimize({}, together.parameters(), [&] { return together(); });
  EXPECT_TRUE(found.converged()) << to_string(found.status);
  EXPECT_NEAR(found.iterations, expected.iterations, 3);  // rounding differs, which tells at the end
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_NEAR(found.history[i], expected.history[i], 1e-9 * expected.history[i]) << i;
  EXPECT_NEAR(found.loss, expected.loss, 1e-12 * expected.loss);
  EXPECT_NEAR(to_host(together.ab)(0), to_host(alone.ab)(0), 1e-9);
  for (Ordinal i = 0; i < together.rows.num_owned(); ++i)
    EXPECT_NEAR(to_host(together.x)(i), to_host(alone.x)(together.rows.begin() + i), 1e-8);
}

TEST(Lbfgs, GetsToTheRoundingLevelAndSaysWhy) {
  LbfgsOptions options;
  options.gradient_tolerance = 0;
  options.max_iterations = 1000;
  auto const world = Comm::world();
  Coupled problem(world, 57);
  auto const result =
      Lbfgs<double>(options, world).minimize({}, problem.parameters(), [&] { return problem(); });
  EXPECT_LT(result.gradient_norm, 1e-7 * result.initial_gradient_norm);
  EXPECT_NE(result.status, MinimizeStatus::not_finite);
  EXPECT_LT(result.iterations, 1000) << to_string(result.status);
}

TEST(Lbfgs, ShortensStepsToWhereTheLossIsNotFinite) {
  auto const world = Comm::world();
  Coupled problem(world, 20);
  problem.poisoned = true;
  LbfgsOptions options;
  options.max_iterations = 20;
  auto const result =
      Lbfgs<double>(options, world).minimize({}, problem.parameters(), [&] { return problem(); });
  EXPECT_TRUE(std::isfinite(result.loss));
  EXPECT_LT(result.loss, .95 * result.initial_loss);  // where a = 0.05 is the best that is allowed
  EXPECT_LE(to_host(problem.ab)(0), .05);
  EXPECT_NEAR(problem(), result.loss, 1e-14 * result.loss) << "the parameters are not those of the result";
}

TEST(Lbfgs, EndsWhereTheStartIsNotFinite) {
  auto const world = Comm::world();
  Coupled problem(world, 20);
  problem.poisoned = true;
  Kokkos::deep_copy(problem.ab, 1.);
  auto const result = Lbfgs<double>({}, world).minimize({}, problem.parameters(), [&] { return problem(); });
  EXPECT_EQ(result.status, MinimizeStatus::not_finite);
  EXPECT_EQ(result.evaluations, 1);
}

TEST(Lbfgs, StopsWhenItsCallerSaysSoAndGoesOnLater) {
  auto const world = Comm::world();
  Coupled problem(world, 20);
  LbfgsOptions options;
  options.on_iteration = [](MinimizeProgress const& p) { return p.iteration != 3; };
  Lbfgs<double> lbfgs(options, world);
  auto const parameters = problem.parameters();
  auto const stopped = lbfgs.minimize({}, parameters, [&] { return problem(); });
  EXPECT_EQ(stopped.status, MinimizeStatus::stopped);
  EXPECT_EQ(stopped.iterations, 3);
  EXPECT_EQ(lbfgs.state().num_pairs, 3);
}

TEST(Lbfgs, RefusesWhatDoesNotFit) {
  LbfgsOptions options;
  options.memory = 0;
  EXPECT_NE(message_of([&] { Lbfgs<float>{options}; }).find("memory = 0"), std::string::npos);
  Coupled small(Comm::self(), 3), large(Comm::self(), 4);
  Lbfgs<double> lbfgs;
  lbfgs.minimize({}, small.parameters(), [&] { return small(); });
  EXPECT_NE(message_of([&] {
              lbfgs.minimize({}, large.parameters(), [&] { return large(); });
            }).find("4 entries, but the state is of 3"),
            std::string::npos);
}

}  // namespace
}  // namespace nacre::ad
