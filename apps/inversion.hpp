#pragma once

#include <memory>

#include <nacre/autodiff/parameter.hpp>

#include "training.hpp"

/// \file
/// The inverse problem of nacre_inversion.

namespace nacre::apps {

struct InversionOptions : TrainingOptions {
  double noise = .01;   ///< standard deviation over the root mean square of the solution
  double contrast = 4;  ///< of the inclusions: their coefficients are this and its inverse
  double observed = 1;  ///< part of the cells that are observed
  std::string regularizer = "tv";
  double regularization = 4;  ///< its weight
  double smoothing = .05;     ///< of tv: jumps of the logarithm below this are not sharpened
  double tolerance = 1e-10;   ///< of the solves
  double gradient_tolerance = 1e-3;
  std::string vtu;
  bool check = false;
};

/// -div(k grad u_s) = f_s for several sources s on a grid of cells, u_s = 0 outside. From noisy observations of the u_s,
/// k is to be found, which is 1 but for two inclusions; by its logarithm m, which makes it positive, as the minimum of
///
///   mean over observations of ((u_s - observed) / noise)^2 / 2 + weight * mean over faces of penalty(jump of m).
///
/// Distributed by cells; the same problem on any number of ranks.
class Inversion {
 public:
  /// Makes truth and observations. Collective.
  Inversion(Comm const& comm, InversionOptions const& options);
  ~Inversion();

  /// The logarithm of the coefficient and where its gradient is after loss_and_gradient().
  std::vector<ad::Parameter<double>> parameters() const;
  /// The loss at the parameters; NaN where a solve does not converge, so that a line search draws back. Collective.
  double loss_and_gradient();
  /// Its first term alone, at the last evaluation; about one half where the noise is explained and no more.
  double misfit() const;
  /// |k - truth| / |truth|. Collective.
  double coefficient_error() const;
  /// How far the gradient's product with a random direction is from a difference of losses, relative. Collective.
  double check_gradient();
  int num_solves() const;

  /// Truth, estimate and observations as a file for ParaView: logarithms of coefficients, which are zero where the
  /// coefficient is one. Collective.
  void write_fields(std::string const& path) const;
  /// On rank 0 pictures of a plane in the middle (the line in 1D, as a chart); elsewhere nothing. Collective.
  void draw(Report& report) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nacre::apps
