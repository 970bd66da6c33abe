#include <nacre/nn/sparse_inverse_loss.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/gradients.hpp>
#include <nacre/solvers/factored_inverse.hpp>
#include <nacre/solvers/krylov.hpp>
#include <nacre/solvers/matrix_operator.hpp>

#include "sparse_inverse_systems.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

using nn::FactorPattern;
using nn::SparseInverseBatch;
using nn::SparseInverseNetwork;
using nn::SparseInverseOptions;
using Seeds = std::vector<std::uint64_t>;

ExecOf<DefaultDevice> exec() { return {}; }

double number(nn::VectorVar<double> const& v) { return to_host(v.value)(0); }
double number(nn::VectorVar<float> const& v) { return static_cast<double>(to_host(v.value)(0)); }

/// What a network makes of a batch: its loss, the factor, and the gradient of the loss.
template <class Scalar>
struct Computed {
  double loss;
  std::vector<double> factor, gradient;
};
template <class Scalar>
Computed<Scalar> computed(SparseInverseNetwork<Scalar> const& network,
                          SparseInverseBatch<Scalar> const& batch, Seeds const& seeds,
                          ProbeLoss which = ProbeLoss::relative_residual,
                          nn::Evaluation how = nn::Evaluation::fused) {
  nn::Pass<Scalar> pass;
  nn::Gradients<Scalar> gradients(network);
  pass.begin();
  auto const F = network.forward(pass, batch.input, how);
  auto const loss = nn::sparse_inverse_loss(pass, batch, network.options(), F, seeds, which);
  Computed<Scalar> all{number(loss), to_vector(F.value), {}};
  gradients.compute(pass, loss);
  for (auto const& p : gradients.parameters()) {
    auto const bar = to_vector(p.gradient);
    all.gradient.insert(all.gradient.end(), bar.begin(), bar.end());
  }
  return all;
}

double norm(std::vector<double> const& v) {
  double sum = 0;
  for (double const x : v) sum += x * x;
  return std::sqrt(sum);
}

