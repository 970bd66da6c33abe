#pragma once

#include <string>

#include <nacre/core/surface_mesh.hpp>
#include <nacre/core/tet_mesh.hpp>

/// \file
/// Meshes in files, plain or gzipped. What is wrong with a file is thrown as nacre::Error with the file, the line, what was
/// found there and what was expected.

namespace nacre {

/// The points (`v`) and faces (`f`) of a Wavefront OBJ file; faces of more corners are cut into fans of triangles. Lines of
/// other kinds are passed over, as are textures and normals.
SurfaceMesh read_obj(std::string const& path);

/// The tetrahedra of a Gmsh file, ASCII, version 2 or 4.1, and their points in the order of the file; those that are turned
/// over are turned back. Other elements are passed over.
/// \see Geuzaine and Remacle (2009), "Gmsh: a 3-D finite element mesh generator"
TetMesh read_msh(std::string const& path);

}  // namespace nacre
