#pragma once

#include <nacre/core/detail/edge_perceptron_device.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// The multi-layer perceptron of the edges of a graph, from the features of an edge and its two ends.

namespace nacre {

/// For each entry k of a pattern, an edge from its source, the column j, to its target, the row i: with
/// c(k) = [x(i), x(j), h(k)] side by side in the order of the offsets,
///
///     f(k) = W_H gelu(... gelu(W_0 LN(c(k)) + b_0) ...) + b_H,   LN(c) = (c - mean) rstd gamma + beta,
///
/// rstd = 1 / sqrt(variance + eps) (\see LayerNormOp), or without LN; the result is f, h + f, or the sum of f
/// over the entries of each row. It equals GatherOp, LayerNormOp, MatmulOp, BiasOp and GeluOp, but on a host
/// nothing as long as the edges is written in between, and what depends on one end of an edge is computed once
/// for a node. Battaglia et al. (2018), "Relational inductive biases, deep learning, and graph networks",
/// section 3.2.
///
/// x [m, d], the first n rows being the targets, h [nnz or more, dh], with LN gamma and beta [2 d + dh], then
/// W_0 [., 2 d + dh], b_0, ..., W_H [out, .], b_H, H > 0 -> [nnz, out] or [n, out]; all of one type of numbers.
/// Without node features d = 0, and c = h.
template <class Device = DefaultDevice>
struct EdgePerceptronOp {
  static constexpr char const* name = "nacre::edge_perceptron";
  CsrPattern<Device> pattern;  ///< n-by-m
  EdgeResult result = EdgeResult::per_entry;
  bool layer_norm = true;  ///< whether there are gamma and beta
  double eps = 1e-5;
  std::size_t target_at = 0, source_at = 0, edge_at = 0;  ///< where the three parts of c begin
  /// [nnz] entry k has row entry(k) of h, no row twice; empty: row k, and h [nnz, dh]
  Vector<Offset const, Device> entry = {};
  detail::SharedBuffer<typename Device::memory_space> work = {}, norm_work = {};

  template <class X, class H, class... Weights>
  std::array<std::size_t, 2> output_extents(X const&, H const&, Weights const&... weights) const {
    auto const& last = std::get<sizeof...(Weights) - 1>(std::tie(weights...));
    return {{result == EdgeResult::summed_by_row ? static_cast<std::size_t>(pattern.num_rows())
                                                 : pattern.num_entries(),
             last.extent(0)}};
  }

  /// \throws nacre::Error if extents or offsets do not match
  template <class Exec, class Y, class X, class H, class... Weights>
  void forward(Exec const& exec, Y const& y, X const& x, H const& h, Weights const&... weights) const {
    using T = typename Y::non_const_value_type;
    constexpr std::size_t norm = kNorm<Weights...>;
    auto const w = std::tie(weights...);
    auto const layers = make_layers<T, norm>(w, w, std::make_index_sequence<kNumLayers<Weights...>>());
    auto data = data_of<T>(x, h, layers);
    data.y = detail::dense_ref(y);
    if constexpr (norm > 0) {
      data.gamma = std::get<0>(w).data();
      data.beta = std::get<1>(w).data();
    }
    check<norm>(y, x, h, w, layers);
    run(exec, name, false, data);
  }

  template <class Exec, class Y, class YBar, class X, class H, class... WeightsAndBars>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, H const& h,
               WeightsAndBars const&... weights_and_bars) const {
    // gamma, ..., b_H, x_bar, h_bar, gamma_bar, ..., b_H_bar
    constexpr std::size_t count = (sizeof...(WeightsAndBars) - 2) / 2;
    add_adjoint<typename Y::non_const_value_type>(exec, y_bar, x, h, std::tie(weights_and_bars...),
                                                  std::make_index_sequence<count>());
  }

 private:
  /// Whether the first two weights are gamma and beta, as a count of both.
  template <class First, class... Rest>
  static constexpr std::size_t kNorm = compat::kRank<First> == 1 ? 2 : 0;
  template <class... Weights>
  static constexpr std::size_t kNumLayers = (sizeof...(Weights) - kNorm<Weights...>) / 2;

