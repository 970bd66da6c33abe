#include "schwarz_problem.hpp"

#include <cmath>

#include <nacre/core/comm.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/transpose.hpp>
#include <nacre/solvers/lloyd_aggregation.hpp>

namespace nacre::apps {

SchwarzProblem make_grid_problem(int n, double nu, solvers::SchwarzOptions const& options) {
  if (n < 2) fail(cat("a grid of ", n, " by ", n, " points cannot be cut in two"));
  double const h = 1. / (n + 1);
  auto const stencil = poisson_2d(Comm::self(), {n, n, 1}).A.local();
  auto const row = host_view(row_of_entry(stencil.pattern));
  auto const col = host_view(stencil.pattern.col());
  auto const values = Kokkos::create_mirror(stencil.values);
  Kokkos::deep_copy(values, stencil.values);
  for (std::size_t e = 0; e < values.extent(0); ++e)
    values(e) = (values(e) + (row(e) == col(e) ? nu * h * h : 0)) / (h * h);
  Kokkos::deep_copy(stencil.values, values);
  std::vector<Ordinal> part;
  std::vector<Point2> points;
  for (int y = 0; y < n; ++y)
    for (int x = 0; x < n; ++x) {
      part.push_back(x < n / 2 ? 0 : 1);
      points.push_back({{(x + 1) * h, (y + 1) * h}});
    }
  return {cat("grid ", n, " by ", n),
          stencil,
          1 / (h * h),
          {stencil.pattern, std::move(part), options},
          points,
          {}};
}

SchwarzProblem make_mesh_problem(MeshProblemOptions const& options) {
  TriangulationOptions mesh_options = options.mesh;
  mesh_options.seed = options.seed;
  auto const mesh = triangulate_polygon(random_polygon(options.seed, options.polygon), mesh_options);
  auto const elements = p1_matrix(mesh, options.elements);
  if (elements.point.size() < 2)
    fail(cat("a mesh of width ", options.mesh.width, " has ", elements.point.size(),
             " unknowns, there must be at least 2"));
  std::vector<Point2> points;
  for (Ordinal const i : elements.point) points.push_back(mesh.points[static_cast<std::size_t>(i)]);
  std::vector<MeshTriangle> triangles;
  for (auto t : mesh.triangles) {
    for (Ordinal& i : t) i = elements.unknown[static_cast<std::size_t>(i)];
    if (t[0] >= 0 && t[1] >= 0 && t[2] >= 0) triangles.push_back(t);
  }
  auto part = solvers::lloyd_aggregation(elements.A.pattern, options.ratio, {5, options.seed});
  return {cat("mesh of ", elements.point.size(), " unknowns"),    elements.A, 1,
          {elements.A.pattern, std::move(part), options.schwarz}, points,     triangles};
}

SchwarzProblem make_training_problem(std::uint64_t seed, ReactionTerm term) {
  constexpr int kMostTrials = 1000;
  for (int trial = 0; trial < kMostTrials; ++trial) {
    std::uint64_t const draws = random_bits(seed, static_cast<std::uint64_t>(trial));
    MeshProblemOptions options;
    options.polygon.radius = 1.1;
    options.mesh.width = random_uniform(draws, 1, .03, .09);
    options.mesh.largest_width = random_uniform(draws, 2, .09, .5);
    options.ratio = random_uniform(draws, 3, .012, .032);
    options.elements.term = term;
    options.seed = random_bits(draws, 4);
    auto problem = make_mesh_problem(options);
    if (problem.points.size() >= 85 && problem.points.size() <= 850) return problem;
  }
  fail(cat("no training problem of the seed ", seed, " has 85 to 850 unknowns"));
}

MeshProblemOptions mesh_problem_of_size(std::size_t unknowns, std::uint64_t seed) {
  if (unknowns < 2) fail(cat("a mesh of ", unknowns, " unknowns, there must be at least 2"));
  MeshProblemOptions options;
  options.seed = seed;
  double const area = polygon_area(random_polygon(seed, options.polygon));
  // as meshes come out; of equilateral triangles, and with unknowns on the boundary, it would be .866
  options.mesh.width = std::sqrt(area / (.947 * static_cast<double>(unknowns)));
  return options;
}

SchwarzInputs make_inputs(SchwarzProblem const& problem) {
  auto const& pattern = problem.A.pattern;
  auto const& part = problem.decomposition.part();
  auto const row = host_view(row_of_entry(pattern));
  auto const col = host_view(pattern.col());
  auto const values = host_view(problem.A.values);
  SchwarzInputs inputs{RowMajor<float>("node_input", part.size(), 1),
                       RowMajor<float>("edge_input", pattern.num_entries(), 2),
                       {},
                       {}};
  auto const nodes = Kokkos::create_mirror_view(inputs.nodes),
             edges = Kokkos::create_mirror_view(inputs.edges);
  for (std::size_t i = 0; i < part.size(); ++i) nodes(i, 0) = 0;
  for (std::size_t e = 0; e < pattern.num_entries(); ++e)
    if (part[static_cast<std::size_t>(row(e))] != part[static_cast<std::size_t>(col(e))])
      nodes(row(e), 0) = nodes(col(e), 0) = 1;
  for (std::size_t e = 0; e < pattern.num_entries(); ++e) {
    edges(e, 0) = static_cast<float>(values(e) / problem.interface_scale);
    edges(e, 1) = nodes(row(e), 0) * nodes(col(e), 0);
  }
  std::vector<Offset> row_ptr(part.size() + 1), entry;
  std::vector<Ordinal> interface_col;
  for (std::size_t e = 0; e < pattern.num_entries(); ++e) {
    if (edges(e, 1) == 0) continue;
    ++row_ptr[static_cast<std::size_t>(row(e)) + 1];
    interface_col.push_back(col(e));
    entry.push_back(static_cast<Offset>(e));
  }
  for (std::size_t i = 0; i < part.size(); ++i) row_ptr[i + 1] += row_ptr[i];
  inputs.interface_pattern = {pattern.num_rows(), pattern.num_cols(),
                              to_device<DefaultDevice>("interface_row_ptr", row_ptr),
                              to_device<DefaultDevice>("interface_col", interface_col)};
  inputs.interface_edges = {"make_inputs", pattern.num_entries(), entry};
  Kokkos::deep_copy(inputs.nodes, nodes);
  Kokkos::deep_copy(inputs.edges, edges);
  return inputs;
}

}  // namespace nacre::apps
