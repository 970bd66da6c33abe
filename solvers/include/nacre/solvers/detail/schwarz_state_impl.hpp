#pragma once

#include <algorithm>

#include <nacre/core/spmm_adjoint.hpp>
#include <nacre/solvers/detail/are_equal.hpp>
#include <nacre/solvers/detail/schwarz_kernels.hpp>
#include <nacre/solvers/detail/schwarz_state.hpp>

namespace nacre::solvers::detail {

template <class Scalar, class Device>
SchwarzState<Scalar, Device>::SchwarzState(SchwarzDecomposition<Device> const& decomposition,
                                           Values const& A_values, double interface_scale)
    : decomposition_(decomposition), scale_(interface_scale) {
  auto const& d = decomposition_.data();
  set_matrix(A_values);
  offered_ = Vector<Scalar, Device>("nacre::schwarz::interface_values", d.pattern.num_entries());
  known_ = Vector<Scalar, Device>("nacre::schwarz::known_interface_values", d.pattern.num_entries());
  storage_ = Vector<Scalar, Device>(
      Kokkos::view_alloc(std::string("nacre::schwarz::factors"), Kokkos::WithoutInitializing), d.storage);
  pivot_ = Vector<Ordinal, Device>("nacre::schwarz::pivot", d.node.extent(0));
  reach_ = Vector<Ordinal, Device>("nacre::schwarz::reach", d.node.extent(0));
  for (auto const& sparse : d.sparse)
    sparse_factors_.push_back(std::make_unique<KluFactors>(sparse.row_ptr, sparse.col));
}

template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::set_matrix(Values const& A_values) {
  check_extent("schwarz", A_values, 0, decomposition_.pattern().num_entries(),
               "the pattern's number of entries");
  A_values_ = A_values;
  ready_ = false;
}

template <class Scalar, class Device>
BandMatrices<Scalar> SchwarzState<Scalar, Device>::matrices() const {
  auto const& d = decomposition_.data();
  return {d.node_ptr.data(), d.bandwidth.data(), d.storage_ptr.data(),
          storage_.data(),   pivot_.data(),      reach_.data()};
}

template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::prepare(Exec const& exec) {
  if (ready_ && are_equal(exec, offered_.data(), known_.data(), known_.extent(0))) return;
  ready_ = false;
  auto const& d = decomposition_.data();
  Kokkos::deep_copy(exec, known_, offered_);
  set_all(exec, storage_, 0);
  auto const parts = static_cast<std::size_t>(d.num_parts);
  Kokkos::parallel_for(
      "nacre::schwarz::assemble", range(exec, parts),
      AssembleSubdomains<Scalar>{d.entry_ptr.data(), d.entry.data(), d.place.data(), d.is_interface.data(),
                                 d.storage_ptr.data(), A_values_.data(), known_.data(),
                                 static_cast<Scalar>(scale_), storage_.data()});
  Ordinal bad = d.num_parts;
  Kokkos::parallel_reduce("nacre::schwarz::factor", range(exec, parts), FactorBands<Scalar>{matrices()},
                          Kokkos::Min<Ordinal>(bad));
  if (bad < d.num_parts)
    fail(cat("schwarz: the matrix of subdomain ", bad, ", of ", decomposition_.subdomain_size(bad),
             " unknowns, is singular or not finite"));
  if (auto const problem = factor_sparse(exec); !problem.empty()) fail(problem);
  ++num_factorings_;
  ready_ = true;
}

template <class Scalar, class Device>
std::string SchwarzState<Scalar, Device>::factor_sparse(Exec const& exec) {
  auto const& d = decomposition_.data();
  if (d.sparse.empty()) return "";
  compat::fence(exec, "nacre::schwarz: matrices, before the host factors them");
  auto const first = host_view(d.storage_ptr);
  for (std::size_t s = 0; s < d.sparse.size(); ++s) {
    auto const part = d.sparse[s].part;
    auto const values = host_view(Kokkos::subview(storage_, std::make_pair(first(part), first(part + 1))));
    double* const doubles = host_memory_.template get<double>(values.extent(0));
    bool finite = true;
    for (std::size_t k = 0; k < values.extent(0); ++k) {
      doubles[k] = static_cast<double>(values(k));
      finite = finite && doubles[k] - doubles[k] == 0;
    }
    auto const problem = finite ? sparse_factors_[s]->factor(doubles) : std::string("it is not finite");
    if (!problem.empty())
      return cat("schwarz: the matrix of subdomain ", part, ", of ", decomposition_.subdomain_size(part),
                 " unknowns, cannot be factored: ", problem);
  }
  return "";
}

template <class Scalar, class Device>
typename SchwarzState<Scalar, Device>::Work SchwarzState<Scalar, Device>::work(std::size_t k,
                                                                               int stages) const {
  auto const& d = decomposition_.data();
  std::size_t const n = num_unknowns(), local = d.node.extent(0), outer = d.outer.extent(0);
  Scalar* const memory =
      memory_.template get<Scalar>(k * (2 * n + local + static_cast<std::size_t>(stages) * outer));
  return {Block(memory, n, k), Block(memory + n * k, n, k), Block(memory + 2 * n * k, local, k),
          memory + (2 * n + local) * k};
}

template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::solve(Exec const& exec, bool transposed, Block const& x) const {
  auto const k = static_cast<Ordinal>(x.extent(1));
  Ordinal const strips = (k + kBandStrip<Exec> - 1) / kBandStrip<Exec>;
  auto const items = static_cast<std::size_t>(strips) * static_cast<std::size_t>(decomposition_.num_parts());
  if (transposed)
    Kokkos::parallel_for("nacre::schwarz::solve_transpose", range_of_entries(exec, items),
                         SolveBands<Exec, true, Scalar>{matrices(), x.data(), k, strips});
  else
    Kokkos::parallel_for("nacre::schwarz::solve", range_of_entries(exec, items),
                         SolveBands<Exec, false, Scalar>{matrices(), x.data(), k, strips});
  solve_sparse(exec, transposed, x);
}

/// On the host, where KLU is; it takes contiguous columns, four at a time.
template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::solve_sparse(Exec const& exec, bool transposed, Block const& x) const {
  auto const& d = decomposition_.data();
  if (d.sparse.empty()) return;
  using HostBlock = Kokkos::View<Scalar**, Kokkos::LayoutRight, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>;
  std::size_t const k = x.extent(1);
  compat::fence(exec, "nacre::schwarz: right-hand sides, before the host solves");
  for (std::size_t s = 0; s < d.sparse.size(); ++s) {
    auto const part = static_cast<std::size_t>(d.sparse[s].part);
    std::size_t const n = static_cast<std::size_t>(d.first[part + 1] - d.first[part]);
    Scalar* const rows = x.data() + static_cast<std::size_t>(d.first[part]) * k;
    Scalar* on_host = rows;
    if constexpr (!kOnHost<Device>) {
      on_host = host_memory_.template get<Scalar>(n * k);
      Kokkos::deep_copy(exec, HostBlock(on_host, n, k), Block(rows, n, k));
      compat::fence(exec, "nacre::schwarz: right-hand sides of a subdomain");
    }
    constexpr std::size_t kTogether = 4;
    double* const columns = host_columns_.template get<double>(n * kTogether);
    for (std::size_t c = 0; c < k; c += kTogether) {
      std::size_t const count = std::min(kTogether, k - c);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < count; ++j)
          columns[j * n + i] = static_cast<double>(on_host[i * k + c + j]);
      sparse_factors_[s]->solve(columns, static_cast<int>(count), transposed);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < count; ++j)
          on_host[i * k + c + j] = static_cast<Scalar>(columns[j * n + i]);
    }
    if constexpr (!kOnHost<Device>) {
      Kokkos::deep_copy(exec, Block(rows, n, k), HostBlock(on_host, n, k));
      compat::fence(exec, "nacre::schwarz: solutions of a subdomain");
    }
  }
}

