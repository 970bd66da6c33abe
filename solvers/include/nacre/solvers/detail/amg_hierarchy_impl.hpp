#pragma once

#include <nacre/core/region.hpp>
#include <nacre/solvers/detail/amg_hierarchy.hpp>
#include <nacre/solvers/detail/coarse_solver_impl.hpp>
#include <nacre/solvers/detail/level_smoother_impl.hpp>
#include <nacre/solvers/detail/node_rows.hpp>
#include <nacre/solvers/detail/prolongator_impl.hpp>

namespace nacre::solvers::detail {

/// x += P e. Collective.
struct AddProduct {
  template <class Y, class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Y const& y, Ordinal i, Ordinal c, Sum sum) const {
    y(i, c) += sum;
  }
};

/// b = R r by rows of R: owned coarse rows to b, the others to ghosts.
template <class Exec, class T, class Device, class X, class Ghosts, class B>
void restrict_rows(Exec const& exec, CsrPattern<Device> const& R, Vector<T, Device> const& values, X const& r,
                   Ghosts const& ghosts, B const& b) {
  auto const ptr = R.row_ptr();
  auto const col = R.col();
  auto const owned = static_cast<Ordinal>(b.extent(0));
  auto const k = static_cast<Ordinal>(b.extent(1));
  Kokkos::parallel_for(
      "nacre::amg::restrict", range(exec, static_cast<std::size_t>(R.num_rows())), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal c = 0; c < k; ++c) {
          T sum = 0;
          for (Offset e = ptr(i); e < ptr(i + 1); ++e) sum += values(e) * r(col(e), c);
          if (i < owned)
            b(i, c) = sum;
          else
            ghosts(i - owned, c) = sum;
        }
      });
}

template <class T, class Device>
Vector<T, Device> allocate_values(std::size_t n) {
  return Vector<T, Device>(Kokkos::view_alloc(std::string("nacre::amg::values"), Kokkos::WithoutInitializing),
                           n);
}

template <class T, class Device>
AmgHierarchy<T, Device>::AmgHierarchy(DistributedCsr<T, Device> const& A, NearNullspace near_nullspace,
                                      AmgOptions const& options)
    : options_(options) {
  Exec const exec;
  levels_.emplace_back();
  levels_.back().A = A;
  find_symmetry();
  int block_size = options.block_size;
  while (true) {
    std::size_t const l = levels_.size() - 1;
    auto& level = levels_[l];
    level.smoother = LevelSmoother<T, Device>(options_);
    level.smoother.numeric(exec, level.A, static_cast<int>(l), block_size, is_symmetric_);
    level.block_size = block_size;
    auto const rows = level.A.pattern.rows().num_global();
    if (rows <= options_.max_coarse_rows || static_cast<int>(levels_.size()) >= options_.max_levels) break;

    auto const& given = options_.strength_threshold;
    level.threshold = given.empty() ? kAutomaticThreshold : given[std::min(l, given.size() - 1)];
    std::unique_ptr<Prolongator<T, Device>> prolongator;
    GlobalOrdinal coarse_rows = 0;
    while (true) {
      auto const strength = find_strength(level.A, block_size, level.threshold);
      auto const graph = strength.graph();
      prolongator = std::make_unique<Prolongator<T, Device>>(
          level.A, near_nullspace, strength, aggregate(graph, l == 0 ? aggregation_radius(graph) : 1),
          options_);
      coarse_rows = prolongator->pattern().cols().num_global();
      // coarsening that stalls means that the threshold cuts everything apart
      if (coarse_rows < 0.7 * static_cast<double>(rows) || level.threshold == 0 || !given.empty()) break;
      level.threshold = 0;
    }
    if (coarse_rows == 0 || coarse_rows > 0.9 * static_cast<double>(rows)) break;
    level.prolongator = std::move(prolongator);
    level.rows_of_node = shares_columns(level.A.pattern.local(), block_size) ? block_size : 1;
    level.coarse_rows_of_node = level.prolongator->coarse_nullspace().m;
    level.galerkin = std::make_unique<TripleProduct<Device>>(level.A.pattern, level.prolongator->pattern(),
                                                             level.rows_of_node, level.coarse_rows_of_node);
    level.P.pattern = level.prolongator->pattern();
    level.R_values = allocate_values<T, Device>(level.P.pattern.local().num_entries());
    near_nullspace = level.prolongator->coarse_nullspace();
    block_size = near_nullspace.m;

    Level next;
    next.A = {level.galerkin->pattern(),
              allocate_values<T, Device>(level.galerkin->pattern().local().num_entries())};
    levels_.push_back(std::move(next));
    numeric(exec, l);
  }
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    levels_[l].region = cat("nacre::amg::level ", l);
    levels_[l].revisit = cat("nacre::amg::level ", l, " again");
  }
  finish_setup(exec);
  summarise();
}

