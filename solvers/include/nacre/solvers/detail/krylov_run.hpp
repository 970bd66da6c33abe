#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <nacre/solvers/detail/krylov_kernels.hpp>
#include <nacre/solvers/krylov.hpp>

/// \file
/// The book-keeping of a Krylov solve: which columns are active, when they stop, and why.

namespace nacre::solvers::detail {

/// Which of the columns.
using ColumnFlags = std::vector<char>;

/// What brings a column to KrylovRun::verify(): values of a ColumnFlags.
enum Claim : char {
  kNoClaim = 0,
  kConverged,  ///< the recurrence says so
  kBreakdown,  ///< the recurrence cannot go on
  kCycleEnd    ///< a restarted method has come to the end of a cycle
};

/// One solve of a Krylov method. All members hold the same numbers on all ranks.
template <class Scalar, class Device>
class KrylovRun {
 public:
  using Exec = ExecOf<Device>;
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;
  using Op = Operator<Scalar, Device>;

  KrylovRun(Exec const& exec_, Op const& A_, In const& b_, Out const& x_, KrylovOptions const& options_)
      : exec(exec_),
        A(A_),
        b(b_),
        x(x_),
        options(options_),
        k(b_.extent(1)),
        rr(k, 0.),
        b_norm(k, 0.),
        active(k, 1),
        ended(k, 0),
        start_(k, 0.),
        columns_(k),
        claims_(k, 0),
        vain_(k, 0),
        best_true_(k, HUGE_VAL),
        verified_(k, 0) {}

  Exec const exec;
  Op const& A;
  In const b;
  Out const x;
  KrylovOptions const& options;
  std::size_t const k;
  std::vector<double> rr;      ///< [k] squared norm of the residual, as far as the recurrence knows it
  std::vector<double> b_norm;  ///< [k]
  ColumnFlags active;          ///< [k]
  std::vector<int> ended;      ///< [k] iteration after which a column waits for the others; 0: it does not
  int iteration = 0;           ///< the one that runs, from 1

  /// r = b - A x, and what it says: columns that need no iteration stop.
  void begin(Out const& r) {
    std::vector<double> sums(2 * k);
    solver_dots<2>(exec, sums, b, b, x, x);
    reduce(sums);
    bool zero_start = true;
    for (std::size_t c = 0; c < k; ++c) {
      b_norm[c] = std::sqrt(sums[2 * c]);
      if (sums[2 * c] == 0) {
        Kokkos::deep_copy(exec, column(x, c), Scalar(0));
        stop(c, Status::converged);
        verified_[c] = 1;
        sums[2 * c + 1] = 0;
      } else if (!std::isfinite(sums[2 * c]) || !std::isfinite(sums[2 * c + 1])) {
        stop(c, Status::not_finite);
      }
      zero_start = zero_start && sums[2 * c + 1] == 0;
    }
    if (zero_start) {
      Kokkos::deep_copy(exec, r, b);
      for (std::size_t c = 0; c < k; ++c) rr[c] = sums[2 * c];
    } else {
      A.residual(exec, b, x, r);
      std::vector<double> norms(k);
      solver_dots<1>(exec, norms, r, r);
      reduce(norms);
      rr = norms;
    }
    for (std::size_t c = 0; c < k; ++c) {
      start_[c] = rr[c];
      if (!active[c]) continue;
      if (!std::isfinite(rr[c]))
        stop(c, Status::not_finite);
      else if (within_tolerance(c, rr[c]))
        accept(c, rr[c]);
    }
    record();
  }

  /// Adds up over the ranks: the one global reduction of the point where it is called.
  void reduce(std::vector<double>& sums) const {
    A.comm().all_reduce(sums.data(), static_cast<int>(sums.size()), ReduceOp::sum);
  }

  bool any_active() const {
    for (char const a : active)
      if (a) return true;
    return false;
  }
  bool all_active() const {
    for (char const a : active)
      if (!a) return false;
    return true;
  }
  bool within_tolerance(std::size_t c, double squared_norm) const {
    return std::sqrt(squared_norm) <= options.tolerance * b_norm[c];
  }
  /// Column c ends here, for this reason.
  void stop(std::size_t c, Status status) {
    active[c] = 0;
    columns_[c].status = status;
    columns_[c].iterations = ended[c] > 0 ? ended[c] : iteration;
  }

  /// Takes the squared residual norm of an iteration's end; stops the column if the number is not usable.
  void update_residual_norm(std::size_t c, double squared_norm) {
    rr[c] = squared_norm;
    if (!std::isfinite(squared_norm))
      stop(c, Status::not_finite);
    else if (squared_norm > kDivergence * kDivergence * start_[c])
      stop(c, Status::diverged);
  }

