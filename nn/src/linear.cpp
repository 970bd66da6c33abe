#include <nacre/nn/linear.hpp>

namespace nacre::nn {
template class Linear<double>;
template class Linear<float>;
}  // namespace nacre::nn
