// Learns the interface conditions of optimised Schwarz methods, and compares them with what theory knows.
//
//   nacre_schwarz --grid 16 --report schwarz.html
//   nacre_schwarz --meshes 1000 --epochs 4 --width 128 --blocks 8 --checkpoint schwarz.safetensors
//
// Prints key=value lines. Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.

#include <algorithm>
#include <numeric>

#include "outcome.hpp"
#include "program.hpp"
#include "schwarz_comparison.hpp"

namespace {

using namespace nacre;
using namespace nacre::apps;

constexpr char const* kAbout =
    R"(Learns the interface conditions of optimised restricted additive Schwarz methods for screened Poisson problems.

A graph network is trained on meshes of random polygons, cut into subdomains that overlap by one layer: it shall make
K iterations reduce the worst of many random errors. Then it is compared with the classical method (RAS) on meshes it has
not seen, as an iteration by itself and within GMRES, and on a square grid of two halves with the conditions that theory
recommends (OO0, OO2) and with those found for that grid by direct search. Everything is sparse, so that a mesh of a
hundred thousand unknowns (--unknowns) works.

Ranks share the meshes of a batch. With --checkpoint the state is kept every now and then, when SIGINT or SIGTERM ask the
program to stop (which ends the batch first), and at the end; --resume goes on from there.

Exit status: 0 done, 1 interrupted, 2 wrong use, 3 any other error.)";

struct Options : SchwarzComparisonOptions {
  std::string history, report, command;
  bool scaling = false;
};

Options parse_options(int argc, char const* const* argv, std::string& help) {
  Options o;
  o.command = command_of(argc, argv);
  o.network = {32, 4, 2, 2};
  help = parse(
      "nacre_schwarz", kAbout,
      {{"--grid", &o.grid, "points in each direction of the square grid", 2, 2000},
       {"--nu", &o.nu, "the screening of the grid's problem -div grad u + nu u", 0, 1e9},
       {"--reaction", &o.reaction,
        "of the meshes' problems: mass (the lumped mass matrix, as the grid has it) or identity (much "
        "stronger, as in the literature)"},
       {"--meshes", &o.meshes, "to train with, of 85 to 850 unknowns", 1, 1e6},
       {"--batch", &o.batch, "meshes in each step of Adam", 1, 1e6},
       {"--epochs", &o.epochs, "times that all meshes are seen; 0: the network stays untrained", 0, 1e6},
       {"--test-meshes", &o.test_meshes, "that are not trained with, to compare on", 1, 1e6},
       {"--unknowns", &o.unknowns, "compare on one large mesh of about so many, too, 30 at least; 0: do not",
        0, 1e7},
       {"--directions", &o.directions, "random errors for each mesh and step", 1, 1e5},
       {"--power", &o.power, "K, iterations of the method that the loss looks at", 1, 100},
       {"--width", &o.network.width, "features of a node; 128 in the literature", 1, 1e4},
       {"--convs", &o.network.convs, "graph convolutions; 4", 1, 100},
       {"--hops", &o.network.hops, "of each convolution; 2", 0, 10},
       {"--blocks", &o.network.blocks, "residual blocks after each convolution; 8", 0, 100},
       {"--learning-rate", &o.learning_rate, "of Adam; falls by half a cosine", 0, 1e6, true},
       {"--clip", &o.max_gradient_norm, "longest gradient", 0, 1e9, true},
       {"--seed", &o.seed, "of all random numbers", 0, 1e15},
       {"--scaling", &o.scaling, "time a step on meshes of 1,000 to 64,000 unknowns instead"},
       {"--checkpoint", &o.checkpoint, "keep network and optimiser in this file (safetensors)"},
       {"--checkpoint-every", &o.checkpoint_every, "seconds between two checkpoints", 0, 1e9},
       {"--resume", &o.resume, "go on from --checkpoint if that file exists"},
       {"--history", &o.history, "write the loss of each step to this CSV file"},
       {"--report", &o.report, "write a page with curves and pictures to this HTML file"},
       {"--progress", &o.progress, "show progress on stderr though it is no terminal"}},
      argc, argv);
  if (o.unknowns > 0 && o.unknowns < 30)  // not after a long training
    throw UsageError(cat("--unknowns = ", o.unknowns, ", expected 0 or at least 30"));
  require_one_of("--reaction", o.reaction, {"mass", "identity"});
  if (o.resume && o.checkpoint.empty()) throw UsageError("--resume needs --checkpoint, which names the file");
  if (o.scaling && !(o.checkpoint.empty() && o.history.empty() && o.report.empty()))
    throw UsageError("--scaling prints times; it takes no --checkpoint, --history or --report");
  return o;
}

