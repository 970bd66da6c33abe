#include <nacre/solvers/detail/least_squares_state_impl.hpp>

namespace nacre::solvers::detail {

template class LeastSquaresState<double, DefaultDevice>;
template class LeastSquaresState<float, DefaultDevice>;

}  // namespace nacre::solvers::detail
