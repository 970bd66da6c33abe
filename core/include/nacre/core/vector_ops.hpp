#pragma once

#include <algorithm>
#include <vector>

#include <nacre/core/columns.hpp>

/// \file
/// Vector updates and inner products that several right-hand sides share.
///
/// Every argument is a vector `[n]` or several side by side, `[n, k]`, each contiguous. Scalars are one for
/// all columns or one for each. Sums are accumulated in double, in an order that depends only on n and the
/// number of threads, so a repeated run gives the same numbers. Inner products are of this rank's entries.

namespace nacre {

/// A number for each column: `PerColumn(2.)` is the same for all, `PerColumn(v)` and `PerColumn(data)` read
/// column c's from position c. Refers to what it was made from.
class PerColumn {
 public:
  PerColumn(double same) : same_(same) {}
  PerColumn(std::vector<double> const& v) : data_(v.data()), size_(v.size()) {}
  PerColumn(double const* data) : data_(data) {}

  double operator[](std::size_t c) const { return data_ == nullptr ? same_ : data_[c]; }
  /// \throws nacre::Error if this was made from a vector shorter than `num_columns`
  void check_size(char const* op, std::size_t num_columns) const {
    if (size_ < num_columns) fail(cat(op, ": ", size_, " scalars for ", num_columns, " columns"));
  }

 private:
  double same_ = 0;
  double const* data_ = nullptr;
  std::size_t size_ = static_cast<std::size_t>(-1);
};

namespace detail {

/// Columns one kernel handles; more take several launches.
inline constexpr int kColumnGroup = 8;

/// Entries a work item handles: on a host a block that vectorises, on a device one.
template <class Exec>
inline constexpr std::int64_t kVectorBlock = kOnHost<typename Exec::device_type> ? 1024 : 1;

/// The scalars of a group of columns, in a kernel.
template <class T>
struct GroupScalars {
  T value[kColumnGroup];
  GroupScalars(PerColumn const& s, std::size_t first, int count) {
    for (int c = 0; c < kColumnGroup; ++c)
      value[c] = c < count ? static_cast<T>(s[first + static_cast<std::size_t>(c)]) : T(0);
  }
};

/// Runs `body(c, begin, end)` for blocks of rows of every column.
template <class Exec, class Body>
struct OverBlocks {
  Body body;
  std::int64_t n;
  int k;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t block) const {
    std::int64_t const begin = block * kVectorBlock<Exec>;
    std::int64_t const end = begin + kVectorBlock<Exec> < n ? begin + kVectorBlock<Exec> : n;
    for (int c = 0; c < k; ++c) body(c, begin, end);
  }
};

/// The same, adding to `Body::kSums` sums for each column.
template <class Exec, class Body>
struct SumOverBlocks {
  using value_type = double[];
  Body body;
  std::int64_t n;
  int k;
  unsigned value_count;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t block, double* sums) const {
    std::int64_t const begin = block * kVectorBlock<Exec>;
    std::int64_t const end = begin + kVectorBlock<Exec> < n ? begin + kVectorBlock<Exec> : n;
    for (int c = 0; c < k; ++c) body(c, begin, end, sums + c * Body::kSums);
  }
};

template <class Exec>
Kokkos::RangePolicy<Exec, Kokkos::IndexType<std::int64_t>> blocks(Exec const& exec, std::size_t n) {
  return range_of_entries(exec, (n + static_cast<std::size_t>(kVectorBlock<Exec>) - 1) /
                                    static_cast<std::size_t>(kVectorBlock<Exec>));
}

template <class Exec, class Body>
void launch(Exec const& exec, char const* label, std::size_t n, int k, Body const& body) {
  Kokkos::parallel_for(label, blocks(exec, n), OverBlocks<Exec, Body>{body, static_cast<std::int64_t>(n), k});
}

