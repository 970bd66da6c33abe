#include <nacre/core/mesh_files.hpp>
#include <nacre/core/tetgen.hpp>

#include <gtest/gtest.h>

#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

using nacre::Ordinal;
using nacre::Point;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;
using Triangles = std::vector<std::array<Ordinal, 3>>;
using Tets = std::vector<std::array<Ordinal, 4>>;

std::string const kFormat2 = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n";
std::string const kNodes2 = "$Nodes\n5\n10 0 0 0\n20 1 0 0\n15 9 9 9\n30 0 1 0\n40 0 0 1\n$EndNodes\n";
std::string const kFormat4 = "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n";
std::vector<Point> const kCorners{{{0, 0, 0}}, {{1, 0, 0}}, {{0, 1, 0}}, {{0, 0, 1}}};

/// What is wrong with a file, without its folder.
template <class Read>
std::string problem(std::string const& name, std::string const& content, Read const& read) {
  TemporaryFolder const folder;
  std::string const path = folder.file(name, content);
  std::string const message = message_of([&] { read(path); });
  std::size_t const at = message.find(path);
  return at == std::string::npos ? message : message.substr(0, at) + name + message.substr(at + path.size());
}
std::string obj_problem(std::string const& content) { return problem("m.obj", content, nacre::read_obj); }
std::string msh_problem(std::string const& content) { return problem("m.msh", content, nacre::read_msh); }

TEST(ObjFile, IsReadInAllItsForms) {
  TemporaryFolder const folder;
  auto const mesh = nacre::read_obj(folder.file("m.obj",
                                                "# points\nmtllib x.mtl\no thing\nv 0 0 0\nv 1 0 0 1.0\n"
                                                "v 1 1 .5\nvt 0 0\nvn 0 0 1\nf 1/1 2/1 3/1\r\n\nv 0 1 0\n"
                                                "s off\nf 1//1 2//1 3//1 4//1\nf -4/1/1 -2/1/1 -1/1/1\n"));
  EXPECT_EQ(mesh.points, (std::vector<Point>{{{0, 0, 0}}, {{1, 0, 0}}, {{1, 1, .5}}, {{0, 1, 0}}}));
  EXPECT_EQ(mesh.triangles, (Triangles{{{0, 1, 2}}, {{0, 1, 2}}, {{0, 2, 3}}, {{0, 2, 3}}}));
}

TEST(ObjFile, SaysWhatIsWrong) {
  EXPECT_EQ(obj_problem("v 0 0\n"), "m.obj:1: found the end of the line, expected a coordinate");
  EXPECT_EQ(obj_problem("v 0 x 0\n"), "m.obj:1: found 'x', expected a coordinate");
  EXPECT_EQ(obj_problem("v 0 0 0\nf 1 a 1\n"), "m.obj:2: found 'a', expected the number of a point");
  EXPECT_EQ(obj_problem("v 0 0 0\nf 1 1x 1\n"), "m.obj:2: found '1x', expected the number of a point");
  EXPECT_EQ(obj_problem("v 0 0 0\nf 1 2 1\n"),
            "m.obj:2: found point 2, but there are 1 points before this line");
  EXPECT_EQ(obj_problem("v 0 0 0\nf 1 -2 1\n"),
            "m.obj:2: found point -2, but there are 1 points before this line");
  EXPECT_EQ(obj_problem("v 0 0 0\nf 0 1 1\n"),
            "m.obj:2: found point 0, but there are 1 points before this line");
  EXPECT_EQ(obj_problem("v 0 0 0\nf 1 1\n"), "m.obj:2: found a face of 2 points, expected three or more");
  EXPECT_EQ(obj_problem("v 0 0 0\n"), "m.obj: 1 points but no faces, expected lines 'v x y z' and 'f i j k'");
  EXPECT_NE(message_of([] { nacre::read_obj("/nonexistent/m.obj"); }).find("/nonexistent/m.obj"),
            std::string::npos);
}

