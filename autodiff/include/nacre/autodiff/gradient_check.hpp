#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nacre/autodiff/tape.hpp>
#include <nacre/core/comm.hpp>
#include <nacre/core/random.hpp>

/// \file
/// Derivatives of an operation, or of a whole computation, against differences and against each other.

namespace nacre::ad {

/// What gradient_check() found: relative errors, zero where there is nothing to compare.
struct DerivativeErrors {
  double adjoint = 0;          ///< largest over inputs: <y_bar, J v> by central differences
  double tangent = 0;          ///< largest over inputs, and for all at once: J v by central differences
  double identity = 0;         ///< <y_bar, J v> = <J^T y_bar, v> of adjoint and tangent
  double adjoint_tangent = 0;  ///< derivative of the adjoint by central differences of it
  double unwanted = 0;         ///< a cotangent computed alone against computed with all others

  double worst() const { return std::max({adjoint, tangent, identity, adjoint_tangent, unwanted}); }
};

struct GradientCheckOptions {
  double step = 0;           ///< of differences; 0: the cube root of the precision
  std::uint64_t seed = 1;    ///< of directions and cotangents
  bool second_order = true;  ///< whether to check adjoint_tangent
  Comm comm = Comm::self();  ///< over which inner products are summed; all values must be owned then
};

namespace detail {

/// An array of its own, like a view.
template <class V>
struct Array {
  using T = typename V::non_const_value_type;
  Vector<T, typename V::device_type> data;
  OpOutput<V> view;

  using Extents = std::array<std::size_t, compat::kRank<V>>;

