#include <nacre/nn/sparse_inverse_input.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace nacre::nn {

namespace {

template <class Enum, std::size_t kCount>
struct Names {
  char const* what;
  std::array<std::pair<char const*, Enum>, kCount> all;

  Enum value(std::string const& name) const {
    std::string known;
    for (auto const& [text, value] : all) {
      if (name == text) return value;
      known += cat(known.empty() ? "" : ", ", text);
    }
    fail(cat("'", name, "' is no ", what, "; there are ", known));
  }
  char const* name(Enum value) const {
    for (auto const& [text, v] : all)
      if (v == value) return text;
    return "?";
  }
};

Names<FactorPattern, 2> const kPatterns{"pattern of a factor",
                                        {{{"full", FactorPattern::full}, {"lower", FactorPattern::lower}}}};
Names<FactorStart, 2> const kStarts{"start of a factor",
                                    {{{"none", FactorStart::none}, {"fsai0", FactorStart::fsai0}}}};
Names<MatrixNorm, 3> const kNorms{
    "norm of a matrix",
    {{{"mean", MatrixNorm::mean}, {"frobenius", MatrixNorm::frobenius}, {"none", MatrixNorm::none}}}};
Names<EdgeSummary, 5> const kSummaries{"summary of edges",
                                       {{{"none", EdgeSummary::none},
                                         {"sum", EdgeSummary::sum},
                                         {"mean", EdgeSummary::mean},
                                         {"max", EdgeSummary::max},
                                         {"min", EdgeSummary::min}}}};

}  // namespace

FactorPattern factor_pattern_by_name(std::string const& name) { return kPatterns.value(name); }
FactorStart factor_start_by_name(std::string const& name) { return kStarts.value(name); }
MatrixNorm matrix_norm_by_name(std::string const& name) { return kNorms.value(name); }
EdgeSummary edge_summary_by_name(std::string const& name) { return kSummaries.value(name); }
char const* to_string(FactorPattern pattern) { return kPatterns.name(pattern); }
char const* to_string(FactorStart start) { return kStarts.name(start); }
char const* to_string(MatrixNorm norm) { return kNorms.name(norm); }
char const* to_string(EdgeSummary summary) { return kSummaries.name(summary); }

std::size_t SparseInverseOptions::edge_width() const {
  std::size_t const of_nodes = node_features + (mask_feature ? static_cast<std::size_t>(block_size) : 0);
  return (matrix_feature ? numbers_of_block() : 0) + (nodes_as_edge_features ? 2 * of_nodes : 0);
}
std::size_t SparseInverseOptions::node_width() const {
  return node_features + (mask_feature ? static_cast<std::size_t>(block_size) : 0) +
         (edge_summary != EdgeSummary::none ? edge_width() : 0);
}

SparseInverseOptions paper_options() { return {}; }
SparseInverseOptions released_options() {
  SparseInverseOptions o;
  o.width = 16;
  o.hidden_layers = 2;
  o.epsilon = 3e-3;
  return o;
}

void check_options(SparseInverseOptions const& o) {
  auto const require = [](bool holds, char const* what, auto found, char const* expected) {
    if (!holds) fail(cat("sparse inverse network: ", what, " is ", found, ", expected ", expected));
  };
  require(o.block_size >= 1 && o.block_size <= 3, "the block size", o.block_size, "1, 2 or 3");
  require(o.width > 0, "the width", o.width, "a positive number");
  require(o.hidden_layers >= 1 && o.hidden_layers <= 3, "the number of hidden layers", o.hidden_layers,
          "1, 2 or 3");
  require(o.layers >= 0, "the number of layers", o.layers, "zero or more");
  require(o.epsilon > 0 && std::isfinite(o.epsilon), "epsilon", o.epsilon, "a positive number");
  require(o.node_width() > 0, "the number of features of a node", o.node_width(), "one at least");
  require(o.edge_width() > 0, "the number of features of an edge", o.edge_width(), "one at least");
  require(!(o.nodes_as_edge_features && o.edge_summary != EdgeSummary::none), "the summary of edges",
          to_string(o.edge_summary), "none where edges see their nodes");
  require(o.start == FactorStart::none || o.pattern == FactorPattern::lower, "the pattern of the factor",
          to_string(o.pattern), "lower where it starts from FSAI(0)");
}

