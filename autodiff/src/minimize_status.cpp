#include <nacre/autodiff/lbfgs.hpp>

namespace nacre::ad {

char const* to_string(MinimizeStatus status) {
  switch (status) {
    case MinimizeStatus::converged:
      return "converged";
    case MinimizeStatus::max_iterations:
      return "max_iterations";
    case MinimizeStatus::line_search_failed:
      return "line_search_failed";
    case MinimizeStatus::not_finite:
      return "not_finite";
    case MinimizeStatus::stopped:
      return "stopped";
  }
  return "unknown";
}

}  // namespace nacre::ad