void require_meshes() {
  if (!have_delaunay())
    throw UsageError("this build makes no meshes: Qhull was not found (Debian: libqhull-dev)");
}

double mean(std::vector<double> const& v) {
  double sum = 0;
  for (double const x : v) sum += x;
  return v.empty() ? 0 : sum / static_cast<double>(v.size());
}

std::string at(Results const& results, std::string const& key) {
  for (auto const& [name, value] : results)
    if (name == key) return value;
  return "";
}

/// The methods of which there are results whose names begin like this.
Table comparison_table(std::string const& title, Results const& results, std::string const& prefix) {
  Table table{
      title, {"interface conditions", "spectral radius", "GMRES iterations", "iterations by itself"}, {}};
  for (std::string const method : {"ras", "oo0", "oo2", "direct", "learned"})
    if (auto const rho = at(results, prefix + "rho_" + method); !rho.empty())
      table.rows.push_back({method, rho, at(results, prefix + "gmres_" + method),
                            at(results, prefix + "stationary_" + method)});
  return table;
}

bool is_in_a_table(std::string const& name) {
  for (char const* word : {"rho ", "gmres ", "stationary "})
    if (name.find(word) != std::string::npos && name.find("large ") != 0) return true;
  return false;
}

Report make_report(Options const& o, Results const& results, std::vector<double> const& losses,
                   MeshComparison const& meshes, std::vector<Series> const& interface_curves,
                   MeshPanel const& picture) {
  Report report;
  report.title = "Learned interface conditions";
  report.subtitle = o.command;
  for (auto const& fact : facts_of(results))
    if (!is_in_a_table(fact.first)) report.facts.push_back(fact);
  report.tables = {comparison_table("On meshes that were not trained with, means", results, "mesh_"),
                   comparison_table("On the square grid of two halves", results, "")};
  if (!losses.empty()) {
    std::vector<double> steps(losses.size());
    std::iota(steps.begin(), steps.end(), 1.);
    std::size_t const window = losses.size() / 10;
    bool const noisy = window >= 5;
    Chart loss{"Loss: worst factor an iteration, mean of a batch",
               "step",
               "loss",
               {{"loss", losses, steps, false, noisy}}};
    if (noisy)
      loss.series.push_back({cat("mean of ", window, " steps"), running_mean(losses, window), steps});
    report.charts.push_back(loss);
  }
  Chart radii{"Spectral radius on meshes that were not trained with, from easy to hard ones", "mesh", ""};
  std::vector<std::pair<double, double>> sorted;
  for (std::size_t i = 0; i < meshes.ras.size(); ++i) sorted.emplace_back(meshes.ras[i], meshes.learned[i]);
  std::sort(sorted.begin(), sorted.end());
  radii.series = {{"RAS", {}, {}, true}, {"learned", {}, {}, true}};
  for (auto const& [ras, learned] : sorted) {
    radii.series[0].y.push_back(ras);
    radii.series[1].y.push_back(learned);
  }
  report.charts.push_back(radii);
  Chart values{"Interface values on the diagonal, along both interfaces of the grid", "interface point", "L"};
  for (auto const& curve : interface_curves) values.series.push_back(curve);
  report.charts.push_back(values);
  report.meshes.push_back(picture);
  report.footer = report_footer();
  return report;
}

