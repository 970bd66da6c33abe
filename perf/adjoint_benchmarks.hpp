#pragma once

#include <functional>
#include <string>

#include <nacre/core/csr_matrix.hpp>

/// \file
/// What measuring our operations and measuring another library's share.

namespace nacre::perf {

/// The columns of the dense factor that is measured.
inline constexpr int kDenseColumns = 32;

#ifdef NACRE_PERF_HAVE_EIGEN
/// What Eigen does for an operation of that name on a matrix that it copies; empty if it has no such thing.
std::function<void()> eigen_run(std::string const& operation, CsrMatrix<float> const& A);
/// Its version.
std::string eigen_version();
#endif

}  // namespace nacre::perf
