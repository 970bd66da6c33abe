#include <nacre/core/probe_loss.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::Ordinal;
using nacre::ProbeLoss;
using nacre::ProbeLossOp;
using nacre::Segments;
using nacre::Vector;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::to_vector;

constexpr ProbeLoss kAll[] = {ProbeLoss::relative_residual,
                              ProbeLoss::residual,
                              ProbeLoss::absolute,
                              ProbeLoss::relative_error,
                              ProbeLoss::cosine,
                              ProbeLoss::cosine_error,
                              ProbeLoss::line_search,
                              ProbeLoss::line_search_error,
                              ProbeLoss::projection};
constexpr double kDelta = 1e-6;

template <class Device>
struct ProbeLosses : testing::Test {};
TYPED_TEST_SUITE(ProbeLosses, nacre::test::Backends);

/// Vectors that point more or less the same way, as those of preconditioners do.
template <class Scalar, class Device>
struct Probe {
  explicit Probe(std::vector<Ordinal> const& sizes_) : sizes(sizes_) {
    std::size_t n = 0;
    for (auto const size : sizes) n += static_cast<std::size_t>(size);
    r = like(std::vector<double>(n, 1.), 0, 1, 1);
    d = like(to_vector(r), 1, .4, 2);
    u = like(to_vector(d), 1.5, .3, 3);
    x = like(to_vector(r), .8, .3, 4);
  }
  ProbeLossOp<Scalar, Device> op(ProbeLoss which) const {
    double const G = sizes.empty() ? 1 : static_cast<double>(sizes.size());
    return {which, Segments<Device>::of_sizes(sizes),
            r,     nacre::needs_solution(which) ? x : Vector<Scalar, Device>(),
            1 / G, 1. / 64};
  }
  /// v (a + b noise)
  static Vector<Scalar, Device> like(std::vector<double> const& v, double a, double b, unsigned seed) {
    auto const noise = to_vector(random_vector<double, Device>("noise", v.size(), seed));
    std::vector<Scalar> w;
    for (std::size_t i = 0; i < v.size(); ++i) w.push_back(static_cast<Scalar>(v[i] * (a + b * noise[i])));
    return nacre::to_device<Device>("probe", w);
  }
  std::vector<Ordinal> sizes;
  Vector<Scalar, Device> r, d, u, x;
};

