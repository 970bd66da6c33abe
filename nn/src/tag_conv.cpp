#include <nacre/nn/tag_conv.hpp>

namespace nacre::nn {
template class TagConv<double>;
template class TagConv<float>;
}  // namespace nacre::nn
