#include <nacre/solvers/ainv_impl.hpp>

namespace nacre::solvers {

template class Ainv<double>;
template class Ainv<float>;

}  // namespace nacre::solvers