/// Calls `f(first column, number of columns)` for blocks of columns.
template <class F>
void for_column_blocks(std::size_t k, std::size_t at_once, F const& f) {
  for (std::size_t first = 0; first < k; first += at_once) f(first, std::min(at_once, k - first));
}

template <class Block>
Rows<typename Block::value_type> rows(Block const& block) {
  return {block.data(), static_cast<std::int64_t>(block.extent(1))};
}
template <class Block>
Rows<typename Block::const_value_type> read_only(Block const& block) {
  return {block.data(), static_cast<std::int64_t>(block.extent(1))};
}

template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::apply(Exec const& exec, bool transposed, std::size_t k, Read const& x,
                                         Write const& y) const {
  using nacre::detail::for_each_matrix_entry;
  auto const& d = decomposition_.data();
  std::size_t const n = num_unknowns(), local = d.node.extent(0);
  for_column_blocks(k, kColumnsAtOnce, [&](std::size_t first, std::size_t count) {
    auto const w = work(count, 0);
    auto const at = static_cast<std::int64_t>(first);
    for_each_matrix_entry(exec, "nacre::schwarz::take_columns", n, count,
                          TakeColumns<Scalar>{x, rows(w.e), at});
    if (transposed)
      for_each_matrix_entry(
          exec, "nacre::schwarz::restrict_home", local, count,
          Restrict<true, Scalar>{d.node.data(), d.home.data(), read_only(w.e), rows(w.local)});
    else
      for_each_matrix_entry(
          exec, "nacre::schwarz::restrict", local, count,
          Restrict<false, Scalar>{d.node.data(), d.home.data(), read_only(w.e), rows(w.local)});
    solve(exec, transposed, w.local);
    if (transposed)
      for_each_matrix_entry(
          exec, "nacre::schwarz::sum_copies", n, count,
          SumCopies<Scalar>{d.copy_ptr.data(), d.copy.data(), read_only(w.local), rows(w.e)});
    else
      for_each_matrix_entry(exec, "nacre::schwarz::take_home", n, count,
                            TakeHome<false, Scalar>{d.home.data(), read_only(w.local), rows(w.e)});
    for_each_matrix_entry(exec, "nacre::schwarz::put_columns", n, count,
                          PutColumns<false, Scalar>{read_only(w.e), y, at});
  });
}