  template <class T, std::size_t kFirst, class Tuple, class Bars, std::size_t... L>
  static std::array<detail::PerceptronLayer<T>, sizeof...(L)> make_layers(Tuple const& w, Bars const& bars,
                                                                          std::index_sequence<L...>) {
    return {{make_layer<T>(std::get<kFirst + 2 * L>(w), std::get<kFirst + 2 * L + 1>(w),
                           std::get<kFirst + 2 * L>(bars), std::get<kFirst + 2 * L + 1>(bars))...}};
  }
  template <class T, class W, class B, class WBar, class BBar>
  static detail::PerceptronLayer<T> make_layer(W const& w, B const& b, WBar const& w_bar, BBar const& b_bar) {
    static_assert(std::is_same_v<typename W::non_const_value_type, T> &&
                      std::is_same_v<typename B::non_const_value_type, T>,
                  "edge_perceptron: all inputs are of one type of numbers");
    detail::PerceptronLayer<T> layer{as_constant(detail::dense_ref(w)), b.data(), {}, nullptr};
    if constexpr (!std::is_const_v<typename WBar::value_type>) {
      layer.W_bar = detail::dense_ref(w_bar);
      layer.b_bar = b_bar.data();
    }
    return layer;
  }
  template <class T>
  static detail::DenseRef<std::add_const_t<T>> as_constant(detail::DenseRef<T> const& X) {
    return {X.data, X.rows, X.cols, X.leading, X.by_rows};
  }

  template <class T, class X, class H, std::size_t kCount>
  detail::EdgePerceptronData<T> data_of(X const& x, H const& h,
                                        std::array<detail::PerceptronLayer<T>, kCount> const& layers) const {
    static_assert(kCount >= 2, "edge_perceptron: there is at least one hidden layer");
    detail::EdgePerceptronData<T> data{};
    data.num_rows = pattern.num_rows();
    data.num_nodes = pattern.num_cols();
    data.num_entries = static_cast<std::int64_t>(pattern.num_entries());
    data.row_ptr = pattern.row_ptr().data();
    data.col = pattern.col().data();
    data.entry = entry.extent(0) > 0 ? entry.data() : nullptr;
    data.x = as_constant(detail::dense_ref(x));
    data.h = as_constant(detail::dense_ref(h));
    data.eps = eps;
    data.target_at = static_cast<std::int64_t>(target_at);
    data.source_at = static_cast<std::int64_t>(source_at);
    data.edge_at = static_cast<std::int64_t>(edge_at);
    data.result = result;
    data.layers = layers.data();
    data.num_layers = static_cast<int>(kCount);
    return data;
  }

  template <class T, class Exec, class YBar, class X, class H, class Tuple, std::size_t... I>
  void add_adjoint(Exec const& exec, YBar const& y_bar, X const& x, H const& h, Tuple const& all,
                   std::index_sequence<I...>) const {
    constexpr std::size_t count = sizeof...(I);
    constexpr std::size_t norm = kNorm<std::decay_t<std::tuple_element_t<I, Tuple>>...>;
    auto const w = std::tie(std::get<I>(all)...);
    auto const bars = std::tie(std::get<count + 2 + I>(all)...);
    auto const layers = make_layers<T, norm>(w, bars, std::make_index_sequence<(count - norm) / 2>());
    auto data = data_of<T>(x, h, layers);
    data.y_bar = as_constant(detail::dense_ref(y_bar));
    data.x_bar = detail::dense_ref(std::get<count>(all));
    data.h_bar = detail::dense_ref(std::get<count + 1>(all));
    if constexpr (norm > 0) {
      data.gamma = std::get<0>(w).data();
      data.beta = std::get<1>(w).data();
      data.gamma_bar = std::get<0>(bars).data();
      data.beta_bar = std::get<1>(bars).data();
    }
    run(exec, "nacre::edge_perceptron_adjoint", true, data);
  }

