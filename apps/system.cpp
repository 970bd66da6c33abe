#include "system.hpp"

#include <cmath>

#include <nacre/core/matrix_market.hpp>
#include <nacre/core/on_first_rank.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/vtu.hpp>

namespace nacre::apps {

namespace {

constexpr std::uint64_t kRhsSeed = 20;

Problem<double> generate(Comm const& comm, Options const& o) {
  auto const n = static_cast<GlobalOrdinal>(o.size);
  if (o.problem == "poisson2d") return poisson_2d(comm, {n, n, 1});
  if (o.problem == "poisson3d") return poisson_3d(comm, {n, n, n});
  if (o.problem == "poisson27") return poisson_27_point(comm, {n, n, n});
  if (o.problem == "anisotropic") return poisson_3d(comm, {n, n, n}, {{1, 1, o.anisotropy}});
  if (o.problem == "jumps") {
    JumpOptions jumps;
    jumps.low = 1 / std::sqrt(o.contrast);
    jumps.high = std::sqrt(o.contrast);
    return jumping_coefficients(comm, {n, n, n}, jumps);
  }
  if (o.problem == "elasticity") return elasticity(comm, {n, n, n});
  if (o.problem == "tets") {
    TetOptions tets;
    tets.random_numbering = o.random_numbering;
    return poisson_tets(comm, {n, n, n}, tets);
  }
  ConvectionOptions convection;
  convection.diffusion = o.diffusion;
  return convection_diffusion(comm, {n, n, n}, convection);
}

/// The rank of each row of a square matrix in a file, rows of a node on one rank; empty if they are not whole nodes. On rank 0.
std::vector<int> ranks_of_nodes(Comm const& comm, std::string const& path, int block_size) {
  std::vector<int> rank;
  on_first_rank(comm, [&] {
    auto const header = read_matrix_market_header(path);
    GlobalOrdinal const n = header.num_rows, num_nodes = n / block_size;
    if (n != header.num_cols || n % block_size != 0) return;
    for (GlobalOrdinal i = 0; i < n; ++i)
      rank.push_back(static_cast<int>(i / block_size * comm.size() / num_nodes));
  });
  return rank;
}

Problem<double> read(Comm const& comm, std::string const& path, int block_size) {
  Problem<double> problem;
  problem.name = path;
  std::vector<int> rank;
  if (block_size > 1 && comm.size() > 1) rank = ranks_of_nodes(comm, path, block_size);
  // parts in ascending order: rows keep their numbers
  problem.A = comm.max(rank.empty() ? 0 : 1) == 1 ? read_matrix_market<double>(comm, path, rank).A
                                                  : read_matrix_market<double>(comm, path);
  auto const rows = problem.A.pattern.rows().num_global(), cols = problem.A.pattern.cols().num_global();
  if (rows != cols) fail(cat(path, ": the matrix is ", rows, " by ", cols, ", expected a square one"));
  if (rows == 0) fail(cat(path, ": the matrix is empty (0 by 0), expected at least one row"));
  return problem;
}

/// What is wrong with the entries of this rank; empty: nothing. Rows and columns are counted from 1, as in
/// files.
std::string complaint_about_entries(std::string const& name, DistributedCsr<double> const& A) {
  auto const row_ptr = host_view(A.pattern.local().row_ptr());
  auto const col = host_view(A.pattern.local().col());
  auto const values = host_view(A.values);
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (!std::isfinite(values(k)))
        return cat(name, ": the entry in row ", A.pattern.rows().begin() + i + 1, ", column ",
                   A.pattern.global_col(col(k)) + 1, " is ", values(k), ", expected a finite number");
  return "";
}

MultiVector<double> right_hand_side(RowPartition const& rows, std::string const& what) {
  if (what != "ones" && what != "random") {
    auto const b = read_vectors<double>(rows, what);
    if (b.extent(1) != 1) fail(cat(what, ": ", b.extent(1), " right-hand sides, expected one"));
    return b;
  }
  MultiVector<double> b("b", static_cast<std::size_t>(rows.num_owned()), 1);
  auto const host = Kokkos::create_mirror_view(b);
  for (Ordinal i = 0; i < rows.num_owned(); ++i)
    host(i, 0) =
        what == "ones" ? 1. : random_uniform(kRhsSeed, static_cast<std::uint64_t>(rows.begin() + i), -1, 1);
  Kokkos::deep_copy(b, host);
  return b;
}

/// \throws nacre::Error on all ranks if b is zero or not finite
void check_right_hand_side(Comm const& comm, MultiVector<double> const& b, std::string const& what) {
  auto const host = host_view(b);
  int bad = 0, nonzero = 0;
  for (std::size_t i = 0; i < host.extent(0); ++i) {
    if (!std::isfinite(host(i, 0))) bad = 1;
    if (host(i, 0) != 0) nonzero = 1;
  }
  if (comm.max(bad) > 0) fail(cat("right-hand side ", what, ": an entry is not a finite number"));
  if (comm.max(nonzero) == 0)
    fail(cat("right-hand side ", what, ": all entries are zero, so x = 0 and there is no relative residual"));
}

}  // namespace

System make_system(Comm const& comm, Options const& options) {
  System system;
  system.problem =
      options.matrix.empty() ? generate(comm, options) : read(comm, options.matrix, options.block_size);
  if (options.matrix.empty()) system.problem.name = options.problem;
  auto const& A = system.problem.A;
  comm.fail_together(complaint_about_entries(system.problem.name, A));
  system.b = right_hand_side(A.pattern.rows(), options.rhs);
  check_right_hand_side(comm, system.b, options.rhs);
  return system;
}

DistributedCsr<double> with_heavier_diagonal(DistributedCsr<double> const& A, int step) {
  Vector<double> const values("values", A.values.extent(0));
  Kokkos::deep_copy(values, A.values);
  auto const host = Kokkos::create_mirror_view(values);
  Kokkos::deep_copy(host, A.values);
  auto const row_ptr = host_view(A.pattern.local().row_ptr());
  auto const col = host_view(A.pattern.local().col());
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (col(k) == i)
        host(k) *= 1 + 1e-3 * step;  // owned columns come first: the local number is that of the row
  Kokkos::deep_copy(values, host);
  return {A.pattern, values};
}

void write_field(System const& system, MultiVector<double> const& x, std::string const& path) {
  write_vtu<double>(path, system.problem, {{"x", x}});
}

}  // namespace nacre::apps
