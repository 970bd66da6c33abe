#include <nacre/nn/sparse_inverse_network.hpp>

namespace nacre::nn {
template class SparseInverseNetwork<double>;
template class SparseInverseNetwork<float>;
}  // namespace nacre::nn
