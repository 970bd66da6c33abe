#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/core/elasticity_systems.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// An elastic beam in time, and the linear systems of its steps.

namespace nacre::apps {

enum class BeamMotion {
  twist,  ///< the end at x = 4 is turned about the x axis by one radian per unit of time, that at x = 0 is held
  bend    ///< the end at x = 0 is held, the rest falls
};

struct BeamOptions {
  BeamMotion motion = BeamMotion::twist;
  int resolution = 4;  ///< see beam_mesh()
  HyperelasticMaterial material;
  double dt = .01;
  double gravity = 9.8;         ///< against z
  double tolerance = 3e-4;      ///< on the forces at free points, relative to those at the prediction
  int max_newton_steps = 50;    ///< of one step in time
  double pcg_tolerance = 1e-3;  ///< of a Newton step
  std::string preconditioner = "fsai0";  ///< of make_preconditioner()
};
/// The options of a motion: bending beams have the density 1000.
BeamOptions beam_options(BeamMotion motion, int resolution);

/// How a step in time went.
struct BeamStep {
  int newton_steps = 0, pcg_iterations = 0;
  /// |u - u~|_M^2 / 2 + dt^2 E(u) at the prediction u~ and after each Newton step
  std::vector<double> objective;
};

/// Implicit Euler as minimisation: u minimises |u - u~|_M^2 / 2 + dt^2 E(u) among positions with the prescribed ends,
/// u~ = u_old + dt v_old + dt^2 g at free points, by Newton's method with projected second derivatives and a line search
/// that halves. On one rank; the same in every run.
/// Gast, Schroeder, Stomakhin, Jiang and Teran (2015), "Optimization integrator for large time steps".
class BeamSimulation {
 public:
  /// A beam at rest. \throws nacre::Error if an option is out of range
  explicit BeamSimulation(BeamOptions const& options);

  /// One step in time. \return the system of the first Newton step: M + dt^2 K projected at u~, with the deformation after
  ///         the step and the rest positions as features
  /// \throws nacre::Error if a linear solve, a line search or Newton's method does not converge; the beam is then as before
  LinearSystem step();

  int num_steps() const { return num_steps_; }
  double time() const { return options_.dt * num_steps_; }
  HyperelasticBody const& body() const { return body_; }
  std::vector<double> const& positions() const { return positions_; }    ///< [3 n]
  std::vector<double> const& velocities() const { return velocities_; }  ///< [3 n]
  std::vector<Ordinal> const& prescribed() const { return prescribed_; }
  BeamStep const& last_step() const { return last_step_; }

 private:
  std::vector<double> prediction() const;
  double objective(std::vector<double> const& u, std::vector<double> const& predicted) const;
  std::vector<double> forces(std::vector<double> const& u, std::vector<double> const& predicted) const;
  std::vector<double> minimize(std::vector<double> const& predicted, std::vector<double> values,
                               BeamStep& report);
  std::vector<double> newton_direction(std::vector<double> const& force, std::vector<double> values,
                                       BeamStep& report);
  std::string where() const;

  BeamOptions options_;
  HyperelasticBody body_;
  std::vector<Ordinal> prescribed_;
  std::vector<bool> is_free_;  // [n]
  RowMajor<double> free_;      // [n, 3] of the systems
  BlockExpansion<> expansion_;
  DistributedPattern<> pattern_;
  std::unique_ptr<solvers::Preconditioner<double>> preconditioner_;
  std::vector<double> positions_, velocities_;
  int num_steps_ = 0;
  BeamStep last_step_;
};

}  // namespace nacre::apps
