#include <nacre/solvers/detail/solve_state_impl.hpp>

namespace nacre::solvers::detail {

template class SolveState<double, DefaultDevice>;
template class SolveState<float, DefaultDevice>;

}  // namespace nacre::solvers::detail
