#pragma once

#include <vector>

#include <nacre/core/csr_matrix.hpp>

/// \file
/// Products of sparse matrices, the sparsity computed once and the values as often as they change.

namespace nacre {

namespace detail {

/// A pattern as host code reads it.
struct HostPattern {
  Ordinal num_rows, num_cols;
  Offset const* row_ptr;
  Ordinal const* col;
};

/// A pattern under construction on the host.
struct HostRows {
  std::vector<Offset> row_ptr;                    ///< [n+1]
  Kokkos::View<Ordinal*, Kokkos::HostSpace> col;  ///< [nnz]
};

/// The pattern of A B, columns sorted. Runs on all threads of the host.
///
/// Gustavson's row-by-row product on rows of B compressed to bits, 64 columns a word: rows of meshes touch
/// few words, so there is little to look up and little to sort. After F. Gustavson (1978), Two fast
/// algorithms for sparse matrices, and, for the compression, M. Deveci, C. Trott, S. Rajamanickam (2018),
/// Multithreaded sparse matrix-matrix multiplication, section 3.2. \throws nacre::Error if the product has
/// more entries than an Offset counts
HostRows spgemm_symbolic(HostPattern const& A, HostPattern const& B);

template <class Device>
CsrPattern<Device> pattern_of(Ordinal num_rows, Ordinal num_cols, HostRows const& rows) {
  Vector<Ordinal, Device> col(Kokkos::view_alloc("nacre::col", Kokkos::WithoutInitializing),
                              rows.col.extent(0));
  if constexpr (std::is_same_v<typename Device::memory_space, Kokkos::HostSpace>)
    col = rows.col;
  else
    Kokkos::deep_copy(col, rows.col);
  return CsrPattern<Device>(num_rows, num_cols, to_device<Device>("nacre::row_ptr", rows.row_ptr), col);
}

template <class Device>
Kokkos::View<Offset const*, Kokkos::HostSpace> host_row_ptr(CsrPattern<Device> const& pattern) {
  return host_view(pattern.row_ptr());
}

/// Some rows of C = A B through a dense row of sums, which is zero between rows.
template <class TA, class TB, class TC>
struct SpgemmOnHost {
  Offset const *a_ptr, *b_ptr, *c_ptr;
  Ordinal const *a_col, *b_col, *c_col;
  TA const* a;
  TB const* b;
  TC* c;
  double* sums;  // [parts][num_cols]
  Ordinal num_rows, num_cols;
  int parts;

  void operator()(int part) const {
    TC* const sum =
        reinterpret_cast<TC*>(sums + static_cast<std::size_t>(part) * static_cast<std::size_t>(num_cols));
    auto const begin = static_cast<Ordinal>(std::int64_t(num_rows) * part / parts);
    auto const end = static_cast<Ordinal>(std::int64_t(num_rows) * (part + 1) / parts);
    for (Ordinal i = begin; i < end; ++i) {
      for (Offset k = a_ptr[i]; k < a_ptr[i + 1]; ++k) {
        TC const factor = static_cast<TC>(a[k]);
        Ordinal const j = a_col[k];
        for (Offset l = b_ptr[j]; l < b_ptr[j + 1]; ++l) sum[b_col[l]] += factor * static_cast<TC>(b[l]);
      }
      for (Offset k = c_ptr[i]; k < c_ptr[i + 1]; ++k) {
        Ordinal const j = c_col[k];
        c[k] = sum[j];
        sum[j] = 0;
      }
    }
  }
};

/// A row of C = A B, each product placed by binary search: no scratch.
template <class TA, class TB, class TC>
struct SpgemmBySearch {
  Offset const *a_ptr, *b_ptr, *c_ptr;
  Ordinal const *a_col, *b_col, *c_col;
  TA const* a;
  TB const* b;
  TC* c;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    Offset const begin = c_ptr[i], end = c_ptr[i + 1];
    for (Offset k = begin; k < end; ++k) c[k] = 0;
    for (Offset k = a_ptr[i]; k < a_ptr[i + 1]; ++k) {
      TC const factor = static_cast<TC>(a[k]);
      Ordinal const j = a_col[k];
      Offset from = begin;  // columns ascend within a row of B
      for (Offset l = b_ptr[j]; l < b_ptr[j + 1]; ++l) {
        Offset low = from, high = end;
        while (low < high) {
          Offset const middle = low + (high - low) / 2;
          if (c_col[middle] < b_col[l])
            low = middle + 1;
          else
            high = middle;
        }
        c[low] += factor * static_cast<TC>(b[l]);
        from = low + 1;
      }
    }
  }
};

}  // namespace detail

