#pragma once

#include <vector>

#include <nacre/nn/graph.hpp>

/// \file
/// Several graphs as one.

namespace nacre::nn {

/// The graphs one after the other, block-diagonal. Layers work on it as on a single graph; features are stack_rows(),
/// weights of edges stack() of those of the graphs.
///
/// \param graphs square patterns; none is fine
/// \param batch  data-parallel: the ranks that share the batch, each with graphs of its own. Collective over it.
/// \throws nacre::Error on all ranks if a pattern is not square
template <class Device>
Graph<Device> make_batch(std::vector<CsrPattern<Device>> const& graphs, Comm const& batch = Comm::self());

/// Vectors, or matrices of as many columns, one after the other: each number is copied once.
/// \throws nacre::Error if the numbers of columns differ
template <class Scalar, class Device>
Vector<Scalar, Device> stack(std::vector<Vector<Scalar, Device>> const& parts);
template <class Scalar, class Device>
RowMajor<Scalar, Device> stack_rows(std::vector<RowMajor<Scalar, Device>> const& parts);

}  // namespace nacre::nn

#include <nacre/nn/batch_impl.hpp>
