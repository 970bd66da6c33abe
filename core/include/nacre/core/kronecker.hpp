#pragma once

#include <limits>
#include <vector>

#include <nacre/core/operation.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Kronecker products of sparse matrices.

namespace nacre {

namespace detail {

/// Where entry (ka, kb) of A (x) B is: row (ia, ib) has length(ia) length(ib) entries, those of one ka
/// together, and the rows of all ia' < ia have ptr_a(ia) nnz(B) entries.
struct KroneckerPosition {
  Offset const *a_ptr, *b_ptr;
  Offset num_b;
  KOKKOS_INLINE_FUNCTION Offset operator()(Ordinal ia, Offset ka, Ordinal ib, Offset kb) const {
    return a_ptr[ia] * num_b + (a_ptr[ia + 1] - a_ptr[ia]) * b_ptr[ib] +
           (ka - a_ptr[ia]) * (b_ptr[ib + 1] - b_ptr[ib]) + (kb - b_ptr[ib]);
  }
};

template <class A, class B, class Y>
struct KroneckerBody {
  KroneckerPosition position;
  Ordinal b_rows;
  A const* a;
  B const* b;
  Y* y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t row) const {
    auto const ia = static_cast<Ordinal>(row / b_rows), ib = static_cast<Ordinal>(row % b_rows);
    Offset const* const b_ptr = position.b_ptr;
    Offset out = position(ia, position.a_ptr[ia], ib, b_ptr[ib]);
    for (Offset ka = position.a_ptr[ia]; ka < position.a_ptr[ia + 1]; ++ka)
      for (Offset kb = b_ptr[ib]; kb < b_ptr[ib + 1]; ++kb)
        y[out++] = static_cast<Y>(a[ka]) * static_cast<Y>(b[kb]);
  }
};

/// a_bar(ka) += sum over kb of b(kb) y_bar(position of (ka, kb))
template <class A, class B, class Y>
struct KroneckerAdjointA {
  KroneckerPosition position;
  Ordinal const* a_row;
  Ordinal b_rows;
  B const* b;
  Y const* y_bar;
  A* a_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    auto const ka = static_cast<Offset>(at);
    Y sum = 0;
    for (Ordinal ib = 0; ib < b_rows; ++ib) {
      Offset const begin = position.b_ptr[ib], end = position.b_ptr[ib + 1];
      Offset const first = position(a_row[at], ka, ib, begin);
      for (Offset kb = begin; kb < end; ++kb) sum += static_cast<Y>(b[kb]) * y_bar[first + (kb - begin)];
    }
    a_bar[at] += static_cast<A>(sum);
  }
};

/// b_bar(kb) += sum over ka of a(ka) y_bar(position of (ka, kb))
template <class A, class B, class Y>
struct KroneckerAdjointB {
  KroneckerPosition position;
  Ordinal const* b_row;
  Ordinal a_rows;
  A const* a;
  Y const* y_bar;
  B* b_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    auto const kb = static_cast<Offset>(at);
    Y sum = 0;
    for (Ordinal ia = 0; ia < a_rows; ++ia)
      for (Offset ka = position.a_ptr[ia]; ka < position.a_ptr[ia + 1]; ++ka)
        sum += static_cast<Y>(a[ka]) * y_bar[position(ia, ka, b_row[at], kb)];
    b_bar[at] += static_cast<B>(sum);
  }
};

}  // namespace detail

