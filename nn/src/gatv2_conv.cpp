#include <nacre/nn/gatv2_conv.hpp>

namespace nacre::nn {
template class GatV2Conv<double>;
template class GatV2Conv<float>;
}  // namespace nacre::nn