/// The blocks of a factor as a matrix, rows and columns of prescribed unknowns being those of the identity.
CsrMatrix<double> assembled(SparseInverseBatch<double> const& batch, std::vector<double> const& factor) {
  auto const F = batch.factor.expand(exec(), to_device<DefaultDevice>("factor", factor));
  auto const row_ptr = to_host(F.pattern.row_ptr());
  auto const col = to_host(F.pattern.col());
  auto const free = to_host(batch.free);
  auto const values = to_host(F.values);
  for (Ordinal i = 0; i < F.num_rows(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      if (free(i) == 0 || free(col(k)) == 0) values(k) = i == col(k) ? 1 : 0;
  Kokkos::deep_copy(F.values, values);
  return F;
}
DistributedCsr<double> on_this_rank(CsrMatrix<double> const& A) {
  return {DistributedPattern<>(A.pattern), A.values};
}

/// Options of both pairs of choices that the application knows.
std::vector<SparseInverseOptions> variants(int block_size) {
  std::vector<SparseInverseOptions> all(3, small_options(block_size));
  all[1].scaled = true;
  all[2].pattern = FactorPattern::lower;
  all[2].start = nn::FactorStart::fsai0;
  return all;
}

// ---- derivatives

TEST(SparseInverseLoss, HasTheDerivativesOfDifferencesForEveryParameter) {
  for (int const b : {1, 3})
    for (auto const& o : variants(b))
      for (auto const how : {nn::Evaluation::fused, nn::Evaluation::plain}) {
        SparseInverseNetwork<double> network(o);
        randomize(network, 5);
        auto const batch = batch_of<double>({system_of(numbers(9), b), system_of(numbers(4, 60), b)}, o);
        Seeds const seeds{1, 2};
        nn::Pass<double> pass;
        auto const loss = [&] {
          pass.begin();
          return nn::sparse_inverse_loss(pass, batch, o, network.forward(pass, batch.input, how), seeds);
        };
        nn::Gradients<double> gradients(network);
        gradients.compute(pass, loss());
        auto const named = network.parameters();
        for (std::size_t p = 0; p < named.size(); ++p) {
          auto const value = gradients.parameters()[p].value;
          auto const g = to_vector(gradients.parameters()[p].gradient), keep = to_vector(value);
          double const h = 1e-5;
          double derivative = 0;
          auto const moved = [&](double step) {
            auto const x = to_host(value);
            for (std::size_t i = 0; i < keep.size(); ++i)
              x.data()[i] = keep[i] + step * scattered(static_cast<GlobalOrdinal>(i), 0, 71);
            Kokkos::deep_copy(value, x);
            return number(loss());
          };
          for (std::size_t i = 0; i < g.size(); ++i)
            derivative += g[i] * scattered(static_cast<GlobalOrdinal>(i), 0, 71);
          double const differences = (moved(h) - moved(-h)) / (2 * h);
          moved(0);
          EXPECT_GT(norm(g), 0) << named[p].name;
          EXPECT_NEAR(derivative, differences, 1e-6 * (std::fabs(derivative) + .1 * norm(g)))
              << named[p].name << ", blocks of size " << b << (o.scaled ? ", scaled" : "");
        }
      }
}

// ---- invariance

template <class Scalar>
void expect_scale_invariance() {
  for (int const b : {1, 3}) {
    auto const o = small_options(b);
    SparseInverseNetwork<Scalar> network(o);
    randomize(network, 5);
    auto const batch = [&](double alpha) { return batch_of<Scalar>({system_of(numbers(13), b, alpha)}, o); };
    auto const same = batch(1);
    auto const expected = computed(network, same, {1});
    for (double const alpha : {0x1p-30, .5, 0x1p20}) {
      auto const scaled = batch(alpha);
      EXPECT_EQ(to_vector(scaled.input.nodes), to_vector(same.input.nodes));
      EXPECT_EQ(to_vector(scaled.input.edges), to_vector(same.input.edges));
      EXPECT_EQ(to_vector(scaled.A.values), to_vector(same.A.values));
      auto const found = computed(network, scaled, {1});
      EXPECT_EQ(found.loss, expected.loss);
      EXPECT_EQ(found.factor, expected.factor);
      EXPECT_EQ(found.gradient, expected.gradient);
    }
    for (double const alpha : {1e-6, 1e6})
      EXPECT_NEAR(computed(network, batch(alpha), {1}).loss, expected.loss, 1e-5 * expected.loss);
  }
}

TEST(SparseInverseLoss, DoesNotDependOnTheScaleOfTheMatrix) {
  expect_scale_invariance<double>();
  expect_scale_invariance<float>();
}

template <class Scalar>
void expect_the_same_bits() {
  for (int const b : {1, 3})
    for (auto const& o : variants(b)) {
      auto const run = [&] {
        SparseInverseNetwork<Scalar> network(o);
        randomize(network, 5);
        return computed(network, batch_of<Scalar>({system_of(numbers(13), b), system_of(numbers(6), b)}, o),
                        {1, 2});
      };
      auto const first = run(), second = run();
      EXPECT_EQ(first.loss, second.loss);
      EXPECT_EQ(first.gradient, second.gradient);
    }
}

TEST(SparseInverseLoss, HasTheSameBitsEachTime) {
  expect_the_same_bits<double>();
  expect_the_same_bits<float>();
}

TEST(SparseInverseLoss, OfABatchIsTheMeanOverItsGraphs) {
  std::vector<Ordinal> const sizes{7, 1, 12, 9};
  for (int const b : {1, 3})
    for (auto const which :
         {ProbeLoss::relative_residual, ProbeLoss::residual, ProbeLoss::line_search_error}) {
      auto const o = small_options(b);
      SparseInverseNetwork<double> network(o);
      randomize(network, 5);
      std::vector<LinearSystem> systems;
      Computed<double> expected{};
      Seeds seeds;
      for (auto const size : sizes) {
        systems.push_back(system_of(numbers(size, 100 * size), b));
        seeds.push_back(static_cast<std::uint64_t>(size));
        auto const alone = computed(network, batch_of<double>({systems.back()}, o), {seeds.back()}, which);
        // 29 nodes
        double const weight = which == ProbeLoss::residual ? size / 29. : .25;
        expected.loss += weight * alone.loss;
        expected.gradient.resize(alone.gradient.size());
        for (std::size_t i = 0; i < alone.gradient.size(); ++i)
          expected.gradient[i] += weight * alone.gradient[i];
      }
      auto const found = computed(network, batch_of<double>(systems, o), seeds, which);
      EXPECT_NEAR(found.loss, expected.loss, 1e-12 * std::fabs(expected.loss)) << to_string(which);
      for (std::size_t i = 0; i < found.gradient.size(); ++i)
        ASSERT_NEAR(found.gradient[i], expected.gradient[i], 1e-12 * norm(expected.gradient))
            << to_string(which);
    }
}

// ---- what it estimates

/// The columns of M e_j for the free unknowns j, and zero for the others: P (F^T D^-1 P F + epsilon D^-1) P.
Dense preconditioner(SparseInverseBatch<double> const& batch, SparseInverseOptions const& o,
                     std::vector<double> const& factor) {
  auto const F = to_dense(on_this_rank(assembled(batch, factor)));
  auto const free = to_host(batch.free), scale = to_host(batch.inverse_diagonal);
  Dense M = zeros(F.n, F.n);
  for (GlobalOrdinal i = 0; i < F.n; ++i)
    for (GlobalOrdinal j = 0; j < F.n; ++j) {
      if (free(i) == 0 || free(j) == 0) continue;
      for (GlobalOrdinal k = 0; k < F.n; ++k)
        M(i, j) += free(k) * F(k, i) * F(k, j) * (o.scaled ? scale(k) : 1);
      if (i == j) M(i, i) += o.epsilon * (o.scaled ? scale(i) : 1);
    }
  return M;
}

TEST(SparseInverseLoss, EstimatesTheFrobeniusNormOfWhatIsWrong) {
  for (int const b : {1, 3})
    for (auto const& o : variants(b)) {
      Ordinal const n = 13;
      SparseInverseNetwork<double> network(o);
      randomize(network, 5);
      auto const batch = batch_of<double>({system_of(numbers(n), b)}, o);
      auto const factor = computed(network, batch, {0}).factor;
      auto error = to_dense(on_this_rank(batch.A)) * preconditioner(batch, o, factor);
      auto const free = to_host(batch.free);
      for (GlobalOrdinal i = 0; i < error.n; ++i) error(i, i) -= free(i);
      double const expected = norm(error.a) * norm(error.a);

      RowMajor<double> const F("F", batch.input.factor.num_entries(), o.numbers_of_block());
      Kokkos::deep_copy(Vector<double>(F.data(), F.size()), to_device<DefaultDevice>("factor", factor));
      nn::Pass<double> pass;
      double sum = 0;
      for (std::uint64_t seed = 1; seed <= 4096; ++seed) {
        pass.begin(0, nn::Recording::off);
        nn::MatrixVar<double> const constant = pass.constant(F);
        sum += n * b * number(nn::sparse_inverse_loss(pass, batch, o, constant, {seed}, ProbeLoss::residual));
      }
      EXPECT_NEAR(sum / 4096, expected, .05 * expected) << "blocks of size " << b;
    }
}

/// One unknown, of which the matrix over its norm is 1: M = f^2 + epsilon and all losses are known.
TEST(SparseInverseLoss, OfOneUnknownIsKnown) {
  auto o = small_options(1);
  auto const batch = batch_of<double>({system_of(numbers(1), 1)}, o);
  RowMajor<double> const F("F", 1, 1);
  Kokkos::deep_copy(F, 1.5);
  double const m = 1.5 * 1.5 + o.epsilon;
  nn::Pass<double> pass;
  for (auto const& [which, expected] :
       {std::pair<ProbeLoss, double>{ProbeLoss::relative_residual, (m - 1) * (m - 1)},
        {ProbeLoss::relative_error, (m - 1) * (m - 1)},
        {ProbeLoss::cosine, 0.},
        {ProbeLoss::cosine_error, 0.},
        {ProbeLoss::line_search, 0.},
        {ProbeLoss::line_search_error, 0.},
        {ProbeLoss::projection, 0.}}) {
    pass.begin();
    nn::MatrixVar<double> const f = pass.tape().leaf(F);
    EXPECT_NEAR(number(nn::sparse_inverse_loss(pass, batch, o, f, {1}, which)), expected, 1e-4)
        << to_string(which);
  }
}

// ---- the preconditioner

TEST(SparseInverse, IsPositiveDefiniteForAnyParameters) {
  for (int const b : {1, 3})
    for (auto const& o : variants(b))
      for (unsigned const seed : {1u, 2u, 3u}) {
        SparseInverseNetwork<double> network(o);
        randomize(network, seed);
        auto const system = system_of(numbers(23), b);
        auto const batch = batch_of<double>({system}, o);
        auto const F = on_this_rank(assembled(batch, computed(network, batch, {0}).factor));
        solvers::FactoredInverse<double> const M(F, o.epsilon, batch.inverse_diagonal);
        auto const& rows = F.pattern.rows();
        auto const r = scattered_vectors<double>(rows, 2, seed);
        MultiVector<double> const Mr("Mr", r.extent(0), 2);
        M.apply(exec(), r, Mr);
        auto const x = to_host(r), y = to_host(Mr);
        auto const scale = to_vector(batch.inverse_diagonal);
        double energy = 0, uMv = 0, vMu = 0, uu = 0, vv = 0, least = 1;
        for (std::size_t i = 0; i < x.extent(0); ++i) {
          energy += x(i, 0) * y(i, 0);
          uMv += x(i, 0) * y(i, 1);
          vMu += x(i, 1) * y(i, 0);
          uu += x(i, 0) * x(i, 0);
          vv += x(i, 1) * x(i, 1);
          if (o.scaled) least = std::min(least, scale[i]);
        }
        EXPECT_GE(energy, o.epsilon * least * uu);
        EXPECT_NEAR(uMv, vMu, 1e-12 * std::sqrt(uu * vv));

        // and conjugate gradients converge without any training
        auto const A = on_this_rank(constrained_matrix(system));
        MultiVector<double> const solution("x", r.extent(0), 1), right("b", r.extent(0), 1);
        Kokkos::deep_copy(right, 1.);
        solvers::KrylovOptions krylov;
        krylov.tolerance = 1e-10;
        auto const info = solvers::make_krylov_solver<double>("pcg", krylov)
                              ->solve(exec(), solvers::MatrixOperator<double>(A), &M, right, solution);
        EXPECT_TRUE(info.converged()) << "blocks of size " << b << ", seed " << seed;
      }
}

// ---- the convergence of conjugate gradients

/// Of PCG from r with M: log(|r_k| / |r|) / k.
double reduction(Dense const& A, Dense const& M, std::vector<double> r, int iterations) {
  auto const n = r.size();
  auto const times = [n](Dense const& B, std::vector<double> const& x) {
    std::vector<double> y(n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) y[i] += B.a[i * n + j] * x[j];
    return y;
  };
  auto const dot = [](std::vector<double> const& a, std::vector<double> const& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.);
  };
  double const first = norm(r);
  auto z = times(M, r), p = z;
  for (int k = 0; k < iterations; ++k) {
    auto const q = times(A, p);
    double const rz = dot(r, z), alpha = rz / dot(p, q);
    for (std::size_t i = 0; i < n; ++i) r[i] -= alpha * q[i];
    z = times(M, r);
    double const beta = dot(r, z) / rz;
    for (std::size_t i = 0; i < n; ++i) p[i] = z[i] + beta * p[i];
  }
  return std::log(norm(r) / first) / iterations;
}

TEST(ConvergenceLoss, IsTheMeanReductionOfAnIterationAndItsDerivative) {
  for (int const b : {1, 3})
    for (auto const& o : variants(b))
      for (int const iterations : {1, 3}) {
        SparseInverseNetwork<double> network(o);
        randomize(network, 5);
        std::vector<LinearSystem> const systems{system_of(numbers(9), b), system_of(numbers(12, 60), b)};
        Seeds const seeds{1, 2};
        double expected = 0;
        for (std::size_t g = 0; g < 2; ++g) {
          auto const alone = batch_of<double>({systems[g]}, o);
          Vector<double> const w("w", alone.free.extent(0));
          nn::draw(exec(), nn::normal(), seeds[g], w);
          auto r = to_vector(w);
          auto const free = to_vector(alone.free);
          for (std::size_t i = 0; i < r.size(); ++i) r[i] *= free[i];
          expected +=
              .5 * reduction(to_dense(on_this_rank(alone.A)),
                             preconditioner(alone, o, computed(network, alone, {0}).factor), r, iterations);
        }

        auto const batch = batch_of<double>(systems, o);
        auto const factor = computed(network, batch, seeds).factor;
        nn::Pass<double> pass;
        RowMajor<double> const F("F", batch.input.factor.num_entries(), o.numbers_of_block());
        auto const at = [&](double step) {
          auto moved = factor;
          for (std::size_t k = 0; k < moved.size(); ++k)
            moved[k] += step * scattered(static_cast<GlobalOrdinal>(k), 0, 95);
          Kokkos::deep_copy(Vector<double>(F.data(), F.size()), to_device<DefaultDevice>("moved", moved));
          pass.begin();
          auto const leaf = pass.tape().leaf(F);
          auto const loss =
              nn::convergence_loss(pass, batch, o, nn::MatrixVar<double>(leaf), seeds, iterations);
          pass.tape().backward(loss);
          return std::make_pair(number(loss), to_vector(pass.tape().gradient(leaf)));
        };
        double const h = 1e-5, differences = (at(h).first - at(-h).first) / (2 * h);
        auto const [loss, gradient] = at(0);
        double derivative = 0;
        for (std::size_t k = 0; k < gradient.size(); ++k)
          derivative += gradient[k] * scattered(static_cast<GlobalOrdinal>(k), 0, 95);
        EXPECT_NEAR(loss, expected, 1e-10 * std::fabs(expected));
        EXPECT_NEAR(derivative, differences, 1e-6 * norm(gradient)) << "blocks of size " << b;
      }
}

// ---- rejections

TEST(SparseInverseLoss, RejectsWhatDoesNotFit) {
  auto const o = small_options(3);
  auto const system = system_of(numbers(4), 3);
  EXPECT_EQ(message_of([&] { nn::make_sparse_inverse_sample(system_of(numbers(4), 1), o); }),
            "system 'of 4 nodes' has blocks of size 1, but the network takes blocks of size 3");
  auto other = o;
  other.node_features = 3;
  EXPECT_EQ(message_of([&] { nn::make_sparse_inverse_sample(system, other); }),
            "system 'of 4 nodes' has 2 features of a node, but the network takes 3");
  auto const sample = nn::make_sparse_inverse_sample(system, o);
  EXPECT_EQ(
      message_of([&] { nn::make_sparse_inverse_batch<double>({&sample}, small_options(1)); }),
      "make_sparse_inverse_batch: sample 'of 4 nodes' has blocks of size 3, but the network takes blocks "
      "of size 1");

  auto const batch = nn::make_sparse_inverse_batch<double>({&sample}, o);
  nn::Pass<double> pass;
  pass.begin();
  nn::MatrixVar<double> const F = pass.constant(RowMajor<double>("F", batch.input.factor.num_entries(), 9));
  for (auto const& seeds : {Seeds{}, Seeds{1, 2}}) {
    auto const problem = cat("sparse inverse: ", seeds.size(), " seeds, but the batch has 1 samples");
    EXPECT_EQ(message_of([&] { nn::sparse_inverse_loss(pass, batch, o, F, seeds); }), problem);
    EXPECT_EQ(message_of([&] { nn::convergence_loss(pass, batch, o, F, seeds, 2); }), problem);
  }
  EXPECT_EQ(message_of([&] { nn::convergence_loss(pass, batch, o, F, {1}, 0); }),
            "convergence_loss: 0 iterations, expected one at least");
  nn::MatrixVar<double> const few = pass.constant(RowMajor<double>("F", 2, 9));
  EXPECT_NE(message_of([&] {
              nn::sparse_inverse_loss(pass, batch, o, few, {1});
            }).find("18 values, but the factor"),
            std::string::npos);
}

TEST(SparseInverseBatches, NeedNotAgreeOnFeaturesThatAreNotUsed) {
  auto o = small_options(1);
  o.node_features = 0;
  auto without = system_of(numbers(4), 1);
  without.features = RowMajor<double>("features", 4, 0);
  EXPECT_EQ(batch_of<float>({system_of(numbers(5), 1), without}, o).input.nodes.extent(1), 1u);
}

}  // namespace
}  // namespace nacre::test