bool learn(Comm const& comm, Options const& o) {
  check_outputs(comm, {o.checkpoint, o.history, o.report});
  require_meshes();
  SchwarzLearning learning(comm, o);
  if (!learning.run()) return false;
  auto& training = learning.training();
  auto const meshes = compare_on_meshes(comm, o, training);
  Results results{{"ranks", std::to_string(comm.size())},
                  {"parameters", std::to_string(training.network().num_parameters())},
                  {"meshes", std::to_string(o.meshes)},
                  {"steps", std::to_string(training.steps())},
                  {"epochs", std::to_string(o.epochs)}};
  if (learning.step_seconds() > 0)  // a resumed training may have had nothing left to do
    results.push_back({"step_seconds", to_text(learning.step_seconds(), "%.4g")});
  if (!learning.losses().empty()) {
    results.push_back({"initial_loss", to_text(learning.losses().front(), "%.12g")});
    results.push_back({"loss", to_text(learning.losses().back(), "%.12g")});
  }
  Results const of_meshes{{"test_meshes", std::to_string(o.test_meshes)},
                          {"test_unknowns", to_text(meshes.unknowns, "%.4g")},
                          {"mesh_rho_ras", to_text(mean(meshes.ras), "%.4f")},
                          {"mesh_rho_learned", to_text(mean(meshes.learned), "%.4f")},
                          {"mesh_gmres_ras", to_text(meshes.gmres_ras, "%.4g")},
                          {"mesh_gmres_learned", to_text(meshes.gmres_learned, "%.4g")},
                          {"mesh_stationary_ras", to_text(meshes.stationary_ras, "%.4g")},
                          {"mesh_stationary_learned", to_text(meshes.stationary_learned, "%.4g")},
                          {"grid", std::to_string(o.grid)}};
  results.insert(results.end(), of_meshes.begin(), of_meshes.end());
  std::vector<Series> curves;
  on_first_rank(comm, [&] {
    auto const grid = compare_on_grid(o, training, curves);
    results.insert(results.end(), grid.begin(), grid.end());
    if (o.unknowns > 0) {
      auto const large = compare_on_large_mesh(o, training);
      results.insert(results.end(), large.begin(), large.end());
    }
    results.push_back({"peak_rss_mb", to_text(peak_rss_mb(), "%.4g")});
    print_results(results);
    if (!o.history.empty()) {
      std::string csv = "step,loss\n";
      for (std::size_t i = 0; i < learning.losses().size(); ++i)
        csv += cat(i + 1, ',', to_text(learning.losses()[i], "%.16e"), '\n');
      write_file(o.history, csv);
    }
    if (!o.report.empty())
      write_file(o.report, to_html(make_report(o, results, learning.losses(), meshes, curves,
                                               picture_of_test_mesh(o, training))));
  });
  return true;
}

bool measure_scaling(Comm const& comm, Options const& o) {
  require_meshes();
  std::vector<double> sizes, seconds;
  for (int const unknowns : {1000, 2000, 4000, 8000, 16000, 32000, 64000}) {
    SchwarzSample const sample(make_sized_problem(o, unknowns, unknowns));
    SchwarzTraining training(comm, o);  // a new one, since its memory fits no larger mesh
    std::vector<double> times;
    for (int repetition = 0; repetition < 3; ++repetition) {
      auto const before = std::chrono::steady_clock::now();
      training.train_batch({{unknowns, &sample}});
      times.push_back(seconds_since(before));
    }
    sizes.push_back(static_cast<double>(sample.problem.A.num_rows()));
    seconds.push_back(*std::min_element(times.begin(), times.end()));
    if (comm.rank() == 0)
      print_results({{cat("unknowns_", unknowns), to_text(sizes.back())},
                     {cat("step_seconds_", unknowns), to_text(seconds.back(), "%.4g")}});
  }
  if (comm.rank() == 0) print_results({{"time_exponent", to_text(log_log_slope(sizes, seconds), "%.3f")}});
  return true;
}

bool run(Comm const& comm, Options const& o) { return o.scaling ? measure_scaling(comm, o) : learn(comm, o); }

}  // namespace

int main(int argc, char* argv[]) { return run_program("nacre_schwarz", argc, argv, parse_options, run); }
