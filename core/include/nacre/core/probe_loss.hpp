#pragma once

#include <string>

#include <nacre/core/operation.hpp>
#include <nacre/core/segment_sums.hpp>

/// \file
/// How far an approximate inverse is from one, by what it makes of random vectors.

namespace nacre {

/// Of d = M r and u = A d for a preconditioner M, a vector r, and x with A x = r where it is needed. delta = 1e-6 keeps
/// quotients finite; it is added to the norms of cosines and to |r|^2 of the projection as well.
enum class ProbeLoss {
  relative_residual,  ///< |u - r|^2 / (|r|^2 + delta)
  residual,           ///< the mean of (u - r)^2 over all unknowns of the batch
  absolute,           ///< the mean of |u - r|
  relative_error,     ///< |d - x|^2 / (|x|^2 + delta)
  cosine,             ///< 1 - u.r / (|u| |r|)
  cosine_error,       ///< 1 - d.x / (|d| |x|)
  line_search,        ///< |a u - r|^2 / (|r|^2 + delta), a = r.d / (d.u + delta): a step of steepest descent
  line_search_error,  ///< |a d - x|^2 / (|x|^2 + delta)
  projection          ///< (|u|^2 - (u.r)^2 / |r|^2) / |r|^2
};
/// Whether the loss compares with x.
constexpr bool needs_solution(ProbeLoss loss) {
  return loss == ProbeLoss::relative_error || loss == ProbeLoss::cosine_error ||
         loss == ProbeLoss::line_search_error;
}
/// By its enumerator's name. \throws nacre::Error if there is none of that name
ProbeLoss probe_loss_by_name(std::string const& name);
char const* to_string(ProbeLoss loss);

namespace detail {

/// Inner products of a graph's vectors, and what follows from them.
struct ProbeSums {
  enum Index { ee, rr, ur, uu, rd, du, dd, dx, xx, ff, abs_e, kCount };
};

/// The loss of one graph and the coefficients of its cotangents:
/// u_bar = ue (u - r) + uu u + ur r + ud d + us sign(u - r), d_bar = df (d - x) + dd d + dx x + dr r + du u.
struct ProbeCoefficients {
  double loss = 0, ue = 0, uu = 0, ur = 0, ud = 0, us = 0, df = 0, dd = 0, dx = 0, dr = 0, du = 0;
};

KOKKOS_INLINE_FUNCTION ProbeCoefficients probe_coefficients(ProbeLoss which, double const* s,
                                                            double one_over_all) {
  constexpr double kDelta = 1e-6;
  using S = ProbeSums;
  ProbeCoefficients c;
  double const rho = s[S::rr] + kDelta, rho_x = s[S::xx] + kDelta;
  switch (which) {
    case ProbeLoss::relative_residual:
      c.loss = s[S::ee] / rho;
      c.ue = 2 / rho;
      break;
    case ProbeLoss::residual:
      c.loss = s[S::ee] * one_over_all;
      c.ue = 2 * one_over_all;
      break;
    case ProbeLoss::absolute:
      c.loss = s[S::abs_e] * one_over_all;
      c.us = one_over_all;
      break;
    case ProbeLoss::relative_error:
      c.loss = s[S::ff] / rho_x;
      c.df = 2 / rho_x;
      break;
    case ProbeLoss::cosine: {
      double const u = compat::sqrt(s[S::uu]) + kDelta, r = compat::sqrt(s[S::rr]) + kDelta;
      c.loss = 1 - s[S::ur] / (u * r);
      c.ur = -1 / (u * r);
      c.uu = s[S::ur] / (u * u * r * (u - kDelta + 1e-300));
      break;
    }
    case ProbeLoss::cosine_error: {
      double const d = compat::sqrt(s[S::dd]) + kDelta, x = compat::sqrt(s[S::xx]) + kDelta;
      c.loss = 1 - s[S::dx] / (d * x);
      c.dx = -1 / (d * x);
      c.dd = s[S::dx] / (d * d * x * (d - kDelta + 1e-300));
      break;
    }
    case ProbeLoss::line_search: {
      double const q = s[S::du] + kDelta, a = s[S::rd] / q;
      c.loss = (a * a * s[S::uu] - 2 * a * s[S::ur] + s[S::rr]) / rho;
      double const a_bar = (2 * a * s[S::uu] - 2 * s[S::ur]) / rho;
      c.uu = 2 * a * a / rho;
      c.ur = -2 * a / rho;
      c.dr = a_bar / q;
      c.du = -a_bar * a / q;
      c.ud = -a_bar * a / q;
      break;
    }
    case ProbeLoss::line_search_error: {
      double const q = s[S::du] + kDelta, a = s[S::rd] / q;
      c.loss = (a * a * s[S::dd] - 2 * a * s[S::dx] + s[S::xx]) / rho_x;
      double const a_bar = (2 * a * s[S::dd] - 2 * s[S::dx]) / rho_x;
      c.dd = 2 * a * a / rho_x;
      c.dx = -2 * a / rho_x;
      c.dr = a_bar / q;
      c.du = -a_bar * a / q;
      c.ud = -a_bar * a / q;
      break;
    }
    case ProbeLoss::projection:
      c.loss = (s[S::uu] - s[S::ur] * s[S::ur] / rho) / rho;
      c.uu = 2 / rho;
      c.ur = -2 * s[S::ur] / (rho * rho);
      break;
  }
  return c;
}

template <class T>
struct ProbeTerms {
  T const *d, *u, *r, *x;  // x may be null: zero
  KOKKOS_INLINE_FUNCTION double term(std::int64_t i, std::int64_t s) const {
    using S = ProbeSums;
    double const di = static_cast<double>(d[i]), ui = static_cast<double>(u[i]),
                 ri = static_cast<double>(r[i]);
    double const xi = x != nullptr ? static_cast<double>(x[i]) : 0, e = ui - ri, f = di - xi;
    switch (s) {
      case S::ee:
        return e * e;
      case S::rr:
        return ri * ri;
      case S::ur:
        return ui * ri;
      case S::uu:
        return ui * ui;
      case S::rd:
        return ri * di;
      case S::du:
        return di * ui;
      case S::dd:
        return di * di;
      case S::dx:
        return di * xi;
      case S::xx:
        return xi * xi;
      case S::ff:
        return f * f;
      default:
        return e < 0 ? -e : e;
    }
  }
  void operator()(std::int64_t i, double* sums) const {
    for (int s = 0; s < ProbeSums::kCount; ++s) sums[s] += term(i, s);
  }
};
struct KeepSum {
  double* sums;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t s, double sum) const { sums[s] = sum; }
};
/// The total over graphs; few of them, so one work item.
template <class Y>
struct ProbeTotal {
  double const* sums;
  Y* y;
  std::int64_t num_graphs;
  ProbeLoss which;
  double factor, one_over_all;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t) const {
    double total = 0;
    for (std::int64_t g = 0; g < num_graphs; ++g)
      total += probe_coefficients(which, sums + g * ProbeSums::kCount, one_over_all).loss;
    bool const mean_of_all = which == ProbeLoss::residual || which == ProbeLoss::absolute;
    y[0] = static_cast<Y>(mean_of_all ? total : factor * total);
  }
};
template <class T, class Y, class DBar, class UBar>
struct ProbeBars {
  ProbeTerms<T> of;
  double const* sums;
  Ordinal const* graph;
  Y const* y_bar;
  DBar* d_bar;
  UBar* u_bar;
  ProbeLoss which;
  double factor, one_over_all;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    auto const c = probe_coefficients(which, sums + static_cast<std::int64_t>(graph[i]) * ProbeSums::kCount,
                                      one_over_all);
    bool const mean_of_all = which == ProbeLoss::residual || which == ProbeLoss::absolute;
    double const scale = static_cast<double>(y_bar[0]) * (mean_of_all ? 1 : factor);
    double const d = static_cast<double>(of.d[i]), u = static_cast<double>(of.u[i]),
                 r = static_cast<double>(of.r[i]), x = of.x != nullptr ? static_cast<double>(of.x[i]) : 0;
    double const sign = u > r ? 1 : u < r ? -1 : 0;
    if (u_bar != nullptr)
      u_bar[i] += static_cast<UBar>(scale * (c.ue * (u - r) + c.uu * u + c.ur * r + c.ud * d + c.us * sign));
    if (d_bar != nullptr)
      d_bar[i] += static_cast<DBar>(scale * (c.df * (d - x) + c.dd * d + c.dx * x + c.dr * r + c.du * u));
  }
};

}  // namespace detail

