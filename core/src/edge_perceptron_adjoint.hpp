#pragma once

#include "edge_perceptron_tile.hpp"

/// \file
/// The steps of EdgePerceptronPass that only the adjoint has.

namespace nacre::detail {

/// g: what the last hidden layer gives times the derivative there.
template <class T>
void EdgePerceptronPass<T>::adjoint_of_results(Tile const& tile) const {
  T* const z = tile.z_of(num_hidden_ - 1, widest_);
  T* const derivative = tile.derivative_of(num_hidden_ - 1, widest_);
  if (sums()) {
    for (std::int64_t t = 0; t < tile.count; ++t) {
      T const* const bar = row_bars_ + tile.row_of[t] * last_;
      for (std::int64_t c = 0; c < last_; ++c) tile.g[t * last_ + c] = bar[c] * derivative[t * last_ + c];
      add<T>(z + t * last_, row_sums_ + tile.row_of[t] * last_, last_);
    }
    return;
  }
  auto const& last = data_.layers[num_hidden_];
  DenseRef<T const> const y_bar = some_rows(data_.y_bar, tile.first, tile.count);
  T* const W_bar = tile.bars + part_size_ - out_ * (last_ + 1);
  if (last.W_bar.data != nullptr)
    product(true, y_bar.transposed(), by_rows(z, tile.count, last_, last_),
            by_rows(W_bar, out_, last_, last_));
  if (last.b_bar != nullptr) add_column_sums(y_bar, W_bar + out_ * last_);
  product(false, y_bar, last.W, by_rows(tile.g, tile.count, last_, last_));
  for (std::int64_t i = 0; i < tile.count * last_; ++i) tile.g[i] *= derivative[i];
}

template <class T>
void EdgePerceptronPass<T>::adjoint_of_hidden_layers(Tile const& tile) const {
  T *g = tile.g, *next = tile.g_next;
  T* bars = tile.bars + part_size_ - out_ * (last_ + 1);
  for (int l = num_hidden_ - 1; l > 0; --l) {
    std::int64_t const k = width_of(l), before = width_of(l - 1);
    DenseRef<T> const g_of_layer = by_rows(g, tile.count, k, k);
    bars -= k * (before + 1);
    if (data_.layers[l].W_bar.data != nullptr)
      product(true, g_of_layer.transposed(), by_rows(tile.z_of(l - 1, widest_), tile.count, before, before),
              by_rows(bars, k, before, before));
    if (data_.layers[l].b_bar != nullptr) add_column_sums(constant(g_of_layer), bars + k * before);
    product(false, g_of_layer, data_.layers[l].W, by_rows(next, tile.count, before, before));
    T const* const derivative = tile.derivative_of(l - 1, widest_);
    for (std::int64_t i = 0; i < tile.count * before; ++i) next[i] *= derivative[i];
    std::swap(g, next);
  }
  if (g != tile.g) std::copy_n(g, tile.count * hidden_, tile.g);
}

/// From g to rstd g, B and B mean, and what nodes get of them.
template <class T>
void EdgePerceptronPass<T>::adjoint_of_first_layer(Tile const& tile) const {
  std::int64_t const leading = hidden_ + 2;
  add_column_sums(constant(by_rows(tile.g, tile.count, hidden_, hidden_)), tile.bars + hidden_ * edge_width_);
  if (normalizes()) {
    T const factor = 1 / static_cast<T>(width_);
    for (std::int64_t t = 0; t < tile.count; ++t) {
      T const rstd = tile.rstd[t];
      tile.slope[t] = -rstd * rstd * factor *
                      product_with_deviation<T>(tile.g + t * hidden_, tile.a + t * hidden_, shift_, hidden_);
      scale(rstd, tile.g + t * hidden_, hidden_);
    }
  }
  if (!wants_nodes_) return;
  for (std::int64_t t = 0; t < tile.count; ++t) {
    T const slope = normalizes() ? tile.slope[t] : T(0), offset = normalizes() ? -slope * tile.mean[t] : T(0);
    T const* const g = tile.g + t * hidden_;
    std::int64_t const k = tile.first + t;
    T* const target = target_bar_ + tile.row_of[t] * leading;
    add<T>(g, target, hidden_);
    target[hidden_] += slope;
    target[hidden_ + 1] += offset;
    T* const source = data_.serial ? source_bar_ + data_.col[k] * leading : entry_bar_ + k * leading;
    if (data_.serial) {
      add<T>(g, source, hidden_);
      source[hidden_] += slope;
      source[hidden_ + 1] += offset;
    } else {
      std::copy_n(g, hidden_, source);
      source[hidden_] = slope;
      source[hidden_ + 1] = offset;
    }
  }
}

template <class T>
void EdgePerceptronPass<T>::adjoint_of_edges(Tile const& tile) const {
  DenseRef<T> const g = by_rows(tile.g, tile.count, hidden_, hidden_);
  if (wants_first_weights_)
    product(true, g.transposed(), tile.h, by_rows(tile.bars, hidden_, edge_width_, edge_width_));
  if (data_.h_bar.data == nullptr) return;
  bool const in_place = data_.entry == nullptr;
  DenseRef<T> const h_bar = in_place ? some_rows(data_.h_bar, tile.first, tile.count)
                                     : by_rows(tile.h_bar, tile.count, edge_width_, edge_width_);
  product(in_place, g,
          block(by_rows(weights_, hidden_, width_, width_), 0, hidden_, data_.edge_at, edge_width_), h_bar);
  for (std::int64_t t = 0; t < tile.count; ++t) {
    if (normalizes())
      add_affine(tile.slope[t], row(tile.h, t), -tile.slope[t] * tile.mean[t], row(h_bar, t), edge_width_);
    if (data_.result == EdgeResult::per_entry_with_residual)
      add(row(data_.y_bar, tile.first + t), row(h_bar, t), edge_width_);
    if (!in_place)
      add(row(h_bar, t), row(data_.h_bar, static_cast<std::int64_t>(data_.entry[tile.first + t])),
          edge_width_);
  }
}

template <class T>
void EdgePerceptronPass<T>::sum_over_columns(std::int64_t chunk) const {
  std::int64_t const first = chunk * kNodesOfChunk, end = std::min(first + kNodesOfChunk, data_.num_nodes);
  std::int64_t const leading = hidden_ + 2;
  set_zero(source_bar_ + first * leading, (end - first) * leading);
  for (std::int64_t j = first; j < end; ++j)
    for (Offset k = data_.col_ptr[j]; k < data_.col_ptr[j + 1]; ++k)
      add<T>(entry_bar_ + static_cast<std::int64_t>(data_.col_entry[k]) * leading, source_bar_ + j * leading,
             leading);
}

template <class T>
void EdgePerceptronPass<T>::finish_nodes(std::int64_t chunk) const {
  std::int64_t const first = chunk * kNodesOfChunk, end = std::min(first + kNodesOfChunk, data_.num_nodes);
  std::int64_t const targets = std::max<std::int64_t>(std::min(end, data_.num_rows) - first, 0);
  std::int64_t const leading = hidden_ + 2;
  DenseRef<T> const W = by_rows(weights_, hidden_, width_, width_);
  DenseRef<T> const target = by_rows(target_bar_ + first * leading, targets, hidden_, leading),
                    source = by_rows(source_bar_ + first * leading, end - first, hidden_, leading);
  product(true, target, block(W, 0, hidden_, data_.target_at, d_), some_rows(data_.x_bar, first, targets));
  product(true, source, block(W, 0, hidden_, data_.source_at, d_),
          some_rows(data_.x_bar, first, end - first));
  for (std::int64_t i = 0; i < end - first && normalizes(); ++i) {
    T const* const of_source = source.data + i * leading + hidden_;
    T slope = of_source[0], offset = of_source[1];
    if (i < targets) {
      slope += target.data[i * leading + hidden_];
      offset += target.data[i * leading + hidden_ + 1];
    }
    add_affine(slope, row(data_.x, first + i), offset, row(data_.x_bar, first + i), d_);
  }
}

/// Sums over the parts, in their order, and what they are for W_0, gamma and beta.
template <class T>
void EdgePerceptronPass<T>::finish_weights() const {
  auto const total = [this](std::int64_t at) {
    double sum = 0;
    for (std::int64_t part = 0; part < num_parts_; ++part)
      sum += static_cast<double>(part_bars_[part * part_size_ + at]);
    return static_cast<T>(sum);
  };
  std::int64_t at = 0;
  DenseRef<T> const first = by_rows(first_bar_, hidden_, width_, width_);
  for (std::int64_t r = 0; r < hidden_; ++r)
    for (std::int64_t c = 0; c < edge_width_; ++c) first(r, data_.edge_at + c) = total(at++);
  for (std::int64_t r = 0; r < hidden_; ++r) shift_[r] = total(at++);
  for (int l = 1; l <= num_hidden_; ++l) {
    auto const& layer = data_.layers[l];
    for (std::int64_t r = 0; r < layer.W.rows; ++r)
      for (std::int64_t c = 0; c < layer.W.cols; ++c, ++at)
        if (layer.W_bar.data != nullptr) layer.W_bar(r, c) += total(at);
    for (std::int64_t r = 0; r < layer.W.rows; ++r, ++at)
      if (layer.b_bar != nullptr) layer.b_bar[r] += total(at);
  }
  if (wants_first_weights_ && has_nodes()) {
    std::int64_t const n = data_.num_rows, m = data_.num_nodes, leading = hidden_ + 2;
    product(false, by_rows(target_bar_, n, hidden_, leading).transposed(), some_rows(data_.x, 0, n),
            block(first, 0, hidden_, data_.target_at, d_));
    product(false, by_rows(source_bar_, m, hidden_, leading).transposed(), data_.x,
            block(first, 0, hidden_, data_.source_at, d_));
  }
  add_first_weights(first);
}

/// \param W_bar cotangent of W; that of v is in shift_
template <class T>
void EdgePerceptronPass<T>::add_first_weights(DenseRef<T> const& W_bar) const {
  auto const& layer = data_.layers[0];
  for (std::int64_t r = 0; r < hidden_; ++r) {
    if (layer.b_bar != nullptr) layer.b_bar[r] += shift_[r];
    double sum = 0;
    for (std::int64_t c = 0; c < width_ && wants_first_weights_ && normalizes(); ++c)
      sum += static_cast<double>(W_bar(r, c));
    auto const mean = static_cast<T>(sum / static_cast<double>(width_));
    for (std::int64_t c = 0; c < width_; ++c) {
      T const bar = wants_first_weights_ ? W_bar(r, c) - mean : T(0);
      if (!normalizes()) {
        if (layer.W_bar.data != nullptr) layer.W_bar(r, c) += bar;
        continue;
      }
      if (layer.W_bar.data != nullptr) layer.W_bar(r, c) += bar * data_.gamma[c] + shift_[r] * data_.beta[c];
      if (data_.gamma_bar != nullptr) data_.gamma_bar[c] += bar * layer.W(r, c);
      if (data_.beta_bar != nullptr) data_.beta_bar[c] += layer.W(r, c) * shift_[r];
    }
  }
}

}  // namespace nacre::detail
