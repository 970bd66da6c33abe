#pragma once

#include <vector>

#include <nacre/core/transpose.hpp>
#include <nacre/core/vector_ops.hpp>

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

/// A factor: a number, or one that lies where the kernel runs.
template <class T>
struct Coefficient {
  T value;
  T const* data;  // null: the value
  KOKKOS_FORCEINLINE_FUNCTION T operator()() const { return data == nullptr ? value : *data; }
};

/// c(k) = alpha a(a_entry(k)) + beta b(b_entry(k)).
template <class TA, class TB, class TC>
struct SpaddBody {
  Offset const *a_entry, *b_entry;  // null: entry k is entry k
  Coefficient<TC> alpha, beta;
  TA const* a;
  TB const* b;
  TC* c;
  KOKKOS_INLINE_FUNCTION void operator()(int, std::int64_t begin, std::int64_t end) const {
    TC const al = alpha(), be = beta();
    if (a_entry == nullptr && b_entry == nullptr)
      for (std::int64_t k = begin; k < end; ++k)
        c[k] = al * static_cast<TC>(a[k]) + be * static_cast<TC>(b[k]);
    else
      for (std::int64_t k = begin; k < end; ++k) {
        Offset const ka = a_entry == nullptr ? static_cast<Offset>(k) : a_entry[k];
        Offset const kb = b_entry == nullptr ? static_cast<Offset>(k) : b_entry[k];
        TC const from_a = ka == kNoEntry ? TC(0) : al * static_cast<TC>(a[ka]);
        TC const from_b = kb == kNoEntry ? TC(0) : be * static_cast<TC>(b[kb]);
        c[k] = from_a + from_b;
      }
  }
};

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
    // a pattern that has every entry of the sum needs no list of them
    if (sum.col.size() != num_a_) a_entry_ = to_device<Device>("nacre::spadd::a_entry", sum.a_entry);
    if (sum.col.size() != num_b_) b_entry_ = to_device<Device>("nacre::spadd::b_entry", sum.b_entry);
  }

  /// The pattern of C, n-by-m.
  CsrPattern<Device> const& pattern() const { return pattern_; }
  /// [nnz(C)] the entry of A (of B) that an entry of C comes from, kNoEntry where it comes from none; without
  /// data if each comes from the one of its own number.
  Vector<Offset const, Device> const& a_entry() const { return a_entry_; }
  Vector<Offset const, Device> const& b_entry() const { return b_entry_; }

  /// The values of C = alpha A + beta B.
  /// \param a, b   [nnz(A)], [nnz(B)]
  /// \param[out] c [nnz(C)], overwritten; must not alias a or b
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class ValuesA, class ValuesB, class ValuesC>
  void numeric(Exec const& exec, double alpha, ValuesA const& a, double beta, ValuesB const& b,
               ValuesC const& c) const {
    using TC = typename ValuesC::non_const_value_type;
    numeric(exec, detail::Coefficient<TC>{static_cast<TC>(alpha), nullptr}, a,
            detail::Coefficient<TC>{static_cast<TC>(beta), nullptr}, b, c);
  }
  /// The same with factors of either kind.
  template <class Exec, class ValuesA, class ValuesB, class ValuesC, class T>
  void numeric(Exec const& exec, detail::Coefficient<T> const& alpha, ValuesA const& a,
               detail::Coefficient<T> const& beta, ValuesB const& b, ValuesC const& c) const {
    check_extent("spadd", a, 0, num_a_, "the number of entries of A");
    check_extent("spadd", b, 0, num_b_, "the number of entries of B");
    check_extent("spadd", c, 0, pattern_.num_entries(), "the number of entries of C");
    detail::launch(
        exec, "nacre::spadd", c.extent(0), 1,
        detail::SpaddBody<typename ValuesA::non_const_value_type, typename ValuesB::non_const_value_type, T>{
            a_entry_.data(), b_entry_.data(), alpha, beta, a.data(), b.data(), c.data()});
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
