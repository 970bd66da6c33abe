#include <nacre/solvers/gmres_impl.hpp>

namespace nacre::solvers {

template class Gmres<double>;
template class Gmres<float>;

}  // namespace nacre::solvers