  explicit Array(V const& like) : Array(extents_of(like)) {}
  explicit Array(Extents const& extents)
      : data("nacre::gradient_check", std::max<std::size_t>(product(extents), 1)),
        view(make_op_view<OpOutput<V>>(data.data(), extents)) {}
  OpInput<V> input() const { return view; }
  std::size_t size() const { return view.size(); }
  std::vector<double> host() const {
    auto const h = Kokkos::create_mirror(data);
    Kokkos::deep_copy(h, data);
    return std::vector<double>(h.data(), h.data() + size());
  }
  static std::size_t product(Extents const& extents) {
    std::size_t size = 1;
    for (auto const e : extents) size *= e;
    return size;
  }
  void set(std::vector<double> const& values) const {
    auto const h = Kokkos::create_mirror(data);
    for (std::size_t i = 0; i < size(); ++i) h(i) = static_cast<T>(values[i]);
    Kokkos::deep_copy(data, h);
  }
  void set_random(std::uint64_t seed) const {
    std::vector<double> values(size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = random_uniform(seed, i, -1, 1);
    set(values);
  }
};

template <class V>
Array<V> copy_of(V const& v) {
  Array<V> copy(v);
  add_to(typename V::execution_space(), v, copy.view);
  return copy;
}

inline double dot(std::vector<double> const& a, std::vector<double> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
inline double norm(std::vector<double> const& a) { return std::sqrt(dot(a, a)); }
inline std::vector<double> combine(double a, std::vector<double> const& x, double b,
                                   std::vector<double> const& y) {
  std::vector<double> z(x.size());
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = a * x[i] + b * y[i];
  return z;
}
/// (plus - minus) factor: exactly zero where both are the same.
inline std::vector<double> scaled_difference(std::vector<double> plus, std::vector<double> const& minus,
                                             double factor) {
  for (std::size_t i = 0; i < plus.size(); ++i) plus[i] = (plus[i] - minus[i]) * factor;
  return plus;
}

/// What is checked, and the numbers at which.
template <class Exec, class Op, class... V>
class OperationCheck {
 public:
  OperationCheck(Exec const& exec, Op const& op, GradientCheckOptions const& options, V const&... in)
      : exec_(exec),
        op_(op),
        options_(options),
        in_(copy_of(in)...),
        dots_(Array<V>(in)...),
        y_(evaluate()),
        y_bar_(y_.input()),
        y_bar_dot_(y_.input()) {
    using T = typename Y::non_const_value_type;
    step_ =
        options.step > 0 ? options.step : std::cbrt(static_cast<double>(std::numeric_limits<T>::epsilon()));
    std::uint64_t seed = options.seed * 1000;
    y_bar_.set_random(++seed);
    y_bar_dot_.set_random(++seed);
    std::apply([&](auto const&... dot) { (dot.set_random(++seed), ...); }, dots_);
    std::apply([&](auto const&... x) { (start_.push_back(x.host()), ...); }, in_);
    std::apply([&](auto const&... d) { (direction_.push_back(d.host()), ...); }, dots_);
  }

  DerivativeErrors run() {
    check_first_order(std::index_sequence_for<V...>());
    if constexpr (kTangents)
      if (options_.second_order) check_second_order();
    return errors_;
  }

 private:
  using Y = OpInput<OpResult<Op, V...>>;
  using Bars = std::tuple<Array<V>...>;
  static constexpr bool kTangents = kHasTangent<Exec, Op, Y, V...>;

  Array<Y> evaluate() const {
    return std::apply(
        [&](auto const&... x) {
          Array<Y> const y(op_.output_extents(x.input()...));
          op_.forward(exec_, y.view, x.input()...);
          compat::fence(exec_, "nacre::gradient_check");
          return y;
        },
        in_);
  }
  template <class Get>
  auto inputs(Get const& get) const {
    return std::apply([&](auto const&... x) { return std::make_tuple(get(x)...); }, in_);
  }
  std::tuple<V...> values() const {
    return std::apply([](auto const&... x) { return std::tuple<V...>(x.input()...); }, in_);
  }

  /// The inputs at start + t * direction, of one input or (kAll) of all.
  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);
  void move(double t, std::size_t which = kAll) const {
    std::size_t i = 0;
    auto const one = [&](auto const& x) {
      x.set(which == kAll || which == i ? combine(1, start_[i], t, direction_[i]) : start_[i]);
      ++i;
    };
    std::apply([&](auto const&... x) { (one(x), ...); }, in_);
  }
  std::vector<double> difference(std::size_t which) const {
    move(step_, which);
    auto const plus = evaluate().host();
    move(-step_, which);
    auto const minus = evaluate().host();
    move(0);
    return scaled_difference(plus, minus, .5 / step_);
  }
  /// Adds J^T y_bar to random cotangents; returns what was added. \param only kAll, or the one that is wanted
  std::vector<std::vector<double>> adjoint(Array<Y> const& y, Array<Y> const& y_bar, std::size_t only) const {
    Bars const bars = std::apply([](auto const&... x) { return Bars(Array<V>(x.input())...); }, in_);
    std::uint64_t seed = options_.seed * 1000 + 500;
    std::vector<std::vector<double>> added;
    std::apply([&](auto const&... bar) { (bar.set_random(++seed), ...), (added.push_back(bar.host()), ...); },
               bars);
    std::size_t i = 0;
    auto const wanted = [&](auto const& bar) {
      auto view = bar.view;
      if (only != kAll && only != i) view = decltype(view)();
      ++i;
      return view;
    };
    auto const views = std::apply([&](auto const&... bar) { return std::tuple{wanted(bar)...}; }, bars);
    nacre::detail::call_adjoint(exec_, op_, y.input(), y_bar.input(), values(), views);
    compat::fence(exec_, "nacre::gradient_check");
    i = 0;
    auto const subtract = [&](auto const& bar) {
      added[i] = combine(1, bar.host(), -1, added[i]);
      ++i;
    };
    std::apply([&](auto const&... bar) { (subtract(bar), ...); }, bars);
    return added;
  }
  /// J along the direction of one input, or of all.
  std::vector<double> tangent(std::size_t which) const {
    std::size_t i = 0;
    auto const given = [&](auto const& dot) {
      auto const input = which == kAll || which == i ? dot.input() : decltype(dot.input())();
      ++i;
      return input;
    };
    std::tuple<V...> const dots =
        std::apply([&](auto const&... d) { return std::tuple<V...>{given(d)...}; }, dots_);
    Array<Y> const y_dot(y_.input());
    y_dot.set_random(options_.seed + 77);  // must be overwritten
    std::vector<std::shared_ptr<void>> scratch;
    op_tangent(exec_, op_, y_.input(), y_dot.view, values(), dots, [&](auto const& like) {
      using W = std::decay_t<decltype(like)>;
      auto const array = std::make_shared<Array<W>>(like);
      scratch.push_back(array);
      return array->view;
    });
    compat::fence(exec_, "nacre::gradient_check");
    return y_dot.host();
  }

  double sum(double local) const { return options_.comm.sum(local); }
  double norm_of(std::vector<double> const& a) const { return std::sqrt(sum(dot(a, a))); }
  static void raise(double& worst, double error, double scale) {
    double const relative = scale > 0 ? error / scale : error;
    worst = relative <= worst ? worst : relative;  // a NaN stays
  }

  template <std::size_t... I>
  void check_first_order(std::index_sequence<I...>) {
    auto const x_bar = adjoint(y_, y_bar_, kAll);
    auto const y_bar = y_bar_.host();
    double const size = norm_of(y_bar);
    for (std::size_t i : {I..., kAll}) {
      auto const by_difference = difference(i);
      double by_adjoint = 0, of_adjoint = 0;
      for (std::size_t j = 0; j < sizeof...(I); ++j)
        if (i == kAll || i == j) {
          by_adjoint += sum(dot(x_bar[j], direction_[j]));
          of_adjoint += norm_of(x_bar[j]) * norm_of(direction_[j]);
        }
      double const scale = std::max(size * norm_of(by_difference), of_adjoint * 1e-3);
      raise(errors_.adjoint, std::abs(by_adjoint - sum(dot(y_bar, by_difference))), scale);
      if constexpr (kTangents) {
        auto const by_tangent = tangent(i);
        raise(errors_.identity, std::abs(by_adjoint - sum(dot(y_bar, by_tangent))),
              std::max(size * norm_of(by_tangent), of_adjoint));
        raise(errors_.tangent, norm_of(combine(1, by_tangent, -1, by_difference)), norm_of(by_tangent));
      }
      if (i != kAll) {
        auto const alone = adjoint(y_, y_bar_, i);
        raise(errors_.unwanted, norm_of(combine(1, alone[i], -1, x_bar[i])), norm_of(x_bar[i]));
      }
    }
  }

  void check_second_order() {
    // along all directions at once, the adjoint at t with cotangent y_bar + t y_bar_dot
    auto const adjoint_at = [&](double t) {
      move(t);
      Array<Y> const y = evaluate(), y_bar(y.input());
      y_bar.set(combine(1, y_bar_.host(), t, y_bar_dot_.host()));
      auto const x_bar = adjoint(y, y_bar, kAll);
      move(0);
      return x_bar;
    };
    auto const plus = adjoint_at(step_), minus = adjoint_at(-step_);
    Array<Y> const y_dot(y_.input());
    y_dot.set(tangent(kAll));
    std::tuple<V...> const dots =
        std::apply([](auto const&... d) { return std::tuple<V...>{d.input()...}; }, dots_);
    Bars const bars = std::apply([](auto const&... x) { return Bars(Array<V>(x.input())...); }, in_);
    auto const views = std::apply([](auto const&... bar) { return std::tuple{bar.view...}; }, bars);
    op_adjoint_tangent(exec_, op_, y_.input(), y_dot.input(), y_bar_.input(), y_bar_dot_.input(), values(),
                       dots, views);
    compat::fence(exec_, "nacre::gradient_check");
    std::size_t i = 0;
    auto const compare = [&](auto const& bar) {
      auto const by_difference = scaled_difference(plus[i], minus[i], .5 / step_);
      auto const found = bar.host();
      raise(errors_.adjoint_tangent, norm_of(combine(1, found, -1, by_difference)),
            std::max(norm_of(found), norm_of(plus[i])));
      ++i;
    };
    std::apply([&](auto const&... bar) { (compare(bar), ...); }, bars);
  }

  Exec exec_;
  Op op_;
  GradientCheckOptions options_;
  Bars in_, dots_;
  Array<Y> y_, y_bar_, y_bar_dot_;
  double step_ = 0;
  std::vector<std::vector<double>> start_, direction_;
  DerivativeErrors errors_;
};

}  // namespace detail

/// Checks all derivatives of an operation at the given inputs: adjoint and tangent against central
/// differences in random directions, each input alone and all together; adjoint and tangent against each
/// other; the derivative of the adjoint; that cotangents are added to what is there, and that those not
/// wanted make no difference. Of an operation without a tangent only the adjoint. A correct operation in double precision has errors of about 1e-8 against
/// differences and 1e-15 otherwise.
///
/// \param in contiguous views; they are copied, not changed
template <class Exec, class Op, class... In>
DerivativeErrors gradient_check(Exec const& exec, Op const& op, GradientCheckOptions const& options,
                                In const&... in) {
  return detail::OperationCheck<Exec, Op, OpInput<In>...>(exec, op, options, as_op_input(in)...).run();
}

/// The relative error of the gradient of a whole computation: of its derivative along a random direction of
/// all inputs, against central differences.
///
/// \param tape cleared before and after
/// \param loss a callable `(Tape&, Vars...) -> Var` of one number
/// \param in   contiguous views, the leaves; they are copied, not changed
template <class Device, class Loss, class... In>
double gradient_check(Tape<Device>& tape, Loss const& loss, GradientCheckOptions const& options,
                      In const&... in) {
  std::tuple<detail::Array<OpInput<In>>...> const x(detail::copy_of(as_op_input(in))...);
  std::vector<std::vector<double>> start, direction;
  std::uint64_t seed = options.seed * 1000;
  auto const prepare = [&](auto const& array) {
    start.push_back(array.host());
    array.set_random(++seed);
    direction.push_back(array.host());
  };
  std::apply([&](auto const&... array) { (prepare(array), ...); }, x);
  double step = options.step;
  double derivative = 0;
  auto const at = [&](double t, bool differentiate) {
    std::size_t i = 0;
    std::apply(
        [&](auto const&... array) { ((array.set(detail::combine(1, start[i], t, direction[i])), ++i), ...); },
        x);
    tape.clear();
    auto const leaves =
        std::apply([&](auto const&... array) { return std::make_tuple(tape.leaf(array.view)...); }, x);
    auto const y = std::apply([&](auto const&... leaf) { return loss(tape, leaf...); }, leaves);
    using T = typename decltype(y.value)::non_const_value_type;
    if (step == 0) step = std::cbrt(static_cast<double>(std::numeric_limits<T>::epsilon()));
    if (differentiate) {
      tape.backward(y);
      i = 0;
      std::apply(
          [&](auto const&... leaf) {
            ((derivative += options.comm.sum(detail::dot(
                  detail::copy_of(OpInput<decltype(leaf.value)>(tape.gradient(leaf))).host(), direction[i])),
              ++i),
             ...);
          },
          leaves);
    }
    return detail::copy_of(y.value).host().at(0);
  };
  at(0, true);
  double const difference = (at(step, false) - at(-step, false)) / (2 * step);
  tape.clear();
  return std::abs(derivative - difference) / std::max(std::abs(difference), 1e-300);
}

}  // namespace nacre::ad