TEST(MshFile, IsReadInVersion2) {
  TemporaryFolder const folder;
  auto const mesh = nacre::read_msh(folder.file(
      "m.msh",
      kFormat2 + "$PhysicalNames\n1\n3 1 \"a body\"\n$EndPhysicalNames\n" + kNodes2 +
          "$Elements\n3\n1 2 2 0 1 10 20 30\n2 4 2 0 1 10 20 30 40\n3 4 0 20 10 30 40\n$EndElements\n"));
  EXPECT_EQ(mesh.points, kCorners) << "point 15 has no tetrahedron";
  EXPECT_EQ(mesh.tets, (Tets{{{0, 1, 2, 3}}, {{1, 0, 3, 2}}})) << "the second is turned over in the file";
}

TEST(MshFile, IsReadInVersion4) {
  TemporaryFolder const folder;
  auto const mesh = nacre::read_msh(folder.file(
      "m.msh", kFormat4 +
                   "$Entities\n0 0 0 0\n$EndEntities\n$Nodes\n2 4 1 4\n2 1 0 3\n1\n2\n3\n0 0 0\n1 0 0\n"
                   "0 1 0\n3 1 0 1\n4\n0 0 1\n$EndNodes\n$Elements\n2 2 1 2\n2 1 2 1\n1 1 2 3\n"
                   "3 1 4 1\n2 1 2 3 4\n$EndElements\n"));
  EXPECT_EQ(mesh.points, kCorners);
  EXPECT_EQ(mesh.tets, (Tets{{{0, 1, 2, 3}}}));
}

TEST(MshFile, SaysWhatIsWrong) {
  EXPECT_EQ(msh_problem("hello\n"), "m.msh:1: expected a section, such as '$Nodes'");
  EXPECT_EQ(msh_problem("$Nodes\n"), "m.msh:1: found '$Nodes', expected '$MeshFormat' before it");
  EXPECT_EQ(msh_problem("$MeshFormat\n3 0 8\n"), "m.msh:2: found version 3, expected 2 or 4.1");
  EXPECT_EQ(msh_problem("$MeshFormat\n2.2 1 8\n"), "m.msh:2: the file is binary, expected ASCII");
  EXPECT_EQ(msh_problem("$MeshFormat\n2.2 0 8\n$Nodes\n"),
            "m.msh:3: expected '$EndMeshFormat' on a line of its own");
  EXPECT_EQ(msh_problem("$Comments\nx\n"), "m.msh:2: the file ends, expected '$EndComments'");
  EXPECT_EQ(msh_problem(kFormat2 + "$Nodes\n-1\n"), "m.msh:5: found '-1', expected how many there are");
  EXPECT_EQ(msh_problem(kFormat2 + "$Nodes\n99999999999\n"),
            "m.msh:5: found '99999999999', expected how many there are");
  EXPECT_EQ(msh_problem(kFormat2 + "$Nodes\n2\n1 0 0 0\n"), "m.msh:6: the file ends, expected a point");
  EXPECT_EQ(msh_problem(kFormat2 + "$Nodes\n2\n1 0 0 0\n1 0 0 0\n"), "m.msh:7: point 1 is there already");
  EXPECT_EQ(msh_problem(kFormat2 + "$Nodes\n1\n1 0 zero 0\n"),
            "m.msh:6: found 'zero', expected a coordinate");
  EXPECT_EQ(msh_problem(kFormat2 + kNodes2 + "$Elements\n1\n1 4 0 10 20 30 50\n"),
            "m.msh:14: found point 50, which is not one of the 5 points");
  EXPECT_EQ(msh_problem(kFormat2 + kNodes2 + "$Elements\n1\n1 4 0 10 20 30\n"),
            "m.msh:14: found the end of the line, expected the number of a point");
  EXPECT_EQ(msh_problem(kFormat2 + kNodes2 + "$Elements\n1\n1 4 0 10 20 30 30\n"),
            "m.msh:14: the tetrahedron has no volume");
  EXPECT_EQ(msh_problem(kFormat2 + kNodes2), "m.msh: 5 points but no tetrahedra of four points");
  EXPECT_EQ(msh_problem(kFormat4 + "$Nodes\n1 1 1 1\n3 1 0\n"),
            "m.msh:6: found the end of the line, expected how many there are in the block");
}

