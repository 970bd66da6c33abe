#pragma once

#include <nacre/core/types.hpp>

/// \file
/// LU factors of band matrices, one work item or several for each.

namespace nacre::solvers::detail {

/// An n-by-n matrix of this bandwidth and what its factors need besides: row i holds the columns from i - band up to
/// i + 2 band one after the other, the last `band` of them for what interchanges of rows bring.
template <class T>
struct BandMatrix {
  T* entries;      ///< [n * (3 band + 1)]
  Ordinal* pivot;  ///< [n] the row that came to each place
  Ordinal* reach;  ///< [n] the last column of each row of U
  Ordinal n, band;

  KOKKOS_INLINE_FUNCTION std::int64_t row_length() const { return 3 * static_cast<std::int64_t>(band) + 1; }
  /// (i, i); (i, j) is j - i behind it, (i + 1, j) one row_length() - 1 behind (i, j).
  KOKKOS_INLINE_FUNCTION T* diagonal(Ordinal i) const { return entries + i * row_length() + band; }

  /// P A = L U in place, with the inverse of each pivot on the diagonal; row interchanges, as LAPACK's gbtf2: Anderson
  /// et al. (1999), "LAPACK users' guide".
  /// \return whether there are factors: no pivot is as small as rounding errors of the largest entry
  KOKKOS_INLINE_FUNCTION bool factor() const {
    T largest = 0;
    bool finite = true;
    for (std::int64_t e = 0; e < n * row_length(); ++e) {
      T const size = entries[e] < 0 ? -entries[e] : entries[e];
      if (size > largest) largest = size;
      finite = finite && size - size == T(0);
    }
    T const tolerance = largest * static_cast<T>(n) * (sizeof(T) == 8 ? T(2.2e-16) : T(1.2e-7));
    if (!finite) return false;
    Ordinal furthest = 0;
    for (Ordinal k = 0; k < n; ++k) {
      Ordinal const last = k + band < n ? k + band : n - 1;
      Ordinal p = k;
      T best = 0;
      for (Ordinal i = k; i <= last; ++i) {
        T const a = diagonal(i)[k - i], size = a < 0 ? -a : a;
        if (size > best) {
          best = size;
          p = i;
        }
      }
      if (!(best > tolerance)) return false;
      pivot[k] = p;
      if (p + band > furthest) furthest = p + band < n ? p + band : n - 1;
      reach[k] = furthest;
      if (p != k)
        for (Ordinal j = k; j <= furthest; ++j) {
          T const t = diagonal(k)[j - k];
          diagonal(k)[j - k] = diagonal(p)[j - p];
          diagonal(p)[j - p] = t;
        }
      T const inverse = T(1) / *diagonal(k);
      *diagonal(k) = inverse;
      T const* const upper = diagonal(k);
      for (Ordinal i = k + 1; i <= last; ++i) {
        T* const row = diagonal(i) - (i - k);
        T const l = row[0] * inverse;
        row[0] = l;
        if (l == T(0)) continue;
        for (Ordinal j = 1; j <= furthest - k; ++j) row[j] -= l * upper[j];
      }
    }
    return true;
  }

  /// x = A^-1 x for kWidth columns. \param x [n], rows `stride` apart
  template <int kWidth>
  KOKKOS_INLINE_FUNCTION void solve(T* x, std::int64_t stride) const {
    for (Ordinal k = 0; k < n; ++k) {
      T xk[kWidth];
      exchange<kWidth>(x + k * stride, x + pivot[k] * stride);
      for (int c = 0; c < kWidth; ++c) xk[c] = x[k * stride + c];
      Ordinal const last = k + band < n ? k + band : n - 1;
      for (Ordinal i = k + 1; i <= last; ++i) {
        T const l = diagonal(i)[k - i];
        T* const xi = x + i * stride;
        for (int c = 0; c < kWidth; ++c) xi[c] -= l * xk[c];
      }
    }
    for (Ordinal i = n - 1; i >= 0; --i) {
      T const* const row = diagonal(i);
      T sum[kWidth];
      for (int c = 0; c < kWidth; ++c) sum[c] = x[i * stride + c];
      for (Ordinal j = i + 1; j <= reach[i]; ++j)
        for (int c = 0; c < kWidth; ++c) sum[c] -= row[j - i] * x[j * stride + c];
      for (int c = 0; c < kWidth; ++c) x[i * stride + c] = row[0] * sum[c];
    }
  }