template <class Exec, class Body>
void launch_sum(Exec const& exec, char const* label, std::size_t n, int k, Body const& body, double* sums) {
  auto const count = static_cast<unsigned>(k * Body::kSums);
  std::fill(sums, sums + count, 0.);
  if (n == 0) return;
  Kokkos::parallel_reduce(label, blocks(exec, n),
                          SumOverBlocks<Exec, Body>{body, static_cast<std::int64_t>(n), k, count},
                          Kokkos::View<double*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>(sums, count));
  compat::fence(exec, label);
}

/// sum of x(i) y(i), i in [begin, end), with as many independent partial sums as hide the latency of an
/// addition.
template <class T, class U>
KOKKOS_INLINE_FUNCTION double block_dot(T const* x, U const* y, std::int64_t begin, std::int64_t end) {
  constexpr int kWidth = 16;
  double partial[kWidth] = {};
  std::int64_t i = begin;
  for (; i + kWidth <= end; i += kWidth)
    for (int j = 0; j < kWidth; ++j)
      partial[j] += static_cast<double>(x[i + j]) * static_cast<double>(y[i + j]);
  double sum = 0;
  for (; i < end; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  for (int step = kWidth / 2; step > 0; step /= 2)
    for (int j = 0; j < step; ++j) partial[j] += partial[j + step];
  return sum + partial[0];
}

template <class T>
struct ScaleBody {
  GroupScalars<T> a;
  Columns<T> x;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    T const ac = a.value[c];
    T* const xc = x[c];
    for (std::int64_t i = begin; i < end; ++i) xc[i] = ac == T(0) ? T(0) : ac * xc[i];
  }
};

template <class TX, class TY>
struct AxpbyBody {
  GroupScalars<TY> a, b;
  Columns<TX> x;
  Columns<TY> y;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    TY const ac = a.value[c], bc = b.value[c];
    TX const* const xc = x[c];
    TY* const yc = y[c];
    if (bc == TY(0))
      for (std::int64_t i = begin; i < end; ++i) yc[i] = ac * static_cast<TY>(xc[i]);
    else
      for (std::int64_t i = begin; i < end; ++i) yc[i] = ac * static_cast<TY>(xc[i]) + bc * yc[i];
  }
};

template <class TX, class TY, class TZ>
struct AxpbypczBody {
  GroupScalars<TZ> a, b, g;
  Columns<TX> x;
  Columns<TY> y;
  Columns<TZ> z;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    TZ const ac = a.value[c], bc = b.value[c], gc = g.value[c];
    TX const* const xc = x[c];
    TY const* const yc = y[c];
    TZ* const zc = z[c];
    if (gc == TZ(0))
      for (std::int64_t i = begin; i < end; ++i)
        zc[i] = ac * static_cast<TZ>(xc[i]) + bc * static_cast<TZ>(yc[i]);
    else
      for (std::int64_t i = begin; i < end; ++i)
        zc[i] = ac * static_cast<TZ>(xc[i]) + bc * static_cast<TZ>(yc[i]) + gc * zc[i];
  }
};

template <class TD, class TX, class TY>
struct MultiplyBody {
  GroupScalars<TY> a, b;
  TD const* d;
  Columns<TX> x;
  Columns<TY> y;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    TY const ac = a.value[c], bc = b.value[c];
    TX const* const xc = x[c];
    TY* const yc = y[c];
    if (bc == TY(0))
      for (std::int64_t i = begin; i < end; ++i) yc[i] = ac * static_cast<TY>(d[i]) * static_cast<TY>(xc[i]);
    else
      for (std::int64_t i = begin; i < end; ++i)
        yc[i] = ac * static_cast<TY>(d[i]) * static_cast<TY>(xc[i]) + bc * yc[i];
  }
};

template <class TX, class TY>
struct DotBody {
  static constexpr int kSums = 1;
  Columns<TX> x;
  Columns<TY> y;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    sums[0] += block_dot(x[c], y[c], begin, end);
  }
};

