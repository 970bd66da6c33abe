#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include <nacre/autodiff/tape.hpp>
#include <nacre/core/axis_axpy.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/inner_products.hpp>
#include <nacre/core/spgemm_adjoint.hpp>
#include <nacre/core/spmm_adjoint.hpp>
#include <nacre/core/sums.hpp>
#include <nacre/core/transpose_adjoint.hpp>

/// \file
/// Conjugate gradients on the tape, to learn their preconditioner.

namespace nacre::apps {

/// The pattern of a lower bidiagonal matrix: entries 0, 2, 4, ... are the diagonal.
inline CsrPattern<> lower_bidiagonal(Ordinal n) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  for (Ordinal i = 0; i < n; ++i) {
    if (i > 0) col.push_back(i - 1);
    col.push_back(i);
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  return CsrPattern<>(n, n, to_device<DefaultDevice>("row_ptr", row_ptr),
                      to_device<DefaultDevice>("col", col));
}

/// A few iterations of conjugate gradients for A x = b, preconditioned by L L^T; several b side by side.
struct UnrolledPcg {
  CsrMatrix<double> A;
  CsrPattern<> L;
  TransposeOp<> transpose{L};
  SpgemmOp<> square{std::make_shared<SpgemmPlan<>>(L, transposed(L).pattern)};

  template <class Values>
  auto factors(ad::Tape<>& tape, Values const& values) const {
    return tape.apply(square, values, tape.apply(transpose, values));
  }

  /// The mean over columns b of length one of |r_i|, i = 1, 2, ..., each weighing `discount` times the next.
  /// \param values of L
  /// \param b      [n, k]
  template <class Values>
  auto loss(ad::Tape<>& tape, Values const& values, RowMajor<double> const& b, int iterations,
            double discount) const {
    SpmmOp<> const times_A{A.pattern}, times_M{square.plan->pattern()};
    auto const M = factors(tape, values);
    auto r = tape.constant(b);
    auto z = tape.apply(times_M, M, r);
    auto p = z;
    auto rz = tape.apply(ColumnDotsOp{}, r, z);
    double total_weight = 0;
    for (int i = 0; i < iterations; ++i) total_weight += std::pow(discount, i);
    auto const residuals = [&](int i) {
      double const weight = std::pow(discount, iterations - 1 - i) / total_weight;
      return tape.apply(scale_by(weight / static_cast<double>(b.extent(1))),
                        tape.apply(SumOp{}, tape.apply(map(Sqrt{}), tape.apply(ColumnDotsOp{}, r, r))));
    };
    auto const advance = [&] {
      auto const q = tape.apply(times_A, A.values, p);
      auto const alpha = tape.apply(DivideOp{}, rz, tape.apply(ColumnDotsOp{}, p, q));
      r = tape.apply(ColumnAxpyOp{-1}, alpha, q, r);
    };
    advance();
    auto sum = residuals(0);
    for (int i = 1; i < iterations; ++i) {
      z = tape.apply(times_M, M, r);
      auto const rz_old = rz;
      rz = tape.apply(ColumnDotsOp{}, r, z);
      p = tape.apply(ColumnAxpyOp{}, tape.apply(DivideOp{}, rz, rz_old), p, z);
      advance();
      sum = tape.apply(add(), sum, residuals(i));
    }
    return sum;
  }
};

}  // namespace nacre::apps
