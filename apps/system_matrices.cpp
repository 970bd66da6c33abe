#include "system_matrices.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <nacre/core/matrix_market.hpp>

namespace nacre::apps {

namespace {

/// Requires a_ij = a_ji up to rounding, and a positive diagonal.
void require_symmetric(std::string const& path, CsrMatrix<double> const& A) {
  auto const n = static_cast<std::size_t>(A.num_rows());
  if (A.num_rows() != A.num_cols())
    fail(cat("'", path, "': ", A.num_rows(), " by ", A.num_cols(), ", expected a square matrix"));
  auto const transpose = transposed(A.pattern);
  auto const row_ptr = host_view(A.pattern.row_ptr()),
             transposed_ptr = host_view(transpose.pattern.row_ptr());
  auto const col = host_view(A.pattern.col()), transposed_col = host_view(transpose.pattern.col());
  auto const source = host_view(transpose.entry);
  auto const values = host_view(A.values);
  std::vector<double> diagonal(n, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (col(k) == static_cast<Ordinal>(i)) diagonal[i] = values(k);
  for (std::size_t i = 0; i < n; ++i) {
    if (!(diagonal[i] > 0))
      fail(cat("'", path, "': the diagonal entry of row ", i, " is ", diagonal[i],
               ", expected a positive one"));
    bool same_pattern = row_ptr(i + 1) == transposed_ptr(i + 1);
    for (Offset k = row_ptr(i); same_pattern && k < row_ptr(i + 1); ++k) {
      same_pattern = col(k) == transposed_col(k);
      double const mirrored = values(source(k));
      double const scale = std::sqrt(diagonal[i] * diagonal[static_cast<std::size_t>(col(k))]);
      if (same_pattern && !(std::abs(values(k) - mirrored) <= 1e-10 * scale))
        fail(cat("'", path, "': entry (", i, ", ", col(k), ") is ", values(k), " but (", col(k), ", ", i,
                 ") is ", mirrored, ", expected a symmetric matrix"));
    }
    if (!same_pattern)
      fail(cat("'", path, "': column ", i, " has not the entries of row ", i,
               ", expected a symmetric matrix"));
  }
}

LinearSystem import_matrix(std::string const& path, int block_size) {
  auto const A = read_matrix_market<double>(path);
  require_symmetric(path, A);
  if (A.num_rows() % block_size != 0)
    fail(cat("'", path, "': ", A.num_rows(), " rows have no blocks of size ", block_size));
  BsrConversion<> const conversion(A.pattern, block_size);
  auto const blocks = conversion.convert(ExecOf<DefaultDevice>(), A.values);
  return make_linear_system(std::filesystem::path(path).filename().string(), blocks,
                            RowMajor<double>("nacre::import_matrices::features",
                                             static_cast<std::size_t>(blocks.pattern.num_rows()), 0));
}

}  // namespace

void import_matrices(std::vector<std::string> const& paths, int block_size, std::string const& output,
                     SystemStatistics& statistics) {
  nn::SystemFileWriter writer(output, {{"problem", "import"}});
  for (auto const& path : paths) {
    auto const system = import_matrix(path, block_size);
    writer.add(system);
    statistics.add(system);
  }
  writer.commit();
}

void export_matrices(std::string const& input, std::string const& folder, SystemStatistics& statistics) {
  nn::SystemFile const file(input);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail(cat("cannot make the folder '", folder, "': ", error.message()));
  for (std::int64_t i = 0; i < file.size(); ++i) {
    auto const system = file.read(i);
    statistics.add(system);
    std::string const digits = std::to_string(i);
    std::string const name =
        folder + "/" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
    write_matrix_market(name + ".mtx", constrained_matrix(system));
    MultiVector<double> const mask("nacre::export_matrices::mask",
                                   static_cast<std::size_t>(system.num_unknowns()), 1);
    auto const free = host_view(system.free);
    auto const host = Kokkos::create_mirror_view(mask);
    std::copy(free.data(), free.data() + free.size(), host.data());
    Kokkos::deep_copy(mask, host);
    write_vectors(name + "_free.mtx", RowPartition::even(Comm::self(), system.num_unknowns()), mask);
  }
}

}  // namespace nacre::apps
