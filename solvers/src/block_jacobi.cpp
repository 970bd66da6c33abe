#include <nacre/solvers/block_jacobi_impl.hpp>

namespace nacre::solvers {

template class BlockJacobi<double>;
template class BlockJacobi<float>;

}  // namespace nacre::solvers
