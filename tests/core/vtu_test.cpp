#include <nacre/core/vtu.hpp>

#include <gtest/gtest.h>

#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"
#include "support/vtu.hpp"

namespace {

using nacre::Comm;
using nacre::PointField;
using nacre::test::content_of;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;
using nacre::test::vtu_array;

nacre::MultiVector<double> counted(std::size_t n, std::size_t k) {
  nacre::MultiVector<double> v("counted", n, k);
  auto const h = Kokkos::create_mirror_view(v);
  for (std::size_t j = 0; j < k; ++j)
    for (std::size_t i = 0; i < n; ++i) h(i, j) = 1 + static_cast<double>(i) + 100 * static_cast<double>(j);
  Kokkos::deep_copy(v, h);
  return v;
}

TEST(Vtu, HoldsTheMeshAndTheFieldsOfASmallGrid) {
  TemporaryFolder const folder;
  auto const problem = nacre::poisson_2d(Comm::self(), {1, 2});
  std::string const path = folder.file("f.vtu");

  nacre::write_vtu(path, problem,
                   {PointField<double>{"u & v", counted(2, 1)}, PointField<double>{"w", counted(2, 2)}});

  std::string const text = content_of(path);
  EXPECT_EQ(
      text.rfind("<?xml version=\"1.0\"?>\n<VTKFile type=\"UnstructuredGrid\" version=\"1.0\" byte_order=\"",
                 0),
      0u);
  EXPECT_NE(text.find("<Piece NumberOfPoints=\"12\" NumberOfCells=\"6\">"), std::string::npos);
  EXPECT_EQ(folder.num_files(), 1);
  auto const points = vtu_array<double>(text, "Points");
  auto const connectivity = vtu_array<std::int32_t>(text, "connectivity");
  ASSERT_EQ(points.size(), 36u);
  ASSERT_EQ(connectivity.size(), 24u);
  EXPECT_EQ(vtu_array<std::int64_t>(text, "offsets"), (std::vector<std::int64_t>{4, 8, 12, 16, 20, 24}));
  EXPECT_EQ(vtu_array<std::uint8_t>(text, "types"), std::vector<std::uint8_t>(6, 9));
  EXPECT_EQ(vtu_array<std::int32_t>(text, "rank"), std::vector<std::int32_t>(6, 0));
  double const corner[4][2] = {{0, 0}, {.5, 0}, {.5, .5}, {0, .5}};  // the first cell, counterclockwise
  for (std::size_t c = 0; c < 4; ++c)
    for (std::size_t d = 0; d < 2; ++d)
      EXPECT_EQ(points[3 * static_cast<std::size_t>(connectivity[c]) + d], corner[c][d]);
  auto const u = vtu_array<double>(text, "u &amp; v");
  ASSERT_EQ(u.size(), 12u);
  for (std::size_t p = 0; p < 12; ++p) {
    double const x = points[3 * p], y = points[3 * p + 1];
    double const expected = x == .5 && y == .5 ? 1 : x == .5 && y == 1 ? 2 : 0;
    EXPECT_EQ(u[p], expected);
    EXPECT_EQ(vtu_array<double>(text, "w_0")[p], expected);
    EXPECT_EQ(vtu_array<double>(text, "w_1")[p], expected > 0 ? expected + 100 : 0);
  }
}

TEST(Vtu, DisplacementsAreVectors) {
  TemporaryFolder const folder;
  nacre::ElasticityOptions options;
  options.clamped = false;
  auto const problem = nacre::elasticity<float>(Comm::self(), {1, 1, 1}, options);
  nacre::MultiVector<float> const modes = problem.near_nullspace;

  nacre::write_vtu(folder.file("f.vtu"), problem, {PointField<float>{"mode", modes}});

  std::string const text = content_of(folder.file("f.vtu"));
  EXPECT_NE(text.find("<DataArray type=\"Float32\" Name=\"mode_0\" NumberOfComponents=\"3\""),
            std::string::npos);
  auto const shift = vtu_array<float>(text, "mode_1");
  ASSERT_EQ(shift.size(), 24u);
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(shift[i], i % 3 == 1 ? 1 : 0);
  EXPECT_EQ(vtu_array<std::uint8_t>(text, "types"), std::vector<std::uint8_t>(1, 12));
}

TEST(Vtu, LongArraysAreWrittenInPieces) {
  TemporaryFolder const folder;
  auto const problem = nacre::poisson_tets(Comm::self(), {28, 28, 28});
  nacre::write_vtu(folder.file("f.vtu"), problem, {PointField<double>{"u", counted(28 * 28 * 28, 1)}});

  std::string const text = content_of(folder.file("f.vtu"));
  ASSERT_GT(text.size(), 5000000u);
  EXPECT_EQ(vtu_array<double>(text, "Points").size(), 3u * 30 * 30 * 30);
  EXPECT_EQ(vtu_array<std::int32_t>(text, "connectivity").size(), 24u * 29 * 29 * 29);
  double sum = 0;
  for (double const u : vtu_array<double>(text, "u")) sum += u;
  double const n = 28 * 28 * 28;
  EXPECT_EQ(sum, n * (n + 1) / 2);
}

TEST(Vtu, RejectsWhatDoesNotFitAndLeavesNoFile) {
  TemporaryFolder const folder;
  auto const problem = nacre::poisson_2d(Comm::self(), {2, 2});
  EXPECT_EQ(message_of([&] {
              nacre::write_vtu(folder.file("f.vtu"), problem, {PointField<double>{"u", counted(5, 1)}});
            }),
            "write_vtu: field 'u' has extent(0) = 5 but this rank owns 4 rows");
  EXPECT_EQ(
      message_of([&] { nacre::write_vtu(folder.file("f.vtu"), nacre::random_spd(Comm::self(), 4), {}); }),
      "write_vtu: the problem 'random_spd' has no mesh");
  auto mesh = problem.make_mesh();
  mesh.vertices[2] = 99;
  EXPECT_EQ(message_of([&] {
              nacre::write_vtu<double>(folder.file("f.vtu"), problem.A.pattern.rows(), 1, mesh, {});
            }),
            "write_vtu: a cell has the point 99 but the mesh has 16");
  EXPECT_EQ(message_of([&] { nacre::write_vtu<double>(folder.file("none/f.vtu"), problem, {}); }),
            "cannot write '" + folder.file("none/f.vtu") + "': No such file or directory");
  EXPECT_EQ(folder.num_files(), 0);
}

}  // namespace
