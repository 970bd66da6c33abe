#pragma once

#include <vector>

#include <KokkosBlas1_dot.hpp>
#include <KokkosKernels_Handle.hpp>
#include <KokkosKernels_SparseUtils.hpp>
#include <KokkosSparse_CrsMatrix.hpp>
#include <KokkosSparse_spadd.hpp>
#include <KokkosSparse_spgemm.hpp>
#include <KokkosSparse_spmv.hpp>
#include <KokkosSparse_sptrsv.hpp>
#if __has_include(<KokkosSparse_SortCrs.hpp>)
#include <KokkosSparse_SortCrs.hpp>
#include <KokkosSparse_Utils.hpp>
#endif

#include <nacre/core/csr_matrix.hpp>

/// \file
/// The kernels of Kokkos Kernels that ours are measured against, whatever its version.

namespace nacre::perf {

namespace kk {
#if __has_include(<KokkosSparse_SortCrs.hpp>)
using KokkosSparse::Impl::transpose_matrix;
#else
using KokkosKernels::Impl::transpose_matrix;
#endif
#if defined(KOKKOSKERNELS_VERSION) && KOKKOSKERNELS_VERSION >= 40700
using KokkosSparse::sptrsv_solve;
using KokkosSparse::sptrsv_symbolic;
using KokkosSparse::SPTRSVAlgorithm;
#else
using KokkosSparse::Experimental::sptrsv_solve;
using KokkosSparse::Experimental::sptrsv_symbolic;
using KokkosSparse::Experimental::SPTRSVAlgorithm;
#endif
}  // namespace kk

using KokkosKernelsMatrix = KokkosSparse::CrsMatrix<double, Ordinal, DefaultDevice, void, Offset>;
using KokkosKernelsHandle =
    KokkosKernels::Experimental::KokkosKernelsHandle<Offset, Ordinal, double, DefaultDevice::execution_space,
                                                     DefaultDevice::memory_space,
                                                     DefaultDevice::memory_space>;

/// The same matrix; the pattern is copied, as Kokkos Kernels wants it writable.
inline KokkosKernelsMatrix kokkos_kernels_matrix(CsrMatrix<double> const& A) {
  KokkosKernelsMatrix::row_map_type::non_const_type const row_ptr("row_ptr", A.pattern.row_ptr().extent(0));
  KokkosKernelsMatrix::index_type::non_const_type const col("col", A.num_entries());
  Kokkos::deep_copy(row_ptr, A.pattern.row_ptr());
  Kokkos::deep_copy(col, A.pattern.col());
  return {"A", A.num_rows(), A.num_cols(), static_cast<Offset>(A.num_entries()), A.values, row_ptr, col};
}

class KokkosKernelsSpgemm {
 public:
  explicit KokkosKernelsSpgemm(KokkosKernelsMatrix const& A) : A_(A) {
    handle_.create_spgemm_handle(KokkosSparse::SPGEMM_KK);
  }
  ~KokkosKernelsSpgemm() { handle_.destroy_spgemm_handle(); }
  KokkosKernelsSpgemm(KokkosKernelsSpgemm const&) = delete;
  KokkosKernelsSpgemm& operator=(KokkosKernelsSpgemm const&) = delete;
  KokkosKernelsMatrix multiply(KokkosKernelsMatrix const& B) {
    KokkosKernelsMatrix C;
    KokkosSparse::spgemm_symbolic(handle_, A_, false, B, false, C);
    numeric(B, C);
    return C;
  }
  /// In 3.4 the function for matrices destroys the handle, so this is the one for views.
  void numeric(KokkosKernelsMatrix const& B, KokkosKernelsMatrix const& C) {
    KokkosSparse::Experimental::spgemm_numeric(
        &handle_, A_.numRows(), B.numRows(), B.numCols(), A_.graph.row_map, A_.graph.entries, A_.values,
        false, B.graph.row_map, B.graph.entries, B.values, false, C.graph.row_map, C.graph.entries, C.values);
  }

 private:
  KokkosKernelsMatrix A_;
  KokkosKernelsHandle handle_;
};

inline KokkosKernelsMatrix kokkos_kernels_add(KokkosKernelsMatrix const& A, KokkosKernelsMatrix const& B) {
  KokkosKernelsHandle handle;
  handle.create_spadd_handle(true);
  KokkosKernelsMatrix C;
  KokkosSparse::spadd_symbolic(&handle, A, B, C);
  KokkosSparse::spadd_numeric(&handle, 1., A, 1., B, C);
  handle.destroy_spadd_handle();
  return C;
}

inline KokkosKernelsMatrix kokkos_kernels_transpose(KokkosKernelsMatrix const& A) {
  return kk::transpose_matrix(A);
}

/// The lower triangle of a matrix with its diagonal, and the solution with it.
class KokkosKernelsLowerSolve {
 public:
  explicit KokkosKernelsLowerSolve(CsrMatrix<double> const& A) {
    auto const row_ptr = host_view(A.pattern.row_ptr());
    auto const col = host_view(A.pattern.col());
    auto const values = host_view(A.values);
    std::vector<Offset> lower_ptr{0};
    std::vector<Ordinal> lower_col;
    std::vector<double> lower_values;
    for (Ordinal i = 0; i < A.num_rows(); ++i) {
      for (Offset k = row_ptr(i); k < row_ptr(i + 1) && col(k) <= i; ++k) {
        lower_col.push_back(col(k));
        lower_values.push_back(values(k));
      }
      lower_ptr.push_back(static_cast<Offset>(lower_col.size()));
    }
    row_ptr_ = to_device<DefaultDevice>("row_ptr", lower_ptr);
    col_ = to_device<DefaultDevice>("col", lower_col);
    values_ = to_device<DefaultDevice>("values", lower_values);
    handle_.create_sptrsv_handle(kk::SPTRSVAlgorithm::SEQLVLSCHD_TP1, static_cast<Offset>(A.num_rows()),
                                 true);
    kk::sptrsv_symbolic(&handle_, row_ptr_, col_);
  }
  ~KokkosKernelsLowerSolve() { handle_.destroy_sptrsv_handle(); }
  KokkosKernelsLowerSolve(KokkosKernelsLowerSolve const&) = delete;
  KokkosKernelsLowerSolve& operator=(KokkosKernelsLowerSolve const&) = delete;
  void solve(Vector<double> const& b, Vector<double> const& x) const {
    kk::sptrsv_solve(&handle_, row_ptr_, col_, values_, b, x);
  }

 private:
  mutable KokkosKernelsHandle handle_;
  Vector<Offset> row_ptr_;
  Vector<Ordinal> col_;
  Vector<double> values_;
};

}  // namespace nacre::perf
