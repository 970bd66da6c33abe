#include "learned_inverse.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <nacre/nn/checkpoint.hpp>
#include <nacre/solvers/factored_inverse.hpp>
#include <nacre/solvers/fsai0.hpp>

namespace nacre::apps {

namespace {

constexpr char const* kFormat = "nacre sparse inverse 1";
// far beyond use; a damaged file must not ask for all the memory there is
constexpr long kMostWidth = 1024, kMostLayers = 100, kMostFeatures = 1024;

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

}  // namespace

Metadata to_metadata(nn::SparseInverseOptions const& o) {
  return {{"format", kFormat},
          {"block_size", cat(o.block_size)},
          {"node_features", cat(o.node_features)},
          {"mask_feature", yes_or_no(o.mask_feature)},
          {"edge_summary", nn::to_string(o.edge_summary)},
          {"matrix_feature", yes_or_no(o.matrix_feature)},
          {"nodes_as_edge_features", yes_or_no(o.nodes_as_edge_features)},
          {"width", cat(o.width)},
          {"hidden_layers", cat(o.hidden_layers)},
          {"layers", cat(o.layers)},
          {"epsilon", to_words({o.epsilon})},
          {"scaled", yes_or_no(o.scaled)},
          {"pattern", nn::to_string(o.pattern)},
          {"start", nn::to_string(o.start)},
          {"norm", nn::to_string(o.norm)}};
}

nn::SparseInverseOptions sparse_inverse_options(Metadata const& metadata, std::string const& path) {
  if (text_at(metadata, "format") != kFormat)
    fail(cat("'", path, "' is not a network of nacre_train: its format is '", text_at(metadata, "format"),
             "', expected '", kFormat, "'"));
  auto const text = [&](char const* key) {
    auto const value = text_at(metadata, key);
    if (value.empty()) fail(cat("'", path, "' does not say its ", key));
    return value;
  };
  auto const number = [&](char const* key, long most) {
    auto const value = text(key);
    char* end = nullptr;
    long const n = std::strtol(value.c_str(), &end, 10);
    if (*end != 0 || n < 0 || n > most)
      fail(cat("'", path, "': its ", key, " is '", value, "', expected a number from 0 to ", most));
    return static_cast<std::size_t>(n);
  };
  auto const flag = [&](char const* key) {
    auto const value = text(key);
    if (value != "yes" && value != "no")
      fail(cat("'", path, "': its ", key, " is '", value, "', expected yes or no"));
    return value == "yes";
  };
  nn::SparseInverseOptions o;
  o.block_size = static_cast<int>(number("block_size", 3));
  o.node_features = number("node_features", kMostFeatures);
  o.mask_feature = flag("mask_feature");
  o.matrix_feature = flag("matrix_feature");
  o.nodes_as_edge_features = flag("nodes_as_edge_features");
  o.width = number("width", kMostWidth);
  o.hidden_layers = static_cast<int>(number("hidden_layers", 3));
  o.layers = static_cast<int>(number("layers", kMostLayers));
  auto const epsilon = to_numbers(text("epsilon"));
  o.epsilon = epsilon.size() == 1 ? epsilon[0] : 0;
  o.scaled = flag("scaled");
  auto const summary = text("edge_summary"), pattern = text("pattern"), start = text("start"),
             norm = text("norm");
  try {
    o.edge_summary = nn::edge_summary_by_name(summary);
    o.pattern = nn::factor_pattern_by_name(pattern);
    o.start = nn::factor_start_by_name(start);
    o.norm = nn::matrix_norm_by_name(norm);
    nn::check_options(o);
  } catch (Error const& e) {
    fail(cat("'", path, "': ", e.what()));
  }
  return o;
}

void require_fit(std::string const& path, nn::SparseInverseOptions const& o, int block_size,
                 std::size_t num_features, std::string const& system) {
  if (o.block_size != block_size)
    fail(cat("'", path, "' makes blocks of size ", o.block_size, ", but those of '", system, "' have size ",
             block_size, "; --block-size says what a matrix from a file has"));
  if (o.node_features != 0 && o.node_features != num_features)
    fail(cat("'", path, "' takes ", o.node_features, " features of each node, but '", system, "' has ",
             num_features, "; one of nacre_train --features none needs the matrix alone"));
}

RowMajor<double> fsai0_blocks(DistributedCsr<double> const& A, DistributedPattern<> const& blocks,
                              int block_size) {
  solvers::Fsai0<double> const fsai0(A);
  auto const& G = fsai0.factor();
  auto const [factor, entry] = nn::factor_pattern(blocks, nn::FactorPattern::lower);
  auto const b = static_cast<std::size_t>(block_size);
  RowMajor<double> const result("fsai0_blocks", factor.num_entries(), b * b);
  if (block_size == 1) {  // the same entries in the same order
    Kokkos::deep_copy(Vector<double>(result.data(), result.size()), G.values);
    return result;
  }
  auto const out = Kokkos::create_mirror_view(result);
  auto const row_ptr = host_view(factor.row_ptr());
  auto const col = host_view(factor.col());
  auto const g_ptr = host_view(G.pattern.local().row_ptr());
  auto const g_col = host_view(G.pattern.local().col());
  auto const g = host_view(G.values);
  std::vector<std::pair<GlobalOrdinal, std::size_t>> position;  // of the blocks of a row
  for (Ordinal i = 0; i < factor.num_rows(); ++i) {
    position.clear();
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      position.emplace_back(blocks.global_col(col(k)), static_cast<std::size_t>(k));
    std::sort(position.begin(), position.end());
    for (int r = 0; r < block_size; ++r)
      for (Offset k = g_ptr(i * block_size + r); k < g_ptr(i * block_size + r + 1); ++k) {
        GlobalOrdinal const j = G.pattern.global_col(g_col(k));
        auto const at = std::lower_bound(position.begin(), position.end(),
                                         std::make_pair(j / block_size, std::size_t(0)));
        out(at->second, static_cast<std::size_t>(r) * b + static_cast<std::size_t>(j % block_size)) = g(k);
      }
  }
  Kokkos::deep_copy(result, out);
  return result;
}

namespace {

/// The scalar matrix of the factor's blocks; rows and columns of prescribed unknowns are those of `prescribed` times the identity.
/// \param rows of unknowns \param graph of nodes
template <class Blocks>
DistributedCsr<double> assemble_factor(RowPartition const& rows, DistributedPattern<> const& graph,
                                       CsrPattern<> const& factor, Blocks const& blocks,
                                       RowMajor<double> const& free, int block_size, double prescribed) {
  auto const values = host_view(blocks);
  auto const row_ptr = host_view(factor.row_ptr());
  auto const col = host_view(factor.col());
  auto const b = static_cast<std::size_t>(block_size);
  // of all columns, ghosts included: whether their unknowns are free
  RowMajor<double> mask = free;
  if (graph.comm().size() > 1) {
    mask = RowMajor<double>("mask", free.extent(0) + static_cast<std::size_t>(graph.halo().num_ghosts()), b);
    ImportGhostsOp<>(graph.halo()).forward(ExecOf<DefaultDevice>(), mask, free);
  }
  auto const is_free = host_view(mask);
  auto const value = [&](Ordinal i, std::size_t r, Offset k, std::size_t s) {
    auto const j = static_cast<std::size_t>(col(k));
    if (is_free(static_cast<std::size_t>(i), r) == 0 || is_free(j, s) == 0)
      return static_cast<std::size_t>(i) == j && r == s ? prescribed : 0.;
    return static_cast<double>(values(static_cast<std::size_t>(k), r * b + s));
  };
  if (block_size == 1) {
    Vector<double> const v("factor", factor.num_entries());
    auto const out = Kokkos::create_mirror_view(v);
    for (Ordinal i = 0; i < factor.num_rows(); ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
        out(static_cast<std::size_t>(k)) = value(i, 0, k, 0);
    Kokkos::deep_copy(v, out);
    return {DistributedPattern<>(graph.rows(), factor, graph.halo()), v};
  }
  GlobalRows<double> mine;
  for (Ordinal i = 0; i < factor.num_rows(); ++i)
    for (std::size_t r = 0; r < b; ++r) {
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
        for (std::size_t s = 0; s < b; ++s) {
          mine.col.push_back(graph.global_col(col(k)) * block_size + static_cast<GlobalOrdinal>(s));
          mine.values.push_back(value(i, r, k, s));
        }
      mine.row_ptr.push_back(static_cast<Offset>(mine.col.size()));
    }
  return make_distributed<double>(rows, rows, mine);
}

Vector<double> one_over_diagonal(DistributedCsr<double> const& A, double scale) {
  auto const entry = host_view(diagonal_positions(A.pattern.local()).entry);
  auto const values = host_view(A.values);
  Vector<double> const inverse("inverse_diagonal", static_cast<std::size_t>(A.pattern.num_owned_rows()));
  auto const out = Kokkos::create_mirror_view(inverse);
  for (std::size_t i = 0; i < out.extent(0); ++i) out(i) = 1 / (scale * values(entry(i)));
  Kokkos::deep_copy(inverse, out);
  return inverse;
}

}  // namespace

DistributedCsr<float> in_single_precision(DistributedCsr<double> const& A) {
  Vector<float> const values(std::string("single_precision"), A.values.extent(0));
  Kokkos::deep_copy(values, A.values);
  return {A.pattern, values};
}

template <class Scalar>
std::unique_ptr<LearnedInverse<Scalar>> LearnedInverse<Scalar>::read(Comm const& comm,
                                                                     std::string const& path) {
  auto const file = nn::read_checkpoint(comm, path);
  auto learned = std::make_unique<LearnedInverse>(sparse_inverse_options(file.metadata, path));
  nn::StateLoader loader(file, path, nn::Conversion::float_double);
  std::string const prefix = "model.";
  loader.add(prefix, learned->network_);
  auto const found = std::count_if(file.tensors.begin(), file.tensors.end(),
                                   [&](auto const& t) { return t.name.rfind(prefix, 0) == 0; });
  if (auto const wanted = learned->network_.state().size(); static_cast<std::size_t>(found) != wanted)
    fail(cat("'", path, "': its network has ", found, " tensors, but one of ", learned->options().layers,
             " layers has ", wanted));
  loader.commit();
  return learned;
}

template <class Scalar>
LearnedFactor LearnedInverse<Scalar>::make(DistributedCsr<double> const& A, NodeData const& nodes,
                                           FactorPrecision precision) {
  auto const& o = network_.options();
  LearnedFactor made;
  auto start = std::chrono::steady_clock::now();
  auto const lap = [&] {
    Kokkos::fence();
    double const seconds = A.comm().max(seconds_since(start));
    start = std::chrono::steady_clock::now();
    return seconds;
  };
  auto const blocks = nodes.blocks ? *nodes.blocks : to_blocks(A, o.block_size);
  auto const n = static_cast<std::size_t>(blocks.pattern.num_owned_rows());
  double const scale = nn::one_over_norm(A.comm(), o.norm, blocks.values);
  RowMajor<double> free = nodes.free;
  if (free.size() == 0) {
    free = RowMajor<double>("free", n, static_cast<std::size_t>(o.block_size));
    Kokkos::deep_copy(free, 1.);
  }
  RowMajor<double> first;
  double before = lap();
  if (o.start == nn::FactorStart::fsai0) {
    first = fsai0_blocks(A, blocks.pattern, o.block_size);
    auto const host = Kokkos::create_mirror_view(first);
    Kokkos::deep_copy(host, first);
    for (std::size_t k = 0; k < host.size(); ++k) host.data()[k] /= std::sqrt(scale);
    Kokkos::deep_copy(first, host);
    made.start_seconds = lap();
  }
  Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice> const scaled(
      std::string("blocks"), blocks.values.extent(0), blocks.values.extent(1), blocks.values.extent(2));
  auto const from = host_view(blocks.values);
  auto const to = Kokkos::create_mirror_view(scaled);
  for (std::size_t k = 0; k < from.size(); ++k) to.data()[k] = scale * from.data()[k];
  Kokkos::deep_copy(scaled, to);
  nn::Graph<> const graph(blocks.pattern);
  auto const input = nn::make_sparse_inverse_input<Scalar>(graph, scaled, nodes.features, free, o, first);
  network_.evaluate();
  pass_.begin(0, nn::Recording::off);
  auto const F = network_.forward(pass_, input);
  made.network_seconds = before + lap();

  // F^T F is near the inverse of the matrix times `scale`, so there, too
  double const prescribed = o.scaled ? 1 : 1 / std::sqrt(scale);
  made.F = assemble_factor(A.pattern.rows(), blocks.pattern, input.factor, F.value, free, o.block_size,
                           prescribed);
  Vector<double> weights;
  if (o.scaled) weights = one_over_diagonal(A, scale);
  if (precision == FactorPrecision::single)
    made.operation = std::make_shared<solvers::FactoredInverse<double, DefaultDevice, float>>(
        in_single_precision(made.F), o.epsilon, weights);
  else
    made.operation = std::make_shared<solvers::FactoredInverse<double>>(made.F, o.epsilon, weights);
  made.assembly_seconds = lap();
  return made;
}

LearnedPreconditioner::LearnedPreconditioner(std::unique_ptr<LearnedInverse<float>> network,
                                             DistributedCsr<double> const& A, NodeData nodes)
    : network_(std::move(network)), nodes_(std::move(nodes)), factor_(network_->make(A, nodes_)) {}

void LearnedPreconditioner::update(DistributedCsr<double> const& A) { factor_ = network_->make(A, nodes_); }

std::string LearnedPreconditioner::description() const {
  auto const& o = network_->options();
  return cat("learned ", factor_.operation->description(), ", network of width ", o.width, " with ", o.layers,
             " layers", o.start == nn::FactorStart::fsai0 ? ", from FSAI(0)" : "");
}

RowMajor<double> position_features(Comm const& comm, std::vector<Point> const& points) {
  std::array<double, 4> sums{{0, 0, 0, static_cast<double>(points.size())}};
  for (auto const& p : points)
    for (std::size_t d = 0; d < 3; ++d) sums[d] += p[d];
  comm.all_reduce(sums.data(), 4, ReduceOp::sum);
  double largest = 0;
  for (auto const& p : points)
    for (std::size_t d = 0; d < 3; ++d) largest = std::max(largest, std::fabs(p[d] - sums[d] / sums[3]));
  largest = comm.max(largest);
  RowMajor<double> const features("position_features", points.size(), 3);
  auto const host = Kokkos::create_mirror_view(features);
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t d = 0; d < 3; ++d)
      host(i, d) = (points[i][d] - sums[d] / sums[3]) / (largest > 0 ? largest : 1);
  Kokkos::deep_copy(features, host);
  return features;
}

template class LearnedInverse<float>;
template class LearnedInverse<double>;

}  // namespace nacre::apps
