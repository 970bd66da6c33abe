#pragma once

#include <tuple>

#include <nacre/core/dense_columns.hpp>
#include <nacre/core/dense_rows.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/gemm.hpp>
#include <nacre/core/layer_norm.hpp>
#include <nacre/nn/aggregation.hpp>

namespace nacre::nn {

namespace detail {

/// Columns of the rows of a pattern's entries, its rows being the first of its columns.
template <class Device>
struct ColumnOfRow {
  IndexMap<Device> map;
};
template <class Device>
IndexMap<Device> const& column_of_row(CsrPattern<Device> const& pattern) {
  return pattern
      .template cached<ColumnOfRow<Device>>([&]() -> ColumnOfRow<Device> {
        auto const row = host_view(row_of_entry(pattern));
        return {row_index<Device>(static_cast<std::size_t>(pattern.num_cols()),
                                  std::vector<Ordinal>(row.data(), row.data() + row.extent(0)))};
      })
      .map;
}

}  // namespace detail

template <class Scalar, class Device>
EdgePerceptron<Scalar, Device>::EdgePerceptron(Options const& o) : options_(o) {
  if (o.hidden_layers < 1 || o.hidden_layers > 3)
    fail(cat("EdgePerceptron: ", o.hidden_layers, " hidden layers, expected 1, 2 or 3"));
  if (o.result == EdgeResult::per_entry_with_residual && o.out != o.edge_width)
    fail(cat("EdgePerceptron: a residual of width ", o.out, " for edges of width ", o.edge_width));
  std::size_t in = 2 * o.node_width + o.edge_width;
  if (o.layer_norm) {
    norm_weight_ = &this->add_parameter("norm_weight", {in}, ones());
    norm_bias_ = &this->add_parameter("norm_bias", {in}, zeros());
  }
  for (int l = 0; l <= o.hidden_layers; ++l) {
    std::size_t const out = l < o.hidden_layers ? o.hidden : o.out;
    weight_.push_back(&this->add_parameter(cat("weight", l), {out, in}, pytorch_default(in)));
    bias_.push_back(&this->add_parameter(cat("bias", l), {out}, pytorch_default(in)));
    in = out;
  }
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> EdgePerceptron<Scalar, Device>::forward(
    Pass<Scalar, Device>& pass, CsrPattern<Device> const& pattern, MatrixVar<Scalar, Device> const& x,
    MatrixVar<Scalar, Device> const& h, IndexMap<Device> const& entry, Evaluation how) const {
  if (how == Evaluation::plain) return plain(pass, pattern, x, h, entry);
  EdgePerceptronOp<Device> op{pattern, options_.result, options_.layer_norm};
  std::size_t const d = options_.node_width, e = options_.edge_width;
  bool const edge_first = options_.parts == EdgeParts::edge_source_target;
  op.target_at = edge_first ? e + d : 0;
  op.source_at = edge_first ? e : d;
  op.edge_at = edge_first ? 0 : 2 * d;
  op.entry = entry.source();
  if (options_.hidden_layers == 1) return fused(pass, op, x, h, std::make_index_sequence<2>());
  if (options_.hidden_layers == 2) return fused(pass, op, x, h, std::make_index_sequence<3>());
  return fused(pass, op, x, h, std::make_index_sequence<4>());
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> EdgePerceptron<Scalar, Device>::plain(Pass<Scalar, Device>& pass,
                                                                CsrPattern<Device> const& pattern,
                                                                MatrixVar<Scalar, Device> const& x,
                                                                MatrixVar<Scalar, Device> const& h,
                                                                IndexMap<Device> const& entry) const {
  using Matrix = MatrixVar<Scalar, Device>;
  auto& tape = pass.tape();
  Matrix const edge = entry.size() > 0 ? Matrix(tape.apply(GatherOp<Device>(entry), h)) : h;
  Matrix y = edge;
  if (options_.node_width > 0) {
    auto const target = tape.apply(GatherOp<Device>(detail::column_of_row(pattern)), x);
    auto const source = tape.apply(GatherOp<Device>(detail::row_of_column(pattern)), x);
    y = options_.parts == EdgeParts::target_source_edge
            ? Matrix(tape.apply(ConcatenateColumnsOp(), target, source, edge))
            : Matrix(tape.apply(ConcatenateColumnsOp(), edge, source, target));
  }
  if (norm_weight_)
    y = tape.apply(LayerNormOp<Device>(), y, pass.vector(*norm_weight_), pass.vector(*norm_bias_));
  for (std::size_t l = 0; l < weight_.size(); ++l) {
    if (l > 0) y = tape.apply(GeluOp(), y);
    y = tape.apply(BiasOp(),
                   tape.apply(MatmulOp{Transposed::no, Transposed::yes}, y, pass.matrix(*weight_[l])),
                   pass.vector(*bias_[l]));
  }
  if (options_.result == EdgeResult::per_entry_with_residual)
    y = tape.apply(LinearCombinationOp{1, 1}, edge, y);
  if (options_.result == EdgeResult::summed_by_row)
    y = tape.apply(SegmentSumOp<Device>{row_segments(pattern)}, y);
  return y;
}

namespace detail {

/// Flattens (weight, bias) pairs into the inputs of one operation.
template <class Scalar, class Device, class... Vars>
MatrixVar<Scalar, Device> apply_edge_perceptron(Pass<Scalar, Device>& pass,
                                                EdgePerceptronOp<Device> const& op,
                                                std::tuple<Vars...> const& inputs) {
  return std::apply(
      [&](Vars const&... in) -> MatrixVar<Scalar, Device> { return pass.tape().apply(op, in...); }, inputs);
}

}  // namespace detail

template <class Scalar, class Device>
template <std::size_t... kLayers>
MatrixVar<Scalar, Device> EdgePerceptron<Scalar, Device>::fused(Pass<Scalar, Device>& pass,
                                                                EdgePerceptronOp<Device> const& op,
                                                                MatrixVar<Scalar, Device> const& x,
                                                                MatrixVar<Scalar, Device> const& h,
                                                                std::index_sequence<kLayers...>) const {
  auto const weights =
      std::tuple_cat(std::make_tuple(pass.matrix(*weight_[kLayers]), pass.vector(*bias_[kLayers]))...);
  if (!norm_weight_)
    return detail::apply_edge_perceptron(pass, op, std::tuple_cat(std::make_tuple(x, h), weights));
  return detail::apply_edge_perceptron(
      pass, op,
      std::tuple_cat(std::make_tuple(x, h, pass.vector(*norm_weight_), pass.vector(*norm_bias_)), weights));
}

}  // namespace nacre::nn