template <class TX, class TY, class TZ>
struct Dot2Body {
  static constexpr int kSums = 2;
  Columns<TX> x;
  Columns<TY> y;
  Columns<TZ> z;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    sums[0] += block_dot(x[c], y[c], begin, end);
    sums[1] += block_dot(x[c], z[c], begin, end);
  }
};

template <class TX, class TY, class TZ>
struct AxpyDotBody {
  static constexpr int kSums = 2;
  GroupScalars<TY> a;
  Columns<TX> x;
  Columns<TY> y;
  Columns<TZ> z;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    TY const ac = a.value[c];
    TX const* const xc = x[c];
    TY* const yc = y[c];
    for (std::int64_t i = begin; i < end; ++i) yc[i] += ac * static_cast<TY>(xc[i]);
    sums[0] += block_dot(yc, yc, begin, end);
    sums[1] += block_dot(yc, z[c], begin, end);
  }
};

template <class TP, class TX>
struct CgUpdateBody {
  static constexpr int kSums = 1;
  GroupScalars<TX> alpha;
  Columns<TP> p, q;
  Columns<TX> x, r;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    TX const ac = alpha.value[c];
    TP const* const pc = p[c];
    TP const* const qc = q[c];
    TX* const xc = x[c];
    TX* const rc = r[c];
    for (std::int64_t i = begin; i < end; ++i) xc[i] += ac * pc[i];
    for (std::int64_t i = begin; i < end; ++i) rc[i] -= ac * qc[i];
    sums[0] += block_dot(rc, rc, begin, end);
  }
};

/// One column of x against each column of v.
template <class TV, class TX>
struct DotEachBody {
  static constexpr int kSums = 1;
  Columns<TV> v;
  TX const* x;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end, double* sums) const {
    sums[0] += block_dot(v[c], x, begin, end);
  }
};

/// y += sum over c of a(c) v(:, c); a block of y stays in cache for all columns.
template <class TV, class TY>
struct CombineBody {
  GroupScalars<TY> a;
  Columns<TV> v;
  TY* y;
  KOKKOS_INLINE_FUNCTION void operator()(int c, std::int64_t begin, std::int64_t end) const {
    TY const ac = a.value[c];
    TV const* const vc = v[c];
    for (std::int64_t i = begin; i < end; ++i) y[i] += ac * static_cast<TY>(vc[i]);
  }
};

/// Calls `f(first column, number of columns)` for groups of columns.
template <class F>
void for_column_groups(std::size_t k, F const& f) {
  for (std::size_t first = 0; first < k; first += static_cast<std::size_t>(kColumnGroup))
    f(first, static_cast<int>(std::min<std::size_t>(k - first, static_cast<std::size_t>(kColumnGroup))));
}

}  // namespace detail

/// x(:, c) = a(c) x(:, c); a zero sets zeros whatever x holds.
template <class Exec, class X>
void scale(Exec const& exec, PerColumn const& a, X const& x) {
  using T = typename X::non_const_value_type;
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  a.check_size("scale", k);
  auto const xs = detail::columns("scale", x, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch(exec, "nacre::scale", n, count,
                   detail::ScaleBody<T>{{a, first, count}, detail::from_column(xs, first)});
  });
}

/// y(:, c) = a(c) x(:, c) + b(c) y(:, c); with b = 0, y is not read.
/// \param x         [n, k]
/// \param[in,out] y [n, k]; may be x
template <class Exec, class X, class Y>
void axpby(Exec const& exec, PerColumn const& a, X const& x, PerColumn const& b, Y const& y) {
  using TX = typename X::value_type;
  using TY = typename Y::non_const_value_type;
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  a.check_size("axpby", k);
  b.check_size("axpby", k);
  auto const xs = detail::columns("axpby", x, n, k);
  auto const ys = detail::columns("axpby", y, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch(exec, "nacre::axpby", n, count,
                   detail::AxpbyBody<TX, TY>{{a, first, count},
                                             {b, first, count},
                                             detail::from_column(xs, first),
                                             detail::from_column(ys, first)});
  });
}

