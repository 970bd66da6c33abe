#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <nacre/core/inner_products.hpp>
#include <nacre/core/vector_ops.hpp>

namespace nacre::ad {

template <class Scalar, class Device>
Lbfgs<Scalar, Device>::Lbfgs(LbfgsOptions options, Comm comm)
    : options_(std::move(options)), comm_(std::move(comm)) {
  using detail::require_option;
  auto const& o = options_;
  require_option("lbfgs", o.max_iterations > 0, "max_iterations", o.max_iterations, "a positive number");
  require_option("lbfgs", o.memory > 0, "memory", o.memory, "a positive number");
  require_option("lbfgs", o.gradient_tolerance >= 0, "gradient_tolerance", o.gradient_tolerance,
                 "zero or more");
  require_option("lbfgs", o.sufficient_decrease > 0 && o.sufficient_decrease < .5, "sufficient_decrease",
                 o.sufficient_decrease, "a number in (0, 1/2)");
  require_option("lbfgs", o.curvature > o.sufficient_decrease && o.curvature < 1, "curvature", o.curvature,
                 "a number between sufficient_decrease and 1");
  require_option("lbfgs", o.max_evaluations_per_search > 1, "max_evaluations_per_search",
                 o.max_evaluations_per_search, "more than one");
}

template <class Scalar, class Device>
void Lbfgs<Scalar, Device>::match_state(Parameters<Scalar, Device> const& parameters) {
  std::string complaint;
  if (offset_.size() == 1) {
    for (auto const& p : parameters) offset_.push_back(offset_.back() + p.value.extent(0));
    n_ = offset_.back();
  }
  if (offset_.size() != parameters.size() + 1)
    complaint = cat("lbfgs: ", parameters.size(), " parameters, but the state is of ", offset_.size() - 1);
  for (std::size_t a = 0; complaint.empty() && a < parameters.size(); ++a)
    if (parameters[a].value.extent(0) != offset_[a + 1] - offset_[a])
      complaint = cat("lbfgs: parameter ", a, " has ", parameters[a].value.extent(0),
                      " entries, but the state is of ", offset_[a + 1] - offset_[a]);
  comm_.fail_together(complaint);
  auto const memory = static_cast<std::size_t>(options_.memory);
  if (state_.inner.size() != memory) {  // a checkpoint may have brought them
    state_.steps = MultiVector<Scalar, Device>("nacre::lbfgs::steps", n_, memory);
    state_.changes = MultiVector<Scalar, Device>("nacre::lbfgs::changes", n_, memory);
    state_.inner.assign(memory, 0.);
  }
  if (coefficient_.size() == memory && state_.start.extent(0) == n_) return;  // else a checkpoint has none
  state_.start = Vector<Scalar, Device>("nacre::lbfgs::start", n_);
  state_.start_gradient = Vector<Scalar, Device>("nacre::lbfgs::start_gradient", n_);
  state_.direction = Vector<Scalar, Device>("nacre::lbfgs::direction", n_);
  coefficient_.assign(memory, 0.);
  products_ = Vector<double, Device>("nacre::lbfgs::products", 1);
  products_on_host_ = Kokkos::create_mirror_view(products_);
}

/// The inner products x(a) . y(a), a the number of a parameter, that each pair of functions gives: over all parameters
/// and ranks. In an order that depends on lengths alone, so that threads do not change the path.
template <class Scalar, class Device>
template <std::size_t kCount, class Factors>
std::array<double, kCount> Lbfgs<Scalar, Device>::inner_products(Exec const& exec,
                                                                 Parameters<Scalar, Device> const& parameters,
                                                                 Factors const& factors) const {
  std::array<double, kCount> owned{}, replicated{};
  for (std::size_t a = 0; a < parameters.size(); ++a) {
    auto& sums = parameters[a].ownership == Ownership::owned ? owned : replicated;
    for (std::size_t i = 0; i < kCount; ++i) {
      auto const [x, y] = factors(a, i);
      ordered_sum(exec, "nacre::lbfgs::dot", parameters[a].value.extent(0),
                  nacre::detail::DotTerm<Scalar, Scalar>{x, y}, products_, 1, 0);
      Kokkos::deep_copy(exec, products_on_host_, products_);
      compat::fence(exec, "nacre::lbfgs::dot");
      sums[i] += products_on_host_(0);
    }
  }
  comm_.all_reduce(owned.data(), static_cast<int>(kCount), ReduceOp::sum);
  for (std::size_t i = 0; i < kCount; ++i) owned[i] += replicated[i];
  return owned;
}

template <class Scalar, class Device>
double Lbfgs<Scalar, Device>::inner(Exec const& exec, Parameters<Scalar, Device> const& parameters,
                                    Scalar const* x, Scalar const* y) const {
  auto const factors = [&](std::size_t a, std::size_t) {
    return std::pair<Scalar const*, Scalar const*>(x + offset_[a], y + offset_[a]);
  };
  return inner_products<1>(exec, parameters, factors)[0];
}

template <class Scalar, class Device>
void Lbfgs<Scalar, Device>::gradient_inner(Exec const& exec, Parameters<Scalar, Device> const& parameters,
                                           double& squared_norm, double& slope) const {
  auto const factors = [&](std::size_t a, std::size_t i) {
    Scalar const* const g = parameters[a].gradient.data();
    return std::pair<Scalar const*, Scalar const*>(g, i == 0 ? g : state_.direction.data() + offset_[a]);
  };
  auto const found = inner_products<2>(exec, parameters, factors);
  squared_norm = found[0];
  slope = found[1];
}

/// direction = - H gradient (algorithm 7.4), H_0 = (s.y / y.y) of the newest pair.
template <class Scalar, class Device>
void Lbfgs<Scalar, Device>::make_direction(Exec const& exec, Parameters<Scalar, Device> const& parameters) {
  auto const& d = state_.direction;
  for (std::size_t a = 0; a < parameters.size(); ++a)
    axpby(exec, -1., parameters[a].gradient, 0., segment(d.data(), a));
  int const memory = options_.memory;
  auto const index = [&](int age) { return (state_.newest - age + memory) % memory; };
  for (int age = 0; age < state_.num_pairs; ++age) {
    int const c = index(age);
    auto& alpha = coefficient_[static_cast<std::size_t>(c)];
    alpha = inner(exec, parameters, column(state_.steps, c), d.data()) /
            state_.inner[static_cast<std::size_t>(c)];
    axpby(exec, -alpha, Segment(column(state_.changes, c), n_), 1., d);
  }
  if (state_.num_pairs > 0) {
    auto* const y = column(state_.changes, state_.newest);
    scale(exec, state_.inner[static_cast<std::size_t>(state_.newest)] / inner(exec, parameters, y, y), d);
  }
  for (int age = state_.num_pairs - 1; age >= 0; --age) {
    int const c = index(age);
    auto const k = static_cast<std::size_t>(c);
    double const beta = inner(exec, parameters, column(state_.changes, c), d.data()) / state_.inner[k];
    axpby(exec, coefficient_[k] - beta, Segment(column(state_.steps, c), n_), 1., d);
  }
}

/// Takes s = step * direction and y, the change of the gradient, in place of the oldest pair.
template <class Scalar, class Device>
bool Lbfgs<Scalar, Device>::add_pair(Exec const& exec, Parameters<Scalar, Device> const& parameters,
                                     double step) {
  int const c = (state_.newest + 1) % options_.memory;
  auto* const s = column(state_.steps, c);
  auto* const y = column(state_.changes, c);
  axpby(exec, step, state_.direction, 0., Segment(s, n_));
  axpby(exec, -1., state_.start_gradient, 0., Segment(y, n_));
  for (std::size_t a = 0; a < parameters.size(); ++a)
    axpby(exec, 1., parameters[a].gradient, 1., segment(y, a));
  double const sy = inner(exec, parameters, s, y), yy = inner(exec, parameters, y, y);
  bool const room = state_.num_pairs < options_.memory;
  // a pair without curvature would spoil H; when all columns are taken, its column held the oldest, which goes
  if (!(sy > std::numeric_limits<Scalar>::epsilon() * yy * 1e-3)) {
    if (!room) --state_.num_pairs;
    return false;
  }
  state_.inner[static_cast<std::size_t>(c)] = sy;
  state_.newest = c;
  if (room) ++state_.num_pairs;
  return true;
}

/// The line search: loss and slope along the direction, as functions of the step.
template <class Scalar, class Device>
struct Lbfgs<Scalar, Device>::Search {
  Lbfgs& self;
  Exec const& exec;
  Parameters<Scalar, Device> const& parameters;
  std::function<double()> const& loss_and_gradient;
  Point start, best;  // best: the lowest among those that are finite
  Point current;      // where the parameters are
  double squared_gradient_norm = 0;
  int evaluations = 0;

