#pragma once

#include <functional>
#include <map>
#include <string>

#include <nacre/core/csr_matrix.hpp>
#include <nacre/core/row_products.hpp>

/// \file
/// What measuring our kernels and measuring those of another library share.

namespace nacre::perf {

using Device = DefaultDevice;
using Exec = Device::execution_space;
using Matrix = CsrMatrix<double, Device>;

/// Something to be timed; it holds what it needs.
using Work = std::function<void()>;
/// Prepares a kernel with one matrix.
using MakeWork = std::function<Work(Matrix const&)>;

inline double vector_bytes(Ordinal n, double columns = 1, double per_value = sizeof(double)) {
  return per_value * static_cast<double>(n) * columns;
}
/// A matrix in compressed rows.
inline double entries_bytes(Matrix const& A, double per_value = sizeof(double)) {
  return static_cast<double>(A.num_entries()) * (per_value + sizeof(Ordinal)) +
         sizeof(Offset) * (static_cast<double>(A.num_rows()) + 1);
}
/// What a product reads of a matrix: values, and the columns in the shortest form that the pattern has.
inline double stored_bytes(Matrix const& A, double per_value = sizeof(double)) {
  double const values = vector_bytes(1, static_cast<double>(A.num_entries()), per_value);
  if constexpr (kOnHost<Device>) {
    auto const compact = compact_rows(A.pattern);
    if (compact.stencils != nullptr) return values + static_cast<double>(compact.stencils->num_bytes());
    if (compact.blocks != nullptr)
      return values + static_cast<double>(compact.blocks->num_bytes()) +
             sizeof(Offset) * (static_cast<double>(A.num_rows()) + 1);
  }
  return entries_bytes(A, per_value);
}

template <class T = double>
Vector<T> filled(std::string const& label, std::size_t n, double value = 1) {
  Vector<T> const v(Kokkos::view_alloc(label, Kokkos::WithoutInitializing), n);
  Kokkos::deep_copy(v, static_cast<T>(value));
  return v;
}
inline std::size_t rows_of(Matrix const& A) { return static_cast<std::size_t>(A.num_rows()); }
inline std::size_t cols_of(Matrix const& A) { return static_cast<std::size_t>(A.num_cols()); }

#ifdef NACRE_PERF_HAVE_KOKKOS_KERNELS
/// What Kokkos Kernels has of what we measure, by the names of our kernels.
std::map<std::string, MakeWork> kokkos_kernels_runs();
/// An inner product of theirs.
Work kokkos_kernels_dot(Vector<double> const& x, Vector<double> const& y);
#endif
#ifdef NACRE_PERF_HAVE_EIGEN
/// The same of Eigen.
std::map<std::string, MakeWork> eigen_kernel_runs();
#endif

}  // namespace nacre::perf
