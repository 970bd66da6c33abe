#include "beam_stepping.hpp"

#include <algorithm>
#include <cmath>

#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>
#include <nacre/solvers/preconditioner_factory.hpp>

namespace nacre::apps {

namespace {

double dot(std::vector<double> const& a, std::vector<double> const& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

/// The matrix with rows and columns of prescribed points those of the identity. \param values [nnz 9] of blocks
void constrain(CsrPattern<> const& pattern, std::vector<bool> const& is_free, std::vector<double>& values) {
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      if (is_free[static_cast<std::size_t>(i)] && is_free[static_cast<std::size_t>(col(k))]) continue;
      double* const block = &values[9 * static_cast<std::size_t>(k)];
      std::fill(block, block + 9, 0.);
      if (i == col(k)) block[0] = block[4] = block[8] = 1;
    }
}

MultiVector<double> column(std::vector<double> const& v) {
  MultiVector<double> const x("nacre::apps::beam", v.size(), 1);
  auto const numbers = Kokkos::create_mirror_view(x);
  std::copy(v.begin(), v.end(), numbers.data());
  Kokkos::deep_copy(x, numbers);
  return x;
}

}  // namespace

BeamOptions beam_options(BeamMotion motion, int resolution) {
  BeamOptions options;
  options.motion = motion;
  options.resolution = resolution;
  if (motion == BeamMotion::bend) options.material.density = 1000;
  return options;
}

BeamSimulation::BeamSimulation(BeamOptions const& options)
    : options_(options),
      body_(beam_mesh(options.resolution), options.material),
      prescribed_(
          end_points(body_.mesh(), options.motion == BeamMotion::twist ? BeamEnds::both : BeamEnds::left)),
      is_free_(static_cast<std::size_t>(body_.num_nodes()), true),
      free_("nacre::apps::beam::free", static_cast<std::size_t>(body_.num_nodes()), 3),
      expansion_(body_.pattern(), 3),
      pattern_(expansion_.pattern()),
      positions_(body_.rest()),
      velocities_(positions_.size(), 0) {
  if (!(options.dt > 0 && std::isfinite(options.dt)) || !std::isfinite(options.gravity))
    fail(cat("beam: dt is ", options.dt, " and gravity ", options.gravity,
             "; expected a positive and a finite number"));
  if (!(options.tolerance > 0) || !(options.pcg_tolerance > 0) || options.max_newton_steps < 1)
    fail(cat("beam: tolerances ", options.tolerance, " and ", options.pcg_tolerance, " and at most ",
             options.max_newton_steps, " Newton steps; expected positive numbers"));
  auto const free = Kokkos::create_mirror_view(free_);
  Kokkos::deep_copy(free, 1.);
  for (Ordinal const i : prescribed_) {
    is_free_[static_cast<std::size_t>(i)] = false;
    for (int x = 0; x < 3; ++x) free(i, x) = 0;
  }
  Kokkos::deep_copy(free_, free);
}

std::string BeamSimulation::where() const { return cat("beam: step ", num_steps_ + 1, ": "); }

std::vector<double> BeamSimulation::prediction() const {
  double const dt = options_.dt;
  bool const turns = options_.motion == BeamMotion::twist;
  auto predicted = twisted(body_.mesh(), turns ? dt * (num_steps_ + 1) : 0);
  for (std::size_t k = 0; k < predicted.size(); ++k)
    if (is_free_[k / 3])
      predicted[k] = positions_[k] + dt * velocities_[k] - (k % 3 == 2 ? dt * dt * options_.gravity : 0);
  return predicted;
}

double BeamSimulation::objective(std::vector<double> const& u, std::vector<double> const& predicted) const {
  std::vector<double> difference(u), product;
  for (std::size_t k = 0; k < u.size(); ++k) difference[k] -= predicted[k];
  body_.apply_mass(difference, product);
  return .5 * dot(difference, product) + options_.dt * options_.dt * body_.energy(u);
}

/// The negative gradient of the objective, zero at prescribed points.
std::vector<double> BeamSimulation::forces(std::vector<double> const& u,
                                           std::vector<double> const& predicted) const {
  std::vector<double> difference(predicted), force, gradient;
  for (std::size_t k = 0; k < u.size(); ++k) difference[k] -= u[k];
  body_.apply_mass(difference, force);
  body_.gradient(u, gradient);
  for (std::size_t k = 0; k < u.size(); ++k)
    force[k] = is_free_[k / 3] ? force[k] - options_.dt * options_.dt * gradient[k] : 0;
  return force;
}

std::vector<double> BeamSimulation::newton_direction(std::vector<double> const& force,
                                                     std::vector<double> values, BeamStep& report) {
  constrain(body_.pattern(), is_free_, values);
  ExecOf<DefaultDevice> const exec;
  DistributedCsr<double> const A{pattern_, expansion_.expand(exec, body_.matrix(values).values).values};
  if (preconditioner_)
    preconditioner_->update(A);
  else
    preconditioner_ = solvers::make_preconditioner(options_.preconditioner, A);
  solvers::KrylovOptions options;
  options.tolerance = options_.pcg_tolerance;
  options.max_iterations = std::max(1000, A.pattern.num_owned_rows());
  auto const b = column(force), x = column(std::vector<double>(force.size(), 0));
  auto const info = solvers::Pcg<double>(options).solve(exec, solvers::MatrixOperator<double>(A),
                                                        preconditioner_.get(), b, x);
  report.pcg_iterations += info.iterations;
  if (!info.converged())
    fail(cat(where(), "Newton step ", report.newton_steps + 1, ": pcg ended as ", to_string(info.status),
             " after ", info.iterations, " iterations with the residual ", info.relative_residual));
  auto const direction = host_view(x);
  return {direction.data(), direction.data() + direction.size()};
}

std::vector<double> BeamSimulation::minimize(std::vector<double> const& predicted, std::vector<double> values,
                                             BeamStep& report) {
  constexpr double kArmijo = 1e-4, kRounding = 1e-15;
  constexpr int kMostHalvings = 30;
  // the terms of an element's energy, which cancel near rest, are of the size of Young's modulus times its volume
  double volume = 0;
  for (double const m : body_.mass()) volume += m / options_.material.density;
  double const largest_term = options_.dt * options_.dt * options_.material.young * volume;
  std::vector<double> u = predicted;
  report.objective = {objective(u, predicted)};
  auto force = forces(u, predicted);
  double const first = std::sqrt(dot(force, force));
  while (!(std::sqrt(dot(force, force)) <= options_.tolerance * first)) {
    if (report.newton_steps == options_.max_newton_steps)
      fail(cat(where(), "Newton's method did not converge in ", report.newton_steps,
               " steps; the forces are ", std::sqrt(dot(force, force)) / first,
               " of those at first, the tolerance is ", options_.tolerance));
    if (report.newton_steps > 0) body_.mass_plus(options_.dt * options_.dt, u, values);
    auto const direction = newton_direction(force, values, report);
    double const slope = -dot(force, direction), value = report.objective.back();
    std::vector<double> next(u.size());
    double length = 1;
    for (int halvings = 0;; ++halvings, length /= 2) {
      for (std::size_t k = 0; k < u.size(); ++k) next[k] = u[k] + length * direction[k];
      double const reached = objective(next, predicted);
      if (reached <= value + kArmijo * length * slope + kRounding * (std::fabs(value) + largest_term)) {
        report.objective.push_back(reached);
        break;
      }
      if (halvings == kMostHalvings)
        fail(cat(where(), "Newton step ", report.newton_steps + 1,
                 ": no decrease along the direction of slope ", slope, " from the energy ", value));
    }
    u = std::move(next);
    force = forces(u, predicted);
    ++report.newton_steps;
  }
  return u;
}

LinearSystem BeamSimulation::step() {
  auto const predicted = prediction();
  std::vector<double> values;
  body_.mass_plus(options_.dt * options_.dt, predicted, values);
  LinearSystem system{cat(options_.motion == BeamMotion::twist ? "twist" : "bend", "/", options_.resolution,
                          "/", num_steps_ + 1),
                      body_.matrix(values),
                      {},
                      free_};
  BeamStep report;
  auto const next = minimize(predicted, std::move(values), report);
  for (std::size_t k = 0; k < next.size(); ++k) velocities_[k] = (next[k] - positions_[k]) / options_.dt;
  positions_ = next;
  last_step_ = report;
  ++num_steps_;
  system.features = deformation_features(body_, positions_);
  return system;
}

}  // namespace nacre::apps
