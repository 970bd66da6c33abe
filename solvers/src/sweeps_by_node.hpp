#pragma once

#include <nacre/solvers/detail/sweeps.hpp>

/// \file
/// The sweeps of sweeps.hpp where several rows share their columns: x is gathered once for all of them, and their
/// entries are multiplied by vector instructions. Point Gauss-Seidel all the same: the rows of a node follow one
/// another.

namespace nacre::solvers::detail {

template <class T>
void nodes_from_zero_symmetric(SweepMatrix<T> const& A, SweepVectors<T> const& v,
                               nacre::detail::Columns<T> const& r);
template <class T>
void sweep_nodes(SweepMatrix<T> const& A, SweepVectors<T> const& v, bool ascending);
template <class T>
void nodes_from_zero(SweepMatrix<T> const& A, SweepVectors<T> const& v);

}  // namespace nacre::solvers::detail
