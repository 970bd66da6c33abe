#include "learning_problems.hpp"

#include <memory>

#include <nacre/core/elasticity_systems.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/surface_systems.hpp>
#include <nacre/core/synthetic_system.hpp>

#include "beam_stepping.hpp"
#include "learning_meshes.hpp"
#include "training.hpp"

namespace nacre::apps {

namespace {

using Options = LearningProblemOptions;
using MakeSystem = std::function<LinearSystem(std::uint64_t index)>;

/// What a problem looks at.
enum Use : unsigned {
  kJitter = 1,
  kDensity = 2,  // its least value; the largest one, too, without conductivity
  kConductivity = 4,
  kHops = 8,
  kFraction = 16,
  kEntryDensity = 32,
  kTets = 64,  // takes a --mesh
  kSurface = 128
};

struct Entry {
  char const* name;
  int size, size_min;  // defaults; 0: it has no size
  int least_size, most_size;
  char const* mesh;  // default; empty: it has its own
  unsigned uses;
  LearningProblem (*make)(Options const& o);
};

LearningProblem independent(MakeSystem const& make) {
  LearningProblem problem;
  problem.start = [make](std::int64_t series) -> SystemSeries {
    return [make, series] { return make(static_cast<std::uint64_t>(series)); };
  };
  return problem;
}

std::uint64_t seed_of(Options const& o) { return static_cast<std::uint64_t>(o.seed); }

CoefficientOptions coefficient_of(Options const& o, double low, double high, bool two_values,
                                  std::uint64_t index) {
  CoefficientOptions c{low, high, two_values, o.field_length};
  c.seed = random_bits(seed_of(o), index, 1);
  return c;
}

LearningProblem heat_of(Options const& o, bool two_values) {
  auto const mesh = tet_meshes(o);
  return independent([o, two_values, mesh](std::uint64_t i) {
    return heat_system(mesh(i), {coefficient_of(o, o.density_min, o.density_max, two_values, i)});
  });
}
LearningProblem heat(Options const& o) { return heat_of(o, false); }
LearningProblem high_contrast(Options const& o) { return heat_of(o, true); }

ConductionOptions conduction_of(Options const& o, std::uint64_t index) {
  ConductionOptions options;
  options.conductivity = coefficient_of(o, o.conductivity_min, o.conductivity_max, false, index);
  options.density = o.density_min;
  return options;
}
LearningProblem heat_conductivity(Options const& o) {
  auto const mesh = tet_meshes(o);
  return independent([o, mesh](std::uint64_t i) { return conduction_system(mesh(i), conduction_of(o, i)); });
}
LearningProblem heat_surface(Options const& o) {
  auto const mesh = surface_meshes(o);
  return independent([o, mesh](std::uint64_t i) { return conduction_system(mesh(i), conduction_of(o, i)); });
}

LearningProblem poisson(Options const& o) {
  auto const mesh = tet_meshes(o);
  return independent([o, mesh](std::uint64_t i) {
    return poisson_system(mesh(i), PoissonOptions{o.hops, random_bits(seed_of(o), i, 2)});
  });
}

/// One annulus, about as fine around as across.
LearningProblem poisson2d(Options const& o) {
  return independent([o](std::uint64_t i) {
    AnnulusOptions annulus;
    annulus.across = o.size;
    annulus.around = 9 * o.size;
    annulus.seed = random_bits(seed_of(o), 0, 0);
    return poisson_system(random_annulus(annulus),
                          PartlyFixedOptions{o.fraction, random_bits(seed_of(o), i, 2)});
  });
}

LearningProblem synthetic_of(Options const& o, double last_scale, double shift) {
  return independent([o, last_scale, shift](std::uint64_t i) {
    auto const sizes = static_cast<std::uint64_t>(o.size - o.size_min + 1);
    auto const n = o.size_min + static_cast<int>(random_bits(seed_of(o), i, 3) % sizes);
    return synthetic_system(n, {o.entry_density, last_scale, shift, random_bits(seed_of(o), i, 4)});
  });
}
LearningProblem synthetic(Options const& o) { return synthetic_of(o, 1e-5, 1e-5); }
LearningProblem synthetic_paper(Options const& o) { return synthetic_of(o, 1, 1e-4); }

LearningProblem heat_small_problem(Options const& o) {
  return independent([o](std::uint64_t i) {
    return heat_small(seed_of(o), i, {o.size_min, o.size, o.jitter},
                      {o.density_min, o.density_max, false, o.field_length});
  });
}

LearningProblem poisson_small_problem(Options const& o) {
  return independent([o](std::uint64_t i) {
    return poisson_small(seed_of(o), i, {o.size_min, o.size, o.jitter});
  });
}

LearningProblem elasticity_small_problem(Options const& o) {
  return independent([o](std::uint64_t i) { return elasticity_small(seed_of(o), i); });
}

/// A series for each resolution, from the smallest on.
LearningProblem beam(Options const& o, BeamMotion motion) {
  LearningProblem problem;
  problem.series_length = o.steps;
  problem.num_systems = static_cast<std::int64_t>(o.steps) * (o.size - o.size_min + 1);
  problem.start = [o, motion](std::int64_t series) -> SystemSeries {
    auto const options = beam_options(motion, o.size_min + static_cast<int>(series));
    auto const simulation = std::make_shared<BeamSimulation>(options);
    return [simulation] { return simulation->step(); };
  };
  return problem;
}
LearningProblem twist(Options const& o) { return beam(o, BeamMotion::twist); }
LearningProblem bend(Options const& o) { return beam(o, BeamMotion::bend); }

constexpr unsigned kHeat = kTets | kJitter | kDensity;
constexpr Entry kProblems[] = {
    {"heat-small", 8, 5, 2, 1000, "", kJitter | kDensity, heat_small_problem},
    {"poisson-small", 8, 5, 2, 1000, "", kJitter, poisson_small_problem},
    {"elasticity-small", 0, 0, 0, 0, "", 0, elasticity_small_problem},
    {"heat", 24, 8, 2, 1000, "random", kHeat, heat},
    {"high-contrast", 24, 8, 2, 1000, "random", kHeat, high_contrast},
    {"heat-conductivity", 20, 20, 2, 1000, "fixed", kHeat | kConductivity, heat_conductivity},
    {"heat-surface", 4, 4, 1, 10, "fixed", kSurface | kDensity | kConductivity, heat_surface},
    {"poisson", 24, 8, 2, 1000, "random", kTets | kJitter | kHops, poisson},
    {"poisson2d", 24, 24, 2, 10000, "", kFraction, poisson2d},
    {"elasticity-twist", 6, 6, 2, 1000, "", 0, twist},
    {"elasticity-bend", 6, 6, 2, 1000, "", 0, bend},
    {"synthetic", 20480, 10240, 1, 10000000, "", kEntryDensity, synthetic},
    {"synthetic-paper", 24000, 12000, 1, 10000000, "", kEntryDensity, synthetic_paper},
};

Entry const& entry_of(std::string const& name) {
  require_one_of("--problem", name, learning_problem_names());
  for (auto const& entry : kProblems)
    if (name == entry.name) return entry;
  fail(cat("there is no problem '", name, "'"));
}

/// The options with what suits the problem where nothing was given.
Options complete(Options o, Entry const& entry) {
  if (o.size == 0) {
    o.size = entry.size;
    if (o.size_min == 0) o.size_min = entry.size_min;
  }
  if (o.size_min == 0) o.size_min = o.size;
  if (o.mesh.empty()) o.mesh = entry.mesh;
  return o;
}

void check_mesh(Options const& o, Entry const& entry) {
  if ((entry.uses & (kTets | kSurface)) == 0 && !o.mesh.empty())
    throw UsageError(cat("--problem ", o.problem, " takes no --mesh: it has its own"));
  if (o.mesh.empty() || is_mesh_file(o.mesh)) return;
  require_one_of("--mesh", o.mesh, (entry.uses & kTets) != 0 ? tet_shape_names() : surface_shape_names());
}

void check(Options const& o, Entry const& entry) {
  if (entry.size == 0 && (o.size > 0 || o.size_min > 0))
    throw UsageError(cat("--problem ", o.problem, " takes no --size"));
  if (o.size > entry.most_size)
    throw UsageError(
        cat("--size = ", o.size, ", expected at most ", entry.most_size, " for --problem ", o.problem));
  if (o.size_min < entry.least_size || o.size_min > o.size)
    throw UsageError(cat("--size-min = ", o.size_min, ", expected from ", entry.least_size, " to ", o.size,
                         ", the --size"));
  check_mesh(o, entry);
  if (o.density_min > o.density_max)
    throw UsageError(
        cat("--density-min = ", o.density_min, ", expected at most ", o.density_max, ", the --density-max"));
  if (o.conductivity_min > o.conductivity_max)
    throw UsageError(cat("--conductivity-min = ", o.conductivity_min, ", expected at most ",
                         o.conductivity_max, ", the --conductivity-max"));
}

std::map<std::string, std::string> describe(Options const& o, Entry const& entry,
                                            LearningProblem const& problem) {
  std::map<std::string, std::string> text{{"problem", o.problem}, {"seed", std::to_string(o.seed)}};
  auto const number = [&](char const* name, double value) { text[name] = to_text(value, "%.17g"); };
  auto const uses = [&](Use use) { return (entry.uses & use) != 0; };
  if (!o.mesh.empty()) text["mesh"] = o.mesh;
  if (is_mesh_file(o.mesh)) {
    text.merge(describe_mesh_file(o));
  } else {
    if (entry.size > 0) {
      text["size"] = std::to_string(o.size);
      text["size-min"] = std::to_string(o.size_min);
    }
    if (uses(kJitter)) number("jitter", o.jitter);
  }
  if (uses(kDensity)) number("density-min", o.density_min);
  if (uses(kDensity) && !uses(kConductivity)) number("density-max", o.density_max);
  if (uses(kConductivity)) {
    number("conductivity-min", o.conductivity_min);
    number("conductivity-max", o.conductivity_max);
  }
  if (uses(kDensity)) number("field-length", o.field_length);
  if (uses(kHops)) text["hops"] = std::to_string(o.hops);
  if (uses(kFraction)) number("fraction", o.fraction);
  if (uses(kEntryDensity)) number("entry-density", o.entry_density);
  if (problem.num_systems > 0) text["steps"] = std::to_string(o.steps);
  return text;
}

}  // namespace

std::vector<std::string> learning_problem_names() {
  std::vector<std::string> names;
  for (auto const& entry : kProblems) names.push_back(entry.name);
  return names;
}

std::vector<Option> learning_problem_options(Options& o) {
  return {
      {"--problem", &o.problem, "one of the list above"},
      {"--seed", &o.seed, "of the systems' random numbers", 0, 1e15},
      {"--mesh", &o.mesh,
       "random: boxes of --size-min to --size points in a direction; jittered, l-shape, cylinder, beam: of "
       "--size points in a direction; all of these are new for each system; fixed: a jittered cube, the same "
       "for all; box: without jitter; or a file .msh or .obj, whose inside TetGen makes; default: what suits "
       "the problem"},
      {"--tetgen", &o.tetgen, "switches of TetGen besides -p"},
      {"--size", &o.size,
       "at most: points in a direction, of poisson2d across, unknowns of synthetic, subdivisions of "
       "heat-surface; 0: what suits the problem",
       0, 1e7},
      {"--size-min", &o.size_min, "at least; 0: as --size, or what suits the problem", 0, 1e7},
      {"--jitter", &o.jitter, "how far points move, in parts of their shortest edge", 0, 10},
      {"--density-min", &o.density_min, "of heat, at least; if the same as --density-max, it is constant", 0,
       1e9, true},
      {"--density-max", &o.density_max, "of heat, at most", 0, 1e9, true},
      {"--conductivity-min", &o.conductivity_min, "at least", 0, 1e9, true},
      {"--conductivity-max", &o.conductivity_max, "at most", 0, 1e9, true},
      {"--field-length", &o.field_length, "over which random coefficients vary", 0, 1e9, true},
      {"--hops", &o.hops, "edges from a point of the boundary to where poisson still prescribes values", 0,
       1000},
      {"--fraction", &o.fraction, "of the boundary's points where poisson2d prescribes values", 1e-9, 1},
      {"--entry-density", &o.entry_density, "of the factor of synthetic matrices", 1e-9, 1},
      {"--steps", &o.steps, "in time, of elasticity-twist and -bend", 1, 1e6}};
}

LearningProblem make_learning_problem(LearningProblemOptions const& options) {
  auto const& entry = entry_of(options.problem);
  auto const o = complete(options, entry);
  check(o, entry);
  auto problem = entry.make(o);
  problem.name = o.problem;
  problem.options = describe(o, entry, problem);
  return problem;
}

LinearSystem make_learning_system(LearningProblem const& problem, std::int64_t i) {
  if (i < 0 || (problem.num_systems > 0 && i >= problem.num_systems))
    fail(cat("problem ", problem.name, " has ", problem.num_systems, " systems; there is no number ", i));
  auto const next = problem.start(i / problem.series_length);
  for (std::int64_t skipped = i % problem.series_length; skipped > 0; --skipped) next();
  return next();
}

}  // namespace nacre::apps
