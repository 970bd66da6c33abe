// What a step of nacre_jacobi costs.
#include "jacobi_training.hpp"

#include <gtest/gtest.h>

#include <nacre/core/problems.hpp>

#include "../support/watch.hpp"
#include "kokkos_for_all.hpp"

namespace nacre::apps {
namespace {

TEST(JacobiTraining, AllocatesInTheFirstStepOnlyAndKeepsLittle) {
  auto const A = poisson_2d(Comm::self(), {1000, 1000, 1}).A.local();
  auto const matrix_bytes =
      static_cast<double>(A.num_entries() * (sizeof(double) + sizeof(Ordinal)) +
                          (static_cast<std::size_t>(A.num_rows()) + 1) * sizeof(Offset));
  double loss[4];
  double kept = 0;
  int after_one = 0;
  {
    test::Watch const watch;
    JacobiTraining<> training(A, /*samples=*/1, /*seed=*/1, /*learning_rate=*/.01);
    loss[0] = training.step();
    after_one = test::Watch::seen().allocations;
    loss[1] = training.step();
    loss[2] = training.step();
    loss[3] = training.step();
    kept = static_cast<double>(training.kept_bytes());
  }
  auto const& seen = test::Watch::seen();
  EXPECT_EQ(seen.allocations, after_one) << "allocations after the first step";
  EXPECT_LE(static_cast<double>(seen.peak_bytes) + matrix_bytes, 1.2 * (kept + matrix_bytes));
  for (auto const& label : seen.bad_labels)
    ADD_FAILURE() << "label '" << label << "' lacks the nacre:: prefix";
  EXPECT_LT(loss[3], loss[0]);
  RecordProperty("peak_over_kept", std::to_string((static_cast<double>(seen.peak_bytes) + matrix_bytes) /
                                                  (kept + matrix_bytes)));
}

TEST(RandomDirections, HaveLengthOneAndNoPreference) {
  RowMajor<double> const x("x", 1000, 3);
  Vector<double> const squared_norms("squared_norms", 3);
  fill_random_directions(ExecOf<DefaultDevice>(), 5, x, squared_norms);
  auto const host = host_view(x);
  for (int c = 0; c < 3; ++c) {
    double squares = 0, sum = 0, with_next = 0;
    for (int i = 0; i < 1000; ++i) {
      squares += host(i, c) * host(i, c);
      sum += host(i, c);
      with_next += host(i, c) * host(i, (c + 1) % 3);
    }
    EXPECT_NEAR(squares, 1, 1e-12);
    EXPECT_LT(std::fabs(sum), 4.);         // of variance one
    EXPECT_LT(std::fabs(with_next), .13);  // of deviation 1 / sqrt(1000)
  }
}

}  // namespace
}  // namespace nacre::apps
