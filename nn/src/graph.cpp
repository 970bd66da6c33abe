#include <nacre/nn/graph.hpp>

namespace nacre::nn {
template class Graph<DefaultDevice>;
template MatrixVar<double> Graph<DefaultDevice>::with_ghosts(Pass<double>&, MatrixVar<double> const&) const;
template MatrixVar<float> Graph<DefaultDevice>::with_ghosts(Pass<float>&, MatrixVar<float> const&) const;
}  // namespace nacre::nn