double one_over_norm(Comm const& comm, MatrixNorm norm,
                     Kokkos::View<double const***, Kokkos::LayoutRight, DefaultDevice> const& blocks) {
  if (norm == MatrixNorm::none) return 1;
  auto const values = host_view(blocks);
  double sum = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    double const a = values.data()[k];
    sum += norm == MatrixNorm::mean ? std::fabs(a) : a * a;
  }
  sum = comm.sum(sum);
  auto const count = static_cast<double>(comm.sum(static_cast<std::int64_t>(values.size())));
  double const found = norm == MatrixNorm::mean ? sum / count : std::sqrt(sum);
  if (!(found > 0 && std::isfinite(found)))
    fail(cat("sparse inverse: the ", to_string(norm), " norm of the matrix is ", found,
             ", expected a positive number"));
  return 1 / found;
}

template <class Device>
std::pair<CsrPattern<Device>, IndexMap<Device>> factor_pattern(DistributedPattern<Device> const& blocks,
                                                               FactorPattern which) {
  auto const& local = blocks.local();
  if (which == FactorPattern::full) return {local, IndexMap<Device>()};
  auto const row_ptr = host_view(local.row_ptr());
  auto const col = host_view(local.col());
  std::vector<Offset> ptr{0}, entry;
  std::vector<Ordinal> cols;
  for (Ordinal i = 0; i < local.num_rows(); ++i) {
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (blocks.global_col(col(k)) <= blocks.rows().begin() + i) {
        cols.push_back(col(k));
        entry.push_back(k);
      }
    ptr.push_back(static_cast<Offset>(cols.size()));
  }
  return {CsrPattern<Device>(local.num_rows(), local.num_cols(),
                             to_device<Device>("nacre::nn::factor::row_ptr", ptr),
                             to_device<Device>("nacre::nn::factor::col", cols)),
          IndexMap<Device>::of_distinct(local.num_entries(),
                                        to_device<Device>("nacre::nn::factor::entry", entry))};
}
template std::pair<CsrPattern<DefaultDevice>, IndexMap<DefaultDevice>> factor_pattern(
    DistributedPattern<DefaultDevice> const&, FactorPattern);

namespace {

/// The last columns of `nodes` become the summary of the features of the edges of each row.
template <class Nodes, class Edges>
void summarise(CsrPattern<> const& pattern, EdgeSummary how, Edges const& edges, std::size_t first,
               Nodes const& nodes) {
  auto const row_ptr = host_view(pattern.row_ptr());
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (std::size_t c = 0; c < edges.extent(1); ++c) {
      double sum = 0, most = 0, least = 0;
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
        auto const e = static_cast<double>(edges(static_cast<std::size_t>(k), c));
        sum += e;
        most = k == row_ptr(i) ? e : std::max(most, e);
        least = k == row_ptr(i) ? e : std::min(least, e);
      }
      if (how == EdgeSummary::mean && row_ptr(i + 1) > row_ptr(i))
        sum /= static_cast<double>(row_ptr(i + 1) - row_ptr(i));
      double const value = how == EdgeSummary::max ? most : how == EdgeSummary::min ? least : sum;
      nodes(static_cast<std::size_t>(i), first + c) =
          static_cast<typename Nodes::non_const_value_type>(value);
    }
}

}  // namespace

