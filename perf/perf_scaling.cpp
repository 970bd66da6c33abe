// How AMG-PCG scales: what an iteration sends on so many ranks, level by level, and how long it takes.
//
//   for r in 1 2 4 8; do mpirun -n $r perf_scaling --weak --size 50 --json weak.jsonl; done
//   mpirun -n 8 perf_scaling --strong --problem tets --size 40 --partition slabs --cycle V
//
// Prints tables and, with --json FILE, appends a line to that file. SCALING.md says what the numbers mean.
// Exit status: 0 converged, 1 not converged, 2 wrong use, 3 any other error.

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <functional>

#include "block_partition.hpp"
#include "program.hpp"
#include "scaling.hpp"

namespace {

using namespace nacre::perf;
using nacre::Comm;
using nacre::GlobalOrdinal;
using nacre::GridSize;
using nacre::apps::UsageError;
using Json = nlohmann::ordered_json;

constexpr char const* kAbout =
    R"(Sets up AMG with default options and solves with PCG to a relative residual of 1e-8, for generated problems.

Prints, of an iteration and of each level in a cycle: messages and bytes (most of a rank, and all), reductions, and
what is beside the point on a machine with fewer cores than ranks: seconds.)";

struct Options {
  bool strong = false, weak = false;
  std::string problem = "poisson3d", partition = "blocks", cycle = "VW", json;
  int size = 50;
  nacre::solvers::AmgOptions amg;
};

/// A problem of one unknown for each point (elasticity: three) of a box.
struct Generator {
  char const* name;
  std::function<nacre::Problem<double>(Comm const&, GridSize const&)> make;
};
std::vector<Generator> generators() {
  return {{"poisson3d", [](Comm const& c, GridSize const& n) { return nacre::poisson_3d(c, n); }},
          {"poisson27", [](Comm const& c, GridSize const& n) { return nacre::poisson_27_point(c, n); }},
          {"anisotropic",
           [](Comm const& c, GridSize const& n) {
             return nacre::poisson_3d(c, n, {{1, 1, .01}});
           }},
          {"jumps", [](Comm const& c, GridSize const& n) { return nacre::jumping_coefficients(c, n); }},
          {"tets", [](Comm const& c, GridSize const& n) { return nacre::poisson_tets(c, n); }},
          {"elasticity", [](Comm const& c, GridSize const& n) { return nacre::elasticity(c, n); }}};
}

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  std::vector<std::string> problems;
  std::string list;
  for (auto const& generator : generators()) {
    problems.push_back(generator.name);
    list += (list.empty() ? "" : ", ") + problems.back();
  }
  std::vector<nacre::apps::Option> const options{
      {"--strong", &o.strong, "size^3 points on all ranks together"},
      {"--weak", &o.weak, "size^3 points on each rank"},
      {"--problem", &o.problem, list},
      {"--size", &o.size, "points (elasticity: cells) per direction", 1, 10000},
      {"--partition", &o.partition, "blocks of the box, or slabs as nacre_solve has them"},
      {"--cycle", &o.cycle, "V, VW or W"},
      {"--min-rows", &o.amg.min_rows_per_rank, "rows per rank below which a level is gathered", 0, 1e9},
      {"--coarse-rows", &o.amg.max_coarse_rows, "rows of a level that is solved directly", 1, 1e5},
      {"--json", &o.json, "append a line of JSON to this file"}};
  help = nacre::apps::parse("perf_scaling", kAbout, options, argc, argv);
  if (!help.empty()) return o;
  if (o.strong == o.weak) throw UsageError("one of --strong and --weak is needed");
  nacre::apps::require_one_of("--problem", o.problem, problems);
  nacre::apps::require_one_of("--partition", o.partition, {"blocks", "slabs"});
  nacre::apps::require_one_of("--cycle", o.cycle, {"V", "VW", "W"});
  using nacre::solvers::AmgCycle;
  o.amg.cycle = o.cycle == "V" ? AmgCycle::v : o.cycle == "VW" ? AmgCycle::vw : AmgCycle::w;
  return o;
}

nacre::Problem<double> make_problem(Comm const& comm, Options const& o) {
  auto const blocks = blocks_of(comm.size());
  GridSize n{o.size, o.size, o.size};
  if (o.weak) n = {n.x * blocks[0], n.y * blocks[1], n.z * blocks[2]};
  for (auto const& generator : generators()) {
    if (o.problem != generator.name) continue;
    auto problem = generator.make(comm, n);
    problem.name = o.problem;
    if (o.partition == "slabs") return problem;
    bool const vertices = o.problem == "elasticity";  // one layer of them is clamped
    return in_blocks(problem, vertices ? Index3{{n.x + 1, n.y + 1, n.z}} : Index3{{n.x, n.y, n.z}});
  }
  nacre::fail(nacre::cat("no problem '", o.problem, "'"));
}

Json to_json(Traffic const& t) {
  return {{"messages_max", t.messages.most}, {"messages_total", t.messages.total},
          {"bytes_max", t.bytes.most},       {"bytes_total", t.bytes.total},
          {"reductions", t.reductions},      {"collectives", t.collectives}};
}

double surface(nacre::solvers::AmgLevelInfo const& level) {
  return level.rows > 0 ? static_cast<double>(level.ghosts) / static_cast<double>(level.rows) : 0;
}

