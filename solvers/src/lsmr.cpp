#include <nacre/solvers/lsmr_impl.hpp>

namespace nacre::solvers {

template class Lsmr<double>;
template class Lsmr<float>;

}  // namespace nacre::solvers
