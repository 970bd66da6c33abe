#include <nacre/solvers/minres_impl.hpp>

namespace nacre::solvers {

template class Minres<double>;
template class Minres<float>;

}  // namespace nacre::solvers
