#pragma once

#include <nacre/solvers/detail/coarse_solver.hpp>
#include <nacre/solvers/detail/dense_inverse.hpp>

namespace nacre::solvers::detail {

/// x(i, c) = sum_j M(i, j) b(j, c), b column by column in one piece of memory.
template <class Exec, class M, class B, class X>
void multiply_dense(Exec const& exec, M const& matrix, B const& b, X const& x) {
  using T = typename X::non_const_value_type;
  auto const n = static_cast<Ordinal>(matrix.extent(1));
  auto const k = static_cast<Ordinal>(x.extent(1));
  Kokkos::parallel_for(
      "nacre::coarse_solver::multiply", range(exec, x.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal c = 0; c < k; ++c) {
          T sum[4] = {0, 0, 0, 0};
          Ordinal j = 0;
          for (; j + 4 <= n; j += 4)
            for (int s = 0; s < 4; ++s) sum[s] += matrix(i, j + s) * b(j + s, c);
          for (; j < n; ++j) sum[0] += matrix(i, j) * b(j, c);
          x(i, c) = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
      });
}

template <class T, class Device>
void CoarseSolver<T, Device>::numeric(Exec const& exec, DistributedCsr<T, Device> const& A) {
  if (rows_ != A.pattern.rows() || !rows_.comm().same_as(A.comm())) {
    rows_ = A.pattern.rows();
    owners_ = rows_.comm().split(rows_.num_owned() > 0 ? 1 : 0);
  }
  auto const n = static_cast<int>(rows_.num_global());
  auto const& local = A.pattern.local();
  compat::fence(exec, "nacre::coarse_solver: values, before they are gathered");
  auto const ptr = host_view(local.row_ptr());
  auto const col = host_view(local.col());
  auto const values = host_view(A.values);
  struct Entry {
    GlobalOrdinal i, j;
    double a;
  };
  std::vector<Entry> mine;
  for (Ordinal i = 0; i < local.num_rows(); ++i)
    for (Offset k = ptr(i); k < ptr(i + 1); ++k)
      mine.push_back({rows_.begin() + i, A.pattern.global_col(col(k)), static_cast<double>(values(k))});
  auto const all = owners_.all_gather(mine);

  auto const owned = static_cast<std::size_t>(rows_.num_owned());
  inverse_ = RowMajor<T, Device>("nacre::coarse_solver::inverse", owned, owned > 0 ? n : 0);
  inverse_transpose_ =
      RowMajor<T, Device>("nacre::coarse_solver::inverse_transpose", owned, owned > 0 ? n : 0);
  int rank = n;
  if (owned > 0) {
    std::vector<double> dense(static_cast<std::size_t>(n) * n, 0);
    for (auto const& e : all) dense[static_cast<std::size_t>(e.i) * n + e.j] += e.a;
    rank = invert_dense(dense, n);
    auto const h = Kokkos::create_mirror_view(inverse_);
    auto const ht = Kokkos::create_mirror_view(inverse_transpose_);
    for (std::size_t i = 0; i < owned; ++i)
      for (int j = 0; j < n; ++j) {
        auto const gi = static_cast<std::size_t>(rows_.begin()) + i;
        h(i, j) = static_cast<T>(dense[gi * n + j]);
        ht(i, j) = static_cast<T>(dense[static_cast<std::size_t>(j) * n + gi]);
      }
    Kokkos::deep_copy(inverse_, h);
    Kokkos::deep_copy(inverse_transpose_, ht);
  }
  is_singular_ = rows_.comm().min(rank) < n;
}

template <class T, class Device>
void CoarseSolver<T, Device>::apply(Exec const& exec, MultiVector<T, Device> const& b,
                                    MultiVector<T, Device> const& x, bool transposed) const {
  if (rows_.num_owned() == 0) return;
  auto const& matrix = transposed ? inverse_transpose_ : inverse_;
  if (owners_.size() == 1) {
    multiply_dense(exec, matrix, b, x);
    return;
  }
  auto const b_host = Kokkos::create_mirror_view(b);
  Kokkos::deep_copy(exec, b_host, b);
  compat::fence(exec, "nacre::coarse_solver: right-hand side, before MPI");
  auto const n = static_cast<std::size_t>(rows_.num_global());
  MultiVector<T, HostDevice> const all("nacre::coarse_solver::b", n, b.extent(1));
  for (std::size_t c = 0; c < b.extent(1); ++c) {
    auto const column = owners_.all_gather(std::vector<T>(&b_host(0, c), &b_host(0, c) + b.extent(0)));
    std::copy(column.begin(), column.end(), &all(0, c));
  }
  auto const on_device = Kokkos::create_mirror_view_and_copy(typename Device::memory_space(), all);
  multiply_dense(exec, matrix, on_device, x);
  compat::fence(exec, "nacre::coarse_solver: the gathered right-hand side ends here");
}

}  // namespace nacre::solvers::detail