/// The product C = A B of matrices on fixed patterns: the constructor finds the pattern of C, numeric() its
/// values.
///
/// Every entry that the patterns of A and B can fill is an entry of C, also where values cancel. numeric()
/// uses scratch of the plan: one call at a time.
template <class Device = DefaultDevice>
class SpgemmPlan {
 public:
  SpgemmPlan() = default;
  /// \param A n-by-l
  /// \param B l-by-m
  /// \throws nacre::Error if the sizes do not match
  SpgemmPlan(CsrPattern<Device> const& A, CsrPattern<Device> const& B) : a_(A), b_(B) {
    if (A.num_cols() != B.num_rows())
      fail(cat("spgemm: A is ", A.num_rows(), " by ", A.num_cols(), " but B is ", B.num_rows(), " by ",
               B.num_cols()));
    auto const a_ptr = host_view(A.row_ptr()), b_ptr = host_view(B.row_ptr());
    auto const a_col = host_view(A.col()), b_col = host_view(B.col());
    c_ = detail::pattern_of<Device>(
        A.num_rows(), B.num_cols(),
        detail::spgemm_symbolic({A.num_rows(), A.num_cols(), a_ptr.data(), a_col.data()},
                                {B.num_rows(), B.num_cols(), b_ptr.data(), b_col.data()}));
    if constexpr (kOnHost<Device>) {
      // beyond this much scratch (many threads, many columns) searching is the better bargain
      constexpr std::size_t kMostScratch = std::size_t(1) << 27;
      std::size_t const threads = static_cast<std::size_t>(ExecOf<Device>().concurrency());
      std::size_t const size = threads * static_cast<std::size_t>(B.num_cols());
      if (threads == 1 || size <= kMostScratch) {
        parts_ = static_cast<int>(threads);
        sums_ = Kokkos::View<double*, Kokkos::HostSpace>("nacre::spgemm::sums", size);
      }
    }
  }

  CsrPattern<Device> const& a_pattern() const { return a_; }
  CsrPattern<Device> const& b_pattern() const { return b_; }
  /// The pattern of C, n-by-m, columns sorted.
  CsrPattern<Device> const& pattern() const { return c_; }
  /// Zeros that an adjoint may use and leaves zero, at least [columns of C] on one thread of a host; else null.
  double* scratch() const { return sums_.data(); }

  /// The values of C = A B.
  /// \param a, b   [nnz(A)], [nnz(B)]
  /// \param[out] c [nnz(C)], overwritten; must not alias a or b
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class ValuesA, class ValuesB, class ValuesC>
  void numeric(Exec const& exec, ValuesA const& a, ValuesB const& b, ValuesC const& c) const {
    using TA = typename ValuesA::non_const_value_type;
    using TB = typename ValuesB::non_const_value_type;
    using TC = typename ValuesC::non_const_value_type;
    static_assert(sizeof(TC) <= sizeof(double), "the scratch row is made of doubles");
    check_extent("spgemm", a, 0, a_.num_entries(), "the number of entries of A");
    check_extent("spgemm", b, 0, b_.num_entries(), "the number of entries of B");
    check_extent("spgemm", c, 0, c_.num_entries(), "the number of entries of C");
    if constexpr (kOnHost<Device>) {
      if (parts_ > 0) {
        Kokkos::parallel_for(
            "nacre::spgemm", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, parts_),
            detail::SpgemmOnHost<TA, TB, TC>{a_.row_ptr().data(), b_.row_ptr().data(), c_.row_ptr().data(),
                                             a_.col().data(), b_.col().data(), c_.col().data(), a.data(),
                                             b.data(), c.data(), sums_.data(), c_.num_rows(), c_.num_cols(),
                                             parts_});
        return;
      }
    }
    Kokkos::parallel_for("nacre::spgemm", range(exec, static_cast<std::size_t>(c_.num_rows())),
                         detail::SpgemmBySearch<TA, TB, TC>{
                             a_.row_ptr().data(), b_.row_ptr().data(), c_.row_ptr().data(), a_.col().data(),
                             b_.col().data(), c_.col().data(), a.data(), b.data(), c.data()});
  }

 private:
  CsrPattern<Device> a_, b_, c_;
  int parts_ = 0;  // of the rows, each with a row of sums; 0: by search
  Kokkos::View<double*, Kokkos::HostSpace> sums_;
};

/// C = A B, once. Keep a SpgemmPlan to repeat it with other values.
template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> spgemm(Exec const& exec, CsrMatrix<Scalar, Device> const& A,
                                 CsrMatrix<Scalar, Device> const& B) {
  SpgemmPlan<Device> const plan(A.pattern, B.pattern);
  Vector<Scalar, Device> const values(
      Kokkos::view_alloc("nacre::spgemm::values", Kokkos::WithoutInitializing), plan.pattern().num_entries());
  plan.numeric(exec, A.values, B.values, values);
  compat::fence(exec, "nacre::spgemm");  // the plan and its scratch end here
  return {plan.pattern(), values};
}

}  // namespace nacre
