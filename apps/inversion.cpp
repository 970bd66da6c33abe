#include "inversion.hpp"

#include <cmath>
#include <limits>

#include <nacre/autodiff/tape.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/vtu.hpp>
#include <nacre/solvers/solve_op.hpp>

#include "diffusion.hpp"
#include "samples.hpp"

namespace nacre::apps {

namespace {

/// A normally distributed number for (seed, i, j), the same on every rank.
double normal_number(std::uint64_t seed, std::uint64_t i, std::uint64_t j) {
  double const u = to_unit_interval(random_bits(seed, i, 2 * j)),
               v = to_unit_interval(random_bits(seed, i, 2 * j + 1));
  return std::sqrt(-2 * std::log(1 - u)) * std::cos(6.283185307179586 * v);
}

/// The logarithm of the true coefficient over that of the contrast: 1 in a ball, -1 in a box, 0 elsewhere.
double inclusion(Point const& x, int dimension) {
  double squared_distance = 0;
  bool in_box = true;
  double const centre[] = {.33, .38, .42}, low[] = {.58, .5, .45}, high[] = {.85, .85, .8};
  for (int d = 0; d < dimension; ++d) {
    squared_distance += (x[d] - centre[d]) * (x[d] - centre[d]);
    in_box = in_box && x[d] > low[d] && x[d] < high[d];
  }
  return squared_distance < .2 * .2 ? 1 : in_box ? -1 : 0;
}

/// The sources: constant, then bumps at random places.
double source(Point const& x, int dimension, std::int64_t seed, int s) {
  if (s == 0) return 1;
  double squared_distance = 0;
  for (int d = 0; d < dimension; ++d) {
    double const c =
        random_uniform(random_bits(static_cast<std::uint64_t>(seed), 1000 + static_cast<std::uint64_t>(s)),
                       static_cast<std::uint64_t>(d), .15, .85);
    squared_distance += (x[d] - c) * (x[d] - c);
  }
  return 4 * std::exp(-squared_distance / (2 * .15 * .15));
}

solvers::SolveOptions solve_options(double tolerance) {
  solvers::SolveOptions o;  // PCG with AMG
  o.krylov.tolerance = tolerance;
  return o;
}

}  // namespace

struct Inversion::State {
  InversionOptions options;
  Comm comm;
  Problem<double> problem;
  ImportGhostsOp<> import_ghosts;
  DiffusionOp<> diffusion;
  RoughnessOp<> roughness;
  solvers::SolveOp<double> solve;
  double misfit_factor;
  Vector<double> truth, m, gradient;  // logarithms, [owned cells]
  MultiVector<double> sources, data,
      weight;  // [owned cells, sources]; weight: 1 / noise where observed, else 0
  ad::Tape<> tape;
  double misfit = 0;

  State(Comm const& c, InversionOptions const& o)
      : options(o),
        comm(c),
        problem(make_poisson(c, o)),
        import_ghosts(problem.A.pattern.halo()),
        diffusion{problem.A.pattern.local(), o.dimension},
        roughness{problem.A.pattern.local(),
                  {o.regularizer == "tv", o.smoothing},
                  o.regularization / (o.dimension * cells())},
        solve(problem.A.pattern, solve_options(o.tolerance)),
        misfit_factor(.5 / (cells() * o.samples)),
        truth("truth", owned()),
        m("log_coefficient", owned()),
        gradient("gradient", owned()),
        sources("sources", owned(), static_cast<std::size_t>(o.samples)),
        data("data", owned(), static_cast<std::size_t>(o.samples)),
        weight("weight", owned(), static_cast<std::size_t>(o.samples)) {}

  std::size_t owned() const { return static_cast<std::size_t>(problem.A.pattern.num_owned_rows()); }
  double cells() const { return static_cast<double>(problem.A.pattern.rows().num_global()); }
  GlobalOrdinal first() const { return problem.A.pattern.rows().begin(); }

