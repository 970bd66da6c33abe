#include <nacre/solvers/pcg_impl.hpp>

namespace nacre::solvers {

template class Pcg<double>;
template class Pcg<float>;

}  // namespace nacre::solvers
