#pragma once

#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/row_parts.hpp>

/// \file
/// Rows of a matrix brought to mean zero and variance one, then scaled and shifted by column.

namespace nacre {

namespace detail {

/// (x(i, j) - mean) factor
template <class X>
struct DeviationInRow {
  Strided<X> x;
  std::int64_t i;
  double mean;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t j) const {
    return static_cast<double>(x(i, j)) - mean;
  }
};
template <class X>
struct SquareInRow {
  DeviationInRow<X> deviation;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t j) const {
    double const d = deviation(j);
    return d * d;
  }
};

struct RowStatistics {
  double mean, rstd;  // rstd = 1 / sqrt(variance + eps)
};

template <class X>
KOKKOS_INLINE_FUNCTION RowStatistics row_statistics(Strided<X> const& x, std::int64_t i, std::int64_t width,
                                                    double eps) {
  auto const k = static_cast<double>(width);
  double const mean = sum_of_terms<double>(DeviationInRow<X>{x, i, 0}, 0, width) / k;
  double const variance = sum_of_terms<double>(SquareInRow<X>{{x, i, mean}}, 0, width) / k;
  return {mean, 1 / compat::sqrt(variance + eps)};
}

template <class X, class G, class B, class Y>
struct LayerNormBody {
  Strided<X> x;
  G const* gamma;
  B const* beta;
  Strided<Y> y;
  std::int64_t width;
  double eps;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    RowStatistics const s = row_statistics(x, i, width, eps);
    for (std::int64_t j = 0; j < width; ++j) {
      auto const normalized = static_cast<Y>((static_cast<double>(x(i, j)) - s.mean) * s.rstd);
      y(i, j) = static_cast<Y>(gamma[j]) * normalized + static_cast<Y>(beta[j]);
    }
  }
};

/// gamma(j) y_bar(i, j), the cotangent of the normalized entry, and its product with that entry
template <class X, class G, class YBar>
struct NormalizedBar {
  Strided<X> x;
  G const* gamma;
  Strided<YBar> y_bar;
  std::int64_t i;
  RowStatistics s;
  KOKKOS_INLINE_FUNCTION double normalized(std::int64_t j) const {
    return (static_cast<double>(x(i, j)) - s.mean) * s.rstd;
  }
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t j) const {
    return static_cast<double>(gamma[j]) * static_cast<double>(y_bar(i, j));
  }
};
template <class Bar>
struct TimesNormalized {
  Bar bar;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t j) const { return bar(j) * bar.normalized(j); }
};

/// A row of x_bar, and what the row adds to gamma_bar and beta_bar: to sums[0 ... k-1] and
/// sums[k ... 2k-1] on a host; on a device the statistics are kept for the sums by column.
template <class X, class G, class YBar, class XBar>
struct LayerNormAdjointBody {
  Strided<X> x;
  G const* gamma;
  Strided<YBar> y_bar;
  Strided<XBar> x_bar;        // null: not wanted
  RowStatistics* statistics;  // null: not wanted
  std::int64_t width;
  double eps;
  bool sum;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    RowStatistics const s = row_statistics(x, i, width, eps);
    if (statistics != nullptr) statistics[i] = s;
    if (x_bar.data != nullptr) add_row(i, s);
  }
  void operator()(std::int64_t i, double* sums) const {
    RowStatistics const s = row_statistics(x, i, width, eps);
    if (x_bar.data != nullptr) add_row(i, s);
    if (sum)
      for (std::int64_t j = 0; j < width; ++j) {
        auto const bar = static_cast<double>(y_bar(i, j));
        sums[j] += bar * ((static_cast<double>(x(i, j)) - s.mean) * s.rstd);
        sums[width + j] += bar;
      }
  }
  KOKKOS_FORCEINLINE_FUNCTION void add_row(std::int64_t i, RowStatistics const& s) const {
    using Bar = NormalizedBar<X, G, YBar>;
    Bar const bar{x, gamma, y_bar, i, s};
    auto const k = static_cast<double>(width);
    double const mean = sum_of_terms<double>(bar, 0, width) / k;
    double const slope = sum_of_terms<double>(TimesNormalized<Bar>{bar}, 0, width) / k;
    for (std::int64_t j = 0; j < width; ++j)
      x_bar(i, j) += static_cast<XBar>(s.rstd * (bar(j) - mean - bar.normalized(j) * slope));
  }
};

/// y_bar(i, j) times the normalized entry
template <class X, class YBar>
struct LayerNormGammaTerm {
  Strided<X> x;
  Strided<YBar> y_bar;
  RowStatistics const* statistics;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i, std::int64_t j) const {
    RowStatistics const s = statistics[i];
    return static_cast<double>(y_bar(i, j)) * ((static_cast<double>(x(i, j)) - s.mean) * s.rstd);
  }
};

