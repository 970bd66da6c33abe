#include <nacre/solvers/solve_info.hpp>

namespace nacre::solvers {

char const* to_string(Status status) {
  switch (status) {
    case Status::converged:
      return "converged";
    case Status::max_iterations:
      return "max_iterations";
    case Status::breakdown:
      return "breakdown";
    case Status::indefinite:
      return "indefinite";
    case Status::not_finite:
      return "not_finite";
    case Status::stagnated:
      return "stagnated";
    case Status::diverged:
      return "diverged";
  }
  return "unknown";
}

}  // namespace nacre::solvers
