#pragma once

#include <string>
#include <vector>

#include <nacre/core/distributed_csr.hpp>

/// \file
/// Matrices and vectors in Matrix Market files (Boisvert, Pozo and Remington 1996, NISTIR 5935).
///
/// Read are `real`, `integer` and `pattern` (all ones), `general`, `symmetric` and `skew-symmetric` (both
/// triangles are returned), `coordinate` and `array`, plain or gzipped. Duplicate entries are summed.
/// Everything is instantiated for float and double.
///
/// Rank 0 reads and writes; what is wrong with a file is thrown as nacre::Error on all ranks, with the file,
/// the line, what was found there and what was expected. Files get their name when they are complete.

namespace nacre {

struct MatrixMarketHeader {
  enum class Layout { coordinate, array };
  enum class Field { real, integer, pattern };
  enum class Symmetry { general, symmetric, skew_symmetric };
  Layout layout = Layout::coordinate;
  Field field = Field::real;
  Symmetry symmetry = Symmetry::general;
  GlobalOrdinal num_rows = 0, num_cols = 0;
  GlobalOrdinal num_stored = 0;  ///< entries in the file
};

/// What the first lines of a file say. Not collective.
MatrixMarketHeader read_matrix_market_header(std::string const& path);

/// The matrix in a file, on this rank alone. Zeros of an `array` are dropped, others are entries.
template <class Scalar = double>
CsrMatrix<Scalar> read_matrix_market(std::string const& path);

/// The matrix in a file, its rows dealt out evenly and contiguously, its columns likewise. Collective.
template <class Scalar = double>
DistributedCsr<Scalar> read_matrix_market(Comm const& comm, std::string const& path);

/// A matrix whose rows and columns were renumbered to lie on the ranks they were assigned to.
template <class Scalar = double>
struct PartitionedMatrix {
  DistributedCsr<Scalar> A;
  std::vector<GlobalOrdinal> file_row;  ///< [owned rows] number in the file (from 0) of each row of this rank
};
/// The square matrix in a file, each row on the rank it is assigned to; rows and columns are numbered by
/// (rank, number in the file). Collective.
/// \param part_of_row [n] rank of each row of the file; only that of rank 0 is looked at
template <class Scalar = double>
PartitionedMatrix<Scalar> read_matrix_market(Comm const& comm, std::string const& path,
                                             std::vector<int> const& part_of_row);

/// Vectors in a file: an n-by-k `array` or `coordinate` matrix, or plain text with one number a line (lines
/// starting with % or # are skipped). Collective over `rows.comm()`.
/// \param rows     who owns which row
/// \param file_row [owned rows] where in the file each row of this rank is (PartitionedMatrix);
///                 empty: in order
/// \return [owned rows, k]
template <class Scalar = double>
MultiVector<Scalar> read_vectors(RowPartition const& rows, std::string const& path,
                                 std::vector<GlobalOrdinal> const& file_row = {});

/// Writes a matrix, `coordinate real general`, row by row, with as many digits as needed to get the same
/// numbers back; the same file on any number of ranks. Collective.
/// \throws nacre::Error on all ranks; also if the name ends in .gz: files are written uncompressed
template <class Scalar>
void write_matrix_market(std::string const& path, DistributedCsr<Scalar> const& A);
template <class Scalar>
void write_matrix_market(std::string const& path, CsrMatrix<Scalar> const& A);

/// Writes vectors, `array real general`. Collective over `rows.comm()`.
/// \param x        [owned rows, k]
/// \param file_row as for read_vectors
template <class Scalar>
void write_vectors(std::string const& path, RowPartition const& rows, MultiVector<Scalar> const& x,
                   std::vector<GlobalOrdinal> const& file_row = {});

}  // namespace nacre