/// The mean over graphs of a ProbeLoss, of (d, u), each [n]: one number. r and x are constants.
template <class Scalar, class Device = DefaultDevice>
struct ProbeLossOp {
  static constexpr char const* name = "nacre::probe_loss";
  ProbeLoss which = ProbeLoss::relative_residual;
  Segments<Device> unknowns;          ///< of each graph, in order
  Vector<Scalar const, Device> r, x;  ///< [n]; x may be empty for losses that do not need it
  double one_over_graphs = 1;         ///< of the batch, on all ranks
  double one_over_unknowns = 1;       ///< for the losses that are means over them
  detail::SharedBuffer<typename Device::memory_space> work = {}, sums = {};

  template <class D, class U>
  std::array<std::size_t, 1> output_extents(D const&, U const&) const {
    return {{1}};
  }
  /// \throws nacre::Error if d, u, x or the graphs have another size than r, or the loss needs x and there is none
  template <class Exec, class Y, class D, class U>
  void forward(Exec const& exec, Y const& y, D const& d, U const& u) const {
    check_extent("probe_loss", d, 0, r.extent(0), "the length of r");
    check_extent("probe_loss", u, 0, r.extent(0), "the length of r");
    if (needs_solution(which) || x.extent(0) > 0)
      check_extent("probe_loss", x, 0, r.extent(0), "the length of r");
    if (unknowns.size() != r.extent(0))
      fail(cat("probe_loss: the graphs have ", unknowns.size(), " unknowns, but r has ", r.extent(0)));
    Kokkos::parallel_for(name, range_of_entries(exec, 1),
                         detail::ProbeTotal<typename Y::non_const_value_type>{
                             sum(exec, d, u), y.data(), static_cast<std::int64_t>(unknowns.num_segments()),
                             which, one_over_graphs, one_over_unknowns});
  }
  template <class Exec, class Y, class YBar, class D, class U, class DBar, class UBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, D const& d, U const& u, DBar const& d_bar,
               UBar const& u_bar) const {
    auto const s = sum(exec, d, u);
    Kokkos::parallel_for(
        "nacre::probe_loss_adjoint", range_of_entries(exec, r.extent(0)),
        detail::ProbeBars<Scalar, typename YBar::non_const_value_type, typename DBar::non_const_value_type,
                          typename UBar::non_const_value_type>{terms(d, u), s, unknowns.segment_of().data(),
                                                               y_bar.data(), d_bar.data(), u_bar.data(),
                                                               which, one_over_graphs, one_over_unknowns});
  }

 private:
  template <class D, class U>
  detail::ProbeTerms<Scalar> terms(D const& d, U const& u) const {
    return {d.data(), u.data(), r.data(), x.extent(0) > 0 ? x.data() : nullptr};
  }
  template <class Exec, class D, class U>
  double const* sum(Exec const& exec, D const& d, U const& u) const {
    auto* const kept = sums.template get<double>(unknowns.num_segments() * detail::ProbeSums::kCount);
    detail::for_each_segment_sum(exec, name, unknowns, work, detail::ProbeSums::kCount, terms(d, u),
                                 detail::KeepSum{kept});
    return kept;
  }
};

}  // namespace nacre
