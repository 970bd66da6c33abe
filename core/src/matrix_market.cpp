#include <nacre/core/matrix_market.hpp>

#include <nacre/core/on_first_rank.hpp>

#include "matrix_market_parse.hpp"

// Distribution of what rank 0 has read.

namespace nacre {

namespace {

/// Delivers `piece(rank)` of rank 0 to each rank.
template <class T, class Piece>
std::vector<T> scatter(Comm const& comm, Piece const& piece) {
  std::vector<Comm::Parcel<T>> out;
  if (comm.rank() == 0)
    for (int r = 0; r < comm.size(); ++r) out.emplace_back(r, piece(r));
  auto in = comm.exchange(out);
  return in.empty() ? std::vector<T>() : std::move(in[0].second);
}

template <class T>
std::vector<T> slice(std::vector<T> const& v, std::size_t begin, std::size_t end) {
  return std::vector<T>(v.begin() + static_cast<std::ptrdiff_t>(begin),
                        v.begin() + static_cast<std::ptrdiff_t>(end));
}

template <class Scalar>
DistributedCsr<Scalar> distribute(RowPartition const& rows, RowPartition const& cols,
                                  GlobalRows<Scalar>& all) {
  Comm const& comm = rows.comm();
  if (comm.size() == 1) return make_distributed<Scalar>(rows, cols, all);
  auto const offset = [&](int r) {
    return static_cast<std::size_t>(all.row_ptr[static_cast<std::size_t>(rows.begin(r))]);
  };
  GlobalRows<Scalar> mine;
  mine.row_ptr = scatter<Offset>(comm, [&](int r) {
    auto part = slice(all.row_ptr, static_cast<std::size_t>(rows.begin(r)),
                      static_cast<std::size_t>(rows.begin(r + 1)) + 1);
    Offset const first = part[0];
    for (auto& k : part) k -= first;
    return part;
  });
  mine.col = scatter<GlobalOrdinal>(comm, [&](int r) { return slice(all.col, offset(r), offset(r + 1)); });
  mine.values = scatter<Scalar>(comm, [&](int r) { return slice(all.values, offset(r), offset(r + 1)); });
  all = GlobalRows<Scalar>();
  return make_distributed<Scalar>(rows, cols, mine);
}

}  // namespace

template <class Scalar>
CsrMatrix<Scalar> read_matrix_market(std::string const& path) {
  return read_matrix_market<Scalar>(Comm::self(), path).local();
}

template <class Scalar>
DistributedCsr<Scalar> read_matrix_market(Comm const& comm, std::string const& path) {
  detail::WholeMatrix<Scalar> whole;
  on_first_rank(comm, [&] { whole = detail::parse_matrix<Scalar>(path, comm.size()); });
  std::vector<GlobalOrdinal> size{whole.num_rows, whole.num_cols};
  comm.broadcast(size, 0);
  return distribute(RowPartition::even(comm, size[0]), RowPartition::even(comm, size[1]), whole.rows);
}

template <class Scalar>
PartitionedMatrix<Scalar> read_matrix_market(Comm const& comm, std::string const& path,
                                             std::vector<int> const& part_of_row) {
  detail::WholeMatrix<Scalar> whole;
  std::vector<GlobalOrdinal> file_row;
  on_first_rank(comm,
                [&] { whole = detail::parse_matrix<Scalar>(path, comm.size(), &part_of_row, &file_row); });
  std::vector<Ordinal> count(static_cast<std::size_t>(comm.size()), 0);
  if (comm.rank() == 0)
    for (int const r : part_of_row) ++count[static_cast<std::size_t>(r)];
  comm.broadcast(count, 0);
  RowPartition const rows(comm, count[static_cast<std::size_t>(comm.rank())]);
  auto mine = scatter<GlobalOrdinal>(comm, [&](int r) {
    return slice(file_row, static_cast<std::size_t>(rows.begin(r)),
                 static_cast<std::size_t>(rows.begin(r + 1)));
  });
  return {distribute(rows, rows, whole.rows), std::move(mine)};
}

template <class Scalar>
MultiVector<Scalar> read_vectors(RowPartition const& rows, std::string const& path,
                                 std::vector<GlobalOrdinal> const& file_row) {
  Comm const& comm = rows.comm();
  bool const renumbered = comm.max(file_row.empty() ? 0 : 1) != 0;
  std::string problem;
  if (renumbered && static_cast<GlobalOrdinal>(file_row.size()) != rows.num_owned())
    problem = cat("read_vectors: file_row has ", file_row.size(), " entries, expected one for each of the ",
                  rows.num_owned(), " owned rows");
  for (auto const i : file_row)
    if (i < 0 || i >= rows.num_global())
      problem =
          cat("read_vectors: file_row contains ", i, ", expected numbers from 0 to ", rows.num_global() - 1);
  comm.fail_together(problem);
  auto const row_in_file = comm.gather(file_row, 0);

  detail::WholeVectors<Scalar> whole;
  on_first_rank(comm, [&] {
    whole = detail::parse_vectors<Scalar>(path);
    if (whole.num_rows != rows.num_global())
      fail(cat(path, ": the vectors have ", whole.num_rows, " rows, expected ", rows.num_global(),
               ", the rows of the matrix"));
  });
  std::vector<GlobalOrdinal> width{whole.num_vectors};
  comm.broadcast(width, 0);
  auto const n = static_cast<std::size_t>(rows.num_owned()), k = static_cast<std::size_t>(width[0]);
  MultiVector<Scalar> x("nacre::vectors", n, k);
  auto const x_host = Kokkos::create_mirror_view(x);
  for (std::size_t c = 0; c < k; ++c) {
    auto const column = scatter<Scalar>(comm, [&](int r) {
      std::vector<Scalar> part;
      for (GlobalOrdinal i = rows.begin(r); i < rows.begin(r + 1); ++i) {
        GlobalOrdinal const at = renumbered ? row_in_file[static_cast<std::size_t>(i)] : i;
        part.push_back(
            whole.values[c * static_cast<std::size_t>(whole.num_rows) + static_cast<std::size_t>(at)]);
      }
      return part;
    });
    for (std::size_t i = 0; i < n; ++i) x_host(i, c) = column[i];
  }
  Kokkos::deep_copy(x, x_host);
  return x;
}

template CsrMatrix<double> read_matrix_market<double>(std::string const&);
template CsrMatrix<float> read_matrix_market<float>(std::string const&);
template DistributedCsr<double> read_matrix_market<double>(Comm const&, std::string const&);
template DistributedCsr<float> read_matrix_market<float>(Comm const&, std::string const&);
template PartitionedMatrix<double> read_matrix_market<double>(Comm const&, std::string const&,
                                                              std::vector<int> const&);
template PartitionedMatrix<float> read_matrix_market<float>(Comm const&, std::string const&,
                                                            std::vector<int> const&);
template MultiVector<double> read_vectors<double>(RowPartition const&, std::string const&,
                                                  std::vector<GlobalOrdinal> const&);
template MultiVector<float> read_vectors<float>(RowPartition const&, std::string const&,
                                                std::vector<GlobalOrdinal> const&);

}  // namespace nacre
