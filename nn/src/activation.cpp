#include <nacre/nn/activation.hpp>

namespace nacre::nn {

Activation activation_by_name(std::string const& name) {
  struct Named {
    char const* name;
    Activation activation;
  };
  std::string known;
  for (auto const& [candidate, activation] :
       {Named{"none", Activation::none}, Named{"relu", Activation::relu},
        Named{"leaky_relu", Activation::leaky_relu}, Named{"elu", Activation::elu},
        Named{"gelu", Activation::gelu}, Named{"tanh", Activation::tanh},
        Named{"sigmoid", Activation::sigmoid}, Named{"softplus", Activation::softplus}}) {
    if (name == candidate) return activation;
    known += (known.empty() ? "" : ", ") + std::string(candidate);
  }
  fail(cat("there is no activation '", name, "'; there are: ", known));
}

template MatrixVar<double> activate(Pass<double>&, Activation, MatrixVar<double> const&);
template MatrixVar<float> activate(Pass<float>&, Activation, MatrixVar<float> const&);

}  // namespace nacre::nn
