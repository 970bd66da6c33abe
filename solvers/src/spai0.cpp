#include <nacre/solvers/spai0_impl.hpp>

namespace nacre::solvers {

template class Spai0<double>;
template class Spai0<float>;

}  // namespace nacre::solvers