/// z(:, c) = a(c) x(:, c) + b(c) y(:, c) + g(c) z(:, c); with g = 0, z is not read.
template <class Exec, class X, class Y, class Z>
void axpbypcz(Exec const& exec, PerColumn const& a, X const& x, PerColumn const& b, Y const& y,
              PerColumn const& g, Z const& z) {
  using TX = typename X::value_type;
  using TY = typename Y::value_type;
  using TZ = typename Z::non_const_value_type;
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  a.check_size("axpbypcz", k);
  b.check_size("axpbypcz", k);
  g.check_size("axpbypcz", k);
  auto const xs = detail::columns("axpbypcz", x, n, k);
  auto const ys = detail::columns("axpbypcz", y, n, k);
  auto const zs = detail::columns("axpbypcz", z, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch(exec, "nacre::axpbypcz", n, count,
                   detail::AxpbypczBody<TX, TY, TZ>{{a, first, count},
                                                    {b, first, count},
                                                    {g, first, count},
                                                    detail::from_column(xs, first),
                                                    detail::from_column(ys, first),
                                                    detail::from_column(zs, first)});
  });
}

/// y(i, c) = a(c) d(i) x(i, c) + b(c) y(i, c); with b = 0, y is not read.
/// \param d         [n], contiguous
/// \param x         [n, k]
/// \param[in,out] y [n, k]; may be x
template <class Exec, class D, class X, class Y>
void multiply(Exec const& exec, PerColumn const& a, D const& d, X const& x, PerColumn const& b, Y const& y) {
  using TD = typename D::non_const_value_type;
  using TX = typename X::value_type;
  using TY = typename Y::non_const_value_type;
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  a.check_size("multiply", k);
  b.check_size("multiply", k);
  auto const ds = detail::columns("multiply", d, n, 1);
  auto const xs = detail::columns("multiply", x, n, k);
  auto const ys = detail::columns("multiply", y, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch(exec, "nacre::multiply", n, count,
                   detail::MultiplyBody<TD, TX, TY>{{a, first, count},
                                                    {b, first, count},
                                                    ds.data,
                                                    detail::from_column(xs, first),
                                                    detail::from_column(ys, first)});
  });
}

/// dots[c] = x(:, c) . y(:, c). Waits for the result.
/// \param x, y      [n, k]; may be the same
/// \param[out] dots [k], host memory
template <class Exec, class X, class Y>
void dot(Exec const& exec, X const& x, Y const& y, double* dots) {
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  auto const xs = detail::columns("dot", x, n, k);
  auto const ys = detail::columns("dot", y, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch_sum(exec, "nacre::dot", n, count,
                       detail::DotBody<typename X::value_type, typename Y::value_type>{
                           detail::from_column(xs, first), detail::from_column(ys, first)},
                       dots + first);
  });
}

/// The k inner products x(:, c) . y(:, c).
template <class Exec, class X, class Y>
std::vector<double> dot(Exec const& exec, X const& x, Y const& y) {
  std::vector<double> dots(detail::num_columns(x));
  dot(exec, x, y, dots.data());
  return dots;
}

/// One pass: dots[2c] = x(:, c) . y(:, c), dots[2c+1] = x(:, c) . z(:, c). Waits for the result.
/// \param[out] dots [2k], host memory
template <class Exec, class X, class Y, class Z>
void dot2(Exec const& exec, X const& x, Y const& y, Z const& z, double* dots) {
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  auto const xs = detail::columns("dot2", x, n, k);
  auto const ys = detail::columns("dot2", y, n, k);
  auto const zs = detail::columns("dot2", z, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch_sum(
        exec, "nacre::dot2", n, count,
        detail::Dot2Body<typename X::value_type, typename Y::value_type, typename Z::value_type>{
            detail::from_column(xs, first), detail::from_column(ys, first), detail::from_column(zs, first)},
        dots + 2 * first);
  });
}

