#include <nacre/core/vtu.hpp>

#include <gtest/gtest.h>

#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"
#include "support/vtu.hpp"

namespace {

using nacre::Comm;
using nacre::PointField;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;
using nacre::test::vtu_array;

// A field that is 1 + x + 10 y + 100 z at the unknowns, whoever owns them, is that at the points of all
// pieces.
void check(nacre::Problem<double> const& problem) {
  Comm const& comm = problem.A.comm();
  TemporaryFolder const folder;
  std::string const path = folder.file("f.vtu");  // rank 0's counts
  nacre::MultiVector<double> u("u", static_cast<std::size_t>(problem.A.pattern.num_owned_rows()), 1);
  auto const h = Kokkos::create_mirror_view(u);
  auto const b = static_cast<std::size_t>(problem.block_size);
  auto const field = [](double x, double y, double z, std::size_t d) {
    return 1 + x + 10 * y + 100 * z + 1000 * static_cast<double>(d);
  };
  for (std::size_t i = 0; i < u.extent(0); ++i) {
    auto const& p = problem.coordinates[i / b];
    h(i, 0) = field(p[0], p[1], p[2], i % b);
  }
  Kokkos::deep_copy(u, h);

  nacre::write_vtu(path, problem, {PointField<double>{"u", u}});

  auto const num_cells = comm.sum(static_cast<int>(problem.make_mesh().vertices.size()) /
                                  nacre::vertices_of(problem.make_mesh().shape));
  if (comm.rank() != 0) return;
  std::string const text = nacre::test::content_of(path);
  auto const points = vtu_array<double>(text, "Points");
  auto const values = vtu_array<double>(text, "u");
  EXPECT_EQ(vtu_array<std::uint8_t>(text, "types").size(), static_cast<std::size_t>(num_cells));
  ASSERT_EQ(values.size() / b, points.size() / 3);
  std::size_t num_zero = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) {
      ++num_zero;
      continue;
    }
    double const* const p = points.data() + 3 * (i / b);
    ASSERT_EQ(values[i], field(p[0], p[1], p[2], i % b));
  }
  EXPECT_LT(num_zero, values.size());
}

TEST(VtuMpi, ValuesComeFromTheirOwners) {
  Comm const comm = Comm::world();
  nacre::TetOptions shuffled;
  shuffled.random_numbering = true;
  check(nacre::poisson_1d(comm, 1));
  check(nacre::poisson_2d(comm, {4, 3}));
  check(nacre::poisson_3d(comm, {3, 4, 5}));
  check(nacre::poisson_tets(comm, {4, 4, 4}, shuffled));
  check(nacre::elasticity(comm, {2, 3, 4}));
}

TEST(VtuMpi, AllRanksFailTogether) {
  Comm const comm = Comm::world();
  TemporaryFolder const folder;
  auto const problem = nacre::poisson_2d(comm, {5, 5});
  nacre::MultiVector<double> const u("u", 99, 1);
  EXPECT_NE(message_of([&] {
              nacre::write_vtu(folder.file("none/f.vtu"), problem, std::vector<PointField<double>>());
            }).find("No such file or directory"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              nacre::write_vtu(folder.file("f.vtu"), problem, {PointField<double>{"u", u}});
            }).find("field 'u' has extent(0) = 99"),
            std::string::npos);
  EXPECT_EQ(folder.num_files(), 0);
}

}  // namespace