/// Adds the sums of the first half to one vector and those of the second to another, unless null.
template <class First, class Second>
struct AddHalves {
  First* first;
  Second* second;
  std::int64_t half;
  void operator()(std::int64_t j, TotalOfParts const& total) const {
    if (first != nullptr) first[j] += static_cast<First>(total(j));
    if (second != nullptr) second[j] += static_cast<Second>(total(half + j));
  }
};

}  // namespace detail

/// y(i, j) = gamma(j) z(i, j) + beta(j) with z(i, j) = (x(i, j) - mean(i)) rstd(i), the mean of row i, and
/// rstd(i) = 1 / sqrt(variance of row i + eps), the variance the mean square of what differs from the mean. Ba,
/// Kiros and Hinton (2016), "Layer normalization", equation 4.
///
/// `beta_bar(j) += sum over i of y_bar(i, j)`, `gamma_bar(j) += sum over i of y_bar(i, j) z(i, j)`, and with
/// g(i, j) = gamma(j) y_bar(i, j) and row means <.>, `x_bar(i, j) += rstd(i) (g(i, j) - <g> - z(i, j) <g z>)`.
///
/// x [n, k], gamma [k], beta [k] -> [n, k]
template <class Device = DefaultDevice>
struct LayerNormOp {
  static constexpr char const* name = "nacre::layer_norm";
  double eps = 1e-5;
  detail::SharedBuffer<typename Device::memory_space> work = {};

  template <class X, class G, class B>
  std::array<std::size_t, 2> output_extents(X const& x, G const&, B const&) const {
    return {{x.extent(0), x.extent(1)}};
  }
  template <class Exec, class Y, class X, class G, class B>
  void forward(Exec const& exec, Y const& y, X const& x, G const& gamma, B const& beta) const {
    check_extent("layer_norm", gamma, 0, x.extent(1), "the number of columns of x");
    check_extent("layer_norm", beta, 0, x.extent(1), "the number of columns of x");
    detail::check_same_shape("layer_norm", y, x, "the extent of x");
    if (y.size() == 0) return;
    Kokkos::parallel_for(name, range_of_entries(exec, x.extent(0)),
                         detail::LayerNormBody<typename X::value_type, typename G::non_const_value_type,
                                               typename B::non_const_value_type, typename Y::value_type>{
                             detail::strided(x), gamma.data(), beta.data(), detail::strided(y),
                             static_cast<std::int64_t>(x.extent(1)), eps});
  }
  template <class Exec, class Y, class YBar, class X, class G, class B, class XBar, class GBar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, G const& gamma, B const&,
               XBar const& x_bar, GBar const& gamma_bar, BBar const& beta_bar) const {
    using TX = typename X::value_type;
    using TBar = typename YBar::value_type;
    using TG = typename GBar::non_const_value_type;
    using TB = typename BBar::non_const_value_type;
    std::size_t const n = x.extent(0), k = x.extent(1);
    if (y_bar.size() == 0) return;
    bool const sum = is_given(gamma_bar) || is_given(beta_bar);
    detail::LayerNormAdjointBody<TX, typename G::non_const_value_type, TBar, typename XBar::value_type> body{
        detail::strided(x),
        gamma.data(),
        detail::strided(y_bar),
        detail::strided(x_bar),
        nullptr,
        static_cast<std::int64_t>(k),
        eps,
        sum};
    if constexpr (kOnHost<Device>) {
      detail::for_each_row_with_sums(
          exec, "nacre::layer_norm_adjoint", work, n, sum ? 2 * k : 0, body, sum ? k : 0,
          detail::AddHalves<TG, TB>{gamma_bar.data(), beta_bar.data(), static_cast<std::int64_t>(k)});
    } else {
      if (is_given(gamma_bar)) body.statistics = work.template get<detail::RowStatistics>(n);
      if (is_given(gamma_bar) || is_given(x_bar))
        Kokkos::parallel_for("nacre::layer_norm_adjoint", range_of_entries(exec, n), body);
      if (is_given(gamma_bar))
        detail::for_each_column_sum(
            exec, "nacre::layer_norm_adjoint::gamma", n, k,
            detail::LayerNormGammaTerm<TX, TBar>{detail::strided(x), detail::strided(y_bar), body.statistics},
            detail::AddTo<TG>{gamma_bar.data()});
      if (is_given(beta_bar))
        detail::for_each_column_sum(exec, "nacre::layer_norm_adjoint::beta", n, k,
                                    detail::EntryTerm<TBar>{detail::strided(y_bar)},
                                    detail::AddTo<TB>{beta_bar.data()});
    }
  }
};

}  // namespace nacre
