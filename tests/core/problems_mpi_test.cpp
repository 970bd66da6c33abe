#include <nacre/core/problems.hpp>

#include <gtest/gtest.h>

#include "support/dense.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Comm;
using nacre::Problem;
using nacre::test::Dense;
using nacre::test::to_dense;

void expect_equal(Dense const& a, Dense const& b) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.cols, b.cols);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.cols; ++j) ASSERT_EQ(a.at(i, j), b.at(i, j)) << i << ", " << j;
}

std::vector<double> all_entries(Comm const& comm, nacre::MultiVector<double> const& v) {  // row by row
  std::vector<double> mine;
  auto const h = nacre::host_view(v);
  for (std::size_t i = 0; i < v.extent(0); ++i)
    for (std::size_t j = 0; j < v.extent(1); ++j) mine.push_back(h(i, j));
  return comm.all_gather(mine);
}

// the points of all cells, in order
std::vector<nacre::Point> all_cells(Comm const& comm, nacre::Mesh const& mesh) {
  std::vector<nacre::Point> mine;
  for (auto const v : mesh.vertices) mine.push_back(mesh.points[static_cast<std::size_t>(v)]);
  return comm.all_gather(mine);
}

// the same, bit by bit, on this rank alone and on all ranks
template <class Make>
void expect_same_on_any_ranks(Make const& make) {
  Comm const comm = Comm::world();
  Problem<double> const together = make(comm), alone = make(Comm::self());

  expect_equal(to_dense(together.A), to_dense(alone.A));
  EXPECT_EQ(together.A.pattern.num_global_entries(), alone.A.pattern.num_global_entries());
  EXPECT_EQ(all_entries(comm, together.near_nullspace), all_entries(Comm::self(), alone.near_nullspace));
  EXPECT_EQ(comm.all_gather(together.coordinates), alone.coordinates);
  ASSERT_EQ(static_cast<bool>(together.make_mesh), static_cast<bool>(alone.make_mesh));
  if (alone.make_mesh) {
    EXPECT_EQ(all_cells(comm, together.make_mesh()), all_cells(Comm::self(), alone.make_mesh()));
  }
}

TEST(ProblemsMpi, GridsAreTheSameOnAnyRanks) {
  for (int const n : {1, 2, 5}) {
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::poisson_1d(comm, n); });
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::poisson_2d(comm, {n, 3}); });
    expect_same_on_any_ranks([&](Comm const& comm) {
      return nacre::poisson_3d(comm, {n, 4, 3}, {{1, 2, .01}});
    });
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::poisson_27_point(comm, {n, 4, 3}); });
    expect_same_on_any_ranks([&](Comm const& comm) {
      return nacre::jumping_coefficients(comm, {n, 4, 3}, {1e-3, 1e3, 2, 1});
    });
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::convection_diffusion(comm, {n, 4, 3}); });
    expect_same_on_any_ranks([&](Comm const& comm) {
      return nacre::grid_graph_laplacian(comm, {n, 4, 3}, 1);
    });
  }
}

TEST(ProblemsMpi, FiniteElementsAreTheSameOnAnyRanks) {
  for (int const n : {1, 4}) {
    for (int const tets : {5, 6})
      for (bool const random : {false, true}) {
        nacre::TetOptions options;
        options.tets_per_cube = tets;
        options.random_numbering = random;
        expect_same_on_any_ranks([&](Comm const& comm) {
          return nacre::poisson_tets(comm, {n, 4, 3}, options);
        });
      }
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::elasticity(comm, {n, 2, 2}); });
    expect_same_on_any_ranks([&](Comm const& comm) {
      return nacre::elasticity(comm, {n, 1, 1}, {1, .3, false});
    });
  }
}

TEST(ProblemsMpi, RandomMatricesAreTheSameOnAnyRanks) {
  for (int const n : {1, 2, 40}) {
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::random_graph_laplacian(comm, n); });
    expect_same_on_any_ranks([&](Comm const& comm) { return nacre::random_spd(comm, n); });
    expect_equal(to_dense(nacre::random_sparse(Comm::world(), n, 2 * n, .2)),
                 to_dense(nacre::random_sparse(Comm::self(), n, 2 * n, .2)));
  }
}

TEST(ProblemsMpi, PointsStayWholeOnARank) {
  auto const problem = nacre::elasticity(Comm::world(), {2, 3, 2});
  EXPECT_EQ(problem.A.pattern.rows().begin() % 3, 0);
  EXPECT_EQ(problem.A.pattern.num_owned_rows() % 3, 0);
}

TEST(ProblemsMpi, ATurnedTetStopsAllRanks) {
  nacre::TetOptions options;
  options.jitter = .45;
  std::string const message = nacre::test::message_of([&] {
    nacre::poisson_tets(Comm::world(), {6, 6, 6}, options);
  });
  EXPECT_NE(message.find("turns over a tetrahedron"), std::string::npos) << message;
}

}  // namespace
