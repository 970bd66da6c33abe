#pragma once

#include <nacre/core/detail/edge_perceptron_host.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/layer_norm.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// EdgePerceptronOp on a device, as the operations it consists of: kernels of single numbers and arrays
/// of numbers for all edges.

namespace nacre::detail {

/// c(k, :), the features of an edge and its ends side by side
template <class T>
struct ConcatenateEdgeBody {
  Ordinal const *row, *col;
  Offset const* entry;  // null: k itself
  Strided<T const> x, h;
  T* c;
  std::int64_t d, edge_width, target_at, source_at, edge_at;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    std::int64_t const width = 2 * d + edge_width;
    T value;
    if (j >= edge_at && j < edge_at + edge_width)
      value = h(entry == nullptr ? k : static_cast<std::int64_t>(entry[k]), j - edge_at);
    else if (j >= target_at && j < target_at + d)
      value = x(row[k], j - target_at);
    else
      value = x(col[k], j - source_at);
    c[k * width + j] = value;
  }
};

/// a(k, j) += b(j), z(k, j) = gelu(a(k, j))
template <class T>
struct BiasGeluBody {
  T const* b;
  T *a, *z;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    T const value = a[k * width + j] + b[j];
    a[k * width + j] = value;
    z[k * width + j] = Gelu{}(value);
  }
};
/// g(k, j) *= gelu'(a(k, j))
template <class T>
struct TimesGeluDerivativeBody {
  T const* a;
  T* g;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const { g[at] *= Gelu{}.first(a[at], T(0)); }
};

/// y of one edge, or of one row, and a column
template <class T>
struct EdgeResultBody {
  Offset const *row_ptr, *entry;
  T const *f, *b;
  Strided<T const> h;
  Strided<T> y;
  std::int64_t out;
  EdgeResult result;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at, std::int64_t j) const {
    if (result == EdgeResult::summed_by_row) {
      T sum = 0;
      for (Offset k = row_ptr[at]; k < row_ptr[at + 1]; ++k)
        sum += f[static_cast<std::int64_t>(k) * out + j] + b[j];
      y(at, j) = sum;
      return;
    }
    T value = f[at * out + j] + b[j];
    if (result == EdgeResult::per_entry_with_residual)
      value += h(entry == nullptr ? at : static_cast<std::int64_t>(entry[at]), j);
    y(at, j) = value;
  }
};
/// f_bar(k, j)
template <class T>
struct EdgeResultBarBody {
  Ordinal const* row;
  Strided<T const> y_bar;
  T* f_bar;
  std::int64_t out;
  EdgeResult result;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    f_bar[k * out + j] = y_bar(result == EdgeResult::summed_by_row ? row[k] : k, j);
  }
};

/// x_bar(i, j) += sum of c_bar(k, at + j) over the positions k of i
template <class T>
struct EdgeToNodeBody {
  Offset const *ptr, *position;  // position null: those of i are ptr(i) up to ptr(i + 1)
  T const* c_bar;
  Strided<T> x_bar;
  std::int64_t width, at;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t j) const {
    T sum = 0;
    for (Offset p = ptr[i]; p < ptr[i + 1]; ++p)
      sum += c_bar[static_cast<std::int64_t>(position == nullptr ? p : position[p]) * width + at + j];
    x_bar(i, j) += sum;
  }
};
/// h_bar of one edge and column
template <class T>
struct EdgeFeatureBarBody {
  Offset const* entry;
  T const* c_bar;
  Strided<T const> y_bar;
  Strided<T> h_bar;
  std::int64_t width, edge_at;
  EdgeResult result;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t j) const {
    T value = c_bar[k * width + edge_at + j];
    if (result == EdgeResult::per_entry_with_residual) value += y_bar(k, j);
    h_bar(entry == nullptr ? k : static_cast<std::int64_t>(entry[k]), j) += value;
  }
};

template <class T>
Strided<T> strided(DenseRef<T> const& X) {
  return {X.data, X.by_rows ? X.leading : 1, X.by_rows ? 1 : X.leading};
}

