#pragma once

#include <string>

#include <nacre/core/surface_mesh.hpp>
#include <nacre/core/tet_mesh.hpp>

/// \file
/// Tetrahedra inside surfaces, by a program that may be installed.

namespace nacre {

struct TetgenOptions {
  std::string switches = "q1.1";   ///< besides -p, for example the largest volume: q1.1a3e-3
  std::string program = "tetgen";  ///< a name that is looked for in PATH, or a path
};

/// Whether the program is installed.
bool have_tetgen(TetgenOptions const& options = {});

/// The inside of a closed surface as tetrahedra, by the program TetGen: Si (2015), "TetGen, a Delaunay-based quality
/// tetrahedral mesh generator". It is run on files in a folder for temporary ones that is removed afterwards.
/// \throws nacre::Error if it is not installed, or fails: the message has its last words
TetMesh tetrahedralise(SurfaceMesh const& surface, TetgenOptions const& options = {});

}  // namespace nacre
