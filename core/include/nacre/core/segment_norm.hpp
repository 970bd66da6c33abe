#pragma once

#include <nacre/core/comm_ops.hpp>
#include <nacre/core/segment_sums.hpp>
#include <nacre/core/shared_segments.hpp>

/// \file
/// Means and deviations of the columns of each segment of rows, and rows brought to mean zero and variance one
/// by them: batch normalization and, by segments that are graphs, instance normalization.

namespace nacre {

namespace detail {

template <class X>
struct SumColumnsBody {
  Strided<X> x;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION double term(std::int64_t i, std::int64_t j) const {
    return static_cast<double>(x(i, j));
  }
  void operator()(std::int64_t i, double* sums) const {
    for (std::int64_t j = 0; j < width; ++j) sums[j] += term(i, j);
  }
};

template <class X>
struct SumSquaresBody {
  Strided<X> x;
  double const* mean;  // [G, width]
  Ordinal const* segment;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION double term(std::int64_t i, std::int64_t j) const {
    double const d = static_cast<double>(x(i, j)) - mean[segment[i] * width + j];
    return d * d;
  }
  void operator()(std::int64_t i, double* sums) const {
    double const* const own = mean + segment[i] * width;
    for (std::int64_t j = 0; j < width; ++j) {
      double const d = static_cast<double>(x(i, j)) - own[j];
      sums[j] += d * d;
    }
  }
};

/// mean(g, j) = sum(g, j) / count(g), zero where there are no rows
struct DivideByCountBody {
  double const* count;
  double* sum;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t e) const {
    double const n = count[e / width];
    sum[e] = n > 0 ? sum[e] / n : 0;
  }
};

/// From mean and sum of squares, both [G, width], to the rows of y.
template <class Y>
struct StoreStatisticsBody {
  double const *count, *mean, *square;
  Strided<Y> y;
  std::int64_t num_segments, width;
  double eps;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t e) const {
    std::int64_t const g = e / width, j = e % width;
    double const variance = count[g] > 0 ? square[e] / count[g] : 0;
    y(g, j) = static_cast<Y>(mean[e]);
    y(num_segments + g, j) = static_cast<Y>(1 / compat::sqrt(variance + eps));
  }
};

/// x_bar(i, j) += (mean_bar - rstd_bar rstd^3 (x(i, j) - mean)) / count, of the segment of row i
template <class X, class Y, class XBar>
struct SegmentStatisticsAdjointBody {
  Ordinal const* segment;
  double const* count;
  Strided<X> x;
  Strided<Y> y;
  Y const* y_bar;  // [2G, width], contiguous rows
  Strided<XBar> x_bar;
  std::int64_t num_segments, width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    std::int64_t const g = segment[i], r = num_segments + g;
    auto const rstd = static_cast<double>(y(r, j));
    double const of_rstd = static_cast<double>(y_bar[r * width + j]) * rstd * rstd * rstd;
    double const deviation = static_cast<double>(x(i, j)) - static_cast<double>(y(g, j));
    x_bar(i, j) +=
        static_cast<XBar>((static_cast<double>(y_bar[g * width + j]) - of_rstd * deviation) / count[g]);
  }
};

template <class X, class S, class Y>
struct NormalizeSegmentsBody {
  Ordinal const* segment;
  Strided<X> x;
  Strided<S> stats;
  Strided<Y> y;
  std::int64_t num_segments;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    std::int64_t const g = segment[i];
    y(i, j) =
        (static_cast<Y>(x(i, j)) - static_cast<Y>(stats(g, j))) * static_cast<Y>(stats(num_segments + g, j));
  }
};

/// A row of x_bar, and what the row adds to the cotangents of its segment's means, sums[0 ... k-1], and
/// reciprocal deviations, sums[k ... 2k-1].
template <class X, class S, class YBar, class XBar>
struct NormalizeSegmentsAdjointBody {
  Ordinal const* segment;
  Strided<X> x;
  Strided<S> stats;
  Strided<YBar> y_bar;
  Strided<XBar> x_bar;  // null: not wanted
  std::int64_t num_segments, width;
  KOKKOS_INLINE_FUNCTION double term(std::int64_t i, std::int64_t s) const {
    std::int64_t const g = segment[i];
    if (s < width) return -static_cast<double>(y_bar(i, s)) * static_cast<double>(stats(num_segments + g, s));
    std::int64_t const j = s - width;
    return static_cast<double>(y_bar(i, j)) *
           (static_cast<double>(x(i, j)) - static_cast<double>(stats(g, j)));
  }
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    x_bar(i, j) += static_cast<XBar>(y_bar(i, j) * static_cast<YBar>(stats(num_segments + segment[i], j)));
  }
  void operator()(std::int64_t i, double* sums) const {
    if (x_bar.data != nullptr)
      for (std::int64_t j = 0; j < width; ++j) (*this)(i, j);
    std::int64_t const g = segment[i], r = num_segments + g;
    for (std::int64_t j = 0; j < width; ++j) {
      auto const bar = static_cast<double>(y_bar(i, j));
      sums[j] -= bar * static_cast<double>(stats(r, j));
      sums[width + j] += bar * (static_cast<double>(x(i, j)) - static_cast<double>(stats(g, j)));
    }
  }
};

