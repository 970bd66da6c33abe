#include <algorithm>
#include <cmath>

#include <nacre/core/random.hpp>

#include "lattice.hpp"

// Random graphs and matrices.

namespace nacre {

namespace {

/// A random graph whose edges every rank can list for any vertex: for each of some random permutations p the
/// edges from i to p(i), each kept with a probability. Degrees vary around their average.
class RandomGraph {
 public:
  RandomGraph(char const* problem, GlobalOrdinal n, RandomGraphOptions const& options) : seed_(options.seed) {
    if (n < 1) fail(cat(problem, ": n = ", n, ", expected at least 1"));
    if (!(options.average_degree >= 0 && options.average_degree < 1000))
      fail(cat(problem, ": the average degree is ", options.average_degree,
               ", expected at least 0 and below 1000"));
    // a permutation gives two edges a vertex if all are kept; keeping 3 of 4 lets degrees vary
    double const wanted = options.average_degree / 2 / .75;
    std::size_t const count = static_cast<std::size_t>(std::ceil(wanted));
    keep_ = count > 0 ? .75 * wanted / static_cast<double>(count) : 0;
    for (std::size_t k = 0; k < count; ++k) permutations_.emplace_back(n, random_bits(seed_, k) | 1);
  }

  /// The neighbours of i, ascending, each once, without i.
  void neighbors(GlobalOrdinal i, std::vector<GlobalOrdinal>& found) const {
    found.clear();
    for (std::size_t k = 0; k < permutations_.size(); ++k) {
      GlobalOrdinal const from = permutations_[k].inverse(i);
      if (kept(k, i)) found.push_back(permutations_[k](i));
      if (kept(k, from)) found.push_back(from);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    found.erase(std::remove(found.begin(), found.end(), i), found.end());
  }
  /// The same number in [0, 1) for both directions of an edge.
  double number_of_edge(GlobalOrdinal i, GlobalOrdinal j) const {
    return to_unit_interval(random_bits(seed_ + 1, static_cast<std::uint64_t>(std::min(i, j)),
                                        static_cast<std::uint64_t>(std::max(i, j))));
  }

 private:
  bool kept(std::size_t k, GlobalOrdinal from) const {
    return to_unit_interval(random_bits(seed_ + 2, k, static_cast<std::uint64_t>(from))) < keep_;
  }
  std::uint64_t seed_;
  double keep_ = 0;
  std::vector<RandomPermutation> permutations_;
};

/// The matrix on a graph with entry(number of the edge) off the diagonal, on it the sum of the absolute
/// values of its row plus a shift.
template <class Scalar, class Entry>
Problem<Scalar> on_graph(char const* name, Comm const& comm, GlobalOrdinal n,
                         RandomGraphOptions const& options, Entry const& entry) {
  RandomGraph const graph(name, n, options);
  RowPartition const rows = RowPartition::even(comm, n);
  std::vector<GlobalOrdinal> neighbors;
  auto const fill = [&](auto& sink) {
    for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i) {
      graph.neighbors(i, neighbors);
      double diagonal = options.shift;
      for (auto const j : neighbors) {
        double const value = entry(graph.number_of_edge(i, j));
        diagonal += std::fabs(value);
        sink.add(j, value);
      }
      sink.add(i, diagonal);
      sink.end_row();
    }
  };
  Problem<Scalar> problem;
  problem.name = name;
  problem.A = detail::assemble<Scalar>(rows, rows, options.average_degree + 1, fill);
  problem.near_nullspace = detail::constants<Scalar>(rows);
  return problem;
}

}  // namespace

template <class Scalar>
Problem<Scalar> random_graph_laplacian(Comm const& comm, GlobalOrdinal n, RandomGraphOptions const& options) {
  return on_graph<Scalar>("random_graph_laplacian", comm, n, options, [](double u) { return -.5 - u; });
}

template <class Scalar>
Problem<Scalar> random_spd(Comm const& comm, GlobalOrdinal n, RandomGraphOptions const& options) {
  return on_graph<Scalar>("random_spd", comm, n, options, [](double u) { return 2 * u - 1; });
}

template <class Scalar>
DistributedCsr<Scalar> random_sparse(Comm const& comm, GlobalOrdinal n, GlobalOrdinal m, double density,
                                     std::uint64_t seed) {
  if (n < 0 || m < 0 || !(density >= 0 && density <= 1))
    fail(cat("random_sparse: a ", n, " by ", m, " matrix of density ", density,
             "; expected sizes that are not negative and a density from 0 to 1"));
  RowPartition const rows = RowPartition::even(comm, n), cols = RowPartition::even(comm, m);
  double const log_absent = std::log1p(-density);
  auto const fill = [&](auto& sink) {
    for (GlobalOrdinal i = rows.begin(); i < rows.end(); ++i) {
      std::uint64_t const row_seed = random_bits(seed, static_cast<std::uint64_t>(i));
      double j = -1;
      for (std::uint64_t k = 0; density > 0; ++k) {
        // the gap to the next entry of independent coin flips is geometrically distributed
        double const u = 1 - random_uniform(row_seed, 2 * k);
        j += 1 + (density < 1 ? std::floor(std::log(u) / log_absent) : 0);
        if (!(j < static_cast<double>(m))) break;
        sink.add(static_cast<GlobalOrdinal>(j), random_uniform(row_seed, 2 * k + 1, -1, 1));
      }
      sink.end_row();
    }
  };
  return detail::assemble<Scalar>(rows, cols, density * static_cast<double>(m), fill);
}

template Problem<double> random_graph_laplacian<double>(Comm const&, GlobalOrdinal,
                                                        RandomGraphOptions const&);
template Problem<float> random_graph_laplacian<float>(Comm const&, GlobalOrdinal, RandomGraphOptions const&);
template Problem<double> random_spd<double>(Comm const&, GlobalOrdinal, RandomGraphOptions const&);
template Problem<float> random_spd<float>(Comm const&, GlobalOrdinal, RandomGraphOptions const&);
template DistributedCsr<double> random_sparse<double>(Comm const&, GlobalOrdinal, GlobalOrdinal, double,
                                                      std::uint64_t);
template DistributedCsr<float> random_sparse<float>(Comm const&, GlobalOrdinal, GlobalOrdinal, double,
                                                    std::uint64_t);

}  // namespace nacre
