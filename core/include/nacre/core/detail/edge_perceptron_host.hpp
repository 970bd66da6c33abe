#pragma once

#include <nacre/core/gemm.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// The work of EdgePerceptronOp on a host, in tiles of edges, so that what belongs to edges stays in the cache.
///
/// With W = W_0 diag(gamma) (I - 1 1^T / w), c of width w, the first layer is
///
///     a(k) = rstd(k) (P(i) + Q(j) + R(k)) + v,   P = X W_t^T, Q = X W_s^T, R = H W_e^T, v = W_0 beta + b_0,
///
/// P and Q once for each node, with the three blocks of columns of W. With g the cotangent of a and
/// B(k) = -rstd(k)^2 g.(a(k) - v) / w, that of c(k) is rstd(k) W^T g + B(k) (c(k) - mean(k)): what nodes get are
/// sums of rstd g, B and B mean over their edges. Without normalisation rstd = 1, B = 0, and W = W_0. Where results
/// are summed by row, the last layer is applied to the sums.
///
/// Variances are mean squares less squares of means, in double precision: of inputs in double precision they lose
/// twice the digits that deviations are smaller by than means.

namespace nacre {

/// What becomes of the results f(k) of the edges.
enum class EdgeResult {
  per_entry,                ///< f(k): [nnz, out]
  per_entry_with_residual,  ///< h + f(k): [nnz, out]
  summed_by_row             ///< the sum of f(k) over the entries of row i: [n, out]
};

namespace detail {

template <class T>
struct PerceptronLayer {
  DenseRef<T const> W;
  T const* b;
  DenseRef<T> W_bar;  // null: not wanted
  T* b_bar;
};

/// Inputs, results and cotangents; null where they are not wanted or there are none.
template <class T>
struct EdgePerceptronData {
  std::int64_t num_rows, num_nodes, num_entries;
  Offset const *row_ptr, *entry, *col_ptr, *col_entry;  // col_ptr null: sums over columns by one work item
  Ordinal const* col;
  DenseRef<T const> x, h;
  T const *gamma, *beta;
  double eps;
  std::int64_t target_at, source_at, edge_at;
  EdgeResult result;
  PerceptronLayer<T> const* layers;
  int num_layers;
  bool serial;
  DenseRef<T> y;
  DenseRef<T const> y_bar;
  DenseRef<T> x_bar, h_bar;
  T *gamma_bar, *beta_bar;
};

/// A pass over the edges, forward or adjoint, as steps of independent work items, run one after the other.
template <class T>
class EdgePerceptronPass {
 public:
  static constexpr int kNumSteps = 6;

  EdgePerceptronPass(EdgePerceptronData<T> const& data, bool adjoint);
  std::size_t workspace_size() const { return workspace_size_; }  ///< bytes
  void set_workspace(unsigned char* memory) { lay_out(memory); }

  std::int64_t num_items(int step) const;
  void run(int step, std::int64_t item) const;

 private:
  struct Tile;
  void lay_out(unsigned char* memory);
  Tile tile_of(std::int64_t part) const;
  std::int64_t first_row_of_part(std::int64_t part) const;

  void prepare_weights() const;
  void prepare_nodes(std::int64_t chunk) const;
  void run_part(std::int64_t part) const;
  void load(Tile& tile) const;
  void find_statistics(Tile const& tile) const;
  void first_layer(Tile const& tile) const;
  void hidden_layers(Tile const& tile) const;
  void store_results(Tile const& tile) const;
  void adjoint_of_results(Tile const& tile) const;
  void adjoint_of_hidden_layers(Tile const& tile) const;
  void adjoint_of_first_layer(Tile const& tile) const;
  void adjoint_of_edges(Tile const& tile) const;
  void sum_over_columns(std::int64_t chunk) const;
  void finish_nodes(std::int64_t chunk) const;
  void finish_weights() const;
  void add_first_weights(DenseRef<T> const& W_bar) const;

  std::int64_t width_of(int layer) const { return data_.layers[layer].W.rows; }
  bool normalizes() const { return data_.gamma != nullptr; }
  bool sums() const { return data_.result == EdgeResult::summed_by_row; }
  bool has_nodes() const { return data_.x.cols > 0; }

  EdgePerceptronData<T> data_;
  bool adjoint_, wants_first_weights_, wants_nodes_;
  int num_hidden_;
  std::int64_t d_, edge_width_, width_, hidden_, last_, out_, widest_, num_parts_, num_chunks_;
  std::size_t workspace_size_ = 0;

  // for all parts
  T *weights_, *shift_;            // W [hidden, width] and v
  T *target_, *source_;            // P [n, hidden], Q [m, hidden]
  double *sum_, *sum_of_squares_;  // of x by node
  T *row_sums_, *row_bars_;        // [n, last]: sums of the last hidden layer; cotangents of it
  T *target_bar_, *source_bar_;    // [n or m, hidden + 2]: sums of rstd g, B, -B mean
  T* entry_bar_;                   // [nnz, hidden + 2]: the same by entry
  T *first_bar_, *part_bars_;      // W_bar [hidden, width]; [parts, part_size_] sums for weights
  std::int64_t part_size_ = 0;
  unsigned char* tiles_;
  std::size_t tile_size_ = 0;
};

extern template class EdgePerceptronPass<double>;
extern template class EdgePerceptronPass<float>;

template <class T>
struct EdgePerceptronStep {
  EdgePerceptronPass<T> const* pass;
  int step;
  void operator()(std::int64_t item) const { pass->run(step, item); }
};

/// All steps of a pass.
template <class Exec, class T, class Space>
void run_edge_perceptron(Exec const& exec, char const* label, EdgePerceptronPass<T> pass,
                         SharedBuffer<Space> const& buffer) {
  pass.set_workspace(buffer.template get<unsigned char>(pass.workspace_size()));
  OneBlasThread const one;  // host back ends run a loop before they return
  for (int step = 0; step < EdgePerceptronPass<T>::kNumSteps; ++step)
    if (std::int64_t const count = pass.num_items(step); count > 0)
      Kokkos::parallel_for(label, range_of_entries(exec, static_cast<std::size_t>(count)),
                           EdgePerceptronStep<T>{&pass, step});
}

}  // namespace detail

}  // namespace nacre
