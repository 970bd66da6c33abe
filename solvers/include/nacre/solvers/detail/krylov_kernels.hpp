#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include <nacre/core/vector_ops.hpp>

/// \file
/// The fused vector kernels of the Krylov methods. Each works on all columns and leaves inactive ones alone.

namespace nacre::solvers::detail {

using nacre::detail::block_dot;
using nacre::detail::columns;
using nacre::detail::Columns;
using nacre::detail::for_column_groups;
using nacre::detail::from_column;
using nacre::detail::GroupScalars;
using nacre::detail::kColumnGroup;
using nacre::detail::launch;
using nacre::detail::launch_sum;

/// Column c of a multivector, as a vector.
template <class T, class Device>
Vector<T, Device> column(MultiVector<T, Device> const& v, std::size_t c) {
  return Kokkos::subview(v, Kokkos::ALL(), c);
}

/// Which columns of a group a kernel may touch.
struct GroupFlags {
  bool value[kColumnGroup];
  GroupFlags(std::vector<char> const& flags, std::size_t first, int count) {
    for (int c = 0; c < kColumnGroup; ++c)
      value[c] = c < count && flags[first + static_cast<std::size_t>(c)] != 0;
  }
};

/// Inner products of `kPairs` pairs of vectors in one pass.
template <class T, int kPairs>
struct DotsBody {
  static constexpr int kSums = kPairs;
  Columns<T const> u[kPairs], v[kPairs];
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    for (int s = 0; s < kPairs; ++s) sums[s] += block_dot(u[s][c], v[s][c], begin, end);
  }
};

template <class T, int kPairs, class... Views, std::size_t... pair>
DotsBody<T, kPairs> dots_body(std::size_t n, std::size_t k, std::size_t first, std::index_sequence<pair...>,
                              Views const&... views) {
  Columns<T const> const all[] = {
      from_column(Columns<T const>{views.data(), columns("dots", views, n, k).stride}, first)...};
  return {{all[2 * pair]...}, {all[2 * pair + 1]...}};
}

/// sums[c * kPairs + s] = u_s(:, c) . v_s(:, c), this rank's entries, for the pairs u_0, v_0, u_1, v_1, ...
/// in one pass. Waits for the result.
template <int kPairs, class Exec, class View, class... Views>
void solver_dots(Exec const& exec, std::vector<double>& sums, View const& u0, Views const&... others) {
  static_assert(sizeof...(Views) + 1 == 2 * kPairs, "two vectors for each sum");
  using T = typename View::non_const_value_type;
  std::size_t const n = u0.extent(0), k = u0.extent(1);
  sums.resize(k * static_cast<std::size_t>(kPairs));
  for_column_groups(k, [&](std::size_t first, int count) {
    launch_sum(exec, "nacre::krylov::dots", n, count,
               dots_body<T, kPairs>(n, k, first, std::make_index_sequence<static_cast<std::size_t>(kPairs)>(),
                                    u0, others...),
               sums.data() + first * static_cast<std::size_t>(kPairs));
  });
}

/// y += a x; a column with a = 0 is not touched.
template <class T>
struct AxpyBody {
  GroupScalars<T> a;
  Columns<T const> x;
  Columns<T> y;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    T const ac = a.value[c];
    if (ac == T(0)) return;
    T const* const xc = x[c];
    T* const yc = y[c];
    for (std::int64_t i = begin; i < end; ++i) yc[i] += ac * xc[i];
  }
};

template <class Exec, class T, class Device>
void axpy_active(Exec const& exec, std::vector<double> const& a, MultiVector<T, Device> const& x,
                 MultiVector<T, Device> const& y) {
  std::size_t const n = y.extent(0), k = y.extent(1);
  auto const xs = columns("axpy", x, n, k), ys = columns("axpy", y, n, k);
  for_column_groups(k, [&](std::size_t first, int count) {
    launch(exec, "nacre::krylov::axpy", n, count,
           AxpyBody<T>{{a, first, count}, {from_column(xs, first).data, xs.stride}, from_column(ys, first)});
  });
}

/// y = x in the flagged columns.
template <class T>
struct CopyBody {
  GroupFlags flags;
  Columns<T const> x;
  Columns<T> y;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    if (!flags.value[c]) return;
    T const* const xc = x[c];
    T* const yc = y[c];
    for (std::int64_t i = begin; i < end; ++i) yc[i] = xc[i];
  }
};

template <class Exec, class T, class Device>
void copy_active(Exec const& exec, std::vector<char> const& flags, MultiVector<T, Device> const& x,
                 MultiVector<T, Device> const& y) {
  std::size_t const n = y.extent(0), k = y.extent(1);
  auto const xs = columns("copy", x, n, k), ys = columns("copy", y, n, k);
  for_column_groups(k, [&](std::size_t first, int count) {
    launch(
        exec, "nacre::krylov::copy", n, count,
        CopyBody<T>{{flags, first, count}, {from_column(xs, first).data, xs.stride}, from_column(ys, first)});
  });
}

