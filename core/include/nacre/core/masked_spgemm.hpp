#pragma once

#include <memory>

#include <nacre/core/spgemm_adjoint.hpp>

/// \file
/// Products of sparse matrices, only some entries of them.

namespace nacre {

namespace detail {

/// Rows of C one after the other: each product is added to the sum that its column has a number of, or to
/// the sum 0 that nobody reads.
template <class TA, class TB, class TC>
struct SerialMaskedSpgemm {
  ProductPatterns p;
  TA const* a;
  TB const* b;
  TC* c;
  Ordinal* slot;  // [num_cols] the number of a column's sum; 0, also between rows, for columns without one
  TC* sum;        // [1 + longest row]

  void operator()(int) const {
    for (Ordinal i = 0; i < p.num_rows; ++i) {
      Offset const begin = p.c_ptr[i], end = p.c_ptr[i + 1];
      for (Offset k = begin; k < end; ++k) {
        auto const s = static_cast<Ordinal>(k - begin) + 1;
        slot[p.c_col[k]] = s;
        sum[s] = 0;
      }
      for (Offset k = p.a_ptr[i]; k < p.a_ptr[i + 1]; ++k) {
        TC const factor = static_cast<TC>(a[k]);
        Ordinal const j = p.a_col[k];
        for (Offset l = p.b_ptr[j]; l < p.b_ptr[j + 1]; ++l)
          sum[slot[p.b_col[l]]] += factor * static_cast<TC>(b[l]);
      }
      for (Offset k = begin; k < end; ++k) {
        c[k] = sum[k - begin + 1];
        slot[p.c_col[k]] = 0;
      }
    }
  }
};

/// A row of C a thread, each product placed by binary search or dropped.
template <class TA, class TB, class TC>
struct MaskedSpgemmBySearch {
  ProductPatterns p;
  TA const* a;
  TB const* b;
  TC* c;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const begin = p.c_ptr[i], end = p.c_ptr[i + 1];
    for (Offset k = begin; k < end; ++k) c[k] = 0;
    for (Offset k = p.a_ptr[i]; k < p.a_ptr[i + 1]; ++k) {
      TC const factor = static_cast<TC>(a[k]);
      Ordinal const j = p.a_col[k];
      for (Offset l = p.b_ptr[j]; l < p.b_ptr[j + 1]; ++l) {
        Offset const at = p.find(begin, end, p.b_col[l]);
        if (at != end) c[at] += factor * static_cast<TC>(b[l]);
      }
    }
  }
};

}  // namespace detail

/// C = (A B) o mask: the entries of A B on a given pattern, the others never formed. An entry of the pattern
/// that no product reaches is zero.
///
/// numeric() and the adjoint use scratch of the plan: one call at a time.
template <class Device = DefaultDevice>
class MaskedSpgemmPlan {
 public:
  /// \param A n-by-l
  /// \param B l-by-m
  /// \param C n-by-m, the pattern of the result
  /// \throws nacre::Error if the sizes do not match
  MaskedSpgemmPlan(CsrPattern<Device> const& A, CsrPattern<Device> const& B, CsrPattern<Device> const& C)
      : a_(A), b_(B), c_(C) {
    if (A.num_cols() != B.num_rows() || C.num_rows() != A.num_rows() || C.num_cols() != B.num_cols())
      fail(cat("masked_spgemm: A is ", A.num_rows(), " by ", A.num_cols(), ", B is ", B.num_rows(), " by ",
               B.num_cols(), " but the pattern of the result is ", C.num_rows(), " by ", C.num_cols()));
    if constexpr (kSerial<Device>) {
      auto const m = static_cast<std::size_t>(C.num_cols());
      std::size_t longest = 0;
      for (Ordinal i = 0; i < C.num_rows(); ++i) {
        auto const length = static_cast<std::size_t>(C.row_ptr()(i + 1) - C.row_ptr()(i));
        longest = length > longest ? length : longest;
      }
      slot_ = Vector<Ordinal, Device>("nacre::masked_spgemm::slot", m);
      sums_ = Vector<double, Device>("nacre::masked_spgemm::sums", longest + 1);
      row_ = Vector<double, Device>("nacre::masked_spgemm::row", m);
    }
  }

  CsrPattern<Device> const& a_pattern() const { return a_; }
  CsrPattern<Device> const& b_pattern() const { return b_; }
  CsrPattern<Device> const& pattern() const { return c_; }

  /// The values of C.
  /// \param a, b   [nnz(A)], [nnz(B)]
  /// \param[out] c [nnz(C)], overwritten; must not alias a or b
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class ValuesA, class ValuesB, class ValuesC>
  void numeric(Exec const& exec, ValuesA const& a, ValuesB const& b, ValuesC const& c) const {
    using TA = typename ValuesA::non_const_value_type;
    using TB = typename ValuesB::non_const_value_type;
    using TC = typename ValuesC::non_const_value_type;
    static_assert(sizeof(TC) <= sizeof(double), "the scratch is made of doubles");
    check_extent("masked_spgemm", a, 0, a_.num_entries(), "the number of entries of A");
    check_extent("masked_spgemm", b, 0, b_.num_entries(), "the number of entries of B");
    check_extent("masked_spgemm", c, 0, c_.num_entries(), "the number of entries of C");
    auto const patterns = detail::product_patterns(a_, b_, c_);
    if constexpr (kSerial<typename Exec::device_type>)
      Kokkos::parallel_for(
          "nacre::masked_spgemm", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
          detail::SerialMaskedSpgemm<TA, TB, TC>{patterns, a.data(), b.data(), c.data(), slot_.data(),
                                                 reinterpret_cast<TC*>(sums_.data())});
    else
      Kokkos::parallel_for("nacre::masked_spgemm", range(exec, static_cast<std::size_t>(c_.num_rows())),
                           detail::MaskedSpgemmBySearch<TA, TB, TC>{patterns, a.data(), b.data(), c.data()});
  }

  /// [columns of C] zeros that adjoints may use and leave zero; null but on the serial back end.
  double* scratch() const { return row_.data(); }

 private:
  CsrPattern<Device> a_, b_, c_;
  Vector<Ordinal, Device> slot_;
  Vector<double, Device> sums_, row_;
};

/// C = (A B) o mask as an operation of (a, b), the values of A and B; c are the values on `plan->pattern()`.
///
/// Adjoint: `A_bar += C_bar B^T`, `B_bar += A^T C_bar`, on the patterns of A and B; as that of SpgemmOp.
template <class Device = DefaultDevice>
struct MaskedSpgemmOp {
  static constexpr char const* name = "nacre::masked_spgemm";
  static constexpr Form form = Form::multilinear;
  std::shared_ptr<MaskedSpgemmPlan<Device> const> plan;

  template <class A, class B>
  std::array<std::size_t, 1> output_extents(A const&, B const&) const {
    return {{plan->pattern().num_entries()}};
  }
  template <class Exec, class C, class A, class B>
  void forward(Exec const& exec, C const& c, A const& a, B const& b) const {
    plan->numeric(exec, a, b, c);
  }
  template <class Exec, class C, class CBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, C const&, CBar const& c_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    detail::spgemm_adjoint(exec, plan->a_pattern(), plan->b_pattern(), plan->pattern(), c_bar, a, b, a_bar,
                           b_bar, plan->scratch());
  }
};

}  // namespace nacre