  bool finite(Point const& p) const { return std::isfinite(p.loss) && std::isfinite(p.slope); }

  /// Moves the parameters to start + step * direction.
  Point at(double step) {
    auto& state = self.state_;
    for (std::size_t a = 0; a < parameters.size(); ++a)
      axpbypcz(exec, 1., self.segment(state.start.data(), a), step, self.segment(state.direction.data(), a),
               0., parameters[a].value);
    current.step = step;
    current.loss = loss_and_gradient();
    self.gradient_inner(exec, parameters, squared_gradient_norm, current.slope);
    ++evaluations;
    if (finite(current) && current.loss < best.loss) best = current;
    return current;
  }

  bool decreases_enough(Point const& p) const {
    auto const& o = self.options_;
    if (p.loss <= start.loss + o.sufficient_decrease * p.step * start.slope) return true;
    double const rounding = 1e3 * std::numeric_limits<Scalar>::epsilon() * std::fabs(start.loss);
    return p.loss <= start.loss + rounding && p.slope <= (2 * o.sufficient_decrease - 1) * start.slope;
  }
  bool is_flat_enough(Point const& p) const {
    return std::fabs(p.slope) <= -self.options_.curvature * start.slope;
  }
  bool may_evaluate() const { return evaluations < self.options_.max_evaluations_per_search; }

