#pragma once

#include <nacre/nn/graph.hpp>

/// \file
/// Adjacency matrices with self-loops, and scaled by degrees.

namespace nacre::nn {

/// The pattern of A + I, kept with that of A. The halo is that of A.
template <class Device = DefaultDevice>
struct WithSelfLoops {
  DistributedPattern<Device> pattern;
  Vector<Offset const, Device>
      entry;  ///< [nnz] entry of A that an entry is, kNoEntry where the self-loop is new
};
/// Collective on the first call for a graph.
template <class Device>
WithSelfLoops<Device> const& with_self_loops(Graph<Device> const& graph);

/// D^(-1/2) (A + I) D^(-1/2), or without I, with A the pattern of the graph, all ones, and D the diagonal of the row sums.
/// Self-loops that the graph has serve as those of I; rows without entries stay empty. Kept with the pattern.
///
/// Kipf and Welling (2017), "Semi-supervised classification with graph convolutional networks", eq. 2.
template <class Scalar, class Device = DefaultDevice, bool kSelfLoops = true>
struct GcnNormalization {
  DistributedPattern<Device> pattern;
  Vector<Scalar, Device> values;  ///< [nnz]
};
/// Collective on the first call for a graph and a type.
template <class Scalar, bool kSelfLoops = true, class Device>
GcnNormalization<Scalar, Device, kSelfLoops> const& gcn_normalization(Graph<Device> const& graph);

/// D^-1 A: rows whose nodes have neighbours sum to one, others are empty. Kept with the pattern.
template <class Scalar, class Device = DefaultDevice>
struct MeanOfNeighbors {
  Vector<Scalar, Device> values;  ///< [nnz] on the pattern of the graph
};
template <class Scalar, class Device>
MeanOfNeighbors<Scalar, Device> const& mean_of_neighbors(Graph<Device> const& graph);

/// Ones on the pattern of the graph, kept with it.
template <class Scalar, class Device = DefaultDevice>
struct UnitWeights {
  Vector<Scalar, Device> values;  ///< [nnz]
};
template <class Scalar, class Device>
UnitWeights<Scalar, Device> const& unit_weights(Graph<Device> const& graph) {
  return graph.local().template cached<UnitWeights<Scalar, Device>>([&]() -> UnitWeights<Scalar, Device> {
    Vector<Scalar, Device> const ones("nacre::nn::unit_weights", graph.local().num_entries());
    Kokkos::deep_copy(ones, Scalar(1));
    return {ones};
  });
}

}  // namespace nacre::nn

#include <nacre/nn/gcn_normalization_impl.hpp>
