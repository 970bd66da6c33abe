#pragma once

#include <algorithm>
#include <cstdint>

#include <nacre/core/operation.hpp>

/// \file
/// Products of dense matrices of either layout, by BLAS on a host.

namespace nacre {

namespace detail {

/// A dense matrix without gaps, or the transpose of one.
template <class T>
struct DenseRef {
  T* data;
  std::int64_t rows, cols, leading;
  bool by_rows;  ///< (i, j) at i * leading + j, otherwise at i + j * leading

  KOKKOS_INLINE_FUNCTION T& operator()(std::int64_t i, std::int64_t j) const {
    return by_rows ? data[i * leading + j] : data[i + j * leading];
  }
  DenseRef transposed() const { return {data, cols, rows, leading, !by_rows}; }
};

/// `v` or its transpose.
template <class View>
DenseRef<typename View::value_type> dense_ref(View const& v, bool transpose = false) {
  static_assert(compat::kRank<View> == 2, "dense matrices have two dimensions");
  constexpr bool by_rows = std::is_same_v<typename View::array_layout, Kokkos::LayoutRight>;
  static_assert(by_rows || std::is_same_v<typename View::array_layout, Kokkos::LayoutLeft>,
                "dense matrices lie by rows or by columns");
  auto const n = static_cast<std::int64_t>(v.extent(0)), m = static_cast<std::int64_t>(v.extent(1));
  DenseRef<typename View::value_type> const ref{v.data(), n, m, by_rows ? m : n, by_rows};
  return transpose ? ref.transposed() : ref;
}

/// C = A B, or C += A B, by BLAS. \pre can_use_blas
void blas_gemm(bool accumulate, DenseRef<double const> A, DenseRef<double const> B, DenseRef<double> C);
void blas_gemm(bool accumulate, DenseRef<float const> A, DenseRef<float const> B, DenseRef<float> C);
/// Whether there is a BLAS, and it can number what has no larger extent.
bool can_use_blas(std::int64_t largest_extent);

/// While it lives, OpenBLAS works on the calling thread alone: its bits depend on its number of threads.
class OneBlasThread {
 public:
  OneBlasThread();
  ~OneBlasThread();
  OneBlasThread(OneBlasThread const&) = delete;
  OneBlasThread& operator=(OneBlasThread const&) = delete;

