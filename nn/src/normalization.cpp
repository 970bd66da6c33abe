#include <nacre/nn/normalization.hpp>

namespace nacre::nn {
template class LayerNorm<double>;
template class LayerNorm<float>;
template class InstanceNorm<double>;
template class InstanceNorm<float>;
template class BatchNorm<double>;
template class BatchNorm<float>;
}  // namespace nacre::nn
