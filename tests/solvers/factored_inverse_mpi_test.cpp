#include <gtest/gtest.h>

#include <nacre/solvers/factored_inverse.hpp>
#include <nacre/solvers/fsai0.hpp>
#include <nacre/solvers/krylov.hpp>

#include "solvers/problems.hpp"
#include "support/distributed.hpp"
#include "support/message_of.hpp"

using namespace nacre;
using namespace nacre::solvers;
using nacre::test::Dense;
using nacre::test::from_function;
using nacre::test::gather_column;
using nacre::test::message_of;
using nacre::test::scattered;
using nacre::test::scattered_vectors;

namespace {

/// The default instance; none can be made before Kokkos is initialized.
ExecOf<DefaultDevice> exec() { return {}; }

/// Any pattern, some rows empty.
template <class Scalar>
DistributedCsr<Scalar> full_factor(RowPartition const& rows) {
  return from_function<Scalar>(rows, rows, [](GlobalOrdinal i, GlobalOrdinal j) {
    return i % 7 == 3 || std::fabs(scattered(i, j, 1)) > .3 ? 0. : static_cast<float>(scattered(i, j, 2));
  });
}

template <class Scalar>
Vector<Scalar const> some_weights(RowPartition const& rows) {
  std::vector<Scalar> w;
  for (auto i = rows.begin(); i < rows.end(); ++i) w.push_back(static_cast<Scalar>(1.5 + scattered(i, 0, 5)));
  return to_device<DefaultDevice>("weights", w);
}

/// (F^T D F + shift D) x by the dense matrix.
std::vector<double> expected(Dense const& F, std::vector<double> const& w, double shift,
                             std::vector<double> const& x) {
  auto const n = static_cast<std::size_t>(F.n);
  std::vector<double> z(n);
  for (std::size_t i = 0; i < n; ++i) {
    double t = 0;
    for (std::size_t j = 0; j < n; ++j) t += F.a[i * n + j] * x[j];
    for (std::size_t j = 0; j < n; ++j) z[j] += F.a[i * n + j] * w[i] * t;
  }
  for (std::size_t i = 0; i < n; ++i) z[i] += shift * w[i] * x[i];
  return z;
}

template <class Scalar, class Factor>
void expect_known_answers(GlobalOrdinal n) {
  Comm const world = Comm::world();
  bool const last = world.rank() == world.size() - 1;
  double const tolerance = std::is_same_v<Scalar, double> ? 1e-12 : 1e-4;
  for (auto const& rows :
       {RowPartition::even(world, n), RowPartition(world, last ? static_cast<Ordinal>(n) : 0)})
    for (double const shift : {0., .25})
      for (bool const weighted : {false, true}) {
        SCOPED_TRACE(cat(n, " rows, shift ", shift, weighted ? ", weighted" : ""));
        auto const F = full_factor<Factor>(rows);
        auto const weights = weighted ? some_weights<Scalar>(rows) : Vector<Scalar const>();
        auto const w = weighted
                           ? world.all_gather(std::vector<double>(
                                 host_view(weights).data(),
                                 host_view(weights).data() + static_cast<std::ptrdiff_t>(weights.extent(0))))
                           : std::vector<double>(static_cast<std::size_t>(n), 1.);
        FactoredInverse<Scalar, DefaultDevice, Factor> const M(F, shift, weights);
        for (int const k : {1, 4, 5}) {
          auto const x = scattered_vectors<Scalar>(rows, k, 9);
          MultiVector<Scalar> const z("z", x.extent(0), static_cast<std::size_t>(k));
          Kokkos::deep_copy(z, Scalar(99));
          M.apply(exec(), x, z);
          // as factors are applied that caches do not hold
          MultiVector<Scalar> const by_rows("z", x.extent(0), static_cast<std::size_t>(k));
          solvers::detail::FactoredProduct<Factor, DefaultDevice>(F, 0).apply(exec(), weights, shift, x,
                                                                              by_rows);
          for (int c = 0; c < k; ++c) {
            auto const found = gather_column(world, z, c), other = gather_column(world, by_rows, c);
            auto const answer = expected(nacre::test::to_dense(F), w, shift, gather_column(world, x, c));
            for (std::size_t i = 0; i < found.size(); ++i) {
              ASSERT_NEAR(found[i], answer[i], tolerance) << i << ' ' << c;
              ASSERT_NEAR(other[i], answer[i], tolerance) << i << ' ' << c;
            }
          }
        }
      }
}

TEST(FactoredInverse, MultipliesWithTheFactorAndItsTranspose) {
  for (GlobalOrdinal const n : {0, 1, 37, 130}) {
    expect_known_answers<double, double>(n);
    expect_known_answers<double, float>(n);
    expect_known_answers<float, float>(n);
  }
}

TEST(FactoredInverse, OfTheFactorOfFsai0IsFsai0) {
  auto const rows = RowPartition::even(Comm::world(), 900);
  auto const A = nacre::test::poisson<double>(rows, 30);
  Fsai0<double> const M(A);
  FactoredInverse<double> const same(M.factor());
  auto const x = scattered_vectors<double>(rows, 2, 1);
  MultiVector<double> const y("y", x.extent(0), 2), z("z", x.extent(0), 2);
  M.apply(exec(), x, y);
  same.apply_transpose(exec(), x, z);
  auto const hy = host_view(y), hz = host_view(z);
  for (std::size_t i = 0; i < x.extent(0); ++i) ASSERT_EQ(hy(i, 1), hz(i, 1)) << i;

  auto const b = nacre::test::vectors<double>(rows, 1, 1.), solution = nacre::test::vectors<double>(rows, 1);
  auto const info =
      make_krylov_solver<double>("pcg")->solve(exec(), MatrixOperator<double>(A), &same, b, solution);
  EXPECT_EQ(info.status, Status::converged);
}

TEST(FactoredInverse, TakesNewValuesButNoMatrix) {
  auto const rows = RowPartition::even(Comm::world(), 40);
  auto const F = full_factor<double>(rows);
  FactoredInverse<double> M(F, .5);
  auto const x = scattered_vectors<double>(rows, 1, 1);
  MultiVector<double> const y("y", x.extent(0), 1), z("z", x.extent(0), 1);
  M.apply(exec(), x, y);
  Vector<double> const doubled("doubled", F.values.extent(0));
  axpby(exec(), 2., F.values, 0., doubled);
  M.set_factor(doubled);
  M.apply(exec(), x, z);
  auto const hx = host_view(x), hy = host_view(y), hz = host_view(z);
  for (std::size_t i = 0; i < x.extent(0); ++i)
    ASSERT_NEAR(hz(i, 0) - .5 * hx(i, 0), 4 * (hy(i, 0) - .5 * hx(i, 0)), 1e-13) << i;

  EXPECT_NE(message_of([&] {
              M.set_factor(Vector<double>("v", F.values.extent(0) + 1));
            }).find("values on a pattern"),
            std::string::npos);
  EXPECT_NE(message_of([&] { M.update(F); }).find("does not come from a matrix"), std::string::npos);
}

TEST(FactoredInverse, SaysWhatItIs) {
  auto const rows = RowPartition::even(Comm::world(), 6);
  auto const F = from_function<double>(rows, rows, [](auto i, auto j) { return j <= i ? 1. : 0.; });
  EXPECT_EQ(FactoredInverse<double>(F).description(), "factored approximate inverse, 21 nonzeros");
  DistributedCsr<float> const single{F.pattern, Vector<float>("single", F.values.extent(0))};
  FactoredInverse<double, DefaultDevice, float> const M(single, 1e-4, some_weights<double>(rows));
  EXPECT_EQ(M.description(),
            "factored approximate inverse, 21 nonzeros, scaled, shift 0.0001, single precision");
}

TEST(FactoredInverse, RejectsWhatDoesNotFit) {
  Comm const world = Comm::world();
  auto const rows = RowPartition::even(world, 12);
  auto const F = full_factor<double>(rows);
  auto const wide = from_function<double>(rows, RowPartition::even(world, 14), [](auto, auto) { return 1.; });
  auto const expect_refusal = [&](std::string const& problem, auto const& f) {
    auto const message = message_of(f);
    EXPECT_NE(message.find(problem), std::string::npos) << message;
  };
  expect_refusal("factored_inverse: the matrix must be square", [&] { FactoredInverse<double> M(wide); });
  expect_refusal("shift = -1", [&] { FactoredInverse<double> M(F, -1.); });
  expect_refusal("shift = nan", [&] { FactoredInverse<double> M(F, std::nan("")); });
  std::vector<double> weights(static_cast<std::size_t>(rows.num_owned()), 1.);
  auto const with = [&](double value) {
    auto w = weights;
    if (rows.owns(5)) w[static_cast<std::size_t>(5 - rows.begin())] = value;
    return Vector<double const>(to_device<DefaultDevice>("weights", w));
  };
  expect_refusal("the weight of row 5 is 0", [&] { FactoredInverse<double> M(F, 0, with(0)); });
  expect_refusal("the weight of row 5 is nan", [&] { FactoredInverse<double> M(F, 0, with(std::nan(""))); });
  weights.push_back(1);
  expect_refusal(cat(weights.size(), " weights for the ", rows.num_owned(), " rows"), [&] {
    FactoredInverse<double> M(F, 0, Vector<double const>(to_device<DefaultDevice>("weights", weights)));
  });
  FactoredInverse<double> const M(F);
  MultiVector<double> const longer("x", static_cast<std::size_t>(rows.num_owned()) + 1, 1);
  expect_refusal("extent(0) = ", [&] { M.apply(exec(), longer, longer); });
}

}  // namespace
