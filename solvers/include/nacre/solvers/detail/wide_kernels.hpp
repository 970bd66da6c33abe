#pragma once

#include <nacre/solvers/detail/node_products.hpp>
#include <nacre/solvers/detail/sweeps.hpp>

/// \file
/// The kernels of a cycle on kWide right-hand sides at once, on one rank of a host. A vector holds the numbers of
/// a row next to one another, [row][kWide], so that an entry of a matrix meets all of them in one instruction.

namespace nacre::solvers::detail {

inline constexpr int kWide = 8;

/// \see sweep_from_zero_symmetric
template <class T>
void wide_sweep_from_zero_symmetric(SweepMatrix<T> const& A, T const* b, T* x, T* r);
/// x_i += scale_i (b_i - sum_j a_ij x_j), descending.
template <class T>
void wide_sweep_descending(SweepMatrix<T> const& A, T const* b, T* x);
/// r = b - A x.
template <class T>
void wide_residual(SweepMatrix<T> const& A, T const* b, T const* x, T* r);
/// b = R r.
template <class T>
void wide_restrict(Restriction<T> const& R, T const* r, T* b);
/// x += R^T e.
template <class T>
void wide_interpolate(Restriction<T> const& R, T const* e, T* x);
/// x = M b, M [n][n] row by row.
template <class T>
void wide_multiply(Ordinal n, T const* M, T const* b, T* x);

/// Columns [first, first + count) of [n, k] numbers, count <= kWide, to [n][kWide]; zeros fill up.
template <class From, class To>
void interleave(Ordinal n, nacre::detail::Columns<From const> const& from, int first, int count, To* to);
/// And back.
template <class From, class To>
void separate(Ordinal n, From const* from, nacre::detail::Columns<To> const& to, int first, int count);

}  // namespace nacre::solvers::detail
