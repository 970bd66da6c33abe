#pragma once

#include <string>
#include <vector>

#include "method_comparison.hpp"
#include "report.hpp"

/// \file
/// What a comparison of preconditioners brought, and the ways to tell it.

namespace nacre::apps {

/// The results of all methods, system after system.
class MethodTable {
 public:
  /// \param with_condition_numbers whether results have them
  explicit MethodTable(bool with_condition_numbers = false)
      : has_condition_numbers_(with_condition_numbers) {}

  /// What is added next is of this system.
  void add_system(LinearSystem const& system);
  void add(MethodResult const& result);

  std::vector<std::string> const& methods() const { return methods_; }  ///< in the order they came
  /// Of one method, one for each system.
  std::vector<MethodResult> const& of(std::string const& method) const;
  bool converged(std::string const& method) const;

  /// Means over the systems; iterations are nan where a system did not converge.
  Results results() const;
  /// A line for each system and method.
  std::string csv() const;
  /// Residuals of the first system, and a table and times of all.
  Report report(std::string const& problem, std::string const& command) const;

 private:
  struct Size {
    std::string name;
    GlobalOrdinal unknowns, nonzeros;
  };
  std::vector<Size> systems_;
  std::vector<std::string> methods_;
  std::vector<std::vector<MethodResult>> results_;
  bool has_condition_numbers_;
};

}  // namespace nacre::apps