  /// The minimum of the cubic through both points, Nocedal and Wright eq. 3.59; NaN if there is none.
  static double cubic_minimum(Point const& p, Point const& q) {
    double const d1 = p.slope + q.slope - 3 * (p.loss - q.loss) / (p.step - q.step);
    double const d2 = std::copysign(std::sqrt(d1 * d1 - p.slope * q.slope), q.step - p.step);
    return q.step - (q.step - p.step) * (q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2);
  }

  /// Algorithm 3.6: `low` decreases enough, and between it and `high` there is a step that Wolfe accepts.
  bool zoom(Point low, Point high) {
    while (may_evaluate()) {
      double const width = std::fabs(high.step - low.step);
      double step = finite(high) ? cubic_minimum(low, high) : low.step + .1 * (high.step - low.step);
      double const left = std::min(low.step, high.step) + .1 * width,
                   right = std::max(low.step, high.step) - .1 * width;
      if (!std::isfinite(step)) step = .5 * (left + right);
      step = std::min(std::max(step, left), right);
      if (step == low.step || step == high.step) return false;  // nothing lies between them
      Point const p = at(step);
      if (!finite(p) || !decreases_enough(p) || p.loss > low.loss) {
        // where rounding makes the losses equal, slopes must decide
        if (finite(p) && decreases_enough(p) && is_flat_enough(p)) return true;
        high = p;
        continue;
      }
      if (is_flat_enough(p)) return true;
      if (p.slope * (high.step - low.step) >= 0) high = low;
      low = p;
    }
    return false;
  }

  /// Algorithm 3.5.
  bool run(double step) {
    Point previous = start;
    for (bool first = true; may_evaluate(); first = false) {
      Point const p = at(step);
      if (!finite(p) || !decreases_enough(p) || (!first && p.loss > previous.loss)) return zoom(previous, p);
      if (is_flat_enough(p)) return true;
      if (p.slope >= 0) return zoom(p, previous);
      double const guess = cubic_minimum(previous, p);
      step = std::isfinite(guess) && guess > 0 ? std::min(std::max(guess, 1.5 * p.step), 10 * p.step)
                                               : 4 * p.step;
      previous = p;
    }
    return false;
  }
};

template <class Scalar, class Device>
MinimizeResult Lbfgs<Scalar, Device>::minimize(Exec const& exec, Parameters<Scalar, Device> const& parameters,
                                               std::function<double()> const& loss_and_gradient) {
  match_state(parameters);
  MinimizeResult result;
  double squared_norm = 0, slope = 0;
  result.loss = result.initial_loss = loss_and_gradient();
  gradient_inner(exec, parameters, squared_norm, slope);
  result.gradient_norm = result.initial_gradient_norm = std::sqrt(squared_norm);
  result.evaluations = 1;
  result.history = {result.loss};
  auto const goes_on = [&](double step) {
    return !options_.on_iteration || options_.on_iteration({result.iterations, result.evaluations,
                                                            result.loss, result.gradient_norm, step});
  };
  auto const ends = [&](MinimizeStatus status) {
    result.status = status;
    return result;
  };
  if (!std::isfinite(result.loss) || !std::isfinite(squared_norm)) return ends(MinimizeStatus::not_finite);
  if (!goes_on(0)) return ends(MinimizeStatus::stopped);

  while (true) {
    if (result.gradient_norm <= options_.gradient_tolerance * result.initial_gradient_norm)
      return ends(MinimizeStatus::converged);
    if (result.iterations == options_.max_iterations) return ends(MinimizeStatus::max_iterations);

    for (std::size_t a = 0; a < parameters.size(); ++a) {
      axpby(exec, 1., parameters[a].value, 0., segment(state_.start.data(), a));
      axpby(exec, 1., parameters[a].gradient, 0., segment(state_.start_gradient.data(), a));
    }
    bool accepted = false;
    double step = 0;
    while (!accepted) {
      make_direction(exec, parameters);
      // the line search of a failed attempt may have left another gradient: it is back at the start here
      gradient_inner(exec, parameters, squared_norm, slope);
      bool const steepest = state_.num_pairs == 0;
      Search search{*this,
                    exec,
                    parameters,
                    loss_and_gradient,
                    {0, result.loss, slope},
                    {0, result.loss, slope},
                    {0, result.loss, slope}};
      accepted = slope < 0 && search.run(steepest ? std::min(1., 1 / result.gradient_norm) : 1.);
      if (!accepted) {
        // the lowest point that was met, even if Wolfe does not like it, or the start
        if (search.current.step != search.best.step) search.at(search.best.step);
        accepted = search.best.loss < result.loss;
      }
      result.evaluations += search.evaluations;
      if (accepted) {
        step = search.current.step;
        result.loss = search.current.loss;
        result.gradient_norm = std::sqrt(search.squared_gradient_norm);
      } else if (steepest) {
        return ends(MinimizeStatus::line_search_failed);
      } else {
        reset();
      }
    }
    add_pair(exec, parameters, step);
    ++result.iterations;
    result.history.push_back(result.loss);
    if (!goes_on(step)) return ends(MinimizeStatus::stopped);
  }
}

}  // namespace nacre::ad
