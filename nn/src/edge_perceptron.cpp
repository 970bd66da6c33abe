#include <nacre/nn/edge_perceptron.hpp>

namespace nacre::nn {
template class EdgePerceptron<double>;
template class EdgePerceptron<float>;
}  // namespace nacre::nn
