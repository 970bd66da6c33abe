#include <nacre/solvers/bicgstab_impl.hpp>

namespace nacre::solvers {

template class BiCgStab<double>;
template class BiCgStab<float>;

}  // namespace nacre::solvers
