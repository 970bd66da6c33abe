#pragma once

#include <functional>

#include <nacre/core/tet_mesh.hpp>

/// \file
/// Meshes of tetrahedra of other shapes than boxes.

namespace nacre {

/// The tetrahedra whose mean point `keep` says yes to, and their points, both in the order of the mesh.
TetMesh submesh(TetMesh const& mesh, std::function<bool(Point const&)> const& keep);

/// Three unit cubes in the shape of an L: [0, 2] x [0, 2] x [0, 1] without [1, 2] x [1, 2] x [0, 1].
/// \param n points along an edge of a cube, >= 2
TetMesh tet_l_shape(int n);

/// A cylinder of radius 1 around the z axis, from z = 0 up.
/// \param across, along points along a diameter and along the axis, >= 2; they are about equally far from each other
TetMesh tet_cylinder(int across, int along);

}  // namespace nacre
