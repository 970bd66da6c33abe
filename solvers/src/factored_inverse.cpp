#include <nacre/solvers/factored_inverse_impl.hpp>

namespace nacre::solvers {

template class FactoredInverse<double>;
template class FactoredInverse<float>;
template class FactoredInverse<double, DefaultDevice, float>;

}  // namespace nacre::solvers