  /// Checks columns with a claim against w = b - A x. Those that have converged stop; so do those that keep
  /// coming without progress: as `breakdown` if that is their claim, else as `stagnated`.
  /// \param w [n, k], output
  /// \return columns that must go on from the residual in w; their rr is that of w
  ColumnFlags verify(ColumnFlags const& claims, Out const& w) {
    A.residual(exec, b, x, w);
    std::vector<double> norms(k);
    solver_dots<1>(exec, norms, w, w);
    reduce(norms);
    ColumnFlags again(k, 0);
    for (std::size_t c = 0; c < k; ++c) {
      if (claims[c] == kNoClaim || !active[c]) continue;
      if (within_tolerance(c, norms[c])) {
        accept(c, norms[c]);
        continue;
      }
      update_residual_norm(c, norms[c]);
      if (!active[c]) continue;
      bool const cycle_end = claims[c] == kCycleEnd;
      vain_[c] = norms[c] > (cycle_end ? 1 - 1e-8 : 0.5) * best_true_[c] ? vain_[c] + 1 : 0;
      best_true_[c] = std::min(best_true_[c], norms[c]);
      ended[c] = 0;
      claims_[c] += cycle_end ? 0 : 1;
      if (claims_[c] > kMaxClaims || vain_[c] > kMaxVainClaims)
        stop(c, claims[c] == kBreakdown ? Status::breakdown : Status::stagnated);
      else
        again[c] = 1;
    }
    return again;
  }

  /// Notes the residuals of this iteration in the history and shows them to the caller.
  void record() {
    double worst = 0;
    for (std::size_t c = 0; c < k; ++c) {
      double const relative = relative_to_b(c, rr[c]);
      worst = !(relative <= worst) ? relative : worst;
    }
    history_.push_back(worst);
    if (options.on_iteration) options.on_iteration(iteration, worst);
  }

  /// What is to be reported. Columns without a verified residual get one.
  /// \param w [n, k], output
  SolveInfo finish(Out const& w) {
    bool unverified = false;
    for (std::size_t c = 0; c < k; ++c) {
      if (active[c]) stop(c, Status::max_iterations);
      unverified = unverified || !verified_[c];
    }
    if (unverified) {
      A.residual(exec, b, x, w);
      std::vector<double> norms(k);
      solver_dots<1>(exec, norms, w, w);
      reduce(norms);
      for (std::size_t c = 0; c < k; ++c) {
        if (verified_[c]) continue;
        rr[c] = norms[c];
        columns_[c].relative_residual = relative_to_b(c, norms[c]);
        if (within_tolerance(c, norms[c])) columns_[c].status = Status::converged;
      }
    }
    SolveInfo info;
    info.status = Status::converged;
    for (auto const& column : columns_) {
      if (severity(column.status) > severity(info.status)) info.status = column.status;
      info.iterations = column.iterations > info.iterations ? column.iterations : info.iterations;
      if (!(column.relative_residual <= info.relative_residual))
        info.relative_residual = column.relative_residual;
    }
    info.columns = columns_;
    if (!history_.empty()) history_.back() = info.relative_residual;
    info.history = std::move(history_);
    return info;
  }

 private:
  static constexpr double kDivergence = 1e8;  // growth of the residual that ends a solve
  static constexpr int kMaxClaims = 20;       // claims of convergence that may turn out wrong ...
  static constexpr int kMaxVainClaims = 3;    // ... and those in a row that do not halve the true residual

  static int severity(Status status) {
    switch (status) {
      case Status::converged:
        return 0;
      case Status::max_iterations:
        return 1;
      case Status::stagnated:
        return 2;
      case Status::breakdown:
        return 3;
      case Status::indefinite:
        return 4;
      case Status::diverged:
        return 5;
      case Status::not_finite:
        return 6;
    }
    return 7;
  }
  double relative_to_b(std::size_t c, double squared_norm) const {
    return b_norm[c] == 0 ? std::sqrt(squared_norm) : std::sqrt(squared_norm) / b_norm[c];
  }
  void accept(std::size_t c, double squared_norm) {
    stop(c, Status::converged);
    verified_[c] = 1;
    rr[c] = squared_norm;
    columns_[c].relative_residual = relative_to_b(c, squared_norm);
  }

  std::vector<double> start_;  // squared residual norm before the first iteration
  std::vector<ColumnInfo> columns_;
  std::vector<int> claims_, vain_;
  std::vector<double> best_true_;  // smallest squared true residual norm so far
  ColumnFlags verified_;           // relative_residual comes from x as it is
  std::vector<double> history_;
};

}  // namespace nacre::solvers::detail
