#pragma once

#include <nacre/core/edge_perceptron.hpp>
#include <nacre/core/index_map.hpp>
#include <nacre/nn/graph.hpp>
#include <nacre/nn/module.hpp>

/// \file
/// Perceptrons of edges and the nodes they join.

namespace nacre::nn {

/// How the three parts of what a perceptron of edges sees follow one another.
enum class EdgeParts { target_source_edge, edge_source_target };

/// How it is computed: in one operation without features of edges between its layers, or as a chain of operations on
/// matrices [nnz, k]. Results agree up to rounding.
enum class Evaluation { fused, plain };

struct EdgePerceptronOptions {
  std::size_t node_width = 0;  ///< d of each end; 0: edges alone
  std::size_t edge_width = 1, hidden = 24, out = 24;
  int hidden_layers = 1;  ///< 1 to 3
  bool layer_norm = true;
  EdgeParts parts = EdgeParts::target_source_edge;
  EdgeResult result = EdgeResult::per_entry;
};

/// f(c(k)) for the entry k of a pattern, an edge from col(k) to row(k), with c(k) made of the features of both nodes and of the
/// edge: [layer norm,] linear, GELU, ..., linear. Parameters: norm_weight, norm_bias, weight0 [hidden, 2d + edges], bias0, ...
template <class Scalar, class Device = DefaultDevice>
class EdgePerceptron : public Module<Scalar, Device> {
 public:
  using Options = EdgePerceptronOptions;
  /// \throws nacre::Error if there are fewer hidden layers than one or more than three, or a residual of another width
  explicit EdgePerceptron(Options const& options);

  /// \param pattern n by m: its rows are nodes that this rank owns, its columns these and ghosts
  /// \param x       [m, d] features of nodes with those of ghosts
  /// \param h       [number of edges, width]
  /// \param entry   of each entry of `pattern` the edge it is; a map of size 0: the edge of its number
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, CsrPattern<Device> const& pattern,
                                    MatrixVar<Scalar, Device> const& x, MatrixVar<Scalar, Device> const& h,
                                    IndexMap<Device> const& entry = {},
                                    Evaluation how = Evaluation::fused) const;

  Parameter<Scalar, Device>& last_weight() const { return *weight_.back(); }
  Parameter<Scalar, Device>& last_bias() const { return *bias_.back(); }

 private:
  MatrixVar<Scalar, Device> plain(Pass<Scalar, Device>& pass, CsrPattern<Device> const& pattern,
                                  MatrixVar<Scalar, Device> const& x, MatrixVar<Scalar, Device> const& h,
                                  IndexMap<Device> const& entry) const;
  template <std::size_t... kLayers>
  MatrixVar<Scalar, Device> fused(Pass<Scalar, Device>& pass, EdgePerceptronOp<Device> const& op,
                                  MatrixVar<Scalar, Device> const& x, MatrixVar<Scalar, Device> const& h,
                                  std::index_sequence<kLayers...>) const;

  Options options_;
  Parameter<Scalar, Device>*norm_weight_ = nullptr, *norm_bias_ = nullptr;
  std::vector<Parameter<Scalar, Device>*> weight_, bias_;
};

extern template class EdgePerceptron<double>;
extern template class EdgePerceptron<float>;

}  // namespace nacre::nn

#include <nacre/nn/edge_perceptron_impl.hpp>