/// The sum numbered g 2k + s goes to row g, s < k, or G + g of stats_bar.
template <class SBar>
struct AddToStatistics {
  Strided<SBar> stats_bar;
  std::int64_t num_segments, width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at, double sum) const {
    std::int64_t const g = at / (2 * width), s = at % (2 * width);
    stats_bar(s < width ? g : num_segments + g, s % width) += static_cast<SBar>(sum);
  }
};

}  // namespace detail

/// Of the rows of each segment g, over all ranks and for each column j: y(g, j) is the mean and y(G + g, j) the
/// reciprocal deviation 1 / sqrt(variance + eps), the variance the mean square of what differs from the mean.
/// y is this rank's copy. Collective.
///
/// With y_bar summed over the ranks: `x_bar(i, j) += (y_bar(g, j) - y_bar(G + g, j) y(G + g, j)^3 (x(i, j) -
/// y(g, j))) / count(g)`, g the segment of row i. Ioffe and Szegedy (2015), "Batch normalization: accelerating
/// deep network training by reducing internal covariate shift", algorithm 1.
///
/// x [n, k], rows of this rank -> [2G, k]
template <class Device = DefaultDevice>
class SegmentStatisticsOp {
 public:
  static constexpr char const* name = "nacre::segment_statistics";
  static constexpr bool collective = true;

  /// \param segments rows of each on this rank, in order; maybe none
  /// \throws nacre::Error if eps is not positive
  explicit SegmentStatisticsOp(SharedSegments<Device> const& segments, double eps = 1e-5)
      : segments_(segments), eps_(eps) {
    if (!(eps_ > 0)) fail(cat("segment_statistics: eps = ", eps_, ", expected a positive number"));
  }

  template <class X>
  std::array<std::size_t, 2> output_extents(X const& x) const {
    return {{2 * segments_.num_segments(), x.extent(1)}};
  }

  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    using TX = typename X::value_type;
    std::size_t const G = segments_.num_segments(), k = x.extent(1);
    check_extent("segment_statistics", x, 0, segments_.here().size(), "the number of rows in segments");
    check_extent("segment_statistics", y, 0, 2 * G, "twice the number of segments");
    check_extent("segment_statistics", y, 1, k, "the number of columns of x");
    if (G * k == 0) return;
    auto const width = static_cast<std::int64_t>(k);
    auto const mean = numbers_.template get<double>(2 * G * k);
    double* const square = mean + G * k;
    auto const xs = detail::strided(x);
    detail::for_each_segment_sum(exec, "nacre::segment_statistics::mean", segments_.here(), parts_, k,
                                 detail::SumColumnsBody<TX>{xs, width}, detail::SetTo<double>{mean});
    detail::sum_over_ranks(exec, segments_.comm(), staging_, mean, G * k);
    Kokkos::parallel_for("nacre::segment_statistics::mean", range_of_entries(exec, G * k),
                         detail::DivideByCountBody{segments_.count().data(), mean, width});
    detail::for_each_segment_sum(
        exec, "nacre::segment_statistics::variance", segments_.here(), parts_, k,
        detail::SumSquaresBody<TX>{xs, mean, segments_.here().segment_of().data(), width},
        detail::SetTo<double>{square});
    detail::sum_over_ranks(exec, segments_.comm(), staging_, square, G * k);
    using TY = typename Y::value_type;
    Kokkos::parallel_for(
        name, range_of_entries(exec, G * k),
        detail::StoreStatisticsBody<TY>{segments_.count().data(), mean, square, detail::strided(y),
                                        static_cast<std::int64_t>(G), width, eps_});
  }

  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const& y, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    using T = typename YBar::non_const_value_type;
    // a rank without rows cannot tell whether x_bar is wanted, but the others wait for it
    if (y_bar.size() == 0 || !(is_given(x_bar) || segments_.some_rank_has_none())) return;
    using Numbers = Kokkos::View<T**, Kokkos::LayoutRight, Device, Kokkos::MemoryUnmanaged>;
    Numbers const total(numbers_.template get<T>(y_bar.size()), y_bar.extent(0), y_bar.extent(1));
    Kokkos::deep_copy(exec, total, y_bar);
    detail::sum_over_ranks(exec, segments_.comm(), staging_, total.data(), total.size());
    if (is_given(x_bar))
      detail::for_each_matrix_entry(
          exec, "nacre::segment_statistics_adjoint", x.extent(0), x.extent(1),
          detail::SegmentStatisticsAdjointBody<typename X::value_type, T const, typename XBar::value_type>{
              segments_.here().segment_of().data(), segments_.count().data(), detail::strided(x),
              detail::Strided<T const>{y.data(), detail::strided(y).row_stride,
                                       detail::strided(y).col_stride},
              total.data(), detail::strided(x_bar), static_cast<std::int64_t>(segments_.num_segments()),
              static_cast<std::int64_t>(x.extent(1))});
  }

 private:
  SharedSegments<Device> segments_;
  double eps_;
  detail::SharedBuffer<typename Device::memory_space> numbers_, parts_;
  detail::SharedBuffer<Kokkos::HostSpace> staging_;
};

