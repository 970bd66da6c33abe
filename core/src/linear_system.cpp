#include <nacre/core/linear_system.hpp>

#include <cmath>

#include <nacre/core/validate.hpp>

namespace nacre {

LinearSystem make_linear_system(std::string name, BsrMatrix<double> const& A,
                                RowMajor<double> const& features) {
  LinearSystem system{
      std::move(name), A, features,
      RowMajor<double>("nacre::linear_system::free", static_cast<std::size_t>(A.pattern.num_rows()),
                       static_cast<std::size_t>(A.block_size()))};
  Kokkos::deep_copy(system.free, 1.);
  return system;
}

BsrMatrix<double> as_blocks(CsrMatrix<double> const& A) {
  Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice> const values(
      Kokkos::view_alloc(std::string("nacre::as_blocks::values"), Kokkos::WithoutInitializing),
      A.values.extent(0), 1, 1);
  Kokkos::deep_copy(Vector<double>(values.data(), values.size()), A.values);
  return {A.pattern, values};
}

void validate(LinearSystem const& system) {
  std::string const where = cat("system '", system.name, "'");
  auto const& pattern = system.A.pattern;
  auto const n = static_cast<std::size_t>(pattern.num_rows());
  auto const b = static_cast<std::size_t>(system.block_size());
  validate(pattern);
  if (pattern.num_rows() != pattern.num_cols())
    fail(cat(where, ": ", pattern.num_rows(), " by ", pattern.num_cols(),
             " blocks, expected a square matrix"));
  if (system.A.values.extent(0) != pattern.num_entries() || system.A.values.extent(2) != b)
    fail(cat(where, ": the pattern has ", pattern.num_entries(), " blocks but the values are [",
             system.A.values.extent(0), ", ", b, ", ", system.A.values.extent(2), "]"));
  if (system.features.extent(0) != n || system.free.extent(0) != n || system.free.extent(1) != b)
    fail(cat(where, ": ", n, " nodes with ", b, " unknowns each, but features of ", system.features.extent(0),
             " nodes and a mask [", system.free.extent(0), ", ", system.free.extent(1), "]"));

  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  auto const transpose = host_view(transposed(pattern).pattern.col());
  for (Ordinal i = 0; i < pattern.num_rows(); ++i) {
    bool has_diagonal = false;
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) has_diagonal = has_diagonal || col(k) == i;
    if (!has_diagonal) fail(cat(where, ": row ", i, " has no diagonal block"));
  }
  bool symmetric = true;
  auto const transpose_ptr = host_view(transposed(pattern).pattern.row_ptr());
  for (Ordinal i = 0; i <= pattern.num_rows(); ++i) symmetric = symmetric && transpose_ptr(i) == row_ptr(i);
  for (std::size_t k = 0; symmetric && k < pattern.num_entries(); ++k) symmetric = transpose(k) == col(k);
  if (!symmetric) fail(cat(where, ": its pattern is not that of a symmetric matrix"));

  auto const values = host_view(system.A.values);
  for (std::size_t k = 0; k < values.size(); ++k)
    if (!std::isfinite(values.data()[k]))
      fail(cat(where, ": number ", k, " of its values is ", values.data()[k], ", expected finite numbers"));
  auto const features = host_view(system.features);
  for (std::size_t k = 0; k < features.size(); ++k)
    if (!std::isfinite(features.data()[k]))
      fail(cat(where, ": number ", k, " of its features is ", features.data()[k],
               ", expected finite numbers"));
  auto const free = host_view(system.free);
  for (std::size_t k = 0; k < free.size(); ++k)
    if (free.data()[k] != 0 && free.data()[k] != 1)
      fail(cat(where, ": number ", k, " of its mask is ", free.data()[k], ", expected 0 or 1"));
}

CsrMatrix<double> constrained_matrix(LinearSystem const& system) {
  BlockExpansion<> const expansion(system.A.pattern, system.block_size());
  auto const A = expansion.expand(ExecOf<DefaultDevice>(), system.A.values);
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const free_view = host_view(system.free);
  auto const* const free = free_view.data();  // row-major: the mask of unknown i is number i
  auto const values = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), A.values);
  for (Ordinal i = 0; i < A.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (free[i] == 0 || free[col(k)] == 0) values(k) = i == col(k) ? 1 : 0;
  Kokkos::deep_copy(A.values, values);
  return A;
}

}  // namespace nacre
