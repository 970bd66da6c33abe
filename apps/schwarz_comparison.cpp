#include "schwarz_comparison.hpp"

#include <algorithm>
#include <map>

#include <nacre/core/transpose.hpp>
#include <nacre/solvers/interface_conditions.hpp>

#include "interface_search.hpp"

namespace nacre::apps {

namespace {

/// Numbers of problems: those to test with are far behind those to train with.
constexpr std::int64_t kFirstTest = 1000000007;

/// For means: as many as there may be if they were not enough.
double count(int iterations) { return iterations < 0 ? kMostIterations : iterations; }

Vector<double> no_interface_values(SchwarzProblem const& problem) {
  return Vector<double>("interface_values", problem.A.num_entries());
}

}  // namespace

SchwarzProblem make_sized_problem(SchwarzComparisonOptions const& o, int unknowns, std::int64_t number) {
  auto mesh = mesh_problem_of_size(static_cast<std::size_t>(unknowns), o.problem_seed(number));
  mesh.elements.term = o.reaction_term();
  return make_mesh_problem(mesh);
}

MeshComparison compare_on_meshes(Comm const& comm, SchwarzComparisonOptions const& o,
                                 SchwarzTraining& training) {
  std::vector<double> mine;
  std::string problem;
  for (int m = comm.rank(); m < o.test_meshes; m += comm.size()) try {
      SchwarzSample const sample(make_training_problem(o.problem_seed(kFirstTest + m), o.reaction_term()));
      auto const ras = evaluate(sample.problem, no_interface_values(sample.problem));
      auto const learned = evaluate(sample.problem, training.interface_values(sample));
      for (double const v :
           {ras.spectral_radius, learned.spectral_radius, count(ras.gmres_iterations),
            count(learned.gmres_iterations), count(ras.stationary_iterations),
            count(learned.stationary_iterations), static_cast<double>(sample.problem.A.num_rows())})
        mine.push_back(v);
    } catch (Error const& e) {
      problem = e.what();
    }
  comm.fail_together(problem);
  auto const all = comm.all_gather(mine);
  MeshComparison found;
  double const n = o.test_meshes;
  for (std::size_t i = 0; i < all.size(); i += 7) {
    found.ras.push_back(all[i]);
    found.learned.push_back(all[i + 1]);
    found.gmres_ras += all[i + 2] / n;
    found.gmres_learned += all[i + 3] / n;
    found.stationary_ras += all[i + 4] / n;
    found.stationary_learned += all[i + 5] / n;
    found.unknowns += all[i + 6] / n;
  }
  return found;
}

Results compare_on_grid(SchwarzComparisonOptions const& o, SchwarzTraining& training,
                        std::vector<Series>& curves) {
  using solvers::InterfaceCondition;
  SchwarzSample const sample(make_grid_problem(o.grid, o.nu));
  auto const& problem = sample.problem;
  double const h = 1. / (o.grid + 1);
  Results results;
  auto const add = [&](std::string const& name, Vector<double> const& L) {
    auto const quality = evaluate(problem, L);
    results.push_back({"rho_" + name, to_text(quality.spectral_radius, "%.4f")});
    results.push_back({"gmres_" + name, std::to_string(quality.gmres_iterations)});
    results.push_back({"stationary_" + name, std::to_string(quality.stationary_iterations)});
    auto const values = host_view(L);
    auto const entries = host_view(problem.decomposition.interface_entries());
    auto const row = host_view(row_of_entry(problem.A.pattern));
    auto const col = host_view(problem.A.pattern.col());
    Series diagonal{name, {}};
    for (std::size_t k = 0; k < entries.extent(0); ++k)
      if (row(entries(k)) == col(entries(k))) diagonal.y.push_back(values(entries(k)));
    if (name != "ras") curves.push_back(diagonal);  // whose values are zero
  };
  add("ras", no_interface_values(problem));
  add("oo0", solvers::interface_values(problem.A.pattern, InterfaceCondition::zeroth_order, h, o.nu));
  auto const oo2 = solvers::interface_values(problem.A.pattern, InterfaceCondition::second_order, h, o.nu);
  add("oo2", oo2);
  if (o.grid <= 24) {  // as many directions as unknowns
    InterfaceSearchOptions search;
    search.interface_scale = problem.interface_scale;
    search.directions = o.grid * o.grid;
    add("direct", search_interface_values(problem.decomposition, problem.A.values, oo2, search));
  }
  add("learned", training.interface_values(sample));
  return results;
}

MeshPanel picture_of_test_mesh(SchwarzComparisonOptions const& o, SchwarzTraining& training) {
  SchwarzSample const sample(make_training_problem(o.problem_seed(kFirstTest), o.reaction_term()));
  auto const& problem = sample.problem;
  auto const values = host_view(training.interface_values(sample));
  auto const entries = host_view(problem.decomposition.interface_entries());
  auto const row = host_view(row_of_entry(problem.A.pattern));
  auto const col = host_view(problem.A.pattern.col());
  std::map<std::pair<Ordinal, Ordinal>, double> mean;  // of (i, j) and (j, i)
  for (std::size_t k = 0; k < entries.extent(0); ++k) {
    auto const i = row(entries(k)), j = col(entries(k));
    mean[std::minmax(i, j)] += (i == j ? 1 : .5) * values(entries(k));
  }
  MeshPanel panel{
      cat("What the network proposes for a test mesh of ", problem.points.size(), " unknowns and ",
          problem.decomposition.num_parts(), " parts"),
      "Triangles within a part have its colour. Dots are values on the diagonal, lines those of an edge, the "
      "mean of both directions; both are in the outermost layer of a subdomain.",
      problem.points,
      problem.triangles,
      problem.decomposition.part(),
      {}};
  for (auto const& [ends, value] : mean) panel.values.push_back({ends.first, ends.second, value});
  return panel;
}

Results compare_on_large_mesh(SchwarzComparisonOptions const& o, SchwarzTraining& training) {
  SchwarzSample const sample(make_sized_problem(o, o.unknowns, 2 * kFirstTest));
  auto const ras = evaluate(sample.problem, no_interface_values(sample.problem));
  auto const before = std::chrono::steady_clock::now();
  auto const L = training.interface_values(sample);
  double const seconds = seconds_since(before);
  auto const learned = evaluate(sample.problem, L);
  return {{"large_unknowns", std::to_string(sample.problem.A.num_rows())},
          {"large_subdomains", std::to_string(sample.problem.decomposition.num_parts())},
          {"large_rho_ras", to_text(ras.spectral_radius, "%.4f")},
          {"large_rho_learned", to_text(learned.spectral_radius, "%.4f")},
          {"large_gmres_ras", std::to_string(ras.gmres_iterations)},
          {"large_gmres_learned", std::to_string(learned.gmres_iterations)},
          {"large_network_seconds", to_text(seconds, "%.3g")}};
}

}  // namespace nacre::apps