/// The pattern of A (x) B, n_A n_B by m_A m_B.
/// \throws nacre::Error if its rows, columns or entries are more than can be numbered
template <class Device>
CsrPattern<Device> kronecker_pattern(CsrPattern<Device> const& A, CsrPattern<Device> const& B) {
  auto const limit = static_cast<std::int64_t>(std::numeric_limits<Ordinal>::max());
  auto const n = static_cast<std::int64_t>(A.num_rows()) * B.num_rows();
  auto const m = static_cast<std::int64_t>(A.num_cols()) * B.num_cols();
  if (n > limit || m > limit)
    fail(cat("kronecker: the product would be ", n, " by ", m, ", more than an ordinal can number"));
  if (B.num_entries() > 0 &&
      A.num_entries() > static_cast<std::size_t>(std::numeric_limits<Offset>::max()) / B.num_entries())
    fail(cat("kronecker: ", A.num_entries(), " times ", B.num_entries(),
             " entries are more than can be numbered (NACRE_OFFSET_TYPE)"));
  auto const a_ptr = host_view(A.row_ptr()), b_ptr = host_view(B.row_ptr());
  auto const a_col = host_view(A.col()), b_col = host_view(B.col());
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  row_ptr.reserve(static_cast<std::size_t>(n) + 1);
  col.reserve(A.num_entries() * B.num_entries());
  for (Ordinal ia = 0; ia < A.num_rows(); ++ia)
    for (Ordinal ib = 0; ib < B.num_rows(); ++ib) {
      for (Offset ka = a_ptr(ia); ka < a_ptr(ia + 1); ++ka)
        for (Offset kb = b_ptr(ib); kb < b_ptr(ib + 1); ++kb)
          col.push_back(a_col(ka) * B.num_cols() + b_col(kb));
      row_ptr.push_back(static_cast<Offset>(col.size()));
    }
  return CsrPattern<Device>(static_cast<Ordinal>(n), static_cast<Ordinal>(m),
                            to_device<Device>("nacre::kronecker::row_ptr", row_ptr),
                            to_device<Device>("nacre::kronecker::col", col));
}

/// C = A (x) B, the matrix of the blocks A(i, j) B: `A_bar(i, j) += <B, block (i, j) of C_bar>`,
/// `B_bar += sum over i, j of A(i, j) times block (i, j) of C_bar`.
///
/// a [nnz of A], b [nnz of B] -> [nnz of A times nnz of B] on `pattern`
template <class Device = DefaultDevice>
struct KroneckerOp {
  static constexpr char const* name = "nacre::kronecker";
  static constexpr Form form = Form::multilinear;
  CsrPattern<Device> a_pattern, b_pattern, pattern;

  /// \throws nacre::Error if the product is too large
  KroneckerOp(CsrPattern<Device> const& A, CsrPattern<Device> const& B)
      : a_pattern(A), b_pattern(B), pattern(kronecker_pattern(A, B)) {
    row_of_entry(A);
    row_of_entry(B);
  }

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{pattern.num_entries()}};
  }
  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    check_extent("kronecker", a, 0, a_pattern.num_entries(), "the number of entries of A");
    check_extent("kronecker", b, 0, b_pattern.num_entries(), "the number of entries of B");
    check_extent("kronecker", y, 0, pattern.num_entries(), "the number of entries of the product");
    Kokkos::parallel_for(
        "nacre::kronecker", range_of_entries(exec, static_cast<std::size_t>(pattern.num_rows())),
        detail::KroneckerBody<typename A::non_const_value_type, typename B::non_const_value_type,
                              typename Y::non_const_value_type>{position(), b_pattern.num_rows(), a.data(),
                                                                b.data(), y.data()});
  }
  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    using TA = typename A::non_const_value_type;
    using TB = typename B::non_const_value_type;
    using TY = typename YBar::non_const_value_type;
    if (is_given(a_bar))
      Kokkos::parallel_for(
          "nacre::kronecker_adjoint", range_of_entries(exec, a_bar.extent(0)),
          detail::KroneckerAdjointA<TA, TB, TY>{position(), row_of_entry(a_pattern).data(),
                                                b_pattern.num_rows(), b.data(), y_bar.data(), a_bar.data()});
    if (is_given(b_bar))
      Kokkos::parallel_for(
          "nacre::kronecker_adjoint", range_of_entries(exec, b_bar.extent(0)),
          detail::KroneckerAdjointB<TA, TB, TY>{position(), row_of_entry(b_pattern).data(),
                                                a_pattern.num_rows(), a.data(), y_bar.data(), b_bar.data()});
  }

 private:
  detail::KroneckerPosition position() const {
    return {a_pattern.row_ptr().data(), b_pattern.row_ptr().data(),
            static_cast<Offset>(b_pattern.num_entries())};
  }
};

}  // namespace nacre
