#include <nacre/solvers/gauss_seidel_impl.hpp>

namespace nacre::solvers {

template class GaussSeidel<double>;
template class GaussSeidel<float>;

}  // namespace nacre::solvers
