#include <nacre/solvers/detail/schwarz_state_impl.hpp>

namespace nacre::solvers::detail {

template class SchwarzState<double, DefaultDevice>;
template class SchwarzState<float, DefaultDevice>;

}  // namespace nacre::solvers::detail
