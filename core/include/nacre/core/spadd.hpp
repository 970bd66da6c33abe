#pragma once

#include <vector>

#include <nacre/core/transpose.hpp>

/// \file
/// Sums of sparse matrices.

namespace nacre {

namespace detail {

struct HostSum {
  std::vector<Offset> row_ptr;
  std::vector<Ordinal> col;
  std::vector<Offset> a_entry, b_entry;  ///< [nnz], kNoEntry where there is none
};
HostSum spadd_symbolic(Ordinal num_rows, Offset const* a_ptr, Ordinal const* a_col, Offset const* b_ptr,
                       Ordinal const* b_col);

template <class Exec, class Entries, class ValuesA, class ValuesB, class ValuesC>
void spadd_numeric(Exec const& exec, Entries const& a_entry, Entries const& b_entry, double alpha,
                   ValuesA const& a, double beta, ValuesB const& b, ValuesC const& c) {
  using T = typename ValuesC::non_const_value_type;
  auto const al = static_cast<T>(alpha), be = static_cast<T>(beta);
  Kokkos::parallel_for(
      "nacre::spadd", range_of_entries(exec, c.extent(0)), KOKKOS_LAMBDA(std::int64_t k) {
        T const from_a = a_entry(k) == kNoEntry ? T(0) : al * static_cast<T>(a(a_entry(k)));
        T const from_b = b_entry(k) == kNoEntry ? T(0) : be * static_cast<T>(b(b_entry(k)));
        c(k) = from_a + from_b;
      });
}

}  // namespace detail

/// The sum C = alpha A + beta B of matrices on fixed patterns: the constructor finds the pattern of C,
/// numeric() its values. Every entry of A or B is an entry of C, also where values cancel.
template <class Device = DefaultDevice>
class SpaddPlan {
 public:
  /// \param A, B n-by-m
  /// \throws nacre::Error if the sizes differ
  SpaddPlan(CsrPattern<Device> const& A, CsrPattern<Device> const& B)
      : num_a_(A.num_entries()), num_b_(B.num_entries()) {
    if (A.num_rows() != B.num_rows() || A.num_cols() != B.num_cols())
      fail(cat("spadd: A is ", A.num_rows(), " by ", A.num_cols(), " but B is ", B.num_rows(), " by ",
               B.num_cols()));
    auto const a_ptr = host_view(A.row_ptr()), b_ptr = host_view(B.row_ptr());
    auto const a_col = host_view(A.col()), b_col = host_view(B.col());
    auto const sum =
        detail::spadd_symbolic(A.num_rows(), a_ptr.data(), a_col.data(), b_ptr.data(), b_col.data());
    pattern_ = CsrPattern<Device>(A.num_rows(), A.num_cols(),
                                  to_device<Device>("nacre::spadd::row_ptr", sum.row_ptr),
                                  to_device<Device>("nacre::spadd::col", sum.col));
    a_entry_ = to_device<Device>("nacre::spadd::a_entry", sum.a_entry);
    b_entry_ = to_device<Device>("nacre::spadd::b_entry", sum.b_entry);
  }

  /// The pattern of C, n-by-m.
  CsrPattern<Device> const& pattern() const { return pattern_; }

  /// The values of C = alpha A + beta B.
  /// \param a, b   [nnz(A)], [nnz(B)]
  /// \param[out] c [nnz(C)], overwritten; must not alias a or b
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class ValuesA, class ValuesB, class ValuesC>
  void numeric(Exec const& exec, double alpha, ValuesA const& a, double beta, ValuesB const& b,
               ValuesC const& c) const {
    check_extent("spadd", a, 0, num_a_, "the number of entries of A");
    check_extent("spadd", b, 0, num_b_, "the number of entries of B");
    check_extent("spadd", c, 0, pattern_.num_entries(), "the number of entries of C");
    detail::spadd_numeric(exec, a_entry_, b_entry_, alpha, a, beta, b, c);
  }

 private:
  std::size_t num_a_, num_b_;
  CsrPattern<Device> pattern_;
  Vector<Offset const, Device> a_entry_, b_entry_;
};

/// C = alpha A + beta B, once. Keep a SpaddPlan to repeat it with other values.
template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> spadd(Exec const& exec, double alpha, CsrMatrix<Scalar, Device> const& A,
                                double beta, CsrMatrix<Scalar, Device> const& B) {
  SpaddPlan<Device> const plan(A.pattern, B.pattern);
  Vector<Scalar, Device> const values(Kokkos::view_alloc("nacre::spadd::values", Kokkos::WithoutInitializing),
                                      plan.pattern().num_entries());
  plan.numeric(exec, alpha, A.values, beta, B.values, values);
  compat::fence(exec, "nacre::spadd");  // the plan ends here
  return {plan.pattern(), values};
}

}  // namespace nacre
