#include <nacre/nn/sage_conv.hpp>

namespace nacre::nn {
template class SageConv<double>;
template class SageConv<float>;
}  // namespace nacre::nn
