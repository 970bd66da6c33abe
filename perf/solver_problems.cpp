#include "solver_problems.hpp"

#include <nacre/core/error.hpp>

namespace nacre::perf {

std::vector<SolverProblem> solver_problems(bool small) {
  using Size = GlobalOrdinal;
  std::vector<SolverProblem> list;
  auto const add = [&](std::string const& name, std::string const& title, Size n, auto const& make,
                       std::vector<std::string> peers) {
    list.push_back(
        {cat(name, '_', n), title, [=](Comm const& comm) { return make(comm, n); }, std::move(peers)});
  };
  auto const poisson3d = [](Comm const& c, Size n) { return poisson_3d(c, {n, n, n}); };
  add("poisson3d", "7-point Poisson", small ? 40 : 100, poisson3d, {"hypre/aggressive", "muelu/default"});
  if (!small) add("poisson3d", "7-point Poisson", 150, poisson3d, {"hypre/aggressive", "muelu/default"});
  add("poisson27", "27-point Poisson", small ? 32 : 80,
      [](Comm const& c, Size n) {
        return poisson_27_point(c, {n, n, n});
      },
      {"muelu/default", "hypre/aggressive"});
  add("poisson2d", "5-point Poisson", small ? 300 : 1000,
      [](Comm const& c, Size n) {
        return poisson_2d(c, {n, n, 1});
      },
      {"hypre/default", "muelu/chebyshev7", "muelu/default"});
  add("anisotropic", "anisotropic (1, 1, .01)", small ? 40 : 100,
      [](Comm const& c, Size n) {
        return poisson_3d(c, {n, n, n}, {{1, 1, .01}});
      },
      {"hypre/aggressive", "muelu/drop"});
  add("jumps", "coefficients from 1e-3 to 1e3", small ? 40 : 100,
      [](Comm const& c, Size n) {
        return jumping_coefficients(c, {n, n, n});
      },
      {"hypre/aggressive", "muelu/drop"});
  add("elasticity", "linear elasticity, cells", small ? 16 : 40,
      [](Comm const& c, Size n) {
        return elasticity(c, {n, n, n});
      },
      {"muelu/chebyshev7", "hypre/threshold"});
  add("tets", "jittered tetrahedra", small ? 32 : 80,
      [](Comm const& c, Size n) {
        return poisson_tets(c, {n, n, n});
      },
      {"muelu/chebyshev20", "muelu/default", "hypre/aggressive"});
  return list;
}

std::vector<std::string> const& all_peers() {
  static std::vector<std::string> const names{"hypre/default", "hypre/aggressive", "hypre/threshold",
                                              "muelu/default", "muelu/chebyshev7", "muelu/chebyshev20",
                                              "muelu/drop",    "eigen/ic"};
  return names;
}

}  // namespace nacre::perf