Json to_json(Options const& o, Comm const& comm, ScalingRun const& run) {
  Json row{{"mode", o.strong ? "strong" : "weak"},
           {"problem", o.problem},
           {"size", o.size},
           {"partition", o.partition},
           {"cycle", o.cycle},
           {"min_rows_per_rank", o.amg.min_rows_per_rank},
           {"preconditioner", run.preconditioner},
           {"ranks", comm.size()},
           {"unknowns", run.unknowns},
           {"nonzeros", run.nonzeros},
           {"imbalance", run.levels[0].info.imbalance},
           {"hierarchy_megabytes", run.megabytes},
           {"setup_seconds", run.setup_seconds},
           {"solve_seconds", run.solve_seconds},
           {"iterations", run.info.iterations},
           {"relative_residual", run.info.relative_residual},
           {"setup", to_json(run.setup)},
           {"iteration", to_json(run.iteration)},
           {"cycle_traffic", to_json(run.cycle)},
           {"levels", Json::array()}};
  for (auto const& level : run.levels) {
    Json entry{{"rows", level.info.rows},
               {"nonzeros", level.info.nonzeros},
               {"active_ranks", level.info.active_ranks},
               {"ghosts", level.info.ghosts},
               {"surface_to_volume", surface(level.info)},
               {"neighbors_max", level.info.neighbors},
               {"imbalance", level.info.imbalance},
               {"visits", level.visits},
               {"seconds", level.seconds}};
    entry.update(to_json(level.traffic));
    row["levels"].push_back(entry);
  }
  return row;
}

void print(Options const& o, Comm const& comm, ScalingRun const& run) {
  auto const k = [](std::int64_t bytes) { return static_cast<double>(bytes) / 1000; };
  std::printf("%s, %s, %s, %s\n", o.problem.c_str(), o.strong ? "strong" : "weak", o.partition.c_str(),
              run.preconditioner.c_str());
  std::printf("%5s %9s %8s %8s %10s %9s | %s\n", "", "", "", "", "", "nonzeros",
              "per iteration: messages         kB             reductions");
  std::printf("%5s %9s %8s %8s %10s %9s | %13s %6s %9s %8s\n", "ranks", "unknowns", "setup_s", "solve_s",
              "iterations", "max/mean", "max", "all", "max", "all");
  auto const& i = run.iteration;
  std::printf("%5d %9lld %8.3f %8.3f %10d %9.3f | %13lld %6lld %9.1f %8.1f %8lld\n", comm.size(),
              static_cast<long long>(run.unknowns), run.setup_seconds, run.solve_seconds, run.info.iterations,
              run.levels[0].info.imbalance, static_cast<long long>(i.messages.most),
              static_cast<long long>(i.messages.total), k(i.bytes.most), k(i.bytes.total),
              static_cast<long long>(i.reductions));
  std::printf("%5s %9s %9s %6s %9s %9s %9s %6s | %s\n", "", "", "nonzeros", "active", "surface/", "nonzeros",
              "", "", "per cycle: messages         kB");
  std::printf("%5s %9s %9s %6s %9s %9s %9s %6s | %10s %6s %9s %8s %9s\n", "level", "rows", "per row", "ranks",
              "volume", "max/mean", "neighbors", "visits", "max", "all", "max", "all", "seconds");
  for (std::size_t l = 0; l < run.levels.size(); ++l) {
    auto const& level = run.levels[l];
    auto const& t = level.traffic;
    std::printf("%5zu %9lld %9.1f %6d %9.3f %9.3f %9d %6d | %10lld %6lld %9.1f %8.1f %9.6f\n", l,
                static_cast<long long>(level.info.rows),
                static_cast<double>(level.info.nonzeros) / static_cast<double>(level.info.rows),
                level.info.active_ranks, surface(level.info), level.info.imbalance, level.info.neighbors,
                level.visits, static_cast<long long>(t.messages.most),
                static_cast<long long>(t.messages.total), k(t.bytes.most), k(t.bytes.total), level.seconds);
  }
  auto const& s = run.setup;
  std::printf("set-up: %lld messages at most, %.1f kB, %lld reductions, %lld other collectives\n\n",
              static_cast<long long>(s.messages.most), k(s.bytes.most), static_cast<long long>(s.reductions),
              static_cast<long long>(s.collectives));
}

void append(std::string const& path, std::string const& line) {
  std::FILE* const file = std::fopen(path.c_str(), "ab");
  if (file == nullptr) nacre::fail(nacre::cat("cannot write '", path, "': ", std::strerror(errno)));
  bool const written = std::fwrite(line.data(), 1, line.size(), file) == line.size();
  bool const closed = std::fclose(file) == 0;
  if (!written || !closed) nacre::fail(nacre::cat("cannot write '", path, "': ", std::strerror(errno)));
}

bool run(Comm const& comm, Options const& options) {
  nacre::on_first_rank(comm, [&] {
    if (!options.json.empty()) append(options.json, "");  // before the work, not after it
  });
  auto const measured = measure_scaling(make_problem(comm, options), options.amg);
  if (comm.rank() == 0) print(options, comm, measured);
  auto const row = options.json.empty() ? std::string() : to_json(options, comm, measured).dump() + "\n";
  nacre::on_first_rank(comm, [&] {
    if (!options.json.empty()) append(options.json, row);
  });
  return measured.info.converged();
}

}  // namespace

int main(int argc, char* argv[]) {
  return nacre::apps::run_program("perf_scaling", argc, argv, parse_options, run);
}
