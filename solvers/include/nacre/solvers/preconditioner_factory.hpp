#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nacre/solvers/ainv.hpp>
#include <nacre/solvers/amg_options.hpp>
#include <nacre/solvers/chebyshev.hpp>
#include <nacre/solvers/gauss_seidel.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// Preconditioners by name.

namespace nacre::solvers {

/// What make_preconditioner() passes on to the preconditioner that it is asked for.
struct PreconditionerOptions {
  int block_size = 3;  ///< of block_jacobi
  ChebyshevOptions chebyshev;
  GaussSeidelOptions gauss_seidel;
  AinvOptions ainv;
  AmgOptions amg;
};

/// The names make_preconditioner() knows.
std::vector<std::string> const& preconditioner_names();

/// The preconditioner called `name` for A: none, jacobi, block_jacobi, spai0, chebyshev, gauss_seidel, ic0,
/// ilu0, fsai0, ainv, amg (with constants as near-nullspace; class Amg takes others). Collective. \return null for
/// `none` \throws nacre::Error if there is none of this name (the message lists those there are) or A or an
/// option does not fit
template <class Scalar, class Device = DefaultDevice>
std::unique_ptr<Preconditioner<Scalar, Device>> make_preconditioner(
    std::string const& name, DistributedCsr<Scalar, Device> const& A,
    PreconditionerOptions const& options = {});

extern template std::unique_ptr<Preconditioner<double>> make_preconditioner<double>(
    std::string const&, DistributedCsr<double> const&, PreconditionerOptions const&);
extern template std::unique_ptr<Preconditioner<float>> make_preconditioner<float>(
    std::string const&, DistributedCsr<float> const&, PreconditionerOptions const&);

}  // namespace nacre::solvers