/// [0, 1]^3
nacre::SurfaceMesh cube() {
  nacre::SurfaceMesh mesh;
  for (int c = 0; c < 8; ++c) mesh.points.push_back({{double(c & 1), double(c >> 1 & 1), double(c >> 2)}});
  mesh.triangles = {{{0, 2, 3}}, {{0, 3, 1}}, {{4, 5, 7}}, {{4, 7, 6}}, {{0, 1, 5}}, {{0, 5, 4}},
                    {{2, 6, 7}}, {{2, 7, 3}}, {{0, 4, 6}}, {{0, 6, 2}}, {{1, 3, 7}}, {{1, 7, 5}}};
  return mesh;
}

TEST(Tetgen, FillsSurfaces) {
  if (!nacre::have_tetgen()) GTEST_SKIP() << "the program tetgen is not installed";
  nacre::TetgenOptions options;
  options.switches = "q1.2a0.01";
  auto const mesh = nacre::tetrahedralise(cube(), options);
  double volume = 0;
  for (auto const& tet : mesh.tets) {
    auto const p = nacre::corners_of(mesh, tet);
    double const v = nacre::tet_volume(p[0], p[1], p[2], p[3]);
    ASSERT_GT(v, 0);
    ASSERT_LE(v, .01);
    volume += v;
  }
  EXPECT_NEAR(volume, 1, 1e-12);
  EXPECT_GT(mesh.tets.size(), 100u);
  auto const sphere = nacre::tetrahedralise(nacre::random_sphere());
  validate("sphere", sphere);
  EXPECT_GE(sphere.points.size(), 642u);
}

TEST(Tetgen, SaysWhatIsWrong) {
  auto const message = [](nacre::SurfaceMesh const& surface, nacre::TetgenOptions const& options = {}) {
    return message_of([&] { nacre::tetrahedralise(surface, options); });
  };
  EXPECT_EQ(message(cube(), {"", "nacre_has_no_such_program"}),
            "tetrahedralise: the program 'nacre_has_no_such_program' is not installed");
  EXPECT_FALSE(nacre::have_tetgen({"", "/nonexistent/tetgen"}));
  // programs that stand in for one that fails
  TemporaryFolder const folder;
  auto const script = [&](std::string const& name, std::string const& body) {
    std::string const path = folder.file(name, "#!/bin/sh\n" + body);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  };
  std::string const fails = script("fails", "echo out of luck; exit 3\n");
  EXPECT_EQ(message(cube(), {"q", fails}),
            "tetrahedralise: '" + fails + " -pq' failed with status 3; it wrote out of luck\n");
  std::string const lazy = script("lazy", "exit 0\n");
  EXPECT_EQ(message(cube(), {"q", lazy}),
            "tetrahedralise: '" + lazy + " -pq' made no tetrahedra; it wrote nothing");
  std::string const killed = script("killed", "kill -9 $$\n");
  EXPECT_EQ(message(cube(), {"q", killed}),
            "tetrahedralise: '" + killed + " -pq' was ended by a signal; it wrote nothing");
  std::string const liar =
      script("liar", "d=$(dirname $2); echo 4 3 0 0 > $d/surface.1.node; echo 1 4 0 > $d/surface.1.ele\n");
  EXPECT_NE(message(cube(), {"q", liar}).find("surface.1.node:1: the file ends after 0 of 4 lines"),
            std::string::npos);
  auto flat = cube();
  flat.triangles.push_back({{0, 0, 1}});
  if (nacre::have_tetgen()) {
    EXPECT_EQ(message(flat), "tetrahedralise: the area of triangle 12 is 0, must be positive");
    auto open = cube();
    open.triangles.resize(6);
    EXPECT_NE(message(open).find("tetrahedralise: '"), std::string::npos) << message(open);
  }
}

}  // namespace
