#include <nacre/solvers/optimized_schwarz_impl.hpp>

namespace nacre::solvers {

template class OptimizedSchwarz<double>;
template class OptimizedSchwarz<float>;

}  // namespace nacre::solvers
