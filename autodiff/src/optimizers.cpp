#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/lbfgs.hpp>
#include <nacre/autodiff/sgd.hpp>

namespace nacre::ad {

template class Sgd<double>;
template class Sgd<float>;
template class Adam<double>;
template class Adam<float>;
template class Lbfgs<double>;
template class Lbfgs<float>;

}  // namespace nacre::ad
