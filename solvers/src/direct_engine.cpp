#include <nacre/solvers/direct_engine_impl.hpp>

namespace nacre::solvers {

template class DirectEngine<double>;
template class DirectEngine<float>;

}  // namespace nacre::solvers
