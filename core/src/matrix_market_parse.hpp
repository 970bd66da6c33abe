#pragma once

#include <nacre/core/matrix_market.hpp>

/// \file
/// Matrix Market files on one rank.

namespace nacre::detail {

/// All of a matrix: rows with sorted columns, duplicates summed.
template <class Scalar>
struct WholeMatrix {
  GlobalOrdinal num_rows = 0, num_cols = 0;
  GlobalRows<Scalar> rows;
};

/// \param num_ranks   that the matrix will be spread over
/// \param part_of_row if not null, rows and columns are renumbered by (part, number in the file)
/// \param[out] file_row with part_of_row: the number in the file of each row
template <class Scalar>
WholeMatrix<Scalar> parse_matrix(std::string const& path, int num_ranks,
                                 std::vector<int> const* part_of_row = nullptr,
                                 std::vector<GlobalOrdinal>* file_row = nullptr);

/// Vectors as they are in the file, one after the other.
template <class Scalar>
struct WholeVectors {
  GlobalOrdinal num_rows = 0, num_vectors = 0;
  std::vector<Scalar> values;  ///< [num_vectors][num_rows]
};
template <class Scalar>
WholeVectors<Scalar> parse_vectors(std::string const& path);

}  // namespace nacre::detail
