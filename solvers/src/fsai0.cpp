#include <nacre/solvers/fsai0_impl.hpp>

namespace nacre::solvers {

template class Fsai0<double>;
template class Fsai0<float>;

}  // namespace nacre::solvers
