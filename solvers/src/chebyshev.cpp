#include <nacre/solvers/chebyshev_impl.hpp>

namespace nacre::solvers {

template class Chebyshev<double>;
template class Chebyshev<float>;

}  // namespace nacre::solvers