  template <class Exec, class T>
  void run(Exec const& exec, char const* label, bool adjoint, detail::EdgePerceptronData<T>& data) const {
    if constexpr (kOnHost<Device>) {
      data.serial = kSerial<typename Exec::device_type>;
      if (adjoint && !data.serial) {
        auto const& t = transposed(pattern);
        data.col_ptr = t.pattern.row_ptr().data();
        data.col_entry = t.entry.data();
      }
      detail::run_edge_perceptron(exec, label, detail::EdgePerceptronPass<T>(data, adjoint), work);
    } else {
      detail::EdgePerceptronOnDevice<T, Device> const pass(pattern, data, work,
                                                           LayerNormOp<Device>{eps, norm_work});
      if (adjoint)
        pass.adjoint(exec);
      else
        pass.forward(exec);
    }
  }

  template <std::size_t kNormed, class Y, class X, class H, class Tuple, class Layers>
  void check(Y const& y, X const& x, H const& h, Tuple const& w, Layers const& layers) const {
    std::size_t const d = x.extent(1), dh = h.extent(1), width = 2 * d + dh;
    if (layer_norm != (kNormed > 0))
      fail(cat("edge_perceptron: layer_norm is ", layer_norm ? "set" : "not set", ", but gamma and beta are ",
               kNormed > 0 ? "" : "not ", "among the inputs"));
    if (pattern.num_rows() > pattern.num_cols())
      fail(cat("edge_perceptron: the pattern has ", pattern.num_rows(), " rows but ", pattern.num_cols(),
               " columns, and targets are the first of the sources"));
    check_extent("edge_perceptron", x, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the pattern's number of columns");
    if (entry.extent(0) > 0)
      check_extent("edge_perceptron", entry, 0, pattern.num_entries(), "the pattern's number of entries");
    else
      check_extent("edge_perceptron", h, 0, pattern.num_entries(), "the pattern's number of entries");
    if (!parts_fit(d, dh))
      fail(cat("edge_perceptron: parts of ", d, ", ", d, " and ", dh, " numbers at ", target_at, ", ",
               source_at, " and ", edge_at, " are not one vector of ", width));
    if constexpr (kNormed > 0) {
      check_extent("edge_perceptron", std::get<0>(w), 0, width, "the width of both ends and the edge");
      check_extent("edge_perceptron", std::get<1>(w), 0, width, "the width of both ends and the edge");
    }
    check_layers<kNormed>(w, width, std::make_index_sequence<std::tuple_size_v<Layers>>());
    auto const out = static_cast<std::size_t>(layers.back().W.rows);
    if (result == EdgeResult::per_entry_with_residual && out != dh)
      fail(cat("edge_perceptron: results have ", out, " columns but h, which they are added to, has ", dh));
    bool const summed = result == EdgeResult::summed_by_row;
    check_extent("edge_perceptron", y, 0,
                 summed ? static_cast<std::size_t>(pattern.num_rows()) : pattern.num_entries(),
                 summed ? "the pattern's number of rows" : "the pattern's number of entries");
    check_extent("edge_perceptron", y, 1, out, "the number of rows of the last matrix");
  }
  template <std::size_t kFirst, class Tuple, std::size_t... L>
  static void check_layers(Tuple const& w, std::size_t width, std::index_sequence<L...>) {
    (check_layer(std::get<kFirst + 2 * L>(w), std::get<kFirst + 2 * L + 1>(w), width), ...);
  }
  template <class W, class B>
  static void check_layer(W const& w, B const& b, std::size_t& width) {
    check_extent("edge_perceptron", w, 1, width, "the width of what the matrix is applied to");
    check_extent("edge_perceptron", b, 0, w.extent(0), "the number of rows of its matrix");
    width = w.extent(0);
  }
  /// Whether the parts that are not empty are side by side, in any order.
  bool parts_fit(std::size_t d, std::size_t dh) const {
    std::size_t const first[3] = {target_at, source_at, edge_at}, size[3] = {d, d, dh};
    for (int a = 0; a < 3; ++a) {
      if (size[a] == 0) continue;
      if (first[a] + size[a] > 2 * d + dh) return false;
      for (int b = 0; b < a; ++b)
        if (size[b] > 0 && first[a] < first[b] + size[b] && first[b] < first[a] + size[a]) return false;
    }
    return true;
  }
};

}  // namespace nacre