/// How far the aggregates of the first level reach: far where nodes have few strong neighbours. On later levels,
/// wide aggregates save little and cost iterations.
template <class T, class Device>
int AmgHierarchy<T, Device>::aggregation_radius(NodeGraph const& graph) const {
  constexpr double kFewNeighbours = 18;  // 27-point stencils have 26: their aggregates are wide already
  if (options_.aggregation_radius > 0) return options_.aggregation_radius;
  auto const& comm = levels_[0].A.comm();
  double const nodes = comm.sum(static_cast<double>(graph.num_nodes));
  return comm.sum(graph.mean_degree() * graph.num_nodes) < kFewNeighbours * nodes ? 2 : 1;
}

template <class T, class Device>
void AmgHierarchy<T, Device>::find_symmetry() {
  if constexpr (kSerial<Device>) {
    auto const& A = levels_[0].A;
    is_symmetric_ = A.comm().min(is_symmetric_locally(A.local()) ? 1 : 0) == 1;
  }
}

template <class T, class Device>
void AmgHierarchy<T, Device>::numeric(Exec const& exec, std::size_t l) {
  auto& level = levels_[l];
  if (level.P.values.data() == nullptr)
    level.P.values = allocate_values<T, Device>(level.P.pattern.local().num_entries());
  level.max_eigenvalue = level.prolongator->numeric(exec, level.A, level.P.values);
  level.galerkin->numeric(exec, level.A.values, level.P.values, level.R_values, levels_[l + 1].A.values);
  if constexpr (kSerial<Device>) level.P.values = Vector<T, Device>();  // cycles read its transpose only
}

template <class T, class Device>
void AmgHierarchy<T, Device>::finish_setup(Exec const& exec) {
  auto const& last = levels_.back().A;
  direct_ = last.pattern.rows().num_global() <= std::max(options_.max_coarse_rows, 1000);
  if (direct_) coarse_.numeric(exec, last);
  for (std::size_t l = 1; l + 1 < levels_.size(); ++l) {  // the last level is solved at once
    auto const& level = levels_[l].A.pattern;
    auto const& above = levels_[l - 1].A.pattern;
    bool const is_small = static_cast<double>(level.num_global_entries()) <
                          kSmallLevel * static_cast<double>(above.num_global_entries());
    levels_[l].visited_twice = options_.cycle == AmgCycle::w || (options_.cycle == AmgCycle::vw && l > 1) ||
                               (options_.cycle == AmgCycle::automatic && (l > 1 || is_small));
  }
  compat::fence(exec, "nacre::amg: set up");
}

template <class T, class Device>
void AmgHierarchy<T, Device>::update() {
  Exec const exec;
  find_symmetry();
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    levels_[l].smoother.numeric(exec, levels_[l].A, static_cast<int>(l), levels_[l].block_size,
                                is_symmetric_);
    if (l + 1 < levels_.size()) numeric(exec, l);
  }
  finish_setup(exec);
}

template <class T, class Device>
void AmgHierarchy<T, Device>::reserve_vectors(std::size_t k) const {
  if (levels_[0].r.extent(1) == k) return;
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    auto const& level = levels_[l];
    auto const n = static_cast<std::size_t>(level.A.pattern.num_owned_rows());
    level.r = Vectors("nacre::amg::r", n, k);
    level.p = Vectors("nacre::amg::p", n, k);
    if (l == 0) continue;
    level.b = Vectors("nacre::amg::b", n, k);
    level.x = Vectors("nacre::amg::x", n, k);
    if (!level.visited_twice) continue;
    level.first = Vectors("nacre::amg::first", n, k);
    level.rest = Vectors("nacre::amg::rest", n, k);
  }
}

template <class T, class Device>
void AmgHierarchy<T, Device>::cycle(Exec const& exec, Vectors const& b, Vectors const& x,
                                    bool transposed) const {
  reserve_vectors(b.extent(1));
  cycle(exec, 0, b, x, transposed && !is_symmetric_);
}

