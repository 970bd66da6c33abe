#pragma once

#include <nacre/solvers/detail/amg_hierarchy.hpp>
#include <nacre/solvers/detail/coarse_solver_impl.hpp>
#include <nacre/solvers/detail/level_smoother_impl.hpp>
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
  int block_size = options.block_size;
  while (true) {
    std::size_t const l = levels_.size() - 1;
    auto& level = levels_[l];
    level.smoother = LevelSmoother<T, Device>(options_);
    level.smoother.numeric(exec, level.A, static_cast<int>(l));
    auto const rows = level.A.pattern.rows().num_global();
    if (rows <= options_.max_coarse_rows || static_cast<int>(levels_.size()) >= options_.max_levels) break;

    auto const& given = options_.strength_threshold;
    level.threshold = given.empty() ? kAutomaticThreshold : given[std::min(l, given.size() - 1)];
    std::unique_ptr<Prolongator<T, Device>> prolongator;
    GlobalOrdinal coarse_rows = 0;
    while (true) {
      prolongator = std::make_unique<Prolongator<T, Device>>(
          level.A, near_nullspace, find_strength(level.A, block_size, level.threshold), options_);
      coarse_rows = prolongator->pattern().cols().num_global();
      // coarsening that stalls means that the threshold cuts everything apart
      if (coarse_rows < 0.7 * static_cast<double>(rows) || level.threshold == 0 || !given.empty()) break;
      level.threshold = 0;
    }
    if (coarse_rows == 0 || coarse_rows > 0.9 * static_cast<double>(rows)) break;
    level.prolongator = std::move(prolongator);
    level.galerkin = std::make_unique<TripleProduct<Device>>(level.A.pattern, level.prolongator->pattern());
    level.P = {level.prolongator->pattern(),
               allocate_values<T, Device>(level.prolongator->pattern().local().num_entries())};
    level.R_values = allocate_values<T, Device>(level.P.values.extent(0));
    near_nullspace = level.prolongator->coarse_nullspace();
    block_size = near_nullspace.m;

    Level next;
    next.A = {level.galerkin->pattern(),
              allocate_values<T, Device>(level.galerkin->pattern().local().num_entries())};
    levels_.push_back(std::move(next));
    numeric(exec, l);
  }
  finish_setup(exec);
  summarise();
}

template <class T, class Device>
void AmgHierarchy<T, Device>::numeric(Exec const& exec, std::size_t l) {
  auto& level = levels_[l];
  level.max_eigenvalue = level.prolongator->numeric(exec, level.A, level.P.values);
  level.galerkin->numeric(exec, level.A.values, level.P.values, level.R_values, levels_[l + 1].A.values);
}

template <class T, class Device>
void AmgHierarchy<T, Device>::finish_setup(Exec const& exec) {
  auto const& last = levels_.back().A;
  direct_ = last.pattern.rows().num_global() <= std::max(options_.max_coarse_rows, 1000);
  if (direct_) coarse_.numeric(exec, last);
  compat::fence(exec, "nacre::amg: set up");
}

template <class T, class Device>
void AmgHierarchy<T, Device>::update(Vector<T, Device> const& values) {
  Exec const exec;
  levels_[0].A.values = values;
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    levels_[l].smoother.numeric(exec, levels_[l].A, static_cast<int>(l));
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
    if (options_.cycle == AmgCycle::v) continue;
    level.first = Vectors("nacre::amg::first", n, k);
    level.rest = Vectors("nacre::amg::rest", n, k);
  }
}

template <class T, class Device>
void AmgHierarchy<T, Device>::cycle(Exec const& exec, Vectors const& b, Vectors const& x,
                                    bool transposed) const {
  reserve_vectors(b.extent(1));
  cycle(exec, 0, b, x, transposed);
}

template <class T, class Device>
void AmgHierarchy<T, Device>::cycle(Exec const& exec, std::size_t l, Vectors const& b, Vectors const& x,
                                    bool transposed) const {
  using Side = typename LevelSmoother<T, Device>::Side;
  auto const& level = levels_[l];
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

  // the transpose of a cycle runs the transposed steps backwards
  smooth(transposed ? Side::after : Side::before, true);
  if (transposed)
    residual_transpose(exec, level.A, b, x, level.r);
  else
    residual(exec, level.A, b, x, level.r);

  auto const& next = levels_[l + 1];
  auto const& halo = level.P.pattern.halo();
  auto const k = static_cast<Ordinal>(b.extent(1));
  restrict_rows(exec, level.galerkin->local_transpose(), level.R_values, level.r,
                halo.num_ghosts() > 0 ? halo.template export_buffer<T>(k) : RowMajor<T, Device>(), next.b);
  halo.template start_export<T>(exec, k);
  halo.finish_export(exec, next.b);

  cycle(exec, l + 1, next.b, next.x, transposed);
  bool const twice = options_.cycle == AmgCycle::w || (options_.cycle == AmgCycle::vw && l > 0);
  if (twice && l + 2 < levels_.size()) {  // the last level is solved at once
    // a second visit corrects what the first left: x += M (b - A x)
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

  nacre::detail::distributed_product(exec, "AMG interpolation", level.P, next.x, x, AddProduct{});
  smooth(transposed ? Side::before : Side::after, false);
}

template <class T, class Device>
void AmgHierarchy<T, Device>::summarise() {
  auto const& comm = levels_[0].A.comm();
  for (auto const& level : levels_) {
    AmgLevelInfo info;
    info.rows = level.A.pattern.rows().num_global();
    info.nonzeros = level.A.pattern.num_global_entries();
    info.active_ranks = comm.sum(level.A.pattern.num_owned_rows() > 0 ? 1 : 0);
    double const entry = sizeof(T) + sizeof(Ordinal);
    double bytes = entry * static_cast<double>(level.A.values.extent(0));
    if (level.galerkin) bytes += 2 * entry * static_cast<double>(level.P.values.extent(0));
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