  /// Where the centre of a cell is in the unit cube.
  Point centre(GlobalOrdinal cell) const {
    Point x{{0, 0, 0}};
    auto const n = static_cast<GlobalOrdinal>(options.size);
    for (int d = 0; d < options.dimension; ++d, cell /= n)
      x[d] = (static_cast<double>(cell % n) + .5) / static_cast<double>(n);
    return x;
  }

  /// The solutions for this logarithm of the coefficient, on the tape.
  template <class AllCells>
  auto solutions(AllCells const& m_and_ghosts) {
    auto const k = tape.apply(map(Exp{}), m_and_ghosts);
    return tape.apply(solve, tape.apply(diffusion, k), sources);
  }

  void make_truth_and_sources() {
    auto const t = Kokkos::create_mirror_view(truth);
    auto const f = Kokkos::create_mirror_view(sources);
    for (std::size_t i = 0; i < owned(); ++i) {
      Point const x = centre(first() + static_cast<GlobalOrdinal>(i));
      t(i) = std::log(options.contrast) * inclusion(x, options.dimension);
      for (int s = 0; s < options.samples; ++s) f(i, s) = source(x, options.dimension, options.seed, s);
    }
    Kokkos::deep_copy(truth, t);
    Kokkos::deep_copy(sources, f);
  }

  void observe() {
    tape.clear();
    auto const u = solutions(tape.apply(import_ghosts, truth));
    if (!solve.report().all_converged()) fail("the solve for the true coefficient did not converge");
    Kokkos::deep_copy(data, u.value);
    auto const d = Kokkos::create_mirror_view(data), w = Kokkos::create_mirror_view(weight);
    Kokkos::deep_copy(d, data);
    auto const seed = random_bits(static_cast<std::uint64_t>(options.seed), 77);
    for (int s = 0; s < options.samples; ++s) {
      double squares = 0;
      for (std::size_t i = 0; i < owned(); ++i) squares += d(i, s) * d(i, s);
      double const scale = std::sqrt(comm.sum(squares) / cells());
      double const sigma = std::max(options.noise, 1e-6) * scale;  // no noise: as if there were very little
      for (std::size_t i = 0; i < owned(); ++i) {
        auto const cell = static_cast<std::uint64_t>(first()) + i;
        d(i, s) += options.noise * scale * normal_number(seed, cell, static_cast<std::uint64_t>(s));
        bool const seen = random_uniform(seed + 1, cell) < options.observed;
        w(i, s) = seen ? 1 / (sigma * std::sqrt(options.observed)) : 0;
      }
    }
    Kokkos::deep_copy(data, d);
    Kokkos::deep_copy(weight, w);
  }

