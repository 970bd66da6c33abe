#include <nacre/nn/gcn_conv.hpp>

namespace nacre::nn {
template class GcnConv<double>;
template class GcnConv<float>;
}  // namespace nacre::nn
