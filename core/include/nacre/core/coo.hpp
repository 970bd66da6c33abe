#pragma once

#include <string>
#include <vector>

#include <nacre/core/transpose.hpp>

/// \file
/// Assembly from entries in any order.

namespace nacre {

/// Entries of a matrix as a program comes by them: in any order, several for the same place are summed.
template <class Scalar>
struct CooEntries {
  std::vector<Ordinal> row, col;
  std::vector<Scalar> values;

  void add(Ordinal i, Ordinal j, Scalar value) {
    row.push_back(i);
    col.push_back(j);
    values.push_back(value);
  }
};

namespace detail {

struct CooOrder {
  std::vector<Offset> row_ptr;      ///< [n+1]
  std::vector<Ordinal> col;         ///< [nnz]
  std::vector<Offset> summand_ptr;  ///< [nnz+1]
  std::vector<Offset> summand;      ///< [count]
};
/// Sorts entries by row, then column, then position.
CooOrder order_coo(Ordinal num_rows, Ordinal num_cols, std::size_t count, Ordinal const* row,
                   Ordinal const* col);

template <class Values, class Out>
struct SumEntries {
  Offset const *ptr, *summand;
  Values values;
  Out out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    typename Out::non_const_value_type sum = 0;
    for (Offset s = ptr[k]; s < ptr[k + 1]; ++s) sum += values(summand[s]);
    out(k) = sum;
  }
};

}  // namespace detail

/// Where entries in any order go in a CSR matrix. The constructor sorts, assemble() is one gather, so that
/// new values for the same places cost little.
template <class Device = DefaultDevice>
class CooAssembly {
 public:
  /// \param num_rows, num_cols n, m
  /// \param row, col           [count] places; the same place may occur several times
  /// \throws nacre::Error if the lengths differ or a place is outside the matrix
  CooAssembly(Ordinal num_rows, Ordinal num_cols, std::vector<Ordinal> const& row,
              std::vector<Ordinal> const& col) {
    if (row.size() != col.size())
      fail(cat("coo: ", row.size(), " row numbers but ", col.size(), " column numbers"));
    auto const order = detail::order_coo(num_rows, num_cols, row.size(), row.data(), col.data());
    pattern_ = CsrPattern<Device>(num_rows, num_cols, to_device<Device>("nacre::coo::row_ptr", order.row_ptr),
                                  to_device<Device>("nacre::coo::col", order.col));
    summand_ptr_ = to_device<Device>("nacre::coo::summand_ptr", order.summand_ptr);
    summand_ = to_device<Device>("nacre::coo::summand", order.summand);
  }

  CsrPattern<Device> const& pattern() const { return pattern_; }
  /// Entry k of the pattern is the sum of the given entries summand()(s), s from summand_ptr()(k) up to
  /// (k+1).
  Vector<Offset const, Device> const& summand_ptr() const { return summand_ptr_; }  ///< [nnz+1]
  Vector<Offset const, Device> const& summand() const { return summand_; }  ///< [count], ascending per entry

  /// \param values   [count] in the order of the places
  /// \param[out] out [nnz], overwritten: sums in the order of the places
  /// \throws nacre::Error if an extent does not match
  template <class Exec, class Values, class Out>
  void assemble(Exec const& exec, Values const& values, Out const& out) const {
    check_extent("coo", values, 0, summand_.extent(0), "the number of places");
    check_extent("coo", out, 0, pattern_.num_entries(), "the pattern's number of entries");
    Kokkos::parallel_for("nacre::coo", range_of_entries(exec, out.extent(0)),
                         detail::SumEntries<Values, Out>{summand_ptr_.data(), summand_.data(), values, out});
  }

 private:
  CsrPattern<Device> pattern_;
  Vector<Offset const, Device> summand_ptr_, summand_;
};

/// The matrix with these entries, once. Keep a CooAssembly to repeat it with other values.
template <class Device = DefaultDevice, class Scalar>
CsrMatrix<Scalar, Device> assemble(Ordinal num_rows, Ordinal num_cols, CooEntries<Scalar> const& entries) {
  CooAssembly<Device> const assembly(num_rows, num_cols, entries.row, entries.col);
  Vector<Scalar, Device> const values(Kokkos::view_alloc("nacre::coo::values", Kokkos::WithoutInitializing),
                                      assembly.pattern().num_entries());
  ExecOf<Device> const exec;
  assembly.assemble(exec, to_device<Device>("nacre::coo::entries", entries.values), values);
  compat::fence(exec, "nacre::coo");
  return {assembly.pattern(), values};
}

}  // namespace nacre
