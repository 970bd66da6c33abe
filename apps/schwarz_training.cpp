#include "schwarz_training.hpp"

#include <cmath>

#include <nacre/core/max.hpp>
#include <nacre/core/sddmm.hpp>
#include <nacre/nn/checkpoint.hpp>
#include <nacre/solvers/gmres.hpp>
#include <nacre/solvers/interface_conditions.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/optimized_schwarz.hpp>

#include "samples.hpp"
#include "training.hpp"

namespace nacre::apps {

namespace {

constexpr char const* kFormat = "nacre_schwarz 1";
constexpr double kReduction = 1e-12;

std::string describe(SchwarzNetworkOptions const& n) {
  return cat("width ", n.width, ", convs ", n.convs, ", hops ", n.hops, ", blocks ", n.blocks);
}

}  // namespace

SchwarzSample::SchwarzSample(SchwarzProblem given)
    : problem(std::move(given)), graph(problem.A.pattern), inputs(make_inputs(problem)) {}

SchwarzTraining::SchwarzTraining(Comm const& comm, SchwarzTrainingOptions const& o)
    : comm_(comm), options_(o), network_(o.network), gradients_(network_, comm) {
  network_.initialize(static_cast<std::uint64_t>(o.seed));
  adam_.set_learning_rate(o.learning_rate);
}

double SchwarzTraining::accumulate(std::int64_t number, SchwarzSample const& sample) {
  auto const& problem = sample.problem;
  auto const n = static_cast<std::size_t>(problem.A.num_rows());
  RowMajor<double> const errors("errors", n, static_cast<std::size_t>(options_.directions));
  Vector<double> const squared_norms("squared_norms", errors.extent(1));
  fill_random_directions(pass_.exec(),
                         random_bits(static_cast<std::uint64_t>(options_.seed),
                                     static_cast<std::uint64_t>(steps_), static_cast<std::uint64_t>(number)),
                         errors, squared_norms);
  pass_.begin();
  auto& tape = pass_.tape();
  auto const L = network_.forward(pass_, sample.graph, sample.inputs);
  solvers::SchwarzErrorOp<> const iterate(problem.decomposition, problem.A.values,
                                          {problem.interface_scale, options_.power});
  auto const left = tape.apply(iterate, L, errors);
  auto const longest = tape.apply(MaxOp(), tape.apply(ColumnDotsOp(), left, left));
  auto const loss = tape.apply(power(.5 / options_.power), longest);
  gradients_.accumulate(pass_, loss);
  return read_scalar(loss.value);
}

double SchwarzTraining::train_batch(std::vector<std::pair<std::int64_t, SchwarzSample const*>> const& mine) {
  network_.train();
  gradients_.clear(pass_.exec());
  double loss = 0;
  std::string problem;
  for (auto const& [number, sample] : mine) try {
      loss += accumulate(number, *sample);
    } catch (Error const& e) {
      problem = e.what();
    }
  comm_.fail_together(problem);
  gradients_.sum_over_ranks(pass_.exec());
  gradients_.clip_by_norm(pass_.exec(), options_.max_gradient_norm);
  adam_.step(pass_.exec(), gradients_.parameters());
  ++steps_;
  return comm_.sum(loss) / static_cast<double>(comm_.sum(static_cast<std::int64_t>(mine.size())));
}

Vector<double> SchwarzTraining::interface_values(SchwarzSample const& sample) {
  network_.evaluate();
  auto const L = network_.propose(pass_, sample.graph, sample.inputs);
  Vector<double> const values("interface_values", L.extent(0));
  Kokkos::deep_copy(pass_.exec(), values, L);
  return values;
}

void SchwarzTraining::save(std::string const& path,
                           std::map<std::string, std::string> const& metadata) const {
  nn::TensorFile file;
  file.metadata = metadata;
  file.metadata["format"] = kFormat;
  file.metadata["network"] = describe(options_.network);
  file.metadata["steps"] = std::to_string(steps_);
  nn::add_state(file, "model.", network_);
  nn::add_state(file, "adam.", adam_);
  nn::write_checkpoint(comm_, path, file);
}

std::map<std::string, std::string> SchwarzTraining::load(std::string const& path,
                                                         std::map<std::string, std::string> const& expected) {
  auto const file = nn::read_checkpoint(comm_, path);
  if (text_at(file.metadata, "format") != kFormat)
    fail(cat("'", path, "' is not a checkpoint of nacre_schwarz"));
  auto const require = [&](char const* key, std::string const& wanted) {
    auto const found = text_at(file.metadata, key);
    if (found != wanted) fail(cat("'", path, "' is of another ", key, ": ", found, "; not ", wanted));
  };
  require("network", describe(options_.network));
  for (auto const& [key, wanted] : expected) require(key.c_str(), wanted);
  nn::StateLoader loader(file, path);
  loader.add("model.", network_);
  loader.add("adam.", adam_, gradients_.parameters());
  loader.commit();
  steps_ = std::atoll(text_at(file.metadata, "steps").c_str());
  return file.metadata;
}

SchwarzQuality evaluate(SchwarzProblem const& problem, Vector<double const> const& L, bool with_iterations) {
  SchwarzQuality quality;
  quality.spectral_radius = solvers::schwarz_spectral_radius<DefaultDevice>(
                                problem.decomposition, problem.A.values, L, problem.interface_scale)
                                .value;
  if (!with_iterations) return quality;
  DistributedCsr<double> const A{DistributedPattern<>(problem.A.pattern), problem.A.values};
  auto const n = static_cast<std::size_t>(problem.A.num_rows());
  MultiVector<double> const b("b", n, 1), x("x", n, 1), r("r", n, 1), z("z", n, 1);
  nn::draw(ExecOf<DefaultDevice>(), nn::uniform(1), 1, Vector<double>(b.data(), n));
  solvers::MatrixOperator<double> const op(A);
  solvers::OptimizedSchwarz<double> const M(A, problem.decomposition, L, problem.interface_scale);
  solvers::KrylovOptions options;
  options.tolerance = kReduction;
  options.max_iterations = kMostIterations;
  options.restart = 200;
  auto const info = solvers::Gmres<double>(options).solve(ExecOf<DefaultDevice>(), op, &M, b, x);
  quality.gmres_iterations = info.converged() ? info.iterations : -1;

  ExecOf<DefaultDevice> const exec;
  Kokkos::deep_copy(x, 0.);
  double const norm = std::sqrt(dot(exec, b, b)[0]);
  quality.stationary_iterations = -1;
  for (int k = 0; k <= kMostIterations; ++k) {
    op.residual(exec, b, x, r);
    double const left = std::sqrt(dot(exec, r, r)[0]);
    if (left <= kReduction * norm) {
      quality.stationary_iterations = k;
      break;
    }
    if (!(left < 1e6 * norm)) break;
    M.apply(exec, r, z);
    axpby(exec, 1., z, 1., x);
  }
  return quality;
}

}  // namespace nacre::apps