using Numbers = std::vector<double>;
double dot(Numbers const& a, Numbers const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
/// a v - w
Numbers difference(double a, Numbers const& v, Numbers const& w) {
  Numbers e;
  for (std::size_t i = 0; i < v.size(); ++i) e.push_back(a * v[i] - w[i]);
  return e;
}
double cosine(Numbers const& a, Numbers const& b) {
  return dot(a, b) / ((std::sqrt(dot(a, a)) + kDelta) * (std::sqrt(dot(b, b)) + kDelta));
}
double relative(Numbers const& e, Numbers const& of) { return dot(e, e) / (dot(of, of) + kDelta); }

/// Of one graph, as the formulas say.
double loss_of(ProbeLoss which, Numbers const& d, Numbers const& u, Numbers const& r, Numbers const& x) {
  double const step = dot(r, d) / (dot(d, u) + kDelta), rho = dot(r, r) + kDelta;
  double sum = 0;
  for (double const e : difference(1, u, r)) sum += std::fabs(e);
  switch (which) {
    case ProbeLoss::relative_residual:
      return relative(difference(1, u, r), r);
    case ProbeLoss::residual:
      return dot(difference(1, u, r), difference(1, u, r)) / 64;
    case ProbeLoss::absolute:
      return sum / 64;
    case ProbeLoss::relative_error:
      return relative(difference(1, d, x), x);
    case ProbeLoss::cosine:
      return 1 - cosine(u, r);
    case ProbeLoss::cosine_error:
      return 1 - cosine(d, x);
    case ProbeLoss::line_search:
      return relative(difference(step, u, r), r);
    case ProbeLoss::line_search_error:
      return relative(difference(step, d, x), x);
    case ProbeLoss::projection:
      return (dot(u, u) - dot(u, r) * dot(u, r) / rho) / rho;
  }
  return std::nan("");
}

template <class Scalar, class Device>
double expected(ProbeLoss which, Probe<Scalar, Device> const& probe) {
  auto const d = to_vector(probe.d), u = to_vector(probe.u), r = to_vector(probe.r), x = to_vector(probe.x);
  std::ptrdiff_t first = 0;
  double total = 0;
  for (auto const size : probe.sizes) {
    auto const part = [&](Numbers const& v) { return Numbers(v.begin() + first, v.begin() + first + size); };
    total += loss_of(which, part(d), part(u), part(r), part(x));
    first += size;
  }
  bool const mean_of_all = which == ProbeLoss::residual || which == ProbeLoss::absolute;
  return mean_of_all || probe.sizes.empty() ? total : total / static_cast<double>(probe.sizes.size());
}

template <class F>
void for_each_batch(F const& f) {
  for (std::vector<Ordinal> const& sizes :
       {std::vector<Ordinal>{}, {1}, {37}, {1023}, {5, 0, 1, 7}, {12, 13, 14}}) {
    SCOPED_TRACE(nacre::cat(sizes.size(), " graphs, the first of ", sizes.empty() ? 0 : sizes[0]));
    f(sizes);
  }
}

template <class Scalar, class Device>
void expect_known_answers() {
  for_each_batch([](std::vector<Ordinal> const& sizes) {
    Probe<Scalar, Device> const probe(sizes);
    for (auto const which : kAll) {
      SCOPED_TRACE(to_string(which));
      double const answer = expected(which, probe);
      nacre::test::expect_near<Scalar>(
          nacre::test::result_of<Scalar, Device>(probe.op(which), probe.d, probe.u), {answer},
          100 * (1 + std::fabs(answer)));
    }
  });
}

TYPED_TEST(ProbeLosses, AreWhatTheirFormulasSay) {
  expect_known_answers<double, TypeParam>();
  expect_known_answers<float, TypeParam>();
}

TYPED_TEST(ProbeLosses, HaveTheDerivativesOfDifferences) {
  for_each_batch([](std::vector<Ordinal> const& sizes) {
    Probe<double, TypeParam> const probe(sizes);
    for (auto const which : kAll) {
      // of one number these are zero but for delta, and differences see nothing but rounding
      if (sizes == std::vector<Ordinal>{1} &&
          (which == ProbeLoss::cosine || which == ProbeLoss::cosine_error || which == ProbeLoss::projection ||
           which == ProbeLoss::line_search || which == ProbeLoss::line_search_error))
        continue;
      SCOPED_TRACE(to_string(which));
      nacre::test::expect_correct_derivatives(nacre::ExecOf<TypeParam>(), probe.op(which), probe.d, probe.u);
    }
  });
}

TYPED_TEST(ProbeLosses, AreFiniteWhereEverythingIsZero) {
  Probe<double, TypeParam> probe({4, 4});
  for (auto const& v : {probe.r, probe.d, probe.u, probe.x}) Kokkos::deep_copy(v, 0.);
  Vector<double, TypeParam> const y("y", 1), y_bar("y_bar", 1), d_bar("d_bar", 8), u_bar("u_bar", 8);
  Kokkos::deep_copy(y_bar, 1.);
  for (auto const which : kAll) {
    auto const op = probe.op(which);
    op.forward(nacre::ExecOf<TypeParam>(), y, probe.d, probe.u);
    op.adjoint(nacre::ExecOf<TypeParam>(), y, y_bar, probe.d, probe.u, d_bar, u_bar);
    bool const cosine = which == ProbeLoss::cosine || which == ProbeLoss::cosine_error;
    EXPECT_EQ(to_vector(y)[0], cosine ? 1 : 0) << to_string(which);
    for (auto const& bar : {d_bar, u_bar})
      for (double const v : to_vector(bar)) EXPECT_EQ(v, 0) << to_string(which);
  }
}

TYPED_TEST(ProbeLosses, RejectWhatDoesNotFit) {
  Probe<double, TypeParam> const probe({3, 4});
  auto const call = [&](auto const& op, auto const& d, auto const& u) {
    return [=] { nacre::test::result_of<double, TypeParam>(op, d, u); };
  };
  Vector<double, TypeParam> const longer("longer", 8);
  auto op = probe.op(ProbeLoss::cosine_error);
  expect_error("probe_loss: view 'longer' has extent(0) = 8 but the length of r is 7",
               call(op, longer, probe.u));
  expect_error("probe_loss: view 'longer' has extent(0) = 8 but the length of r is 7",
               call(op, probe.d, longer));
  op.x = {};
  expect_error("has extent(0) = 0 but the length of r is 7", call(op, probe.d, probe.u));
  op = probe.op(ProbeLoss::cosine);
  op.unknowns = Segments<TypeParam>::of_sizes({3, 3});
  expect_error("the graphs have 6 unknowns, but r has 7", call(op, probe.d, probe.u));
}

TEST(ProbeLossNames, AreThoseOfTheEnumerators) {
  for (auto const which : kAll) EXPECT_EQ(nacre::probe_loss_by_name(to_string(which)), which);
  EXPECT_STREQ(to_string(ProbeLoss::line_search_error), "line_search_error");
  expect_error(
      "'least' is no loss of an approximate inverse; there are relative_residual, residual, absolute, "
      "relative_error, cosine, cosine_error, line_search, line_search_error, projection",
      [] { nacre::probe_loss_by_name("least"); });
}

}  // namespace
