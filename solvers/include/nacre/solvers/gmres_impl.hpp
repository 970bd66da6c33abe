#pragma once

#include <nacre/solvers/gmres.hpp>
#include <nacre/solvers/krylov_impl.hpp>

namespace nacre::solvers {

namespace detail {

/// The least-squares problem of one right-hand side: the Hessenberg matrix, reduced as its columns come.
class GmresColumn {
 public:
  explicit GmresColumn(int restart)
      : size_(0), rows_(restart + 1), h_(static_cast<std::size_t>(rows_ * restart)) {}

  void start(double residual_norm) {
    size_ = 0;
    singular_ = false;
    cs_.clear();
    sn_.clear();
    g_.assign(1, residual_norm);
  }
  /// Takes the next column, h_(0..size+1).
  void add(std::vector<double> const& h) {
    int const j = size_;
    auto const last = static_cast<std::size_t>(j);
    for (int i = 0; i <= j; ++i) at(i, j) = h[static_cast<std::size_t>(i)];
    for (int i = 0; i < j; ++i) {
      auto const s = static_cast<std::size_t>(i);
      double const upper = at(i, j), lower = at(i + 1, j);
      at(i, j) = cs_[s] * upper + sn_[s] * lower;
      at(i + 1, j) = cs_[s] * lower - sn_[s] * upper;
    }
    double const below = h[last + 1], length = std::hypot(at(j, j), below);
    double scale = 0;
    for (double const e : h) scale = std::max(scale, std::fabs(e));
    if (length <= 1e-15 * scale || length == 0) {
      singular_ = true;  // this direction cannot be used
      return;
    }
    cs_.push_back(at(j, j) / length);
    sn_.push_back(below / length);
    at(j, j) = length;
    g_.push_back(-sn_[last] * g_[last]);
    g_[last] *= cs_[last];
    ++size_;
  }
  int size() const { return size_; }
  bool singular() const { return singular_; }
  double residual_norm() const { return std::fabs(g_.back()); }
  /// The coefficients of the solution in the basis.
  std::vector<double> solve() const {
    std::vector<double> y(g_.begin(), g_.begin() + size_);
    for (int i = size_ - 1; i >= 0; --i) {
      for (int j = i + 1; j < size_; ++j)
        y[static_cast<std::size_t>(i)] -= at(i, j) * y[static_cast<std::size_t>(j)];
      y[static_cast<std::size_t>(i)] /= at(i, i);
    }
    return y;
  }

