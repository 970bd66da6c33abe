#include <nacre/solvers/ilu0_impl.hpp>

namespace nacre::solvers {

template class Ilu0<double>;
template class Ilu0<float>;

}  // namespace nacre::solvers
