#pragma once

#include <array>

#include <nacre/core/operation.hpp>
#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Operations of nacre_inversion, on the cells of a grid: a diffusion matrix from coefficients, and how rough a field is.
/// Examples of operations of one's own: each brings a value and an adjoint, gathered so that results repeat.

namespace nacre::apps {

/// What both know: the local pattern of a diffusion matrix. Entry (i, j), j not i, is the face between two cells.
template <class Device>
struct Faces {
  Kokkos::View<Offset const*, Device> row_ptr, transposed_ptr, entry;
  Kokkos::View<Ordinal const*, Device> col, transposed_row;
  Kokkos::View<Offset const*, Device> diagonal;  // entry (i, i)
  Ordinal num_rows = 0;

  explicit Faces(CsrPattern<Device> const& local)
      : row_ptr(local.row_ptr()),
        transposed_ptr(transposed(local).pattern.row_ptr()),
        entry(transposed(local).entry),
        col(local.col()),
        transposed_row(transposed(local).pattern.col()),
        diagonal(diagonal_positions(local).entry),
        num_rows(local.num_rows()) {}
};

namespace detail {

template <class Device>
struct DiffusionRow {
  Faces<Device> faces;
  double const* k;
  double* values;
  int num_faces;  // of a cell
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i) const {
    double sum = 0;
    int inner = 0;
    for (Offset e = faces.row_ptr(i); e < faces.row_ptr(i + 1); ++e) {
      Ordinal const j = faces.col(e);
      if (j == i) continue;
      double const face = 2 * k[i] * k[j] / (k[i] + k[j]);
      values[e] = -face;
      sum += face;
      ++inner;
    }
    values[faces.diagonal(i)] = sum + (num_faces - inner) * k[i];
  }
};

template <class Device>
struct DiffusionAdjoint {
  Faces<Device> faces;
  double const *k, *values_bar;
  double* k_bar;
  int num_faces;
  /// d values . values_bar / d k(j) through the face e of row i, whose other cell is `other`.
  KOKKOS_INLINE_FUNCTION double through(Ordinal i, Offset e, Ordinal j, Ordinal other) const {
    double const part = k[other] / (k[j] + k[other]);
    return (values_bar[faces.diagonal(i)] - values_bar[e]) * 2 * part * part;
  }
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    double sum = 0;
    int inner = 0;
    if (j < faces.num_rows)
      for (Offset e = faces.row_ptr(j); e < faces.row_ptr(j + 1); ++e)
        if (faces.col(e) != j) {
          sum += through(j, e, j, faces.col(e));
          ++inner;
        }
    for (Offset t = faces.transposed_ptr(j); t < faces.transposed_ptr(j + 1); ++t)
      if (Ordinal const i = faces.transposed_row(t); i != j) sum += through(i, faces.entry(t), j, i);
    if (j < faces.num_rows) sum += (num_faces - inner) * values_bar[faces.diagonal(j)];
    k_bar[j] += sum;
  }
};

}  // namespace detail

/// The values of -div(k grad u) by cell-centred finite volumes, u = 0 outside: harmonic means of k on inner faces, k of
/// the cell on outer ones. k [owned cells + ghosts] -> values [local nnz].
template <class Device = DefaultDevice>
struct DiffusionOp {
  static constexpr char const* name = "nacre::apps::diffusion";
  CsrPattern<Device> local;
  int dimension;
  Faces<Device> faces{local};

  template <class K>
  std::array<std::size_t, 1> output_extents(K const&) const {
    return {{local.num_entries()}};
  }
  template <class Exec, class Y, class K>
  void forward(Exec const& exec, Y const& values, K const& k) const {
    check_extent(name, k, 0, static_cast<std::size_t>(local.num_cols()), "the number of cells with ghosts");
    Kokkos::parallel_for(name, range(exec, static_cast<std::size_t>(faces.num_rows)),
                         detail::DiffusionRow<Device>{faces, k.data(), values.data(), 2 * dimension});
  }
  template <class Exec, class Y, class YBar, class K, class KBar>
  void adjoint(Exec const& exec, Y const&, YBar const& values_bar, K const& k, KBar const& k_bar) const {
    if (!is_given(k_bar)) return;
    Kokkos::parallel_for(
        "nacre::apps::diffusion_adjoint", range(exec, k.extent(0)),
        detail::DiffusionAdjoint<Device>{faces, k.data(), values_bar.data(), k_bar.data(), 2 * dimension});
  }
};

/// How much a jump d between neighbours counts: (smoothed) total variation, which allows jumps, or Tikhonov's d^2 / 2.
struct JumpPenalty {
  bool total_variation = true;
  double smoothing = .05;
  KOKKOS_INLINE_FUNCTION double operator()(double d) const {
    return total_variation ? compat::sqrt(d * d + smoothing * smoothing) - smoothing : d * d / 2;
  }
  KOKKOS_INLINE_FUNCTION double slope(double d) const {
    return total_variation ? d / compat::sqrt(d * d + smoothing * smoothing) : d;
  }
};

namespace detail {

template <class Device>
struct RoughnessTerm {
  Faces<Device> faces;
  double const* m;
  JumpPenalty penalty;
  double factor;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t row) const {
    auto const i = static_cast<Ordinal>(row);
    double sum = 0;
    for (Offset e = faces.row_ptr(i); e < faces.row_ptr(i + 1); ++e) sum += penalty(m[i] - m[faces.col(e)]);
    return factor * sum;
  }
};

template <class Device>
struct RoughnessAdjoint {
  Faces<Device> faces;
  double const *m, *y_bar;
  double* m_bar;
  JumpPenalty penalty;
  double factor;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j) const {
    double sum = 0;
    if (j < faces.num_rows)
      for (Offset e = faces.row_ptr(j); e < faces.row_ptr(j + 1); ++e)
        sum += penalty.slope(m[j] - m[faces.col(e)]);
    for (Offset t = faces.transposed_ptr(j); t < faces.transposed_ptr(j + 1); ++t)
      sum += penalty.slope(m[j] - m[faces.transposed_row(t)]);
    m_bar[j] += factor * y_bar[0] * sum;
  }
};

}  // namespace detail

/// This rank's part of factor * sum over inner faces of penalty(jump of m); a face between ranks counts half on each.
/// m [owned cells + ghosts] -> [1].
template <class Device = DefaultDevice>
struct RoughnessOp {
  static constexpr char const* name = "nacre::apps::roughness";
  CsrPattern<Device> local;
  JumpPenalty penalty;
  double factor;
  Faces<Device> faces{local};

  template <class M>
  std::array<std::size_t, 1> output_extents(M const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class M>
  void forward(Exec const& exec, Y const& y, M const& m) const {
    check_extent(name, m, 0, static_cast<std::size_t>(local.num_cols()), "the number of cells with ghosts");
    ordered_sum(exec, name, static_cast<std::size_t>(faces.num_rows),
                detail::RoughnessTerm<Device>{faces, m.data(), penalty, factor / 2}, y);
  }
  template <class Exec, class Y, class YBar, class M, class MBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, M const& m, MBar const& m_bar) const {
    if (!is_given(m_bar)) return;
    Kokkos::parallel_for(
        "nacre::apps::roughness_adjoint", range(exec, m.extent(0)),
        detail::RoughnessAdjoint<Device>{faces, m.data(), y_bar.data(), m_bar.data(), penalty, factor / 2});
  }
};

}  // namespace nacre::apps
