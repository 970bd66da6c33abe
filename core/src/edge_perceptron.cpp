#include "edge_perceptron_adjoint.hpp"

#include <algorithm>
#include <cmath>

#include <nacre/core/detail/fast_gelu.hpp>

namespace nacre::detail {

template <class T>
EdgePerceptronPass<T>::EdgePerceptronPass(EdgePerceptronData<T> const& data, bool adjoint)
    : data_(data), adjoint_(adjoint), num_hidden_(data.num_layers - 1) {
  d_ = data.x.cols;
  edge_width_ = data.h.cols;
  width_ = 2 * d_ + edge_width_;
  hidden_ = width_of(0);
  last_ = width_of(num_hidden_ - 1);
  out_ = width_of(num_hidden_);
  widest_ = out_;
  for (int l = 0; l < num_hidden_; ++l) widest_ = std::max(widest_, width_of(l));
  wants_first_weights_ = adjoint && (data.layers[0].W_bar.data != nullptr || data.gamma_bar != nullptr);
  wants_nodes_ = adjoint && has_nodes() && (data.x_bar.data != nullptr || wants_first_weights_);
  num_parts_ = std::clamp<std::int64_t>((data.num_entries + kEdgesOfPart - 1) / kEdgesOfPart, 1, kMostParts);
  num_chunks_ = (data.num_nodes + kNodesOfChunk - 1) / kNodesOfChunk;
  part_size_ = hidden_ * edge_width_ + hidden_;
  for (int l = 1; l <= num_hidden_; ++l) part_size_ += width_of(l) * (width_of(l - 1) + 1);
  lay_out(nullptr);
}

template <class T>
void EdgePerceptronPass<T>::lay_out(unsigned char* memory) {
  auto const n = data_.num_rows, m = has_nodes() ? data_.num_nodes : 0;
  Cutter all(memory);
  weights_ = all.template take<T>(hidden_ * width_);
  shift_ = all.template take<T>(hidden_);
  target_ = all.template take<T>(has_nodes() ? n * hidden_ : 0);
  source_ = all.template take<T>(m * hidden_);
  sum_ = all.template take<double>(m);
  sum_of_squares_ = all.template take<double>(m);
  row_sums_ = all.template take<T>(sums() ? n * last_ : 0);
  row_bars_ = all.template take<T>(sums() && adjoint_ ? n * last_ : 0);
  target_bar_ = all.template take<T>(wants_nodes_ ? n * (hidden_ + 2) : 0);
  source_bar_ = all.template take<T>(wants_nodes_ ? m * (hidden_ + 2) : 0);
  entry_bar_ = all.template take<T>(wants_nodes_ && !data_.serial ? data_.num_entries * (hidden_ + 2) : 0);
  first_bar_ = all.template take<T>(adjoint_ ? hidden_ * width_ : 0);
  part_bars_ = all.template take<T>(adjoint_ ? num_parts_ * part_size_ : 0);
  std::int64_t const size = kTileSize * widest_;
  Cutter tile(nullptr);
  tile.template take<Ordinal>(kTileSize);
  for (int i = 0; i < 3; ++i) tile.template take<T>(kTileSize);
  tile.template take<T>(kTileSize * hidden_);
  for (int i = 0; i < 2; ++i) tile.template take<T>(num_hidden_ * size);
  for (int i = 0; i < 2; ++i) tile.template take<T>(size);
  for (int i = 0; i < 2; ++i) tile.template take<T>(kTileSize * edge_width_);
  tile_size_ = tile.used();
  tiles_ = all.template take<unsigned char>(static_cast<std::int64_t>(tile_size_) *
                                            (data_.serial ? 1 : num_parts_));
  workspace_size_ = all.used();
}

template <class T>
typename EdgePerceptronPass<T>::Tile EdgePerceptronPass<T>::tile_of(std::int64_t part) const {
  Cutter memory(tiles_ + (data_.serial ? 0 : static_cast<std::size_t>(part) * tile_size_));
  std::int64_t const size = kTileSize * widest_;
  Tile tile{};
  tile.row_of = memory.template take<Ordinal>(kTileSize);
  tile.rstd = memory.template take<T>(kTileSize);
  tile.mean = memory.template take<T>(kTileSize);
  tile.slope = memory.template take<T>(kTileSize);
  tile.a = memory.template take<T>(kTileSize * hidden_);
  tile.z = memory.template take<T>(num_hidden_ * size);
  tile.derivative = memory.template take<T>(num_hidden_ * size);
  tile.g = memory.template take<T>(size);
  tile.g_next = memory.template take<T>(size);
  tile.h_copy = memory.template take<T>(kTileSize * edge_width_);
  tile.h_bar = memory.template take<T>(kTileSize * edge_width_);
  tile.bars = part_bars_ + part * part_size_;
  return tile;
}

template <class T>
std::int64_t EdgePerceptronPass<T>::num_items(int step) const {
  bool const with_nodes = adjoint_ && wants_nodes_;
  switch (step) {
    case 0:
      return 1;
    case 1:
      return has_nodes() ? num_chunks_ : 0;
    case 2:
      return num_parts_;
    case 3:
      return with_nodes && !data_.serial ? num_chunks_ : 0;
    case 4:
      return with_nodes && data_.x_bar.data != nullptr ? num_chunks_ : 0;
    default:
      return adjoint_ ? 1 : 0;
  }
}

template <class T>
void EdgePerceptronPass<T>::run(int step, std::int64_t item) const {
  switch (step) {
    case 0:
      return prepare_weights();
    case 1:
      return prepare_nodes(item);
    case 2:
      return run_part(item);
    case 3:
      return sum_over_columns(item);
    case 4:
      return finish_nodes(item);
    default:
      return finish_weights();
  }
}

/// Parts have about the same number of entries, whatever the number of threads.
template <class T>
std::int64_t EdgePerceptronPass<T>::first_row_of_part(std::int64_t part) const {
  if (part == num_parts_) return data_.num_rows;
  auto const entries = static_cast<Offset>(data_.num_entries * part / num_parts_);
  return std::lower_bound(data_.row_ptr, data_.row_ptr + data_.num_rows, entries) - data_.row_ptr;
}

template <class T>
void EdgePerceptronPass<T>::prepare_weights() const {
  DenseRef<T const> const W = data_.layers[0].W;
  for (std::int64_t r = 0; r < hidden_; ++r) {
    T* const out = weights_ + r * width_;
    double sum = 0, shift = static_cast<double>(data_.layers[0].b[r]);
    for (std::int64_t c = 0; c < width_; ++c) {
      out[c] = W(r, c);
      if (!normalizes()) continue;
      out[c] *= data_.gamma[c];
      sum += static_cast<double>(out[c]);
      shift += static_cast<double>(W(r, c)) * static_cast<double>(data_.beta[c]);
    }
    if (normalizes())
      for (std::int64_t c = 0; c < width_; ++c)
        out[c] = static_cast<T>(static_cast<double>(out[c]) - sum / static_cast<double>(width_));
    shift_[r] = static_cast<T>(shift);
  }
  if (wants_nodes_ && data_.serial) set_zero(source_bar_, data_.num_nodes * (hidden_ + 2));
}

template <class T>
void EdgePerceptronPass<T>::prepare_nodes(std::int64_t chunk) const {
  std::int64_t const first = chunk * kNodesOfChunk, end = std::min(first + kNodesOfChunk, data_.num_nodes);
  for (std::int64_t j = first; j < end && normalizes(); ++j) {
    Moments const moments(row(data_.x, j), d_);
    sum_[j] = moments.sum;
    sum_of_squares_[j] = moments.sum_of_squares;
  }
  DenseRef<T> const W = by_rows(weights_, hidden_, width_, width_);
  product(false, some_rows(data_.x, first, end - first),
          block(W, 0, hidden_, data_.source_at, d_).transposed(),
          by_rows(source_ + first * hidden_, end - first, hidden_, hidden_));
  std::int64_t const targets = std::min(end, data_.num_rows) - first;
  if (targets > 0)
    product(false, some_rows(data_.x, first, targets), block(W, 0, hidden_, data_.target_at, d_).transposed(),
            by_rows(target_ + first * hidden_, targets, hidden_, hidden_));
}

template <class T>
void EdgePerceptronPass<T>::run_part(std::int64_t part) const {
  std::int64_t const first_row = first_row_of_part(part), end_row = first_row_of_part(part + 1);
  std::int64_t const rows = end_row - first_row;
  auto const& last = data_.layers[num_hidden_];
  Tile tile = tile_of(part);
  DenseRef<T> const row_sums = by_rows(row_sums_ + first_row * last_, rows, last_, last_);
  if (sums()) set_zero(row_sums.data, rows * last_);
  if (adjoint_) {
    set_zero(tile.bars, part_size_);
    if (wants_nodes_) set_zero(target_bar_ + first_row * (hidden_ + 2), rows * (hidden_ + 2));
    if (sums())
      product(false, some_rows(data_.y_bar, first_row, rows), last.W,
              by_rows(row_bars_ + first_row * last_, rows, last_, last_));
  }
  auto const end = static_cast<std::int64_t>(data_.row_ptr[end_row]);
  tile.row = first_row;
  for (tile.first = static_cast<std::int64_t>(data_.row_ptr[first_row]); tile.first < end;
       tile.first += kTileSize) {
    tile.count = std::min(kTileSize, end - tile.first);
    load(tile);
    if (normalizes()) find_statistics(tile);
    first_layer(tile);
    hidden_layers(tile);
    if (!adjoint_) {
      store_results(tile);
      continue;
    }
    adjoint_of_results(tile);
    adjoint_of_hidden_layers(tile);
    adjoint_of_first_layer(tile);
    adjoint_of_edges(tile);
  }
  if (!sums()) return;
  if (adjoint_) {
    DenseRef<T const> const y_bar = some_rows(data_.y_bar, first_row, rows);
    T* const W_bar = tile.bars + part_size_ - out_ * (last_ + 1);
    if (last.W_bar.data != nullptr)
      product(false, y_bar.transposed(), row_sums, by_rows(W_bar, out_, last_, last_));
    for (std::int64_t i = 0; i < rows; ++i) {
      auto const degree = static_cast<T>(data_.row_ptr[first_row + i + 1] - data_.row_ptr[first_row + i]);
      add_affine(degree, row(y_bar, i), T(0), Row<T>{W_bar + out_ * last_, 1}, out_);
    }
    return;
  }
  DenseRef<T> const y = some_rows(data_.y, first_row, rows);
  product(false, row_sums, last.W.transposed(), y);
  for (std::int64_t i = 0; i < rows; ++i) {
    auto const degree = static_cast<T>(data_.row_ptr[first_row + i + 1] - data_.row_ptr[first_row + i]);
    add_affine(degree, Row<T const>{last.b, 1}, T(0), row(y, i), out_);
  }
}

/// The rows of the tile's entries, and their features.
template <class T>
void EdgePerceptronPass<T>::load(Tile& tile) const {
  for (std::int64_t t = 0; t < tile.count; ++t) {
    while (static_cast<std::int64_t>(data_.row_ptr[tile.row + 1]) <= tile.first + t) ++tile.row;
    tile.row_of[t] = static_cast<Ordinal>(tile.row);
  }
  if (data_.entry == nullptr) {
    tile.h = some_rows(data_.h, tile.first, tile.count);
    return;
  }
  DenseRef<T> const h = by_rows(tile.h_copy, tile.count, edge_width_, edge_width_);
  for (std::int64_t t = 0; t < tile.count; ++t)
    copy(row(data_.h, static_cast<std::int64_t>(data_.entry[tile.first + t])), row(h, t), edge_width_);
  tile.h = constant(h);
}

template <class T>
void EdgePerceptronPass<T>::find_statistics(Tile const& tile) const {
  double const factor = 1 / static_cast<double>(width_);
  for (std::int64_t t = 0; t < tile.count; ++t) {
    Moments moments(row(tile.h, t), edge_width_);
    if (has_nodes()) {
      Ordinal const i = tile.row_of[t], j = data_.col[tile.first + t];
      moments.sum += sum_[i] + sum_[j];
      moments.sum_of_squares += sum_of_squares_[i] + sum_of_squares_[j];
    }
    double const mean = moments.sum * factor;
    double const variance = std::max(moments.sum_of_squares * factor - mean * mean, 0.);
    tile.mean[t] = static_cast<T>(mean);
    tile.rstd[t] = 1 / std::sqrt(static_cast<T>(variance + data_.eps));
  }
}

template <class T>
void EdgePerceptronPass<T>::first_layer(Tile const& tile) const {
  DenseRef<T> const W = by_rows(weights_, hidden_, width_, width_);
  product(false, tile.h, block(W, 0, hidden_, data_.edge_at, edge_width_).transposed(),
          by_rows(tile.a, tile.count, hidden_, hidden_));
  for (std::int64_t t = 0; t < tile.count; ++t) {
    T* const a = tile.a + t * hidden_;
    T const rstd = normalizes() ? tile.rstd[t] : T(1);
    if (has_nodes())
      add_scaled<T>(rstd, target_ + tile.row_of[t] * hidden_, source_ + data_.col[tile.first + t] * hidden_,
                    shift_, a, hidden_);
    else
      for (std::int64_t c = 0; c < hidden_; ++c) a[c] = rstd * a[c] + shift_[c];
  }
}

template <class T>
void EdgePerceptronPass<T>::hidden_layers(Tile const& tile) const {
  for (int l = 0; l < num_hidden_; ++l) {
    std::int64_t const k = width_of(l), size = tile.count * k;
    T* const z = tile.z_of(l, widest_);
    T* const derivative = tile.derivative_of(l, widest_);
    T const* a = tile.a;
    if (l > 0) {
      std::int64_t const before = width_of(l - 1);
      for (std::int64_t t = 0; t < tile.count; ++t) std::copy_n(data_.layers[l].b, k, z + t * k);
      product(true, by_rows(tile.z_of(l - 1, widest_), tile.count, before, before),
              data_.layers[l].W.transposed(), by_rows(z, tile.count, k, k));
      a = z;
    }
    if (adjoint_)
      for (std::int64_t i = 0; i < size; ++i) {
        GeluValues<T> const gelu = gelu_values(a[i]);
        z[i] = gelu.value;
        derivative[i] = gelu.derivative;
      }
    else
      for (std::int64_t i = 0; i < size; ++i) z[i] = gelu_values(a[i]).value;
  }
}

template <class T>
void EdgePerceptronPass<T>::store_results(Tile const& tile) const {
  T* const z = tile.z_of(num_hidden_ - 1, widest_);
  if (sums()) {
    for (std::int64_t t = 0; t < tile.count; ++t)
      add<T>(z + t * last_, row_sums_ + tile.row_of[t] * last_, last_);
    return;
  }
  auto const& last = data_.layers[num_hidden_];
  DenseRef<T> const y = some_rows(data_.y, tile.first, tile.count);
  for (std::int64_t t = 0; t < tile.count; ++t) {
    if (data_.result == EdgeResult::per_entry_with_residual)
      set_sum(last.b, row(tile.h, t), row(y, t), out_);
    else
      copy(Row<T const>{last.b, 1}, row(y, t), out_);
  }
  product(true, by_rows(z, tile.count, last_, last_), last.W.transposed(), y);
}

template class EdgePerceptronPass<double>;
template class EdgePerceptronPass<float>;

}  // namespace nacre::detail
