#pragma once

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <nacre/core/linear_system.hpp>

#include "learned_inverse.hpp"

/// \file
/// Preconditioners side by side on the same system.

namespace nacre::apps {

/// The relative residuals that iterations are counted to.
inline constexpr std::array<double, 4> kTolerances{{1e-2, 1e-4, 1e-6, 1e-8}};

/// How PCG fared with one preconditioner.
struct MethodResult {
  std::string method;
  std::array<int, 4> iterations{{-1, -1, -1, -1}};  ///< to each of kTolerances; -1: not reached
  /// NaN where there was none.
  double setup_seconds = std::numeric_limits<double>::quiet_NaN(), solve_seconds = setup_seconds;
  double network_seconds = 0, assembly_seconds = 0,
         start_seconds = 0;     ///< parts of the set-up of a learned one
  GlobalOrdinal nonzeros = 0;   ///< of the preconditioner where it is known, else 0
  std::string failure;          ///< why it did not converge; empty: it did
  std::vector<double> history;  ///< relative residuals
  /// Of the preconditioned matrix on one rank, see solvers::ConditionNumbers; NaN unless found.
  double condition = std::numeric_limits<double>::quiet_NaN(), kaporin = condition;
};

/// A system of one rank or many, as methods see it.
struct ComparedSystem {
  std::string name;
  int block_size = 1;
  DistributedCsr<double> A;  ///< with its Dirichlet conditions
  NodeData nodes;
  MultiVector<double> b;  ///< [owned rows, 1]
};
/// What the right-hand side is: A times the vector of ones on free unknowns, A times random numbers there, or random numbers.
enum class RightHandSide { mask, solution, random };
/// By its enumerator's name. \throws nacre::Error if there is none of that name
RightHandSide right_hand_side_by_name(std::string const& name);
/// \throws nacre::Error if the right-hand side is zero
ComparedSystem make_compared(LinearSystem const& system, RightHandSide rhs = RightHandSide::mask,
                             std::uint64_t seed = 1);
/// The same, its nodes dealt out evenly over ranks that all have the whole system. Collective.
ComparedSystem make_compared(Comm const& comm, LinearSystem const& system,
                             RightHandSide rhs = RightHandSide::mask, std::uint64_t seed = 1);

struct ComparisonOptions {
  int max_iterations = 10000;
  int repeats = 1;  ///< of each set-up and solve; the times are medians
};
/// PCG with a preconditioner by its name: that of solvers::make_preconditioner, `muelu`, `direct`, or `fsai0_single`, which keeps
/// the factor of FSAI(0) in single precision. Collective. A failure of its set-up is part of the result.
MethodResult run_method(std::string const& method, ComparedSystem const& system,
                        ComparisonOptions const& options = {});
/// The same with a network.
template <class Scalar>
MethodResult run_learned(std::string const& name, LearnedInverse<Scalar>& network,
                         ComparedSystem const& system, ComparisonOptions const& options = {},
                         FactorPrecision precision = FactorPrecision::single);

/// Finds a result's condition numbers. They stay NaN where the matrix or the preconditioner is not symmetric positive definite.
/// \param alone the system, on one rank
void add_condition_numbers(MethodResult& result, ComparedSystem const& alone);
template <class Scalar>
void add_condition_numbers(MethodResult& result, LearnedInverse<Scalar>& network, ComparedSystem const& alone,
                           FactorPrecision precision = FactorPrecision::single);

}  // namespace nacre::apps
