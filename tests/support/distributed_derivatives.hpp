#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include <nacre/core/operation.hpp>

#include "support/distributed.hpp"

/// \file
/// Derivatives of operations whose inputs and results are spread over ranks.

namespace nacre::test {

/// How an input or a result lives on the ranks: it decides what an inner product counts.
enum class Spread { owned, replicated };

namespace detail {

/// A view that owns its memory, as Op gives or gets it.
template <class V>
using Owning =
    Kokkos::View<typename V::non_const_data_type, typename V::array_layout, typename V::device_type>;

template <class V, class Extents>
Owning<V> make(std::string const& label, Extents const& n) {
  if constexpr (compat::kRank<V> == 1)
    return Owning<V>(label, n[0]);
  else
    return Owning<V>(label, n[0], n[1]);
}

/// The shape of v, entries by a hash of rank, position and seed; replicated ones are the same everywhere.
template <class V>
Owning<V> random_like(Comm const& comm, V const& v, Spread spread, unsigned seed) {
  auto const result = make<V>("random", extents_of(v));
  auto const h = Kokkos::create_mirror_view(result);
  for (std::size_t i = 0; i < h.size(); ++i)
    h.data()[i] = static_cast<typename V::non_const_value_type>(
        scattered(static_cast<GlobalOrdinal>(i), spread == Spread::owned ? comm.rank() : 0, seed));
  Kokkos::deep_copy(result, h);
  return result;
}

/// <a, b> over all ranks, replicated entries counted once.
template <class A, class B>
double product(Comm const& comm, A const& a, B const& b, Spread spread) {
  auto const ha = to_host(a);
  auto const hb = to_host(b);
  double sum = 0;
  if (spread == Spread::owned || comm.rank() == 0)
    for (std::size_t i = 0; i < ha.size(); ++i)
      sum += static_cast<double>(ha.data()[i]) * static_cast<double>(hb.data()[i]);
  return comm.sum(sum);
}

template <class X, class V>
void add_scaled(X const& x, double h, V const& v) {
  auto const hx = to_host(x);
  auto const hv = to_host(v);
  for (std::size_t i = 0; i < hx.size(); ++i) hx.data()[i] += h * hv.data()[i];
  Kokkos::deep_copy(x, hx);
}

template <class F, std::size_t... I>
void for_each_index(F const& f, std::index_sequence<I...>) {
  (f(std::integral_constant<std::size_t, I>{}), ...);
}

}  // namespace detail

/// An operation on inputs that are spread over ranks, for tests: calls its members as a tape would.
template <class Op, class... In>
class DistributedCheck {
 public:
  using Result = OpResult<Op, OpInput<In>...>;
  using Bars = std::tuple<OpOutput<In>...>;

  DistributedCheck(Comm const& comm_, Op const& op_, std::array<Spread, sizeof...(In)> const& of_,
                   Spread result_, In const&... in_)
      : comm(comm_), op(op_), of(of_), result(result_), in(in_...) {}

  detail::Owning<Result> forward() const {
    return std::apply(
        [&](auto const&... x) {
          auto const y = detail::make<Result>("y", op.output_extents(as_op_input(x)...));
          op.forward(exec, Result(y), as_op_input(x)...);
          return y;
        },
        in);
  }
  template <class Y>
  void adjoint(Y const& y, Y const& y_bar, Bars const& bars) const {
    std::apply([&](auto const&... x) { adjoint_of(Result(y), Result(y_bar), bars, as_op_input(x)...); }, in);
  }

  /// Expects that the adjoint agrees with central differences to `tolerance` for each input, that it adds to
  /// what its cotangents hold, and that it gives the same when other cotangents are unwanted.
  void run(double tolerance = 1e-6, double same = 1e-12) const {
    auto const y = forward();
    auto const y_bar = detail::random_like(comm, y, result, 11);
    auto const start = random_inputs(21), bar = random_inputs(21);
    adjoint(y, y_bar, to_bars(bar));
    auto const check = [&](auto index) {
      constexpr std::size_t I = decltype(index)::value;
      auto const x = std::get<I>(in);
      auto const v = detail::random_like(comm, x, of[I], 31 + I);
      auto const keep = to_host(x);
      double const h = 1e-5;
      detail::add_scaled(x, h, v);
      auto const plus = forward();
      detail::add_scaled(x, -2 * h, v);
      auto const minus = forward();
      Kokkos::deep_copy(x, keep);
      double const differences =
          (detail::product(comm, y_bar, plus, result) - detail::product(comm, y_bar, minus, result)) /
          (2 * h);
      double const derivative = detail::product(comm, std::get<I>(bar), v, of[I]) -
                                detail::product(comm, std::get<I>(start), v, of[I]);
      EXPECT_NEAR(derivative, differences, tolerance * std::fmax(1., std::fabs(differences)))
          << op.name << ", input " << I << " on " << comm.size() << " ranks";

      Bars alone;  // the others are unwanted
      auto const one = detail::random_like(comm, x, of[I], 21);
      std::get<I>(alone) = one;
      forward();
      adjoint(y, y_bar, alone);
      auto const a = to_host(one), b = to_host(std::get<I>(bar));
      for (std::size_t e = 0; e < a.size(); ++e)
        EXPECT_NEAR(a.data()[e], b.data()[e], same * std::fmax(1., std::fabs(b.data()[e])))
            << op.name << ", input " << I << " alone";
    };
    detail::for_each_index(check, std::index_sequence_for<In...>());
  }

  Comm comm;
  Op op;
  std::array<Spread, sizeof...(In)> of;
  Spread result;
  std::tuple<In...> in;
  ExecOf<DefaultDevice> exec;

 private:
  template <class... X>
  void adjoint_of(Result const& y, Result const& y_bar, Bars const& bars, X const&... x) const {
    std::apply([&](auto const&... bar) { op.adjoint(exec, y, y_bar, x..., bar...); }, bars);
  }
  std::tuple<detail::Owning<In>...> random_inputs(unsigned seed) const {
    return random_inputs(seed, std::index_sequence_for<In...>());
  }
  template <std::size_t... I>
  std::tuple<detail::Owning<In>...> random_inputs(unsigned seed, std::index_sequence<I...>) const {
    return {detail::random_like(comm, std::get<I>(in), of[I], seed)...};
  }
  static Bars to_bars(std::tuple<detail::Owning<In>...> const& views) {
    return std::apply([](auto const&... v) { return Bars(v...); }, views);
  }
};

}  // namespace nacre::test