/// Numbers for all edges, in one buffer.
template <class T, class Device>
class EdgePerceptronOnDevice {
 public:
  using Matrix = OpView<T, 2, Kokkos::LayoutRight, Device>;
  using Numbers = OpView<T, 1, Kokkos::LayoutRight, Device>;

  EdgePerceptronOnDevice(CsrPattern<Device> const& pattern, EdgePerceptronData<T> const& data,
                         SharedBuffer<typename Device::memory_space> const& buffer,
                         LayerNormOp<Device> const& norm)
      : pattern_(pattern), data_(data), norm_(norm) {
    std::int64_t const nnz = data.num_entries;
    width_ = 2 * data.x.cols + data.h.cols;
    widest_ = width_;
    std::int64_t layers = 0;
    for (int l = 0; l < data.num_layers; ++l) {
      layers += data.layers[l].W.rows;
      widest_ = std::max(widest_, data.layers[l].W.rows);
    }
    T* memory =
        buffer.template get<T>(static_cast<std::size_t>(nnz * (2 * width_ + 2 * layers + 2 * widest_)));
    auto const take = [&](std::int64_t columns) {
      T* const at = memory;
      memory += nnz * columns;
      return at;
    };
    c_ = take(width_);
    z_ = take(width_ + layers);
    a_ = take(layers);
    g_ = take(widest_);
    g_next_ = take(widest_);
  }

  template <class Exec>
  void forward(Exec const& exec) const {
    evaluate(exec);
    auto const& last = data_.layers[data_.num_layers - 1];
    std::int64_t const rows = data_.result == EdgeResult::summed_by_row ? data_.num_rows : data_.num_entries;
    for_each_matrix_entry(exec, "nacre::edge_perceptron::result", static_cast<std::size_t>(rows),
                          static_cast<std::size_t>(last.W.rows),
                          EdgeResultBody<T>{data_.row_ptr, data_.entry, a_of(data_.num_layers - 1), last.b,
                                            strided(data_.h), strided(data_.y), last.W.rows, data_.result});
  }

  template <class Exec>
  void adjoint(Exec const& exec) const {
    evaluate(exec);
    auto const nnz = static_cast<std::size_t>(data_.num_entries);
    T *g = g_, *next = g_next_;
    int const last = data_.num_layers - 1;
    std::int64_t const out = data_.layers[last].W.rows;
    for_each_matrix_entry(
        exec, "nacre::edge_perceptron_adjoint::result", nnz, static_cast<std::size_t>(out),
        EdgeResultBarBody<T>{row_of_entry(pattern_).data(), strided(data_.y_bar), g, out, data_.result});
    for (int l = last; l >= 0; --l) {
      auto const& layer = data_.layers[l];
      std::int64_t const k = layer.W.rows;
      if (l < last)
        for_each_entry(exec, "nacre::edge_perceptron_adjoint::gelu", nnz * static_cast<std::size_t>(k),
                       TimesGeluDerivativeBody<T>{a_of(l), g});
      DenseRef<T> const g_of_layer = numbers(g, k);
      if (layer.W_bar.data != nullptr)
        gemm(exec, "nacre::edge_perceptron_adjoint::weights", true, g_of_layer.transposed(),
             numbers(z_before(l), layer.W.cols), layer.W_bar);
      if (layer.b_bar != nullptr)
        for_each_column_sum(exec, "nacre::edge_perceptron_adjoint::bias", nnz, static_cast<std::size_t>(k),
                            EntryTerm<T>{strided(g_of_layer)}, AddTo<T>{layer.b_bar});
      gemm(exec, "nacre::edge_perceptron_adjoint::inputs", false, g_of_layer, layer.W,
           numbers(next, layer.W.cols));
      std::swap(g, next);
    }
    if (data_.gamma != nullptr) {
      set_all(exec, matrix(next, width_), 0);
      norm_.adjoint(exec, matrix(z_, width_), matrix(g, width_), matrix(c_, width_), weights(data_.gamma),
                    weights(data_.beta), matrix(next, width_), weights_bar(data_.gamma_bar),
                    weights_bar(data_.beta_bar));
      std::swap(g, next);
    }
    add_to_inputs(exec, g);
  }

