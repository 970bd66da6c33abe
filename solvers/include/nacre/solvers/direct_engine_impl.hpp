#pragma once

#include <algorithm>
#include <chrono>
#include <climits>
#include <cmath>
#include <numeric>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/solvers/direct_engine.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
DirectEngine<Scalar, Device>::DirectEngine(double largest_residual) : largest_residual_(largest_residual) {
  if (!detail::have_klu()) detail::KluFactors({0}, {});  // says what is missing
}

/// Gathers the pattern on rank 0. Rows are contiguous pieces in the order of ranks, so are their entries.
template <class Scalar, class Device>
void DirectEngine<Scalar, Device>::analyse(Matrix const& A) {
  auto const& local = A.pattern.local();
  auto const ptr = host_view(local.row_ptr());
  auto const col = host_view(local.col());
  std::vector<GlobalOrdinal> length(static_cast<std::size_t>(local.num_rows())), global(local.num_entries());
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<GlobalOrdinal>(ptr(i + 1) - ptr(i));
  for (std::size_t k = 0; k < global.size(); ++k) global[k] = A.pattern.global_col(col(k));
  auto const lengths = A.comm().gather(length, 0);
  auto const cols = A.comm().gather(global, 0);
  std::string problem;
  if (A.comm().rank() == 0) {
    if (cols.size() > static_cast<std::size_t>(INT_MAX) ||
        lengths.size() >= static_cast<std::size_t>(INT_MAX)) {
      problem = cat("direct solve: ", lengths.size(), " rows and ", cols.size(),
                    " entries are more than rank 0 can factor");
    } else {
      order_.resize(cols.size());
      std::iota(order_.begin(), order_.end(), 0);
      std::vector<int> row_ptr{0}, sorted(cols.size());
      for (auto const n : lengths) {
        auto const begin = order_.begin() + row_ptr.back();
        std::sort(begin, begin + n, [&](int a, int b) {
          return cols[static_cast<std::size_t>(a)] < cols[static_cast<std::size_t>(b)];
        });
        row_ptr.push_back(row_ptr.back() + static_cast<int>(n));
      }
      for (std::size_t k = 0; k < sorted.size(); ++k)
        sorted[k] = static_cast<int>(cols[static_cast<std::size_t>(order_[k])]);
      try {
        factors_ = std::make_unique<detail::KluFactors>(std::move(row_ptr), std::move(sorted));
      } catch (Error const& e) {
        problem = e.what();
      }
    }
  }
  A.comm().fail_together(problem);
  analysed_ = true;
}

template <class Scalar, class Device>
void DirectEngine<Scalar, Device>::set_up(Matrix const& A) {
  if (!analysed_) analyse(A);
  auto const values = host_view(A.values);
  auto const all = A.comm().gather(std::vector<double>(values.data(), values.data() + values.extent(0)), 0);
  std::string problem;
  if (A.comm().rank() == 0) {
    std::vector<double> sorted(all.size());
    for (std::size_t k = 0; k < all.size(); ++k) sorted[k] = all[static_cast<std::size_t>(order_[k])];
    problem = factors_->factor(sorted.data());
    num_pivotings_ = factors_->num_pivotings();
  }
  A.comm().fail_together(problem);
  num_pivotings_ = A.comm().max(num_pivotings_);
}

template <class Scalar, class Device>
SolveInfo DirectEngine<Scalar, Device>::solve(Exec const& exec, Matrix const& A, Side side, In const& b,
                                              Out const& x) {
  auto const start = std::chrono::steady_clock::now();
  auto const& rows = A.pattern.rows();
  auto const& comm = A.comm();
  std::size_t const n = b.extent(0), k = b.extent(1);
  auto const total = static_cast<std::size_t>(rows.num_global());
  compat::fence(exec, "nacre::direct_solve: right-hand sides, before the host reads them");
  auto const given = host_view(b);
  std::vector<double> mine(n * k);
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t i = 0; i < n; ++i) mine[c * n + i] = static_cast<double>(given(i, c));

  // from pieces of ranks, each with its columns, to columns of all rows, and back
  auto pieces = comm.gather(mine, 0);
  auto const for_each_piece = [&](auto const& action) {
    for (int r = 0; r < comm.size(); ++r) {
      auto const begin = static_cast<std::size_t>(rows.begin(r)),
                 end = static_cast<std::size_t>(rows.begin(r + 1));
      for (std::size_t c = 0; c < k; ++c)
        action(begin * k + c * (end - begin), c * total + begin, end - begin);
    }
  };
  std::vector<Comm::Parcel<double>> parcels;
  if (comm.rank() == 0) {
    std::vector<double> all(total * k);
    for_each_piece([&](std::size_t piece, std::size_t column, std::size_t count) {
      std::copy_n(pieces.begin() + static_cast<std::ptrdiff_t>(piece), count,
                  all.begin() + static_cast<std::ptrdiff_t>(column));
    });
    factors_->solve(all.data(), static_cast<int>(k), side == Side::adjoint);
    for_each_piece([&](std::size_t piece, std::size_t column, std::size_t count) {
      std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(column), count,
                  pieces.begin() + static_cast<std::ptrdiff_t>(piece));
    });
    for (int r = 0; r < comm.size(); ++r)
      if (rows.begin(r) < rows.begin(r + 1))
        parcels.emplace_back(
            r, std::vector<double>(pieces.begin() + static_cast<std::ptrdiff_t>(rows.begin(r)) *
                                                        static_cast<std::ptrdiff_t>(k),
                                   pieces.begin() + static_cast<std::ptrdiff_t>(rows.begin(r + 1)) *
                                                        static_cast<std::ptrdiff_t>(k)));
  }
  auto const result = Kokkos::create_mirror_view(x);
  for (auto const& [from, solution] : comm.exchange(parcels))
    for (std::size_t c = 0; c < k; ++c)
      for (std::size_t i = 0; i < n; ++i) result(i, c) = static_cast<Scalar>(solution[c * n + i]);
  Kokkos::deep_copy(exec, x, result);
  compat::fence(exec, "nacre::direct_solve: the copied solution has been read");

  if (residual_.extent(0) != n || residual_.extent(1) != k)
    residual_ = Out("nacre::direct_solve::residual", n, k);
  if (side == Side::forward)
    residual(exec, A, b, x, residual_);
  else
    residual_transpose(exec, A, b, x, residual_);
  std::vector<double> sums(2 * k);
  dot(exec, b, b, sums.data());
  dot(exec, residual_, residual_, sums.data() + k);
  comm.all_reduce(sums.data(), static_cast<int>(2 * k), ReduceOp::sum);
  SolveInfo info;
  info.status = Status::converged;
  for (std::size_t c = 0; c < k; ++c) {
    ColumnInfo column;
    column.relative_residual = sums[c] > 0 ? std::sqrt(sums[k + c] / sums[c]) : std::sqrt(sums[k + c]);
    column.status = column.relative_residual <= largest_residual_ ? Status::converged
                    : std::isfinite(column.relative_residual)     ? Status::stagnated
                                                                  : Status::not_finite;
    if (column.status != Status::converged && info.status != Status::not_finite) info.status = column.status;
    if (!(column.relative_residual <= info.relative_residual))
      info.relative_residual = column.relative_residual;
    info.columns.push_back(column);
  }
  info.history = {info.relative_residual};
  info.solve_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return info;
}

}  // namespace nacre::solvers
