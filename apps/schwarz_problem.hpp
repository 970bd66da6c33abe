#pragma once

#include <string>
#include <vector>

#include <nacre/core/index_map.hpp>
#include <nacre/core/p1_elements.hpp>
#include <nacre/solvers/schwarz_decomposition.hpp>

/// \file
/// Problems for optimised Schwarz methods, and what a network is told about them.

namespace nacre::apps {

/// A screened Poisson problem (1/h^2) (A + nu h^2 I) with its subdomains.
struct SchwarzProblem {
  std::string name;
  CsrMatrix<double> A;         ///< with the factor 1/h^2
  double interface_scale = 1;  ///< 1/h^2
  solvers::SchwarzDecomposition<> decomposition;
  std::vector<Point2> points;           ///< [n] where the unknowns are
  std::vector<MeshTriangle> triangles;  ///< of unknowns, to draw; empty for grids
};

/// n by n inner points of the unit square, the 5-point stencil and h = 1/(n + 1), cut into two halves along a grid line.
/// \throws nacre::Error unless n >= 2
SchwarzProblem make_grid_problem(int n, double nu = 1, solvers::SchwarzOptions const& options = {});

struct MeshProblemOptions {
  PolygonOptions polygon;
  TriangulationOptions mesh;
  double ratio = .02;  ///< of the number of parts to that of unknowns
  P1Options elements{1, ReactionTerm::identity,
                     true};  ///< h = 1: the reaction term is that of the matrix A + nu I
  solvers::SchwarzOptions schwarz;
  std::uint64_t seed = 1;  ///< of the polygon, the mesh and the parts
};
/// Linear elements on a mesh of a random polygon, parts by Lloyd aggregation.
SchwarzProblem make_mesh_problem(MeshProblemOptions const& options);

/// A random problem to train with, of the kind of Taghibakhshi, Nytko, Zaman, MacLachlan, Olson and West (2022), "Learning
/// interface conditions in domain decomposition solvers": 85 to 850 unknowns, widths of U(.03, .09) growing
/// to U(.09, .5), a ratio of U(.012, .032); problems of other sizes are drawn again.
/// \param term of the reaction; theirs is the identity, which is a strong one
SchwarzProblem make_training_problem(std::uint64_t seed, ReactionTerm term = ReactionTerm::identity);

/// A uniform mesh of about this many unknowns.
MeshProblemOptions mesh_problem_of_size(std::size_t unknowns, std::uint64_t seed);

/// What a network is told. A node is *at an interface* if an edge of the graph connects it with another part, an edge if
/// both its ends are.
struct SchwarzInputs {
  RowMajor<float> nodes;           ///< [n, 1] 1 at an interface, else 0
  RowMajor<float> edges;           ///< [nnz, 2] the entry of A without 1/h^2, and 1 at an interface, else 0
  CsrPattern<> interface_pattern;  ///< n-by-n, the edges at an interface
  IndexMap<> interface_edges;      ///< the entry of A of each
};
SchwarzInputs make_inputs(SchwarzProblem const& problem);

}  // namespace nacre::apps