/// y(i, j) = (x(i, j) - stats(g, j)) stats(G + g, j), g the segment of row i, stats those of
/// SegmentStatisticsOp or averages of them.
///
/// `x_bar(i, j) += y_bar(i, j) stats(G + g, j)`, `stats_bar(g, j) -= stats(G + g, j) sum of y_bar(i, j)` and
/// `stats_bar(G + g, j) += sum of y_bar(i, j) (x(i, j) - stats(g, j))`, over the rows of segment g on this rank.
///
/// x [n, k], stats [2G, k] -> [n, k]
template <class Device = DefaultDevice>
struct NormalizeSegmentsOp {
  static constexpr char const* name = "nacre::normalize_segments";
  Segments<Device> segments;  ///< in order
  detail::SharedBuffer<typename Device::memory_space> parts = {};

  template <class X, class S>
  std::array<std::size_t, 2> output_extents(X const& x, S const&) const {
    return {{x.extent(0), x.extent(1)}};
  }
  template <class Exec, class Y, class X, class S>
  void forward(Exec const& exec, Y const& y, X const& x, S const& stats) const {
    check_extent("normalize_segments", x, 0, segments.size(), "the number of rows in segments");
    check_extent("normalize_segments", stats, 0, 2 * segments.num_segments(), "twice the number of segments");
    check_extent("normalize_segments", stats, 1, x.extent(1), "the number of columns of x");
    detail::check_same_shape("normalize_segments", y, x, "the extent of x");
    detail::for_each_matrix_entry(
        exec, name, x.extent(0), x.extent(1),
        detail::NormalizeSegmentsBody<typename X::value_type, typename S::value_type, typename Y::value_type>{
            segments.segment_of().data(), detail::strided(x), detail::strided(stats), detail::strided(y),
            static_cast<std::int64_t>(segments.num_segments())});
  }
  template <class Exec, class Y, class YBar, class X, class S, class XBar, class SBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, S const& stats, XBar const& x_bar,
               SBar const& stats_bar) const {
    std::size_t const n = x.extent(0), k = x.extent(1);
    auto const G = static_cast<std::int64_t>(segments.num_segments());
    detail::NormalizeSegmentsAdjointBody<typename X::value_type, typename S::value_type,
                                         typename YBar::value_type, typename XBar::value_type>
        body{segments.segment_of().data(), detail::strided(x),     detail::strided(stats),
             detail::strided(y_bar),       detail::strided(x_bar), G,
             static_cast<std::int64_t>(k)};
    // one pass on a host, which sums row by row
    if (is_given(x_bar) && !(kOnHost<Device> && is_given(stats_bar)))
      detail::for_each_matrix_entry(exec, "nacre::normalize_segments_adjoint", n, k, body);
    if (is_given(stats_bar))
      detail::for_each_segment_sum(exec, "nacre::normalize_segments_adjoint::stats", segments, parts, 2 * k,
                                   body,
                                   detail::AddToStatistics<typename SBar::value_type>{
                                       detail::strided(stats_bar), G, static_cast<std::int64_t>(k)});
  }
};

}  // namespace nacre
