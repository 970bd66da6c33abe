#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nacre/core/surface_mesh.hpp>
#include <nacre/core/tet_mesh.hpp>

#include "learning_problems.hpp"

/// \file
/// The meshes of learning problems, by name or from a file.

namespace nacre::apps {

/// Whether --mesh names a file rather than a shape: `.obj` or `.msh`, plain or gzipped.
bool is_mesh_file(std::string const& mesh);

/// Names of shapes that --mesh may be.
std::vector<std::string> tet_shape_names();
std::vector<std::string> surface_shape_names();

/// The mesh of system `index`, centred. A file is read when the first one is asked for, and is every system's mesh.
/// \throws nacre::Error if a file cannot be read, or TetGen is needed and missing
std::function<TetMesh(std::uint64_t index)> tet_meshes(LearningProblemOptions const& o);
/// Random spheres of `size` subdivisions, or the surface in an OBJ file.
std::function<SurfaceMesh(std::uint64_t index)> surface_meshes(LearningProblemOptions const& o);

/// What tells a mesh file from another: its name, and a checksum of its bytes.
std::map<std::string, std::string> describe_mesh_file(LearningProblemOptions const& o);

}  // namespace nacre::apps
