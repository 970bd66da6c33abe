#pragma once

#include <nacre/core/elementwise_binary.hpp>
#include <nacre/nn/graph.hpp>
#include <nacre/nn/module.hpp>

/// \file
/// Layers, and layers made of layers.

namespace nacre::nn {

/// A layer that treats rows alike, whatever they stand for: y = f(x), [n, in] -> [n, out].
template <class Scalar, class Device = DefaultDevice>
class RowLayer : public Module<Scalar, Device> {
 public:
  /// \param rows what the rows of x are; needed by dropout and by norms over nodes
  virtual MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                            MatrixVar<Scalar, Device> const& x) const = 0;
};

/// A layer that passes messages along the edges of a graph: features of its nodes [n, in] -> [n, out].
template <class Scalar, class Device = DefaultDevice>
class GraphLayer : public Module<Scalar, Device> {
 public:
  virtual MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                            MatrixVar<Scalar, Device> const& x) const = 0;
};

/// Row layers one after the other, named "0", "1", ...
template <class Scalar, class Device = DefaultDevice>
class RowSequential : public RowLayer<Scalar, Device> {
 public:
  /// Appends a layer of this type. \return the layer
  template <class Layer, class... Args>
  Layer& add(Args&&... args) {
    auto layer = std::make_unique<Layer>(std::forward<Args>(args)...);
    Layer& added = *layer;
    this->add_module(std::to_string(layers_.size()), added);
    layers_.push_back(std::move(layer));
    return added;
  }
  std::size_t size() const { return layers_.size(); }
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override {
    auto y = x;
    for (auto const& layer : layers_) y = layer->forward(pass, rows, y);
    return y;
  }

 private:
  std::vector<std::unique_ptr<RowLayer<Scalar, Device>>> layers_;
};

/// Layers of a graph one after the other, named "0", "1", ...; row layers among them work on its nodes.
template <class Scalar, class Device = DefaultDevice>
class Sequential : public GraphLayer<Scalar, Device> {
 public:
  /// Appends a layer of this type, a GraphLayer or a RowLayer. \return the layer
  template <class Layer, class... Args>
  Layer& add(Args&&... args) {
    auto layer = std::make_unique<Layer>(std::forward<Args>(args)...);
    Layer& added = *layer;
    this->add_module(std::to_string(layers_.size()), added);
    if constexpr (std::is_base_of_v<GraphLayer<Scalar, Device>, Layer>)
      layers_.push_back({std::move(layer), nullptr});
    else
      layers_.push_back({nullptr, std::move(layer)});
    return added;
  }
  std::size_t size() const { return layers_.size(); }
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x) const override {
    auto y = x;
    for (auto const& layer : layers_)
      y = layer.of_graph ? layer.of_graph->forward(pass, graph, y)
                         : layer.of_rows->forward(pass, graph.nodes(), y);
    return y;
  }

 private:
  struct Either {
    std::unique_ptr<GraphLayer<Scalar, Device>> of_graph;
    std::unique_ptr<RowLayer<Scalar, Device>> of_rows;
  };
  std::vector<Either> layers_;
};

/// y = x + f(x), f being row layers that are added to the block; He, Zhang, Ren and Sun (2016), "Deep residual learning
/// for image recognition", eq. 1.
template <class Scalar, class Device = DefaultDevice>
class Residual : public RowSequential<Scalar, Device> {
 public:
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override {
    return pass.tape().apply(LinearCombinationOp{1, 1}, x,
                             RowSequential<Scalar, Device>::forward(pass, rows, x));
  }
};

/// The same of layers of a graph.
template <class Scalar, class Device = DefaultDevice>
class GraphResidual : public Sequential<Scalar, Device> {
 public:
  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Graph<Device> const& graph,
                                    MatrixVar<Scalar, Device> const& x) const override {
    return pass.tape().apply(LinearCombinationOp{1, 1}, x,
                             Sequential<Scalar, Device>::forward(pass, graph, x));
  }
};

}  // namespace nacre::nn
