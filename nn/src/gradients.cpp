#include <nacre/nn/gradients.hpp>

namespace nacre::nn {
template class Gradients<double>;
template class Gradients<float>;
}  // namespace nacre::nn
