#pragma once

#include <nacre/core/tet_mesh.hpp>

/// \file
/// The boundary of meshes of tetrahedra.

namespace nacre {

/// The faces that belong to one tetrahedron, seen from outside counterclockwise, in the order of the tetrahedra.
/// \throws nacre::Error if a face belongs to three or more
std::vector<std::array<Ordinal, 3>> boundary_faces(TetMesh const& mesh);

/// The points of these faces, ascending.
std::vector<Ordinal> boundary_points(std::vector<std::array<Ordinal, 3>> const& faces);

/// A random point of the boundary and those that `hops` or fewer edges of the boundary lead to, ascending.
/// \throws nacre::Error if there are no faces or hops is negative
std::vector<Ordinal> boundary_patch(std::vector<std::array<Ordinal, 3>> const& faces, int hops,
                                    std::uint64_t seed);

}  // namespace nacre