  double evaluate() {
    tape.clear();
    solve.reset_report();
    auto const leaf = tape.leaf(m);
    auto const all = tape.apply(import_ghosts, leaf);
    auto const difference = tape.apply(subtract(), solutions(all), data);
    auto const fit = tape.apply(SquaredNormOp{misfit_factor}, tape.apply(MultiplyOp{}, weight, difference));
    auto const rough = tape.apply(roughness, all);
    auto const loss = tape.apply(SumOverRanksOp{comm}, tape.apply(add(), fit, rough));
    tape.backward(loss);
    Kokkos::deep_copy(gradient, tape.gradient(leaf));
    misfit = comm.sum(read_scalar(fit.value));
    return solve.report().all_converged() ? read_scalar(loss.value)
                                          : std::numeric_limits<double>::quiet_NaN();
  }
};

Inversion::Inversion(Comm const& comm, InversionOptions const& options)
    : state_(std::make_unique<State>(comm, options)) {
  state_->make_truth_and_sources();
  state_->observe();
}

Inversion::~Inversion() = default;

std::vector<ad::Parameter<double>> Inversion::parameters() const { return {{state_->m, state_->gradient}}; }

double Inversion::loss_and_gradient() { return state_->evaluate(); }

double Inversion::misfit() const { return state_->misfit; }

double Inversion::coefficient_error() const {
  auto const m = host_view(state_->m), t = host_view(state_->truth);
  double sums[2] = {};
  for (std::size_t i = 0; i < m.extent(0); ++i) {
    sums[0] += std::pow(std::exp(m(i)) - std::exp(t(i)), 2);
    sums[1] += std::exp(2 * t(i));
  }
  state_->comm.all_reduce(sums, 2, ReduceOp::sum);
  return std::sqrt(sums[0] / sums[1]);
}

double Inversion::check_gradient() {
  auto& s = *state_;
  Vector<double> const start("start", s.owned()), direction("direction", s.owned());
  Kokkos::deep_copy(start, s.m);
  auto const v = Kokkos::create_mirror_view(direction);
  for (std::size_t i = 0; i < s.owned(); ++i)
    v(i) = random_uniform(static_cast<std::uint64_t>(s.options.seed) + 5,
                          static_cast<std::uint64_t>(s.first()) + i, -1, 1);
  Kokkos::deep_copy(direction, v);
  ExecOf<DefaultDevice> const exec;
  s.evaluate();
  double const slope = s.comm.sum(dot(exec, s.gradient, direction)[0]);
  auto const loss_at = [&](double h) {
    axpbypcz(exec, 1., start, h, direction, 0., s.m);
    return s.evaluate();
  };
  double const h = 5e-3;  // fourth order, so that the tolerance of the solves does not show
  double const difference = (8 * (loss_at(h) - loss_at(-h)) - (loss_at(2 * h) - loss_at(-2 * h))) / (12 * h);
  Kokkos::deep_copy(s.m, start);
  return std::fabs(slope - difference) / std::fabs(difference);
}

void Inversion::write_fields(std::string const& path) const {
  auto const column = [](Vector<double> const& v) {
    MultiVector<double> copy("column", v.extent(0), 1);
    Kokkos::deep_copy(Kokkos::subview(copy, Kokkos::ALL(), 0), v);
    return copy;
  };
  write_vtu<double>(path, state_->problem,
                    {{"log_truth", column(state_->truth)},
                     {"log_estimate", column(state_->m)},
                     {"observation", state_->data}});
}

void Inversion::draw(Report& report) const {
  auto const& s = *state_;
  auto const gathered = [&](Vector<double> const& v) { return s.comm.gather(to_vector(v), 0); };
  auto const truth = gathered(s.truth), estimate = gathered(s.m);
  std::vector<double> first(s.owned());
  auto const data = host_view(s.data);
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = data(i, 0);
  auto const observation = s.comm.gather(first, 0);
  if (s.comm.rank() != 0) return;
  auto const n = static_cast<std::size_t>(s.options.size);
  if (s.options.dimension == 1) {
    report.charts.push_back(
        {"Logarithm of the coefficient", "cell", "", {{"truth", truth}, {"estimate", estimate}}});
    report.charts.push_back(
        {"Observations of the first source", "cell", "", {{"observation", observation, {}, true}}});
    return;
  }
  if (n > 100) return;
  std::size_t const plane = s.options.dimension == 3 ? 11 * n / 20 * n * n : 0;  // cuts both inclusions
  auto const slice = [&](std::vector<double> const& v) {
    return std::vector<double>(v.begin() + static_cast<std::ptrdiff_t>(plane),
                               v.begin() + static_cast<std::ptrdiff_t>(plane + n * n));
  };
  std::string const where = s.options.dimension == 3 ? " on a plane" : "";
  report.fields.push_back({"Logarithm of the coefficient" + where,
                           {{"truth", n, slice(truth)}, {"estimate", n, slice(estimate)}}});
  report.fields.push_back(
      {"What was observed of the first source" + where, {{"observation", n, slice(observation)}}});
}

int Inversion::num_solves() const {
  return state_->solve.report().num_forward + state_->solve.report().num_adjoint;
}

}  // namespace nacre::apps