/// e = T e. \param[out] outer what the solutions are at outer unknowns, null: not wanted
template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::step(Exec const& exec, Work const& w, Scalar* outer) const {
  using nacre::detail::for_each_matrix_entry;
  auto const& d = decomposition_.data();
  std::size_t const n = num_unknowns(), local = d.node.extent(0), k = w.e.extent(1);
  spmm(exec, d.pattern, A_values_, ConstBlock(w.e), w.r);
  for_each_matrix_entry(exec, "nacre::schwarz::restrict", local, k,
                        Restrict<false, Scalar>{d.node.data(), d.home.data(), read_only(w.r), rows(w.local)});
  solve(exec, false, w.local);
  if (outer) {
    Block const kept(outer, d.outer.extent(0), k);
    for_each_matrix_entry(exec, "nacre::schwarz::keep_outer", d.outer.extent(0), k,
                          KeepOuter<Scalar>{d.outer.data(), read_only(w.local), rows(kept)});
  }
  for_each_matrix_entry(exec, "nacre::schwarz::take_home", n, k,
                        TakeHome<true, Scalar>{d.home.data(), read_only(w.local), rows(w.e)});
}

template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::power(Exec const& exec, int power, std::size_t k, Read const& e,
                                         Write const& y) const {
  using nacre::detail::for_each_matrix_entry;
  std::size_t const n = num_unknowns();
  for_column_blocks(k, kColumnsAtOnce, [&](std::size_t first, std::size_t count) {
    auto const w = work(count, 0);
    auto const at = static_cast<std::int64_t>(first);
    for_each_matrix_entry(exec, "nacre::schwarz::take_columns", n, count,
                          TakeColumns<Scalar>{e, rows(w.e), at});
    for (int stage = 0; stage < power; ++stage) step(exec, w, nullptr);
    for_each_matrix_entry(exec, "nacre::schwarz::put_columns", n, count,
                          PutColumns<false, Scalar>{read_only(w.e), y, at});
  });
}

/// The stages are computed again, block by block: keeping them from the forward pass would take `power` times the
/// memory of e for a third of the time.
template <class Scalar, class Device>
void SchwarzState<Scalar, Device>::power_adjoint(Exec const& exec, int power, std::size_t k, Read const& e,
                                                 Read const& y_bar, Scalar* interface_bar,
                                                 Write const& e_bar) const {
  using nacre::detail::for_each_matrix_entry;
  auto const& d = decomposition_.data();
  std::size_t const n = num_unknowns(), local = d.node.extent(0), outer = d.outer.extent(0);
  for_column_blocks(k, kColumnsAtOnce, [&](std::size_t first, std::size_t count) {
    auto const w = work(count, interface_bar ? power : 0);
    auto const at = static_cast<std::int64_t>(first);
    if (interface_bar) {
      for_each_matrix_entry(exec, "nacre::schwarz::take_columns", n, count,
                            TakeColumns<Scalar>{e, rows(w.e), at});
      for (int stage = 0; stage < power; ++stage)
        step(exec, w, w.outer + static_cast<std::size_t>(stage) * outer * count);
    }
    for_each_matrix_entry(exec, "nacre::schwarz::take_columns", n, count,
                          TakeColumns<Scalar>{y_bar, rows(w.e), at});
    for (int stage = power - 1; stage >= 0; --stage) {
      for_each_matrix_entry(
          exec, "nacre::schwarz::restrict_home", local, count,
          Restrict<true, Scalar>{d.node.data(), d.home.data(), read_only(w.e), rows(w.local)});
      solve(exec, true, w.local);
      if (interface_bar) {
        Block const kept(w.outer + static_cast<std::size_t>(stage) * outer * count, outer, count);
        Kokkos::parallel_for("nacre::schwarz::interface_cotangent",
                             range_of_entries(exec, d.interface_entry.extent(0)),
                             AddInterfaceCotangent<Scalar>{d.interface_entry.data(), d.occurrence_ptr.data(),
                                                           d.occurrence_row.data(), d.occurrence_col.data(),
                                                           read_only(w.local), read_only(kept), scale_,
                                                           interface_bar, static_cast<std::int64_t>(count)});
      }
      if (stage == 0 && !e_bar.data) return;
      // e_bar = y_bar - A^T sum of R_i^T t_i
      for_each_matrix_entry(
          exec, "nacre::schwarz::sum_copies", n, count,
          SumCopies<Scalar>{d.copy_ptr.data(), d.copy.data(), read_only(w.local), rows(w.r)});
      Block const product(w.local.data(), n, count);
      spmm_transpose(exec, d.pattern, A_values_, ConstBlock(w.r), product);
      for_each_matrix_entry(exec, "nacre::schwarz::subtract", n, count,
                            Subtract<Scalar>{read_only(product), rows(w.e)});
    }
    if (e_bar.data)
      for_each_matrix_entry(exec, "nacre::schwarz::put_columns", n, count,
                            PutColumns<true, Scalar>{read_only(w.e), e_bar, at});
  });
}

}  // namespace nacre::solvers::detail
