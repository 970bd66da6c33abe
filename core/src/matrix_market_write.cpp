#include <nacre/core/matrix_market.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ordered_writer.hpp"

namespace nacre {

using detail::OrderedWriter;

namespace {

/// Why a file of this name is not written; empty if it is.
std::string refusal(std::string const& path) {
  std::string const gz = ".gz";
  if (path.size() < gz.size() || path.compare(path.size() - gz.size(), gz.size(), gz) != 0) return "";
  return cat("cannot write '", path, "': files are written uncompressed, choose a name without .gz");
}

}  // namespace

template <class Scalar>
void write_matrix_market(std::string const& path, DistributedCsr<Scalar> const& A) {
  auto const& pattern = A.pattern;
  std::string problem = refusal(path);
  if (A.values.extent(0) != pattern.local().num_entries())
    problem = cat("write_matrix_market: view '", A.values.label(), "' has extent(0) = ", A.values.extent(0),
                  " but the pattern's number of entries is ", pattern.local().num_entries());
  A.comm().fail_together(problem);
  OrderedWriter file(A.comm(), path);
  file.write(cat("%%MatrixMarket matrix coordinate real general\n", pattern.rows().num_global(), ' ',
                 pattern.cols().num_global(), ' ', pattern.num_global_entries(), '\n'));
  auto const row_ptr = host_view(pattern.local().row_ptr());
  auto const col = host_view(pattern.local().col());
  auto const values = host_view(A.values);
  Ordinal i = 0;
  std::vector<std::pair<GlobalOrdinal, Offset>>
      row;  // by global column, so that the file is the same on any ranks
  file.write_in_rank_order([&](std::string& text) {
    for (; i < pattern.num_owned_rows(); ++i) {
      if (text.size() >= OrderedWriter::kPiece) return true;
      row.clear();
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) row.emplace_back(pattern.global_col(col(k)), k);
      if (!std::is_sorted(row.begin(), row.end())) std::sort(row.begin(), row.end());
      for (auto const& [j, k] : row) {
        detail::append(text, pattern.rows().begin() + i + 1);
        text += ' ';
        detail::append(text, j + 1);
        text += ' ';
        detail::append(text, values(k));
        text += '\n';
      }
    }
    return false;
  });
  file.commit();
}

template <class Scalar>
void write_matrix_market(std::string const& path, CsrMatrix<Scalar> const& A) {
  write_matrix_market(path, DistributedCsr<Scalar>{DistributedPattern<DefaultDevice>(A.pattern), A.values});
}

template <class Scalar>
void write_vectors(std::string const& path, RowPartition const& rows, MultiVector<Scalar> const& x,
                   std::vector<GlobalOrdinal> const& file_row) {
  Comm const& comm = rows.comm();
  bool const renumbered = comm.max(file_row.empty() ? 0 : 1) != 0;
  std::string problem = refusal(path);
  if (static_cast<Ordinal>(x.extent(0)) != rows.num_owned())
    problem = cat("write_vectors: view '", x.label(), "' has extent(0) = ", x.extent(0),
                  " but this rank owns ", rows.num_owned(), " rows");
  else if (renumbered && file_row.size() != x.extent(0))
    problem = cat("write_vectors: file_row has ", file_row.size(), " entries, expected one for each of the ",
                  rows.num_owned(), " owned rows");
  comm.fail_together(problem);

  OrderedWriter file(comm, path);
  file.write(cat("%%MatrixMarket matrix array real general\n", rows.num_global(), ' ', x.extent(1), '\n'));
  auto const x_host = host_view(x);
  auto const row_in_file = comm.gather(file_row, 0);
  std::vector<Scalar> column;  // renumbered, all of it on rank 0
  for (std::size_t c = 0; c < x.extent(1); ++c) {
    std::size_t i = 0;
    if (renumbered) {
      std::vector<Scalar> mine(x.extent(0));
      for (std::size_t k = 0; k < mine.size(); ++k) mine[k] = x_host(k, c);
      auto const gathered = comm.gather(mine, 0);
      column.resize(gathered.size());
      for (std::size_t k = 0; k < gathered.size(); ++k)
        column[static_cast<std::size_t>(row_in_file[k])] = gathered[k];
    }
    file.write_in_rank_order([&](std::string& text) {
      std::size_t const n = renumbered ? column.size() : x.extent(0);
      for (; i < n; ++i) {
        if (text.size() >= OrderedWriter::kPiece) return true;
        detail::append(text, renumbered ? column[i] : x_host(i, c));
        text += '\n';
      }
      return false;
    });
  }
  file.commit();
}

template void write_matrix_market<double>(std::string const&, DistributedCsr<double> const&);
template void write_matrix_market<float>(std::string const&, DistributedCsr<float> const&);
template void write_matrix_market<double>(std::string const&, CsrMatrix<double> const&);
template void write_matrix_market<float>(std::string const&, CsrMatrix<float> const&);
template void write_vectors<double>(std::string const&, RowPartition const&, MultiVector<double> const&,
                                    std::vector<GlobalOrdinal> const&);
template void write_vectors<float>(std::string const&, RowPartition const&, MultiVector<float> const&,
                                   std::vector<GlobalOrdinal> const&);

}  // namespace nacre
