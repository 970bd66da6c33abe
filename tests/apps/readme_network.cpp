#include <cstdio>

#include <nacre/autodiff/adam.hpp>
#include <nacre/nn/activation.hpp>
#include <nacre/nn/gcn_conv.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/graph_data.hpp>
#include <nacre/nn/losses.hpp>

namespace nn = nacre::nn;

struct Network : nn::Module<float> {
  nn::GcnConv<float> hidden, output;
  Network(std::size_t features, std::size_t classes) : hidden(features, 16), output(16, classes) {
    add_module("hidden", hidden);
    add_module("output", output);
  }
  nn::MatrixVar<float> forward(nn::Pass<float>& pass, nn::Graph<> const& graph,
                               nacre::CsrMatrix<float> const& x) const {
    auto const h = hidden.forward(pass, graph, nn::sparse_features(pass, x));
    return output.forward(pass, graph, nn::activate(pass, nn::Activation::relu, h));
  }
};

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const comm = nacre::Comm::world();
  auto const data = nn::stochastic_block_model<float>(comm);  // this rank's nodes of it
  nn::Graph<> const graph(data.adjacency.pattern);
  auto const labels = [&](nn::Split which) {
    return nn::make_labels(comm, data.labels, data.num_classes, nn::nodes_of(data, which));
  };
  auto const train = labels(nn::Split::train), test = labels(nn::Split::test);

  Network network(static_cast<std::size_t>(data.features.num_cols()),
                  static_cast<std::size_t>(data.num_classes));
  network.initialize(/*seed=*/1);
  nn::Gradients<float> gradients(network, comm);
  nacre::ad::Adam<float> adam({.01});
  nn::Pass<float> pass;
  for (int epoch = 0; epoch < 100; ++epoch) {
    pass.begin();
    auto const logits = network.forward(pass, graph, data.features);
    gradients.compute(pass, nn::cross_entropy(pass, graph.nodes(), logits, train));  // summed over ranks
    adam.step(pass.exec(), gradients.parameters());
  }

  pass.begin(0, nn::Recording::off);
  auto const logits = network.forward(pass, graph, data.features);
  double const accuracy = nn::accuracy(nn::confusion_matrix(comm, logits.value, test));
  if (comm.rank() == 0) std::printf("accuracy %.3f\n", accuracy);
  return accuracy > .7 ? 0 : 1;
}
