#pragma once

#include <vector>

#include <nacre/core/transpose.hpp>

/// \file
/// Rows and columns picked from a matrix.

namespace nacre {

/// A pattern picked from another one, and where its entries come from: `gather(exec, entry, values, out)`.
template <class Device = DefaultDevice>
struct SelectedPattern {
  CsrPattern<Device> pattern;
  Vector<Offset const, Device> entry;  ///< [nnz of pattern]
};

namespace detail {

struct HostSelection {
  std::vector<Offset> row_ptr;
  std::vector<Ordinal> col;
  std::vector<Offset> entry;
};
HostSelection select_on_host(char const* op, Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr,
                             Ordinal const* col, std::vector<Ordinal> const& rows,
                             std::vector<Ordinal> const& cols);

template <class Device>
SelectedPattern<Device> select(char const* op, CsrPattern<Device> const& pattern,
                               std::vector<Ordinal> const& rows, std::vector<Ordinal> const& cols) {
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  auto const selected =
      select_on_host(op, pattern.num_rows(), pattern.num_cols(), row_ptr.data(), col.data(), rows, cols);
  return {CsrPattern<Device>(static_cast<Ordinal>(rows.size()), static_cast<Ordinal>(cols.size()),
                             to_device<Device>("nacre::submatrix::row_ptr", selected.row_ptr),
                             to_device<Device>("nacre::submatrix::col", selected.col)),
          to_device<Device>("nacre::submatrix::entry", selected.entry)};
}

template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> values_of_selection(Exec const& exec, SelectedPattern<Device> const& selected,
                                              Vector<Scalar, Device> const& values) {
  Vector<Scalar, Device> const out(
      Kokkos::view_alloc("nacre::submatrix::values", Kokkos::WithoutInitializing), selected.entry.extent(0));
  gather(exec, selected.entry, values, out);
  return {selected.pattern, out};
}

}  // namespace detail

/// B(i, j) = A(rows(i), cols(j)).
///
/// \param rows in any order, also repeatedly
/// \param cols in any order, each at most once
/// \throws nacre::Error if a number is out of range or a column is given twice
template <class Device>
SelectedPattern<Device> submatrix(CsrPattern<Device> const& pattern, std::vector<Ordinal> const& rows,
                                  std::vector<Ordinal> const& cols) {
  return detail::select("submatrix", pattern, rows, cols);
}

/// The same with its values.
template <class Exec, class Scalar, class Device>
CsrMatrix<Scalar, Device> submatrix(Exec const& exec, CsrMatrix<Scalar, Device> const& A,
                                    std::vector<Ordinal> const& rows, std::vector<Ordinal> const& cols) {
  return detail::values_of_selection(exec, submatrix(A.pattern, rows, cols), A.values);
}

}  // namespace nacre
