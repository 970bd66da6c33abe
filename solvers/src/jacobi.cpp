#include <nacre/solvers/jacobi_impl.hpp>

namespace nacre::solvers {

template class Jacobi<double>;
template class Jacobi<float>;

}  // namespace nacre::solvers
