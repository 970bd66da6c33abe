#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/core/gatv2.hpp>
#include <nacre/core/segment_softmax.hpp>
#include <nacre/nn/gcn_normalization.hpp>

namespace nacre::nn {

namespace detail {

/// What names the edges of A + I on any number of ranks.
template <class Device>
struct SelfLoopKeys {
  Vector<std::uint64_t const, Device> keys;
};
template <class Device>
Vector<std::uint64_t const, Device> const& edge_keys(Graph<Device> const& graph, bool self_loops) {
  if (!self_loops) return graph.edges().keys;
  return graph
      .template cached<SelfLoopKeys<Device>>([&]() -> SelfLoopKeys<Device> {
        auto const& A = with_self_loops(graph);
        auto const row_ptr = host_view(A.pattern.local().row_ptr());
        auto const entry = host_view(A.entry);
        auto const given = host_view(graph.edges().keys);
        std::vector<std::uint64_t> keys(entry.extent(0));
        for (Ordinal i = 0; i < graph.num_nodes(); ++i) {
          auto const node = static_cast<std::uint64_t>(graph.nodes().first + i);
          for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
            keys[static_cast<std::size_t>(k)] =
                entry(k) == kNoEntry ? random_bits(node, node) : given(entry(k));
        }
        return {to_device<Device>("nacre::nn::edge_keys", keys)};
      })
      .keys;
}

/// The mean over heads as a product: H identities of size `out`, one above the other, over H.
template <class Scalar, class Device>
RowMajor<Scalar, Device> mean_of_heads(std::size_t heads, std::size_t out) {
  RowMajor<Scalar, Device> const mean("nacre::nn::mean_of_heads", heads * out, out);
  auto const h = Kokkos::create_mirror_view(mean);
  for (std::size_t i = 0; i < heads * out; ++i) h(i, i % out) = Scalar(1) / static_cast<Scalar>(heads);
  Kokkos::deep_copy(mean, h);
  return mean;
}

}  // namespace detail

template <class Scalar, class Device>
GatV2Conv<Scalar, Device>::GatV2Conv(std::size_t in, std::size_t out, Options const& options)
    : options_(options) {
  if (options.heads < 1) fail(cat("GatV2Conv: heads = ", options.heads, ", expected at least 1"));
  DropoutOp<Device>(options.dropout, 0);  // checks the rate
  std::size_t const width = static_cast<std::size_t>(options.heads) * out;
  weight_target_ = &this->add_parameter("weight_target", {in, width}, glorot_uniform(in, width));
  weight_source_ = &this->add_parameter("weight_source", {in, width}, glorot_uniform(in, width));
  attention_ = &this->add_parameter("attention", {width}, glorot_uniform(1, out));
  if (options.with_bias) bias_ = &this->add_parameter("bias", {options.concatenate ? width : out}, zeros());
  if (!options.concatenate && options.heads > 1)
    mean_of_heads_ = detail::mean_of_heads<Scalar, Device>(static_cast<std::size_t>(options.heads), out);
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> GatV2Conv<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                             Graph<Device> const& graph,
                                                             MatrixVar<Scalar, Device> const& x) const {
  auto& tape = pass.tape();
  auto const& pattern = options_.self_loops ? with_self_loops(graph).pattern.local() : graph.local();
  auto const target = detail::project(pass, x, pass.matrix(*weight_target_));
  auto const source = graph.with_ghosts(pass, detail::project(pass, x, pass.matrix(*weight_source_)));
  GatV2ScoreOp<Device> const score{pattern, options_.heads, options_.slope};
  auto alpha = tape.apply(SegmentSoftmaxOp<Device>{row_segments(pattern)},
                          tape.apply(score, target, source, pass.vector(*attention_)));
  if (this->is_training() && options_.dropout > 0)
    alpha = tape.apply(
        DropoutOp<Device>(options_.dropout, pass.next_seed(), detail::edge_keys(graph, options_.self_loops)),
        alpha);
  MatrixVar<Scalar, Device> y = tape.apply(MultiHeadSpmmOp<Device>{pattern, options_.heads}, alpha, source);
  if (!options_.concatenate && options_.heads > 1) y = tape.apply(MatmulOp(), y, mean_of_heads_);
  return bias_ ? tape.apply(BiasOp(), y, pass.vector(*bias_)) : y;
}

}  // namespace nacre::nn
