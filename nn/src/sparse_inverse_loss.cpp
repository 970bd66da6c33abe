#include <nacre/nn/sparse_inverse_loss.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/gather_scatter.hpp>
#include <nacre/core/segment_reductions.hpp>
#include <nacre/core/spmv_adjoint.hpp>
#include <nacre/core/sums.hpp>
#include <nacre/nn/batch.hpp>
#include <nacre/nn/initializer.hpp>

namespace nacre::nn {

using Blocks = Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice>;

SparseInverseSample make_sparse_inverse_sample(LinearSystem const& system,
                                               SparseInverseOptions const& options) {
  if (system.block_size() != options.block_size)
    fail(cat("system '", system.name, "' has blocks of size ", system.block_size(),
             ", but the network takes blocks of size ", options.block_size));
  if (system.features.extent(1) != options.node_features && options.node_features > 0)
    fail(cat("system '", system.name, "' has ", system.features.extent(1),
             " features of a node, but the network takes ", options.node_features));
  SparseInverseSample sample;
  sample.name = system.name;
  sample.pattern = system.A.pattern;
  // what is not used need not be alike in a batch
  sample.features = options.node_features > 0
                        ? system.features
                        : RowMajor<double>("nacre::nn::sample::features", system.free.extent(0), 0);
  sample.free = system.free;
  sample.scale = one_over_norm(Comm::self(), options.norm, system.A.values);
  sample.blocks = Blocks(std::string("nacre::nn::sample::blocks"), system.A.values.extent(0),
                         system.A.values.extent(1), system.A.values.extent(2));
  auto const from = host_view(system.A.values);
  auto const blocks = Kokkos::create_mirror_view(sample.blocks);
  for (std::size_t k = 0; k < from.size(); ++k) blocks.data()[k] = sample.scale * from.data()[k];
  Kokkos::deep_copy(sample.blocks, blocks);
  sample.A = constrained_matrix({system.name, {sample.pattern, sample.blocks}, system.features, system.free});
  return sample;
}

namespace {

template <class Scalar>
Vector<Scalar> all_values(std::vector<SparseInverseSample const*> const& samples) {
  std::vector<Scalar> all;
  for (auto const* sample : samples) {
    auto const values = host_view(sample->A.values);
    for (std::size_t k = 0; k < values.extent(0); ++k) all.push_back(static_cast<Scalar>(values(k)));
  }
  return to_device<DefaultDevice>("nacre::nn::batch::values", all);
}

/// \param width of a row, which is to be right without samples, too
RowMajor<double> rows_of(std::vector<SparseInverseSample const*> const& samples,
                         RowMajor<double> SparseInverseSample::*member, std::size_t width) {
  if (samples.empty()) return RowMajor<double>(std::string("nacre::nn::batch::rows"), 0, width);
  std::vector<RowMajor<double>> parts;
  for (auto const* sample : samples) parts.push_back(sample->*member);
  return stack_rows(parts);
}

/// 1 / a(i, i)
template <class Scalar>
Vector<Scalar> one_over_diagonal(CsrMatrix<Scalar> const& A) {
  auto const entry = host_view(diagonal_positions(A.pattern).entry);
  auto const values = host_view(A.values);
  std::vector<Scalar> inverse(entry.extent(0));
  for (std::size_t i = 0; i < inverse.size(); ++i) inverse[i] = Scalar(1) / values(entry(i));
  return to_device<DefaultDevice>("nacre::nn::batch::inverse_diagonal", inverse);
}

}  // namespace

template <class Scalar>
SparseInverseBatch<Scalar> make_sparse_inverse_batch(std::vector<SparseInverseSample const*> const& samples,
                                                     SparseInverseOptions const& options, Comm const& comm) {
  std::vector<CsrPattern<>> patterns;
  std::vector<Ordinal> sizes;
  std::size_t num_blocks = 0;
  auto const b = static_cast<std::size_t>(options.block_size);
  std::string problem;
  for (auto const* sample : samples) {
    if (sample->blocks.extent(1) != b)
      problem = cat("make_sparse_inverse_batch: sample '", sample->name, "' has blocks of size ",
                    sample->blocks.extent(1), ", but the network takes blocks of size ", b);
    patterns.push_back(sample->pattern);
    sizes.push_back(sample->A.num_rows());
    num_blocks += sample->blocks.extent(0);
  }
  comm.fail_together(problem);
  auto const num_samples = comm.sum(static_cast<std::int64_t>(samples.size()));
  if (num_samples == 0) fail("make_sparse_inverse_batch: no rank has a sample");
  Blocks const blocks(std::string("nacre::nn::batch::blocks"), num_blocks, b, b);
  std::size_t first = 0;
  for (auto const* sample : samples) {
    Kokkos::deep_copy(Vector<double>(blocks.data() + first, sample->blocks.size()),
                      Vector<double>(sample->blocks.data(), sample->blocks.size()));
    first += sample->blocks.size();
  }
  SparseInverseBatch<Scalar> batch;
  auto const graph = make_batch(patterns, comm);
  auto const features = rows_of(samples, &SparseInverseSample::features, options.node_features),
             free = rows_of(samples, &SparseInverseSample::free, b),
             start = rows_of(samples, &SparseInverseSample::start, b * b);
  batch.input = make_sparse_inverse_input<Scalar>(graph, blocks, features, free, options, start);
  batch.factor = BlockExpansion<>(batch.input.factor, options.block_size);
  batch.A = {BlockExpansion<>(graph.local(), options.block_size).pattern(), all_values<Scalar>(samples)};
  batch.free = Vector<Scalar>(std::string("nacre::nn::batch::free"), free.size());
  Kokkos::deep_copy(batch.free, Vector<double>(free.data(), free.size()));
  if (options.scaled) batch.inverse_diagonal = one_over_diagonal(batch.A);
  batch.unknowns = Segments<>::of_sizes(sizes);
  batch.one_over_graphs = 1 / static_cast<double>(num_samples);
  batch.one_over_unknowns = 1 / static_cast<double>(comm.sum(static_cast<std::int64_t>(free.size())));
  return batch;
}

namespace {

/// w ~ N(0, 1) on free unknowns.
template <class Scalar>
Vector<Scalar> random_probe(ExecOf<DefaultDevice> const& exec, SparseInverseBatch<Scalar> const& batch,
                            std::vector<std::uint64_t> const& seeds) {
  if (seeds.size() != batch.unknowns.num_segments())
    fail(cat("sparse inverse: ", seeds.size(), " seeds, but the batch has ", batch.unknowns.num_segments(),
             " samples"));
  Vector<Scalar> const w(std::string("nacre::nn::probe"), batch.free.extent(0));
  auto const ptr = host_view(batch.unknowns.ptr());
  for (std::size_t g = 0; g < seeds.size(); ++g)
    draw(exec, normal(), seeds[g],
         Vector<Scalar>(w.data() + ptr(g), static_cast<std::size_t>(ptr(g + 1) - ptr(g))));
  MultiplyOp().forward(exec, w, Vector<Scalar const>(w), Vector<Scalar const>(batch.free));
  return w;
}

template <class Scalar>
FactoredInverseOp<Scalar> approximate_inverse(SparseInverseBatch<Scalar> const& batch,
                                              SparseInverseOptions const& options) {
  return {batch.factor, options.epsilon, batch.free, batch.inverse_diagonal};
}

/// Of each unknown the number of its graph.
IndexMap<> segment_of_unknown(Segments<> const& unknowns) {
  auto const of = host_view(unknowns.segment_of());
  return row_index<DefaultDevice>(unknowns.num_segments(),
                                  std::vector<Ordinal>(of.data(), of.data() + of.extent(0)));
}

}  // namespace

template <class Scalar>
VectorVar<Scalar> sparse_inverse_loss(Pass<Scalar>& pass, SparseInverseBatch<Scalar> const& batch,
                                      SparseInverseOptions const& options, MatrixVar<Scalar> const& factor,
                                      std::vector<std::uint64_t> const& seeds, ProbeLoss which) {
  auto const& exec = pass.exec();
  auto const n = batch.free.extent(0);
  auto const w = random_probe(exec, batch, seeds);
  Vector<Scalar const> r = w, x;
  if (needs_solution(which)) {
    Vector<Scalar> const product(std::string("nacre::nn::probe"), n);
    spmv(exec, batch.A.pattern, batch.A.values, w, product);
    r = product;
    x = w;
  }
  auto& tape = pass.tape();
  VectorVar<Scalar> const d = tape.apply(approximate_inverse(batch, options), factor, tape.constant(r));
  VectorVar<Scalar> const u = tape.apply(SpmvOp<>{batch.A.pattern}, tape.constant(batch.A.values), d);
  ProbeLossOp<Scalar> const loss{which, batch.unknowns, r, x, batch.one_over_graphs, batch.one_over_unknowns};
  return tape.apply(loss, d, u);
}

template <class Scalar>
VectorVar<Scalar> convergence_loss(Pass<Scalar>& pass, SparseInverseBatch<Scalar> const& batch,
                                   SparseInverseOptions const& options, MatrixVar<Scalar> const& factor,
                                   std::vector<std::uint64_t> const& seeds, int iterations) {
  if (iterations < 1) fail(cat("convergence_loss: ", iterations, " iterations, expected one at least"));
  using Var = VectorVar<Scalar>;
  auto& tape = pass.tape();
  auto const M = approximate_inverse(batch, options);
  SegmentSumOp<> const sum{batch.unknowns};
  GatherOp<> const spread(segment_of_unknown(batch.unknowns));
  auto const times = [&](Var const& a, Var const& b) -> Var { return tape.apply(MultiplyOp(), a, b); };
  auto const dot = [&](Var const& a, Var const& b) -> Var { return tape.apply(sum, times(a, b)); };
  auto const values = tape.constant(batch.A.values);

  Var r = tape.constant(Vector<Scalar const>(random_probe(pass.exec(), batch, seeds)));
  Var const rr_first = dot(r, r);
  Var z = tape.apply(M, factor, r), p = z, rz = dot(r, z);
  for (int k = 0; k < iterations; ++k) {
    Var const q = tape.apply(SpmvOp<>{batch.A.pattern}, values, p);
    Var const alpha = tape.apply(DivideOp(), rz, dot(p, q));
    r = tape.apply(LinearCombinationOp{1, -1}, r, times(tape.apply(spread, alpha), q));
    if (k + 1 == iterations) break;
    z = tape.apply(M, factor, r);
    Var const rz_next = dot(r, z);
    Var const beta = tape.apply(DivideOp(), rz_next, rz);
    p = tape.apply(LinearCombinationOp{1, 1}, z, times(tape.apply(spread, beta), p));
    rz = rz_next;
  }
  auto const reduction = tape.apply(LogOp(), tape.apply(DivideOp(), dot(r, r), rr_first));
  return tape.apply(scale_by(.5 / iterations * batch.one_over_graphs), tape.apply(SumOp(), reduction));
}

template SparseInverseBatch<double> make_sparse_inverse_batch(std::vector<SparseInverseSample const*> const&,
                                                              SparseInverseOptions const&, Comm const&);
template SparseInverseBatch<float> make_sparse_inverse_batch(std::vector<SparseInverseSample const*> const&,
                                                             SparseInverseOptions const&, Comm const&);
template VectorVar<double> sparse_inverse_loss(Pass<double>&, SparseInverseBatch<double> const&,
                                               SparseInverseOptions const&, MatrixVar<double> const&,
                                               std::vector<std::uint64_t> const&, ProbeLoss);
template VectorVar<float> sparse_inverse_loss(Pass<float>&, SparseInverseBatch<float> const&,
                                              SparseInverseOptions const&, MatrixVar<float> const&,
                                              std::vector<std::uint64_t> const&, ProbeLoss);

template VectorVar<double> convergence_loss(Pass<double>&, SparseInverseBatch<double> const&,
                                            SparseInverseOptions const&, MatrixVar<double> const&,
                                            std::vector<std::uint64_t> const&, int);
template VectorVar<float> convergence_loss(Pass<float>&, SparseInverseBatch<float> const&,
                                           SparseInverseOptions const&, MatrixVar<float> const&,
                                           std::vector<std::uint64_t> const&, int);

}  // namespace nacre::nn