/// r -= alpha q, then the new r . r; a column with alpha = 0 keeps its r.
template <class T>
struct ResidualUpdateBody {
  static constexpr int kSums = 1;
  GroupScalars<T> alpha;
  Columns<T const> q;
  Columns<T> r;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    T const ac = alpha.value[c];
    T const* const qc = q[c];
    T* const rc = r[c];
    if (ac != T(0))
      for (std::int64_t i = begin; i < end; ++i) rc[i] -= ac * qc[i];
    sums[0] += block_dot(rc, rc, begin, end);
  }
};

/// One pass: r -= alpha q, sums[c] = r(:, c) . r(:, c). Waits for the result.
template <class Exec, class T, class Device>
void residual_update(Exec const& exec, std::vector<double> const& alpha, MultiVector<T, Device> const& q,
                     MultiVector<T, Device> const& r, std::vector<double>& sums) {
  std::size_t const n = r.extent(0), k = r.extent(1);
  sums.resize(k);
  auto const qs = columns("residual_update", q, n, k), rs = columns("residual_update", r, n, k);
  for_column_groups(k, [&](std::size_t first, int count) {
    launch_sum(exec, "nacre::krylov::residual_update", n, count,
               ResidualUpdateBody<T>{
                   {alpha, first, count}, {from_column(qs, first).data, qs.stride}, from_column(rs, first)},
               sums.data() + first);
  });
}

/// x += alpha p, then p = z + beta p, in active columns: p is read once for both.
template <class T>
struct DirectionBody {
  GroupFlags active;
  GroupScalars<T> alpha, beta;
  Columns<T const> z;
  Columns<T> p, x;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    if (!active.value[c]) return;
    T const ac = alpha.value[c], bc = beta.value[c];
    T const* const zc = z[c];
    T* const pc = p[c];
    T* const xc = x[c];
    if (ac != T(0))
      for (std::int64_t i = begin; i < end; ++i) xc[i] += ac * pc[i];
    if (bc != T(0))
      for (std::int64_t i = begin; i < end; ++i) pc[i] = zc[i] + bc * pc[i];
    else
      for (std::int64_t i = begin; i < end; ++i) pc[i] = zc[i];
  }
};

template <class Exec, class T, class Device>
void update_direction(Exec const& exec, std::vector<char> const& active, std::vector<double> const& alpha,
                      std::vector<double> const& beta, MultiVector<T, Device> const& z,
                      MultiVector<T, Device> const& p, MultiVector<T, Device> const& x) {
  std::size_t const n = p.extent(0), k = p.extent(1);
  auto const zs = columns("direction", z, n, k), ps = columns("direction", p, n, k),
             xs = columns("direction", x, n, k);
  for_column_groups(k, [&](std::size_t first, int count) {
    launch(exec, "nacre::krylov::direction", n, count,
           DirectionBody<T>{{active, first, count},
                            {alpha, first, count},
                            {beta, first, count},
                            {from_column(zs, first).data, zs.stride},
                            from_column(ps, first),
                            from_column(xs, first)});
  });
}

/// z = a x + b y + g z in active columns; a vector whose factor is zero is not read.
template <class T>
struct LinearBody {
  GroupFlags active;
  GroupScalars<T> a, b, g;
  Columns<T const> x, y;
  Columns<T> z;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    if (!active.value[c]) return;
    T const ac = a.value[c], bc = b.value[c], gc = g.value[c];
    T const* const xc = x[c];
    T const* const yc = y[c];
    T* const zc = z[c];
    if (bc != T(0) && gc != T(0))
      for (std::int64_t i = begin; i < end; ++i) zc[i] = ac * xc[i] + bc * yc[i] + gc * zc[i];
    else if (gc != T(0))
      for (std::int64_t i = begin; i < end; ++i) zc[i] = ac * xc[i] + gc * zc[i];
    else if (bc != T(0))
      for (std::int64_t i = begin; i < end; ++i) zc[i] = ac * xc[i] + bc * yc[i];
    else
      for (std::int64_t i = begin; i < end; ++i) zc[i] = ac * xc[i];
  }
};

template <class Exec, class T, class Device>
void linear_active(Exec const& exec, std::vector<char> const& active, std::vector<double> const& a,
                   MultiVector<T, Device> const& x, std::vector<double> const& b,
                   MultiVector<T, Device> const& y, std::vector<double> const& g,
                   MultiVector<T, Device> const& z) {
  std::size_t const n = z.extent(0), k = z.extent(1);
  auto const xs = columns("linear", x, n, k), ys = columns("linear", y, n, k),
             zs = columns("linear", z, n, k);
  for_column_groups(k, [&](std::size_t first, int count) {
    launch(exec, "nacre::krylov::linear", n, count,
           LinearBody<T>{{active, first, count},
                         {a, first, count},
                         {b, first, count},
                         {g, first, count},
                         {from_column(xs, first).data, xs.stride},
                         {from_column(ys, first).data, ys.stride},
                         from_column(zs, first)});
  });
}

}  // namespace nacre::solvers::detail
