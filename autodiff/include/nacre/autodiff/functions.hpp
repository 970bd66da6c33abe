#pragma once

#include <nacre/autodiff/tape.hpp>
#include <nacre/core/axpy.hpp>
#include <nacre/core/dense_rows.hpp>
#include <nacre/core/diagonal_ops.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/gemm.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/core/matrix_sums.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/sddmm_adjoint.hpp>
#include <nacre/core/softmax.hpp>
#include <nacre/core/spadd_adjoint.hpp>
#include <nacre/core/spgemm_adjoint.hpp>
#include <nacre/core/spmm_adjoint.hpp>
#include <nacre/core/spmv_adjoint.hpp>
#include <nacre/core/sptrsv_adjoint.hpp>
#include <nacre/core/sums.hpp>
#include <nacre/core/transpose_adjoint.hpp>

/// \file
/// Operations by the names of mathematics: `ad::spmv(tape, A, x)` is `tape.apply(SpmvOp<>{A.pattern}, A.values,
/// x)`, and so on.
///
/// Arguments are Vars of the tape or plain views, which are constants. Shapes, errors and adjoints are those of
/// the operations; what is not here is had by tape.apply() with the operation.

namespace nacre::ad {

/// A sparse matrix whose values are on a tape, or constant.
/// \tparam Values a Var, or a view, of [nnz]
template <class Values, class Device = DefaultDevice>
struct SparseVar {
  CsrPattern<Device> pattern;
  Values values;
};

/// `sparse(A.pattern, tape.leaf(A.values))`
template <class Device, class Values>
SparseVar<Values, Device> sparse(CsrPattern<Device> const& pattern, Values const& values) {
  return {pattern, values};
}

// ---- sparse products ------------------------------------------------------------------------------------------

/// A x, x being [m] or [m, k] with contiguous columns.
template <class Device, class Values, class X>
auto spmv(Tape<Device>& tape, SparseVar<Values, Device> const& A, X const& x) {
  return tape.apply(SpmvOp<Device>{A.pattern}, A.values, x);
}
/// A^T x, x being [n] or [n, k] with contiguous columns.
template <class Device, class Values, class X>
auto spmv_transpose(Tape<Device>& tape, SparseVar<Values, Device> const& A, X const& x) {
  return tape.apply(SpmvTransposeOp<Device>{A.pattern}, A.values, x);
}
/// A X, X being [m, k] with contiguous rows.
template <class Device, class Values, class X>
auto spmm(Tape<Device>& tape, SparseVar<Values, Device> const& A, X const& x) {
  return tape.apply(SpmmOp<Device>{A.pattern}, A.values, x);
}
/// A^T X, X being [n, k] with contiguous rows.
template <class Device, class Values, class X>
auto spmm_transpose(Tape<Device>& tape, SparseVar<Values, Device> const& A, X const& x) {
  return tape.apply(SpmmTransposeOp<Device>{A.pattern}, A.values, x);
}
/// X Y^T at the places of a pattern.
template <class Device, class X, class Y>
auto sddmm(Tape<Device>& tape, CsrPattern<Device> const& pattern, X const& x, Y const& y) {
  return sparse(pattern, tape.apply(SddmmOp<Device>{pattern}, x, y));
}
/// A B; make the operation once, it holds the pattern of the product.
template <class Device, class A, class B>
auto spgemm(Tape<Device>& tape, SpgemmOp<Device> const& op, SparseVar<A, Device> const& a,
            SparseVar<B, Device> const& b) {
  return sparse(op.plan->pattern(), tape.apply(op, a.values, b.values));
}
/// alpha A + beta B with the factors of the operation, which holds the pattern of the sum.
template <class Device, class A, class B>
auto spadd(Tape<Device>& tape, PlainSpaddOp<Device> const& op, SparseVar<A, Device> const& a,
           SparseVar<B, Device> const& b) {
  return sparse(op.plan->pattern(), tape.apply(op, a.values, b.values));
}
/// A^T
template <class Device, class Values>
auto transpose(Tape<Device>& tape, SparseVar<Values, Device> const& A) {
  return sparse(transposed(A.pattern).pattern, tape.apply(TransposeOp<Device>{A.pattern}, A.values));
}
/// T^-1 b, T being the triangle that the operation says, b [n] or [n, k] with contiguous columns. Make the
/// operation once: it holds memory of the adjoint.
template <class Device, class Values, class B>
auto sptrsv(Tape<Device>& tape, SptrsvOp<Device> const& op, SparseVar<Values, Device> const& A, B const& b) {
  return tape.apply(op, A.values, b);
}

// ---- matrices and vectors -------------------------------------------------------------------------------------

/// The diagonal of A, zero where there is no entry.
template <class Device, class Values>
auto diagonal(Tape<Device>& tape, SparseVar<Values, Device> const& A) {
  return tape.apply(DiagonalOp<Device>{A.pattern}, A.values);
}
/// diag(d) A
template <class Device, class D, class Values>
auto scale_rows(Tape<Device>& tape, D const& d, SparseVar<Values, Device> const& A) {
  return sparse(A.pattern, tape.apply(ScaleRowsOp<Device>{A.pattern}, d, A.values));
}
/// A diag(d)
template <class Device, class Values, class D>
auto scale_columns(Tape<Device>& tape, SparseVar<Values, Device> const& A, D const& d) {
  return sparse(A.pattern, tape.apply(ScaleColumnsOp<Device>{A.pattern}, A.values, d));
}
template <class Device, class Values>
auto row_sums(Tape<Device>& tape, SparseVar<Values, Device> const& A) {
  return tape.apply(RowSumsOp<Device>{A.pattern}, A.values);
}
template <class Device, class Values>
auto column_sums(Tape<Device>& tape, SparseVar<Values, Device> const& A) {
  return tape.apply(ColumnSumsOp<Device>{A.pattern}, A.values);
}
template <class Device, class Values>
auto trace(Tape<Device>& tape, SparseVar<Values, Device> const& A) {
  return tape.apply(TraceOp<Device>{A.pattern}, A.values);
}

// ---- vectors, dense matrices, values on one pattern -----------------------------------------------------------

template <class Device, class X, class Y>
auto add(Tape<Device>& tape, X const& x, Y const& y) {
  return tape.apply(LinearCombinationOp{1, 1}, x, y);
}
template <class Device, class X, class Y>
auto subtract(Tape<Device>& tape, X const& x, Y const& y) {
  return tape.apply(LinearCombinationOp{1, -1}, x, y);
}
/// Entry by entry.
template <class Device, class X, class Y>
auto multiply(Tape<Device>& tape, X const& x, Y const& y) {
  return tape.apply(MultiplyOp(), x, y);
}
/// Entry by entry.
template <class Device, class X, class Y>
auto divide(Tape<Device>& tape, X const& x, Y const& y) {
  return tape.apply(DivideOp(), x, y);
}
/// alpha x with a constant.
template <class Device, class X>
auto scale(Tape<Device>& tape, double alpha, X const& x) {
  return tape.apply(scale_by(alpha), x);
}
/// alpha(0) x + y, alpha being [1].
template <class Device, class Alpha, class X, class Y>
auto axpy(Tape<Device>& tape, Alpha const& alpha, X const& x, Y const& y) {
  return tape.apply(AxpyOp(), alpha, x, y);
}
/// f of every entry: `map(tape, Tanh(), x)`; elementwise_functions.hpp has the usual ones.
template <class Device, class F, class X>
auto map(Tape<Device>& tape, F const& f, X const& x) {
  return tape.apply(MapOp<F>{f}, x);
}
template <class Device, class X, class Y>
auto dot(Tape<Device>& tape, X const& x, Y const& y) {
  return tape.apply(DotOp(), x, y);
}
template <class Device, class X>
auto norm(Tape<Device>& tape, X const& x) {
  return tape.apply(NormOp(), x);
}
/// |x|^2
template <class Device, class X>
auto squared_norm(Tape<Device>& tape, X const& x) {
  return tape.apply(SquaredNormOp(), x);
}
template <class Device, class X>
auto sum(Tape<Device>& tape, X const& x) {
  return tape.apply(SumOp(), x);
}
template <class Device, class X>
auto mean(Tape<Device>& tape, X const& x) {
  return tape.apply(MeanOp(), x);
}

// ---- dense matrices ---------------------------------------------------------------------------------------------

/// A B, by BLAS where there is one.
template <class Device, class A, class B>
auto matmul(Tape<Device>& tape, A const& a, B const& b) {
  return tape.apply(MatmulOp(), a, b);
}
/// X with b [k] added to each of its rows.
template <class Device, class X, class B>
auto bias(Tape<Device>& tape, X const& x, B const& b) {
  return tape.apply(BiasOp(), x, b);
}
/// Of each row.
template <class Device, class X>
auto softmax(Tape<Device>& tape, X const& x) {
  return tape.apply(SoftmaxOp(), x);
}
template <class Device, class X>
auto log_softmax(Tape<Device>& tape, X const& x) {
  return tape.apply(LogSoftmaxOp(), x);
}

}  // namespace nacre::ad