template <class T, class Device>
Restriction<T> AmgHierarchy<T, Device>::restriction(Level const& level) const {
  auto const& R = level.galerkin->local_transpose();
  return {R.num_rows(),          R.row_ptr().data(),        R.col().data(),
          level.R_values.data(), level.coarse_rows_of_node, level.rows_of_node};
}

template <class T, class Device>
void AmgHierarchy<T, Device>::restrict_residual(Exec const& exec, Level const& level,
                                                Vectors const& b) const {
  auto const& halo = level.P.pattern.halo();
  auto const k = static_cast<Ordinal>(b.extent(1));
  auto const ghosts = halo.num_ghosts() > 0 ? halo.template export_buffer<T>(k) : RowMajor<T, Device>();
  if constexpr (kSerial<Device>) {
    auto const R = restriction(level);
    auto const owned = static_cast<Ordinal>(b.extent(0));
    auto const r = const_columns(level.r);
    restrict_to(R, 0, owned, r, k, b.data(), 1, as_columns_of(b).stride);
    if (R.num_rows > owned)
      restrict_to(R, owned, R.num_rows, r, k, ghosts.data(), static_cast<std::size_t>(k), 1);
  } else {
    restrict_rows(exec, level.galerkin->local_transpose(), level.R_values, level.r, ghosts, b);
  }
  halo.template start_export<T>(exec, k);
  halo.finish_export(exec, b);
}

template <class T, class Device>
void AmgHierarchy<T, Device>::interpolate(Exec const& exec, Level const& level, Vectors const& e,
                                          Vectors const& x) const {
  if constexpr (kSerial<Device>) {
    auto const& halo = level.P.pattern.halo();
    auto const k = static_cast<int>(x.extent(1));
    auto const R = restriction(level);
    auto const owned = static_cast<Ordinal>(e.extent(0));
    halo.start_import(exec, e);
    interpolate_from(R, 0, owned, e.data(), 1, as_columns_of(e).stride, k, as_columns_of(x));
    auto const ghosts = halo.template finish_import<T>(exec, k);
    if (R.num_rows > owned)
      interpolate_from(R, owned, R.num_rows, ghosts.data(), static_cast<std::size_t>(k), 1, k,
                       as_columns_of(x));
  } else {
    nacre::detail::distributed_product(exec, "AMG interpolation", level.P, e, x, AddProduct{});
  }
}

template <class T, class Device>
void AmgHierarchy<T, Device>::cycle(Exec const& exec, std::size_t l, Vectors const& b, Vectors const& x,
                                    bool transposed) const {
  using Side = typename LevelSmoother<T, Device>::Side;
  auto const& level = levels_[l];
  Region const region(level.region);
  auto const smooth = [&](Side side, bool x_is_zero) {
    if (transposed)
      level.smoother.smooth_transpose(exec, level.A, b, x, x_is_zero, side, level.r, level.p);
    else
      level.smoother.smooth(exec, level.A, b, x, x_is_zero, side, level.r, level.p);
  };
  if (l + 1 == levels_.size()) {
    if (direct_) {
      coarse_.apply(exec, b, x, transposed);
      return;
    }
    // before, after, before, after; the transpose runs it backwards
    for (int i = 0; i < 4; ++i) smooth((i % 2 == 0) != transposed ? Side::before : Side::after, i == 0);
    return;
  }

  if (transposed) {  // the transpose of a cycle runs the transposed steps backwards
    smooth(Side::after, true);
    residual_transpose(exec, level.A, b, x, level.r);
  } else {
    level.smoother.smooth_from_zero(exec, level.A, b, x, level.r, level.p);
  }

  auto const& next = levels_[l + 1];
  restrict_residual(exec, level, next.b);

  cycle(exec, l + 1, next.b, next.x, transposed);
  if (next.visited_twice) {
    // a second visit corrects what the first left: x += M (b - A x)
    Region const again(next.revisit);
    auto const& first = next.first;
    auto const& rest = next.rest;
    Kokkos::deep_copy(exec, first, next.x);
    if (transposed)
      residual_transpose(exec, next.A, next.b, first, rest);
    else
      residual(exec, next.A, next.b, first, rest);
    cycle(exec, l + 1, rest, next.x, transposed);
    add_or_set(exec, first, next.x, false);
  }

  interpolate(exec, level, next.x, x);
  smooth(transposed ? Side::before : Side::after, false);
}