 private:
  template <class Exec>
  void evaluate(Exec const& exec) const {
    auto const nnz = static_cast<std::size_t>(data_.num_entries);
    bool const normalizes = data_.gamma != nullptr;
    for_each_matrix_entry(
        exec, "nacre::edge_perceptron::concatenate", nnz, static_cast<std::size_t>(width_),
        ConcatenateEdgeBody<T>{row_of_entry(pattern_).data(), pattern_.col().data(), data_.entry,
                               strided(data_.x), strided(data_.h), normalizes ? c_ : z_, data_.x.cols,
                               data_.h.cols, data_.target_at, data_.source_at, data_.edge_at});
    if (normalizes)
      norm_.forward(exec, matrix(z_, width_), matrix(c_, width_), weights(data_.gamma), weights(data_.beta));
    for (int l = 0; l < data_.num_layers; ++l) {
      auto const& layer = data_.layers[l];
      std::int64_t const k = layer.W.rows;
      gemm(exec, "nacre::edge_perceptron::layer", false, numbers(z_before(l), layer.W.cols),
           layer.W.transposed(), numbers(a_of(l), k));
      if (l + 1 < data_.num_layers)
        for_each_matrix_entry(exec, "nacre::edge_perceptron::gelu", nnz, static_cast<std::size_t>(k),
                              BiasGeluBody<T>{layer.b, a_of(l), z_before(l + 1), k});
    }
  }

  template <class Exec>
  void add_to_inputs(Exec const& exec, T const* c_bar) const {
    std::int64_t const d = data_.x.cols;
    if (data_.x_bar.data != nullptr && d > 0) {
      auto const& t = transposed(pattern_);
      auto const x_bar = strided(data_.x_bar);
      for_each_matrix_entry(exec, "nacre::edge_perceptron_adjoint::targets",
                            static_cast<std::size_t>(data_.num_rows), static_cast<std::size_t>(d),
                            EdgeToNodeBody<T>{data_.row_ptr, nullptr, c_bar, x_bar, width_, data_.target_at});
      for_each_matrix_entry(exec, "nacre::edge_perceptron_adjoint::sources",
                            static_cast<std::size_t>(data_.num_nodes), static_cast<std::size_t>(d),
                            EdgeToNodeBody<T>{t.pattern.row_ptr().data(), t.entry.data(), c_bar, x_bar,
                                              width_, data_.source_at});
    }
    if (data_.h_bar.data != nullptr)
      for_each_matrix_entry(exec, "nacre::edge_perceptron_adjoint::edges",
                            static_cast<std::size_t>(data_.num_entries),
                            static_cast<std::size_t>(data_.h.cols),
                            EdgeFeatureBarBody<T>{data_.entry, c_bar, strided(data_.y_bar),
                                                  strided(data_.h_bar), width_, data_.edge_at, data_.result});
  }

  /// What layer l is applied to, and what it gives.
  T* z_before(int l) const { return l == 0 ? z_ : z_ + data_.num_entries * (width_ + columns_before(l - 1)); }
  T* a_of(int l) const { return a_ + data_.num_entries * columns_before(l); }
  std::int64_t columns_before(int l) const {
    std::int64_t columns = 0;
    for (int before = 0; before < l; ++before) columns += data_.layers[before].W.rows;
    return columns;
  }
  DenseRef<T> numbers(T* at, std::int64_t columns) const {
    return {at, data_.num_entries, columns, columns, true};
  }
  Matrix matrix(T* at, std::int64_t columns) const {
    return Matrix(at, static_cast<std::size_t>(data_.num_entries), static_cast<std::size_t>(columns));
  }
  OpView<T const, 1, Kokkos::LayoutRight, Device> weights(T const* at) const {
    return OpView<T const, 1, Kokkos::LayoutRight, Device>(at, static_cast<std::size_t>(width_));
  }

  Numbers weights_bar(T* at) const { return Numbers(at, static_cast<std::size_t>(width_)); }

  CsrPattern<Device> pattern_;
  EdgePerceptronData<T> data_;
  LayerNormOp<Device> norm_;
  std::int64_t width_ = 0, widest_ = 0;
  T *c_, *z_, *a_, *g_, *g_next_;
};

}  // namespace nacre::detail
