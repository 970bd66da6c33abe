#include <nacre/core/gather_scatter.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::GatherOp;
using nacre::MultiVector;
using nacre::RowMajor;
using nacre::ScatterAddOp;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct GatherScatter : testing::Test {};
TYPED_TEST_SUITE(GatherScatter, nacre::test::Backends);

std::vector<nacre::Ordinal> const kRepeated{3, 0, 3, 3, 1, 0, 5};
std::vector<nacre::Ordinal> const kDistinct{4, 0, 5};

template <class Device, class X>
void expect_gather(std::vector<nacre::Ordinal> const& index, X const& x) {
  nacre::ExecOf<Device> const exec;
  GatherOp<Device> const op(nacre::row_index<Device>(x.extent(0), index));
  using Y = typename X::non_const_type;
  Y const y("y", index.size(), x.extent(1));
  op.forward(exec, y, x);
  auto const xh = to_host(x), yh = to_host(y);
  for (std::size_t k = 0; k < index.size(); ++k)
    for (std::size_t j = 0; j < x.extent(1); ++j)
      EXPECT_EQ(yh(k, j), xh(static_cast<std::size_t>(index[k]), j));
  expect_correct_derivatives(exec, op, x);
}

template <class Device, class X>
void expect_scatter(std::vector<nacre::Ordinal> const& index, std::size_t n, X const& x) {
  nacre::ExecOf<Device> const exec;
  ScatterAddOp<Device> const op(nacre::row_index<Device>(n, index));
  using Y = typename X::non_const_type;
  Y const y("y", n, x.extent(1));
  Kokkos::deep_copy(y, 99);
  op.forward(exec, y, x);
  auto const xh = to_host(x), yh = to_host(y);
  for (std::size_t s = 0; s < n; ++s)
    for (std::size_t j = 0; j < x.extent(1); ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < index.size(); ++k)
        if (static_cast<std::size_t>(index[k]) == s) sum += xh(k, j);
      EXPECT_EQ(yh(s, j), sum);
    }
  expect_correct_derivatives(exec, op, x);
}

TYPED_TEST(GatherScatter, RowsOfEitherLayoutAndTheirDerivativesAreRight) {
  for (std::size_t const width : {0, 1, 3}) {
    auto const v = random_vector<double, TypeParam>("v", 7 * width, 1);
    for (auto const& index : {kRepeated, kDistinct, std::vector<nacre::Ordinal>()}) {
      expect_gather<TypeParam>(index, RowMajor<double, TypeParam>(v.data(), 6, width));
      expect_gather<TypeParam>(index, MultiVector<double, TypeParam>(v.data(), 6, width));
      expect_scatter<TypeParam>(index, 6, RowMajor<double, TypeParam>(v.data(), index.size(), width));
      expect_scatter<TypeParam>(index, 6, MultiVector<double, TypeParam>(v.data(), index.size(), width));
    }
  }
}

TYPED_TEST(GatherScatter, VectorsAndMissingSources) {
  nacre::ExecOf<TypeParam> const exec;
  nacre::IndexMap<TypeParam> const map("test", 4, std::vector<nacre::Offset>{2, nacre::kNoEntry, 2, 0});
  auto const x = nacre::to_device<TypeParam>("x", std::vector<double>{1, 2, 3, 4});
  auto const gathered = nacre::test::result_of<double, TypeParam>(GatherOp<TypeParam>(map), x);
  auto const summed = nacre::test::result_of<double, TypeParam>(ScatterAddOp<TypeParam>(map), x);
  EXPECT_EQ(gathered, (std::vector<double>{3, 0, 3, 1}));
  EXPECT_EQ(summed, (std::vector<double>{4, 0, 4, 0}));
  expect_correct_derivatives(exec, GatherOp<TypeParam>(map), x);
  expect_correct_derivatives(exec, ScatterAddOp<TypeParam>(map), x);
}

TYPED_TEST(GatherScatter, OfManyRows) {
  std::mt19937 generator(1);
  std::vector<nacre::Ordinal> index(100000);
  for (auto& i : index) i = static_cast<nacre::Ordinal>(generator() % 50000);
  auto const map = nacre::row_index<TypeParam>(50000, index);
  auto const x = random_vector<double, TypeParam>("x", 50000, 1),
             z = random_vector<double, TypeParam>("z", 100000, 2);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), GatherOp<TypeParam>(map), x);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), ScatterAddOp<TypeParam>(map), z);
}

TYPED_TEST(GatherScatter, RejectIndicesOutOfRangeAndWrongLengths) {
  nacre::test::expect_error("row_index: index(1) = 4, but there are 4 rows", [] {
    nacre::row_index<TypeParam>(4, {0, 4});
  });
  nacre::test::expect_error("row_index: index(0) = -1, but there are 4 rows",
                            [] { nacre::row_index<TypeParam>(4, {-1}); });
  Vector<double, TypeParam> const x("x", 3), y("y", 1);
  nacre::test::expect_error("gather: view 'x' has extent(0) = 3 but the number of sources is 4", [&] {
    GatherOp<TypeParam>(nacre::row_index<TypeParam>(4, {0})).forward(nacre::ExecOf<TypeParam>(), y, x);
  });
}

}  // namespace