template <class T, class Device>
bool AmgHierarchy<T, Device>::has_wide_cycle() const {
  return kSerial<Device> && levels_[0].A.comm().size() == 1 && is_symmetric_ && direct_ &&
         levels_.size() > 1 && options_.sweeps == 1 &&
         levels_[0].smoother.kind() == AmgSmoother::gauss_seidel;
}

template <class T, class Device>
void AmgHierarchy<T, Device>::wide_cycle(Exec const& exec, T const* b, T* x) const {
  compat::fence(exec, "nacre::amg: right-hand sides, before host code reads them");
  for (std::size_t l = 0; l < levels_.size() && levels_[0].wide_r.empty(); ++l) {
    // the first level last, because its vector says that the others are there
    auto const& level = levels_[levels_.size() - 1 - l];
    auto const n = static_cast<std::size_t>(level.A.pattern.num_owned_rows()) * kWide;
    level.wide_r.resize(n);
    if (&level == &levels_[0]) continue;
    level.wide_b.resize(n);
    level.wide_x.resize(n);
    if (!level.visited_twice) continue;
    level.wide_first.resize(n);
    level.wide_rest.resize(n);
  }
  wide_cycle(0, b, x);
}

/// The same steps as cycle()'s.
template <class T, class Device>
void AmgHierarchy<T, Device>::wide_cycle(std::size_t l, T const* b, T* x) const {
  auto const& level = levels_[l];
  if constexpr (kSerial<Device>) {
    if (l + 1 == levels_.size()) {
      wide_multiply(level.A.pattern.num_owned_rows(), coarse_.inverse().data(), b, x);
      return;
    }
    auto const A = level.smoother.sweep_matrix(level.A);
    auto const R = restriction(level);
    auto const& next = levels_[l + 1];
    wide_sweep_from_zero_symmetric(A, b, x, level.wide_r.data());
    wide_restrict(R, level.wide_r.data(), next.wide_b.data());
    wide_cycle(l + 1, next.wide_b.data(), next.wide_x.data());
    if (next.visited_twice) {
      next.wide_first = next.wide_x;
      wide_residual(next.smoother.sweep_matrix(next.A), next.wide_b.data(), next.wide_first.data(),
                    next.wide_rest.data());
      wide_cycle(l + 1, next.wide_rest.data(), next.wide_x.data());
      for (std::size_t i = 0; i < next.wide_x.size(); ++i) next.wide_x[i] += next.wide_first[i];
    }
    wide_interpolate(R, next.wide_x.data(), x);
    wide_sweep_descending(A, b, x);
  }
}

template <class T, class Device>
void AmgHierarchy<T, Device>::summarise() {
  auto const& comm = levels_[0].A.comm();
  for (auto const& level : levels_) {
    AmgLevelInfo info;
    info.rows = level.A.pattern.rows().num_global();
    info.nonzeros = level.A.pattern.num_global_entries();
    info.active_ranks = comm.sum(level.A.pattern.num_owned_rows() > 0 ? 1 : 0);
    info.ghosts = comm.sum(static_cast<GlobalOrdinal>(level.A.pattern.halo().num_ghosts()));
    info.neighbors = comm.max(level.A.pattern.halo().num_neighbors());
    if (info.nonzeros > 0)
      info.imbalance = static_cast<double>(comm.max(static_cast<std::int64_t>(level.A.values.extent(0)))) *
                       info.active_ranks / static_cast<double>(info.nonzeros);
    double const entry = sizeof(T) + sizeof(Ordinal);
    double bytes = entry * static_cast<double>(level.A.values.extent(0));
    if (level.galerkin) {
      auto const entries = static_cast<double>(level.P.pattern.local().num_entries());
      bytes += entries * sizeof(Ordinal) + entry * entries +
               sizeof(T) * static_cast<double>(level.P.values.extent(0));
    }
    info.megabytes = comm.sum(bytes * 1e-6 + level.smoother.megabytes());
    info.strength_threshold = level.threshold;
    info.max_eigenvalue = level.max_eigenvalue;
    summary_.levels.push_back(info);
  }
  summary_.smoother = to_string(levels_[0].smoother.kind());
  summary_.precision = sizeof(T) == sizeof(float) ? "single" : "double";
  summary_.coarse_solver = !direct_                ? "smoother"
                           : coarse_.is_singular() ? "dense generalised inverse (singular)"
                                                   : "dense inverse";
}

}  // namespace nacre::solvers::detail