/// One pass: y(:, c) += a(c) x(:, c), then dots[2c] = y . y and dots[2c+1] = y . z of the new y. Waits for
/// the result. \param x, z      [n, k]; z may be y \param[out] dots [2k], host memory
template <class Exec, class X, class Y, class Z>
void axpy_dot(Exec const& exec, PerColumn const& a, X const& x, Y const& y, Z const& z, double* dots) {
  std::size_t const n = x.extent(0), k = detail::num_columns(x);
  a.check_size("axpy_dot", k);
  auto const xs = detail::columns("axpy_dot", x, n, k);
  auto const ys = detail::columns("axpy_dot", y, n, k);
  auto const zs = detail::columns("axpy_dot", z, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch_sum(
        exec, "nacre::axpy_dot", n, count,
        detail::AxpyDotBody<typename X::value_type, typename Y::non_const_value_type, typename Z::value_type>{
            {a, first, count},
            detail::from_column(xs, first),
            detail::from_column(ys, first),
            detail::from_column(zs, first)},
        dots + 2 * first);
  });
}

/// One pass of conjugate gradients: x += alpha p, r -= alpha q, dots[c] = r(:, c) . r(:, c). Waits for the
/// result. \param p, q         [n, k] \param[in,out] x, r [n, k] \param[out] dots    [k], host memory
template <class Exec, class P, class Q, class X, class R>
void cg_update(Exec const& exec, PerColumn const& alpha, P const& p, Q const& q, X const& x, R const& r,
               double* dots) {
  using T = typename X::non_const_value_type;
  std::size_t const n = p.extent(0), k = detail::num_columns(p);
  alpha.check_size("cg_update", k);
  detail::Columns<T const> const ps{detail::columns("cg_update", p, n, k).data,
                                    detail::columns("cg_update", p, n, k).stride};
  detail::Columns<T const> const qs{detail::columns("cg_update", q, n, k).data,
                                    detail::columns("cg_update", q, n, k).stride};
  auto const xs = detail::columns("cg_update", x, n, k);
  auto const rs = detail::columns("cg_update", r, n, k);
  detail::for_column_groups(k, [&](std::size_t first, int count) {
    detail::launch_sum(exec, "nacre::cg_update", n, count,
                       detail::CgUpdateBody<T const, T>{{alpha, first, count},
                                                        detail::from_column(ps, first),
                                                        detail::from_column(qs, first),
                                                        detail::from_column(xs, first),
                                                        detail::from_column(rs, first)},
                       dots + first);
  });
}

/// dots[j] = v(:, j) . x for every column of v. Waits for the result.
/// \param v         [n, m]
/// \param x         [n]
/// \param[out] dots [m], host memory
template <class Exec, class V, class X>
void dot_each(Exec const& exec, V const& v, X const& x, double* dots) {
  std::size_t const n = v.extent(0), m = detail::num_columns(v);
  auto const vs = detail::columns("dot_each", v, n, m);
  auto const xs = detail::columns("dot_each", x, n, 1);
  detail::for_column_groups(m, [&](std::size_t first, int count) {
    detail::launch_sum(exec, "nacre::dot_each", n, count,
                       detail::DotEachBody<typename V::value_type, typename X::value_type>{
                           detail::from_column(vs, first), xs.data},
                       dots + first);
  });
}

/// y += sum over j of a(j) v(:, j).
/// \param a         [m]
/// \param v         [n, m]
/// \param[in,out] y [n]
template <class Exec, class V, class Y>
void combine(Exec const& exec, PerColumn const& a, V const& v, Y const& y) {
  std::size_t const n = v.extent(0), m = detail::num_columns(v);
  a.check_size("combine", m);
  auto const vs = detail::columns("combine", v, n, m);
  auto const ys = detail::columns("combine", y, n, 1);
  detail::for_column_groups(m, [&](std::size_t first, int count) {
    detail::launch(exec, "nacre::combine", n, count,
                   detail::CombineBody<typename V::value_type, typename Y::non_const_value_type>{
                       {a, first, count}, detail::from_column(vs, first), ys.data});
  });
}

}  // namespace nacre