 private:
  int before_ = 0;
};

/// Some rows of C by BLAS: which ones does not depend on the number of threads.
template <class T>
struct BlasRows {
  DenseRef<T const> A, B;
  DenseRef<T> C;
  bool accumulate;
  std::int64_t rows_at_once;
  void operator()(std::int64_t part) const {
    std::int64_t const first = part * rows_at_once;
    std::int64_t const count = C.rows - first < rows_at_once ? C.rows - first : rows_at_once;
    blas_gemm(accumulate, some_rows(A, first, count), B, some_rows(C, first, count));
  }
  template <class U>
  static DenseRef<U> some_rows(DenseRef<U> const& X, std::int64_t first, std::int64_t count) {
    return {X.data + first * (X.by_rows ? X.leading : 1), count, X.cols, X.leading, X.by_rows};
  }
};

/// Rows of C on a host, in passes over rows of B; entries of C on a device.
template <class Exec, class TA, class TB, class TC>
struct GemmKernel {
  DenseRef<TA> A;
  DenseRef<TB> B;
  DenseRef<TC> C;
  bool accumulate;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    if constexpr (kOnHost<typename Exec::device_type>) {
      if (!accumulate)
        for (std::int64_t j = 0; j < C.cols; ++j) C(at, j) = 0;
      for (std::int64_t k = 0; k < A.cols; ++k) {
        auto const a = static_cast<TC>(A(at, k));
        for (std::int64_t j = 0; j < C.cols; ++j) C(at, j) += a * static_cast<TC>(B(k, j));
      }
    } else {
      std::int64_t const i = at / C.cols, j = at % C.cols;
      TC sum = 0;
      for (std::int64_t k = 0; k < A.cols; ++k) sum += static_cast<TC>(A(i, k)) * static_cast<TC>(B(k, j));
      C(i, j) = accumulate ? C(i, j) + sum : sum;
    }
  }
};

/// C = A B, or C += A B; sizes are the caller's business.
template <class Exec, class TA, class TB, class TC>
void gemm(Exec const& exec, char const* label, bool accumulate, DenseRef<TA> const& A, DenseRef<TB> const& B,
          DenseRef<TC> const& C) {
  if (C.rows == 0 || C.cols == 0) return;
  if constexpr (kOnHost<typename Exec::device_type> && std::is_same_v<std::remove_const_t<TA>, TC> &&
                std::is_same_v<std::remove_const_t<TB>, TC> &&
                (std::is_same_v<TC, double> || std::is_same_v<TC, float>)) {
    if (can_use_blas(std::max({C.rows, C.cols, A.cols}))) {
      std::int64_t const at_once = kSerial<typename Exec::device_type> ? C.rows : 256;
      OneBlasThread const one;  // host back ends run a loop before they return
      Kokkos::parallel_for(label,
                           range_of_entries(exec, static_cast<std::size_t>((C.rows + at_once - 1) / at_once)),
                           BlasRows<TC>{{A.data, A.rows, A.cols, A.leading, A.by_rows},
                                        {B.data, B.rows, B.cols, B.leading, B.by_rows},
                                        C,
                                        accumulate,
                                        at_once});
      return;
    }
  }
  auto const count = static_cast<std::size_t>(kOnHost<typename Exec::device_type> ? C.rows : C.rows * C.cols);
  Kokkos::parallel_for(label, range_of_entries(exec, count),
                       GemmKernel<Exec, TA, TB, TC>{A, B, C, accumulate});
}

}  // namespace detail

/// Whether products of dense matrices on a host are done by BLAS.
bool have_blas();

/// Whether a factor of a product is transposed.
enum class Transposed : bool { no, yes };

/// Y = op(A) op(B), dense, op being the transpose where asked for: `op(A)_bar += Y_bar op(B)^T`,
/// `op(B)_bar += op(A)^T Y_bar`. Giles (2008), "Collected matrix derivative results", section 2.2.2
///
/// A [n, k], B [k, m], or their transposes -> [n, m]; of any mixture of layouts
struct MatmulOp {
  static constexpr char const* name = "nacre::matmul";
  static constexpr Form form = Form::multilinear;
  Transposed a_transposed = Transposed::no, b_transposed = Transposed::no;

  template <class A, class B>
  std::array<std::size_t, 2> output_extents(A const& a, B const& b) const {
    return {{a.extent(transpose_a() ? 1 : 0), b.extent(transpose_b() ? 0 : 1)}};
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    check_extent("matmul", b, transpose_b() ? 1 : 0, a.extent(transpose_a() ? 0 : 1),
                 "the number of columns of the left factor");
    check_extent("matmul", y, 0, a.extent(transpose_a() ? 1 : 0), "the number of rows of the left factor");
    check_extent("matmul", y, 1, b.extent(transpose_b() ? 0 : 1),
                 "the number of columns of the right factor");
    detail::gemm(exec, name, false, detail::dense_ref(a, transpose_a()), detail::dense_ref(b, transpose_b()),
                 detail::dense_ref(y));
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    auto const g = detail::dense_ref(y_bar);
    if (is_given(a_bar))
      detail::gemm(exec, "nacre::matmul_adjoint", true, g, detail::dense_ref(b, !transpose_b()),
                   detail::dense_ref(a_bar, transpose_a()));
    if (is_given(b_bar))
      detail::gemm(exec, "nacre::matmul_adjoint", true, detail::dense_ref(a, !transpose_a()), g,
                   detail::dense_ref(b_bar, transpose_b()));
  }

 private:
  bool transpose_a() const { return a_transposed == Transposed::yes; }
  bool transpose_b() const { return b_transposed == Transposed::yes; }
};

}  // namespace nacre