  /// x = A^-T x for kWidth columns.
  template <int kWidth>
  KOKKOS_INLINE_FUNCTION void solve_transpose(T* x, std::int64_t stride) const {
    for (Ordinal i = 0; i < n; ++i) {
      T const* const row = diagonal(i);
      T xi[kWidth];
      for (int c = 0; c < kWidth; ++c) xi[c] = row[0] * x[i * stride + c];
      for (int c = 0; c < kWidth; ++c) x[i * stride + c] = xi[c];
      for (Ordinal j = i + 1; j <= reach[i]; ++j) {
        T const u = row[j - i];
        T* const xj = x + j * stride;
        for (int c = 0; c < kWidth; ++c) xj[c] -= u * xi[c];
      }
    }
    for (Ordinal k = n - 1; k >= 0; --k) {
      Ordinal const last = k + band < n ? k + band : n - 1;
      T sum[kWidth];
      for (int c = 0; c < kWidth; ++c) sum[c] = x[k * stride + c];
      for (Ordinal i = k + 1; i <= last; ++i) {
        T const l = diagonal(i)[k - i];
        for (int c = 0; c < kWidth; ++c) sum[c] -= l * x[i * stride + c];
      }
      for (int c = 0; c < kWidth; ++c) x[k * stride + c] = sum[c];
      exchange<kWidth>(x + k * stride, x + pivot[k] * stride);
    }
  }

  template <int kWidth>
  KOKKOS_INLINE_FUNCTION static void exchange(T* a, T* b) {
    if (a == b) return;
    for (int c = 0; c < kWidth; ++c) {
      T const t = a[c];
      a[c] = b[c];
      b[c] = t;
    }
  }
};

/// The band matrices of subdomains, and where each is.
template <class T>
struct BandMatrices {
  Offset const* node_ptr;
  Ordinal const* bandwidth;  ///< -1: none
  std::int64_t const* storage_ptr;
  T* storage;
  Ordinal *pivot, *reach;

  KOKKOS_INLINE_FUNCTION BandMatrix<T> operator[](Ordinal part) const {
    return {storage + storage_ptr[part], pivot + node_ptr[part], reach + node_ptr[part],
            static_cast<Ordinal>(node_ptr[part + 1] - node_ptr[part]), bandwidth[part]};
  }
};

template <class T>
struct FactorBands {
  BandMatrices<T> matrices;
  /// \param[in,out] first_bad the lowest part without factors
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal part, Ordinal& first_bad) const {
    if (matrices.bandwidth[part] >= 0 && !matrices[part].factor() && part < first_bad) first_bad = part;
  }
};

/// Columns of all subdomains' right-hand sides that a work item solves for.
template <class Exec>
inline constexpr int kBandStrip = kOnHost<typename Exec::device_type> ? 16 : 1;

/// Solves with some columns of one subdomain.
template <class Exec, bool kTransposed, class T>
struct SolveBands {
  static constexpr int kStrip = kBandStrip<Exec>;
  BandMatrices<T> matrices;
  T* x;  ///< [local unknowns, num_columns]
  Ordinal num_columns, num_strips;

  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    auto const part = static_cast<Ordinal>(at / num_strips);
    if (matrices.bandwidth[part] < 0) return;
    auto const matrix = matrices[part];
    T* const rows = x + static_cast<std::int64_t>(matrices.node_ptr[part]) * num_columns;
    Ordinal c = static_cast<Ordinal>(at % num_strips) * kStrip;
    Ordinal const end = c + kStrip < num_columns ? c + kStrip : num_columns;
    for (; c + kStrip <= end; c += kStrip) columns<kStrip>(matrix, rows + c);
    if constexpr (kStrip > 1) {
      for (; c + 4 <= end; c += 4) columns<4>(matrix, rows + c);
      for (; c < end; ++c) columns<1>(matrix, rows + c);
    }
  }
  template <int kWidth>
  KOKKOS_INLINE_FUNCTION void columns(BandMatrix<T> const& matrix, T* rows) const {
    if constexpr (kTransposed)
      matrix.template solve_transpose<kWidth>(rows, num_columns);
    else
      matrix.template solve<kWidth>(rows, num_columns);
  }
};

}  // namespace nacre::solvers::detail
