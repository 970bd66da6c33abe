#include <nacre/core/batched_op.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/spmm_adjoint.hpp>
#include <nacre/core/spmv_adjoint.hpp>
#include <nacre/core/sptrsv_adjoint.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

namespace {

using nacre::batched;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::expect_correct_derivatives;
using nacre::test::random_vector;
using nacre::test::to_host;

constexpr auto kSliced = nacre::InBatch::sliced;
constexpr auto kShared = nacre::InBatch::shared;

template <class Device>
struct Batched : testing::Test {};
TYPED_TEST_SUITE(Batched, nacre::test::Backends);

/// [batch, n]
template <class Device>
RowMajor<double, Device> batch_of(std::size_t batch, std::size_t n, unsigned seed) {
  RowMajor<double, Device> const x("x", batch, n);
  Kokkos::deep_copy(Vector<double, Device>(x.data(), batch * n),
                    random_vector<double, Device>("v", batch * n, seed));
  return x;
}

/// Requires that the operation on a batch is, slice by slice, the operation.
template <class Device, class Op, class One, class A, class X>
void expect_slices(Op const& all, One const& one, A const& a, X const& x) {
  nacre::ExecOf<Device> const exec;
  auto const extents = all.output_extents(a, x);
  RowMajor<double, Device> const y("y", extents[0], extents[1]);
  all.forward(exec, y, a, x);
  auto const yh = to_host(y);
  for (std::size_t b = 0; b < extents[0]; ++b) {
    Vector<double, Device> const found("found", extents[1]);
    one(exec, found, b);
    for (std::size_t i = 0; i < extents[1]; ++i) EXPECT_EQ(yh(b, i), to_host(found)(i)) << b << ' ' << i;
  }
}

template <class Device>
void expect_spmv(std::size_t batch) {
  SCOPED_TRACE(batch);
  nacre::ExecOf<Device> const exec;
  auto const A = nacre::test::random_sparse<double, Device>(11, 7, .4, 1);
  nacre::SpmvOp<Device> const spmv{A.pattern};
  auto const values = batch_of<Device>(batch, A.num_entries(), 2), x = batch_of<Device>(batch, 7, 3);
  auto const x_for_all = random_vector<double, Device>("x", 7, 4);
  auto const row = [](auto const& v, std::size_t b) { return Kokkos::subview(v, b, Kokkos::ALL()); };
  auto const both = batched<kSliced, kSliced>(spmv);
  auto const one_matrix = batched<kShared, kSliced>(spmv);
  auto const one_vector = batched<kSliced, kShared>(spmv);
  expect_slices<Device>(
      both,
      [&](auto const& e, auto const& y, std::size_t b) { spmv.forward(e, y, row(values, b), row(x, b)); },
      values, x);
  expect_slices<Device>(
      one_matrix,
      [&](auto const& e, auto const& y, std::size_t b) { spmv.forward(e, y, A.values, row(x, b)); }, A.values,
      x);
  expect_slices<Device>(
      one_vector,
      [&](auto const& e, auto const& y, std::size_t b) { spmv.forward(e, y, row(values, b), x_for_all); },
      values, x_for_all);
  expect_correct_derivatives(exec, both, values, x);
  expect_correct_derivatives(exec, one_matrix, A.values, x);
  expect_correct_derivatives(exec, one_vector, values, x_for_all);
}

TYPED_TEST(Batched, ProductsWithSlicesOrWithOneMatrixOrVector) {
  for (std::size_t const batch : {0, 1, 4}) expect_spmv<TypeParam>(batch);
}

TYPED_TEST(Batched, ProductsWithSeveralVectorsEach) {
  auto const A = nacre::test::random_sparse<double, TypeParam>(11, 7, .4, 1);
  Kokkos::View<double***, Kokkos::LayoutRight, TypeParam> const x("x", 3, 7, 2);
  Kokkos::deep_copy(Vector<double, TypeParam>(x.data(), x.size()),
                    random_vector<double, TypeParam>("v", x.size(), 2));
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(),
                             batched<kSliced, kSliced>(nacre::SpmmOp<TypeParam>{A.pattern}),
                             batch_of<TypeParam>(3, A.num_entries(), 3), x);
}

TYPED_TEST(Batched, EntryWiseOperationsAndNorms) {
  nacre::ExecOf<TypeParam> const exec;
  auto const a = batch_of<TypeParam>(3, 5, 1);
  nacre::test::expect_correct_derivatives(exec, batched<kSliced>(nacre::TanhOp{}), a);
  expect_correct_derivatives(exec, batched<kSliced>(nacre::NormOp{}), a);
  auto const b = random_vector<double, TypeParam>("b", 5, 2);
  auto const bh = to_host(b);
  for (int i = 0; i < 5; ++i) bh(i) += bh(i) < 0 ? -.5 : .5;
  Kokkos::deep_copy(b, bh);
  expect_correct_derivatives(exec, batched<kSliced, kShared>(nacre::add()), a, b);
  expect_correct_derivatives(exec, batched<kSliced, kShared>(nacre::MultiplyOp{}), a, b);
  expect_correct_derivatives(exec, batched<kSliced, kShared>(nacre::DivideOp{}), a, b);
}

TYPED_TEST(Batched, TriangularSolves) {
  auto const A = nacre::test::from_dense<double, TypeParam>({{3, 0, 0}, {1, 2, 0}, {0, -1, 4}}, 3);
  nacre::SptrsvOp<TypeParam> const op{A.pattern};
  RowMajor<double, TypeParam> const values("values", 2, A.num_entries());
  auto const vh = Kokkos::create_mirror(values);
  for (std::size_t k = 0; k < A.num_entries(); ++k) {
    vh(0, k) = to_host(A.values)(k);
    vh(1, k) = to_host(A.values)(k) * 1.5 + .25;
  }
  Kokkos::deep_copy(values, vh);
  auto const b = batch_of<TypeParam>(2, 3, 1);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), batched<kSliced, kSliced>(op), values, b);
  expect_correct_derivatives(nacre::ExecOf<TypeParam>(), batched<kShared, kSliced>(op), A.values, b);
}

TYPED_TEST(Batched, RejectsBatchesOfDifferentSizes) {
  auto const a = batch_of<TypeParam>(3, 5, 1), b = batch_of<TypeParam>(2, 5, 2);
  nacre::test::expect_error("batched: view 'x' has extent(0) = 2 but the number of slices of the first", [&] {
    batched<kSliced, kSliced>(nacre::MultiplyOp{}).forward(nacre::ExecOf<TypeParam>(), a, a, b);
  });
}

}  // namespace
