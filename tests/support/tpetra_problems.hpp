#pragma once

#include <Teuchos_DefaultMpiComm.hpp>
#include <Tpetra_CrsMatrix.hpp>
#include <Tpetra_Map.hpp>
#include <Tpetra_MultiVector.hpp>

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include <nacre/core/comm.hpp>
#include <nacre/trilinos/tpetra_compat.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// Small Tpetra matrices and vectors with maps of any kind.

namespace nacre::test {

using Gid = trilinos::TpetraMap::global_ordinal_type;
using Gids = std::vector<Gid>;
using MapPtr = Teuchos::RCP<trilinos::TpetraMap const>;

/// How elements 0, 1, ..., n-1 are dealt out to ranks.
enum class Numbering {
  contiguous,    ///< in pieces
  cyclic,        ///< element g is on rank g mod ranks
  descending,    ///< in pieces, each rank's numbered downwards
  last_is_empty  ///< in pieces, the last rank has nothing (unless it is alone)
};

inline MapPtr make_map(Comm const& comm, Gid n, Numbering numbering) {
  Gids mine;
  int const pieces = numbering == Numbering::last_is_empty && comm.size() > 1 ? comm.size() - 1 : comm.size();
  if (numbering == Numbering::cyclic) {
    for (Gid g = comm.rank(); g < n; g += comm.size()) mine.push_back(g);
  } else if (comm.rank() < pieces) {
    for (Gid g = n * comm.rank() / pieces; g < n * (comm.rank() + 1) / pieces; ++g) mine.push_back(g);
    if (numbering == Numbering::descending) mine = Gids(mine.rbegin(), mine.rend());
  }
  auto const teuchos = Teuchos::rcp(new Teuchos::MpiComm<int>(MPI_COMM_WORLD));
  return Teuchos::rcp(new trilinos::TpetraMap(
      static_cast<Tpetra::global_size_t>(n),
      Teuchos::ArrayView<Gid const>(mine.data(), static_cast<int>(mine.size())), 0, teuchos));
}

using Row = std::vector<std::pair<Gid, double>>;

/// The fill-complete matrix with `row(g)` as its row g.
inline Teuchos::RCP<trilinos::TpetraMatrix<double>> make_matrix(MapPtr const& rows, MapPtr const& domain,
                                                                std::function<Row(Gid)> const& row) {
  auto const A = Teuchos::rcp(new trilinos::TpetraMatrix<double>(rows, 16));
  for (Gid const g : trilinos::compat::local_elements(*rows)) {
    Teuchos::Array<Gid> cols;
    Teuchos::Array<double> values;
    for (auto const& [j, v] : row(g)) {
      cols.push_back(j);
      values.push_back(v);
    }
    A->insertGlobalValues(g, cols(), values());
  }
  A->fillComplete(domain, rows);
  return A;
}

/// Row g of an n-by-n matrix that is neither symmetric nor Toeplitz; couples elements far apart.
inline Row unsymmetric_row(Gid g, Gid n) {
  Row row{{g, 4 + .1 * static_cast<double>(g)}};
  if (g > 0) row.emplace_back(g - 1, -1.);
  if (g + 1 < n) row.emplace_back(g + 1, -1.5);
  if (Gid const far = (g * 7 + 3) % n; far != g && far != g - 1 && far != g + 1) row.emplace_back(far, .25);
  return row;
}

/// Row g of the 5-point Laplacian on an m-by-m grid.
inline Row laplacian_row(Gid g, Gid m) {
  Row row{{g, 4.}};
  if (g % m > 0) row.emplace_back(g - 1, -1.);
  if (g % m + 1 < m) row.emplace_back(g + 1, -1.);
  if (g >= m) row.emplace_back(g - m, -1.);
  if (g + m < m * m) row.emplace_back(g + m, -1.);
  return row;
}

/// Numbers in [-1, 1] that depend on the global element and the column alone.
inline double smooth(Gid g, int column) { return std::sin(1. + .7 * static_cast<double>(g) + 2.3 * column); }

inline trilinos::TpetraVectors<double> make_vectors(MapPtr const& map, int columns) {
  trilinos::TpetraVectors<double> x(map, static_cast<std::size_t>(columns));
  for (Gid const g : trilinos::compat::local_elements(*map))
    for (int c = 0; c < columns; ++c) x.replaceGlobalValue(g, static_cast<std::size_t>(c), smooth(g, c));
  return x;
}

/// max |x - y| over all ranks, relative to max |y|.
inline double relative_difference(trilinos::TpetraVectors<double> const& x,
                                  trilinos::TpetraVectors<double> const& y) {
  trilinos::TpetraVectors<double> difference(x, Teuchos::Copy);
  difference.update(-1., y, 1.);
  std::vector<double> d(x.getNumVectors()), s(x.getNumVectors());
  difference.normInf(Teuchos::ArrayView<double>(d));
  y.normInf(Teuchos::ArrayView<double>(s));
  double worst = 0;
  for (std::size_t c = 0; c < d.size(); ++c) worst = std::max(worst, d[c] / (s[c] > 0 ? s[c] : 1));
  return worst;
}

}  // namespace nacre::test
