#include <nacre/solvers/ic0_impl.hpp>

namespace nacre::solvers {

template class Ic0<double>;
template class Ic0<float>;

}  // namespace nacre::solvers