template <class Scalar>
SparseInverseInput<Scalar> make_sparse_inverse_input(
    Graph<> const& graph, Kokkos::View<double const***, Kokkos::LayoutRight, DefaultDevice> const& blocks,
    RowMajor<double const> const& features, RowMajor<double const> const& free, SparseInverseOptions const& o,
    RowMajor<double const> const& start) {
  auto const n = static_cast<std::size_t>(graph.num_nodes());
  std::size_t const nnz = graph.local().num_entries(), b = static_cast<std::size_t>(o.block_size);
  std::string problem;
  if (o.nodes_as_edge_features && graph.comm().size() > 1)
    problem = "sparse inverse: features of nodes as features of edges are for one rank";
  if (blocks.extent(0) != nnz || blocks.extent(1) != b || blocks.extent(2) != b)
    problem = cat("sparse inverse: the matrix has ", blocks.extent(0), " blocks of size ", blocks.extent(1),
                  ", but its graph has ", nnz, " entries and the network takes blocks of size ", b);
  else if (o.node_features > 0 && (features.extent(0) != n || features.extent(1) != o.node_features))
    problem = cat("sparse inverse: the features are [", features.extent(0), ", ", features.extent(1),
                  "], but there are ", n, " nodes and the network takes ", o.node_features, " of each");
  else if (free.extent(0) != n || free.extent(1) != b)
    problem = cat("sparse inverse: the mask is [", free.extent(0), ", ", free.extent(1), "], but there are ",
                  n, " nodes with ", b, " unknowns");
  SparseInverseInput<Scalar> input;
  input.graph = graph;
  std::tie(input.factor, input.entry) = factor_pattern(graph.pattern(), o.pattern);
  if (problem.empty() && o.start == FactorStart::fsai0 &&
      (start.extent(0) != input.factor.num_entries() || start.extent(1) != b * b))
    problem = cat("sparse inverse: the start is [", start.extent(0), ", ", start.extent(1),
                  "], but the factor has ", input.factor.num_entries(), " blocks of ", b * b, " numbers");
  graph.nodes().comm().fail_together(problem);  // those that share a batch, too

  input.nodes = RowMajor<Scalar>("nacre::nn::sparse_inverse::nodes", n, o.node_width());
  input.edges = RowMajor<Scalar>("nacre::nn::sparse_inverse::edges", nnz, o.edge_width());
  auto const nodes = Kokkos::create_mirror_view(input.nodes);
  auto const edges = Kokkos::create_mirror_view(input.edges);
  auto const given = host_view(features);
  auto const mask = host_view(free);
  auto const values = host_view(blocks);
  std::size_t width = o.node_features;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < o.node_features; ++c) nodes(i, c) = static_cast<Scalar>(given(i, c));
    if (o.mask_feature)
      for (std::size_t c = 0; c < b; ++c) nodes(i, width + c) = static_cast<Scalar>(mask(i, c));
  }
  if (o.mask_feature) width += b;
  std::size_t const of_matrix = o.matrix_feature ? b * b : 0;
  for (std::size_t k = 0; k < nnz; ++k)
    for (std::size_t c = 0; c < of_matrix; ++c)
      edges(k, c) = static_cast<Scalar>(values.data()[k * b * b + c]);
  if (o.nodes_as_edge_features) {
    auto const row = host_view(row_of_entry(graph.local()));
    auto const col = host_view(graph.local().col());
    for (std::size_t k = 0; k < nnz; ++k)
      for (std::size_t c = 0; c < width; ++c) {
        edges(k, of_matrix + c) = nodes(static_cast<std::size_t>(row(k)), c);
        edges(k, of_matrix + width + c) = nodes(static_cast<std::size_t>(col(k)), c);
      }
  }
  if (o.edge_summary != EdgeSummary::none) summarise(graph.local(), o.edge_summary, edges, width, nodes);
  Kokkos::deep_copy(input.nodes, nodes);
  Kokkos::deep_copy(input.edges, edges);

  if (o.start == FactorStart::fsai0) {
    input.start = RowMajor<Scalar>("nacre::nn::sparse_inverse::start", start.extent(0), start.extent(1));
    Kokkos::deep_copy(input.start, start);
  }
  return input;
}
template SparseInverseInput<double> make_sparse_inverse_input(
    Graph<> const&, Kokkos::View<double const***, Kokkos::LayoutRight, DefaultDevice> const&,
    RowMajor<double const> const&, RowMajor<double const> const&, SparseInverseOptions const&,
    RowMajor<double const> const&);
template SparseInverseInput<float> make_sparse_inverse_input(
    Graph<> const&, Kokkos::View<double const***, Kokkos::LayoutRight, DefaultDevice> const&,
    RowMajor<double const> const&, RowMajor<double const> const&, SparseInverseOptions const&,
    RowMajor<double const> const&);

}  // namespace nacre::nn