 private:
  double& at(int i, int j) { return h_[static_cast<std::size_t>(j * rows_ + i)]; }
  double at(int i, int j) const { return h_[static_cast<std::size_t>(j * rows_ + i)]; }
  int size_, rows_;
  bool singular_ = false;
  std::vector<double> h_, cs_, sn_, g_;
};

/// The basis of column c among those of k columns: vectors first, first + 1, ... of `basis`, [n, count * k].
template <class T, class Device>
Columns<T> basis_of(MultiVector<T, Device> const& basis, std::size_t k, std::size_t c) {
  auto const all = columns("gmres", basis, basis.extent(0), basis.extent(1));
  return {all.data + c * all.stride, all.stride * k};
}

/// sums[i] = v_i . w, i < count, in passes of a few vectors.
template <class Exec, class T>
void basis_dots(Exec const& exec, std::size_t n, Columns<T> const& v, std::size_t count, T* w, double* sums) {
  for_column_groups(count, [&](std::size_t first, int in_group) {
    launch_sum(exec, "nacre::krylov::gmres_dots", n, in_group,
               nacre::detail::DotEachBody<T, T>{from_column(v, first), w}, sums + first);
  });
}

/// y += sum of a_i v_i, i < count.
template <class Exec, class T>
void basis_combine(Exec const& exec, std::size_t n, std::vector<double> const& a, Columns<T> const& v,
                   std::size_t count, T* y) {
  for_column_groups(count, [&](std::size_t first, int in_group) {
    launch(exec, "nacre::krylov::gmres_combine", n, in_group,
           nacre::detail::CombineBody<T, T>{{a, first, in_group}, from_column(v, first), y});
  });
}

}  // namespace detail

template <class Scalar, class Device>
void Gmres<Scalar, Device>::iterate(Run& run, Operator<Scalar, Device> const* M, Out const& r) {
  std::size_t const k = run.k, n = r.extent(0);
  auto const& exec = run.exec;
  int const restart = std::min(run.options.restart, run.options.max_iterations);
  Out const basis = this->work(run, 1, restart + 1), z = this->work(run, 2), u = this->work(run, 3);
  auto const vector = [&](int j) {
    return Out(Kokkos::subview(
        basis, Kokkos::ALL(),
        std::make_pair(static_cast<std::size_t>(j) * k, static_cast<std::size_t>(j + 1) * k)));
  };
  std::vector<detail::GmresColumn> column(k, detail::GmresColumn(restart));
  std::vector<double> scale(k), sums, h;
  std::vector<double> const one(k, 1.);

  while (run.any_active() && run.iteration < run.options.max_iterations) {
    detail::ColumnFlags claimed(k, 0), open = run.active;  // open: still growing its space in this cycle
    for (std::size_t c = 0; c < k; ++c) {
      if (!run.active[c]) continue;
      claimed[c] = detail::kCycleEnd;
      column[c].start(std::sqrt(run.rr[c]));
      scale[c] = 1 / std::sqrt(run.rr[c]);
    }
    Kokkos::deep_copy(exec, vector(0), r);
    for (std::size_t c = 0; c < k; ++c)
      if (!run.active[c]) scale[c] = 0;
    nacre::scale(exec, scale, vector(0));

    bool any_open = true;
    for (int j = 0; j < restart && any_open && run.iteration < run.options.max_iterations; ++j) {
      ++run.iteration;
      auto const count = static_cast<std::size_t>(j) + 1;
      Out const w = vector(j + 1);
      if (M != nullptr) M->apply(exec, vector(j), z);
      run.A.apply(exec, M != nullptr ? z : vector(j), w);

      // Gram-Schmidt, twice; the last sum of a pass is w.w
      std::vector<double> first;
      for (int pass = 0; pass < 2; ++pass) {
        sums.assign(k * (count + 1), 0.);
        for (std::size_t c = 0; c < k; ++c)
          if (open[c]) {
            auto const v = detail::basis_of(basis, k, c);
            detail::basis_dots(exec, n, v, count + 1, v[static_cast<int>(count)],
                               sums.data() + c * (count + 1));
          }
        run.reduce(sums);
        for (std::size_t c = 0; c < k; ++c)
          if (open[c]) {
            auto const v = detail::basis_of(basis, k, c);
            h.assign(count, 0.);
            for (std::size_t i = 0; i < count; ++i) h[i] = -sums[c * (count + 1) + i];
            detail::basis_combine(exec, n, h, v, count, v[static_cast<int>(count)]);
          }
        if (pass == 0) first = sums;
      }

      any_open = false;
      for (std::size_t c = 0; c < k; ++c) {
        scale[c] = 0;
        if (!open[c]) continue;
        double const* const h1 = first.data() + c * (count + 1);
        double const* const h2 = sums.data() + c * (count + 1);
        h.resize(count + 1);
        double removed = 0;
        bool finite = true;
        for (std::size_t i = 0; i < count; ++i) {
          h[i] = h1[i] + h2[i];
          removed += h2[i] * h2[i];
          finite = finite && std::isfinite(h[i]);
        }
        double const left = h2[count] - removed, was = h1[count];
        if (!finite || !std::isfinite(left) || !std::isfinite(was)) {
          run.stop(c, Status::not_finite);
          open[c] = 0;
          continue;
        }
        // nothing but rounding is left of w: the space is exhausted
        double const rounding = std::is_same_v<Scalar, float> ? 1e-13 : 1e-30;
        bool const exhausted = left <= rounding * was;
        h[count] = exhausted ? 0. : std::sqrt(left);
        column[c].add(h);
        if (column[c].singular()) {
          claimed[c] = detail::kBreakdown;
          open[c] = 0;
        } else {
          run.update_residual_norm(c, column[c].residual_norm() * column[c].residual_norm());
          if (run.within_tolerance(c, run.rr[c]) || exhausted) {
            claimed[c] = detail::kConverged;
            open[c] = 0;
          }
        }
        if (open[c])
          scale[c] = 1 / h[count];
        else
          run.ended[c] = run.iteration;
        any_open = any_open || open[c];
      }
      nacre::scale(exec, scale, w);  // closed columns become zero
      if (any_open && j + 1 < restart && run.iteration < run.options.max_iterations) run.record();
    }

    // x += M V y, then the truth
    Kokkos::deep_copy(exec, u, Scalar(0));
    for (std::size_t c = 0; c < k; ++c) {
      if (!run.active[c]) continue;
      auto const us = detail::columns("gmres", u, n, k);
      detail::basis_combine(exec, n, column[c].solve(), detail::basis_of(basis, k, c),
                            static_cast<std::size_t>(column[c].size()), us[static_cast<int>(c)]);
    }
    if (M != nullptr) M->apply(exec, u, z);
    std::vector<double> add(k, 0.);
    for (std::size_t c = 0; c < k; ++c) add[c] = run.active[c] ? 1. : 0.;
    detail::axpy_active(exec, add, M != nullptr ? z : u, run.x);
    run.verify(claimed, r);
    run.record();
  }
}

}  // namespace nacre::solvers
