#include <nacre/core/factored_inverse_op.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::BlockExpansion;
using nacre::ExecOf;
using nacre::FactoredInverseOp;
using nacre::Ordinal;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::to_vector;

template <class Device>
struct FactoredInverseOps : testing::Test {};
TYPED_TEST_SUITE(FactoredInverseOps, nacre::test::Backends);

struct Case {
  Ordinal num_nodes;
  int block_size;
  bool masked, scaled;
};

template <class F>
void for_each_case(F const& f) {
  for (Ordinal const n : {0, 1, 7, 23})
    for (int const b : {1, 2, 3})
      for (bool const masked : {false, true})
        for (bool const scaled : {false, true}) {
          SCOPED_TRACE(nacre::cat(n, " nodes, blocks of size ", b, masked ? ", masked" : "",
                                  scaled ? ", scaled" : ""));
          f(Case{n, b, masked, scaled});
        }
}

/// Every third unknown is prescribed.
template <class Scalar, class Device>
FactoredInverseOp<Scalar, Device> make_op(Case const& c) {
  auto const blocks =
      nacre::test::random_sparse<double, Device>(c.num_nodes, c.num_nodes, c.num_nodes == 1 ? 1.1 : .25, 1)
          .pattern;
  auto const n = static_cast<std::size_t>(c.num_nodes * c.block_size);
  std::vector<Scalar> mask, inverse_diagonal;
  for (std::size_t i = 0; i < n; ++i) {
    mask.push_back(c.masked && i % 3 == 1 ? Scalar(0) : Scalar(1));
    inverse_diagonal.push_back(static_cast<Scalar>(1 / (1. + static_cast<double>(i % 5))));
  }
  FactoredInverseOp<Scalar, Device> op{BlockExpansion<Device>(blocks, c.block_size), .125, {}, {}};
  if (c.masked) op.mask = nacre::to_device<Device>("mask", mask);
  if (c.scaled) op.inverse_diagonal = nacre::to_device<Device>("inverse_diagonal", inverse_diagonal);
  return op;
}

template <class Scalar, class Device>
RowMajor<Scalar, Device> make_values(FactoredInverseOp<Scalar, Device> const& op) {
  auto const b = static_cast<std::size_t>(op.factor.block_size());
  RowMajor<Scalar, Device> const values("values", op.factor.blocks().num_entries(), b * b);
  Kokkos::deep_copy(Vector<Scalar, Device>(values.data(), values.size()),
                    random_vector<Scalar, Device>("values", values.size(), 3));
  return values;
}

/// P (F^T D^-1 P F + epsilon D^-1) P r, block by block.
template <class Scalar, class Device>
std::vector<double> expected(FactoredInverseOp<Scalar, Device> const& op, std::vector<double> const& values,
                             std::vector<double> r) {
  auto const blocks = op.factor.blocks();
  auto const row_ptr = nacre::test::to_host(blocks.row_ptr());
  auto const col = nacre::test::to_host(blocks.col());
  auto const mask = to_vector(op.mask), scale = to_vector(op.inverse_diagonal);
  auto const b = static_cast<std::size_t>(op.factor.block_size());
  std::vector<double> z(r.size()), d(r.size());
  for (std::size_t i = 0; i < r.size(); ++i) r[i] *= mask.empty() ? 1 : mask[i];
  auto const for_each_number = [&](auto const& f) {
    for (Ordinal i = 0; i < blocks.num_rows(); ++i)
      for (auto k = static_cast<std::size_t>(row_ptr(i)); k < static_cast<std::size_t>(row_ptr(i + 1)); ++k)
        for (std::size_t s = 0; s < b; ++s)
          for (std::size_t t = 0; t < b; ++t)
            f(static_cast<std::size_t>(i) * b + s, static_cast<std::size_t>(col(k)) * b + t,
              values[(k * b + s) * b + t]);
  };
  for_each_number([&](std::size_t i, std::size_t j, double f) { z[i] += f * r[j]; });
  for (std::size_t i = 0; i < z.size(); ++i)
    z[i] *= (mask.empty() ? 1 : mask[i]) * (scale.empty() ? 1 : scale[i]);
  for_each_number([&](std::size_t i, std::size_t j, double f) { d[j] += f * z[i]; });
  for (std::size_t i = 0; i < d.size(); ++i)
    d[i] = (mask.empty() ? 1 : mask[i]) * (d[i] + op.epsilon * (scale.empty() ? 1 : scale[i]) * r[i]);
  return d;
}

template <class Scalar, class Device>
Vector<Scalar, Device> make_r(FactoredInverseOp<Scalar, Device> const& op) {
  return random_vector<Scalar, Device>("r", static_cast<std::size_t>(op.factor.pattern().num_rows()), 2);
}

template <class Scalar, class Device>
void expect_known_answer(Case const& c) {
  auto const op = make_op<Scalar, Device>(c);
  auto const values = make_values(op);
  auto const r = make_r(op);
  nacre::test::expect_near<Scalar>(nacre::test::result_of<Scalar, Device>(op, values, r),
                                   expected(op, to_vector(values), to_vector(r)));
}

TYPED_TEST(FactoredInverseOps, MultiplyWithTheFactorAndItsTranspose) {
  for_each_case([](Case const& c) {
    expect_known_answer<double, TypeParam>(c);
    expect_known_answer<float, TypeParam>(c);
  });
}

TYPED_TEST(FactoredInverseOps, HaveTheDerivativesOfDifferences) {
  for_each_case([](Case const& c) {
    auto const op = make_op<double, TypeParam>(c);
    expect_correct_derivatives(ExecOf<TypeParam>(), op, make_values(op), make_r(op));
  });
}

TYPED_TEST(FactoredInverseOps, TakeAViewOfNothingThatHasDataForTheIdentity) {
  auto op = make_op<double, TypeParam>({7, 1, false, false});
  auto const values = make_values(op);
  auto const r = make_r(op);
  auto const without = nacre::test::result_of<double, TypeParam>(op, values, r);
  op.mask = op.inverse_diagonal = Vector<double const, TypeParam>(values.data(), 0);
  EXPECT_EQ((nacre::test::result_of<double, TypeParam>(op, values, r)), without);
}

TYPED_TEST(FactoredInverseOps, RejectWhatDoesNotFit) {
  auto const op = make_op<double, TypeParam>({7, 2, true, true});
  auto const values = make_values(op);
  auto const r = make_r(op);
  auto const expect_refusal = [&](std::string const& problem, auto const& change) {
    auto changed = op;
    change(changed);
    expect_error(problem, [&] { nacre::test::result_of<double, TypeParam>(changed, values, r); });
  };
  Vector<double, TypeParam> const longer("longer", 15);
  expect_error("'longer' has extent(0) = 15 but the number of unknowns is 14",
               [&] { nacre::test::result_of<double, TypeParam>(op, values, longer); });
  expect_refusal("'longer' has extent(0) = 15 but the number of unknowns is 14",
                 [&](auto& changed) { changed.mask = longer; });
  expect_refusal("'longer' has extent(0) = 15 but the number of unknowns is 14",
                 [&](auto& changed) { changed.inverse_diagonal = longer; });
  expect_refusal(
      nacre::cat("factored_inverse: ", values.size(), " values, but the factor has ", values.size() / 4),
      [&](auto& changed) { changed.factor = BlockExpansion<TypeParam>(op.factor.blocks(), 1); });
}

}  // namespace
