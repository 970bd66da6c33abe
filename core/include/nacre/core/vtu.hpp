#pragma once

#include <string>
#include <vector>

#include <nacre/core/mesh.hpp>
#include <nacre/core/problems.hpp>

/// \file
/// Fields on meshes as files for ParaView and its relatives (VTK's XML format for unstructured grids).

namespace nacre {

/// A field to write: b numbers for each unknown of a mesh (b = 3: a vector), zero on the boundary.
template <class Scalar>
struct PointField {
  std::string name;
  MultiVector<Scalar> values;  ///< [owned rows, k]; with k > 1 one field for each column: name_0, name_1, ...
};

/// Writes one file with a piece for each rank that has cells; the cells carry their rank, too. Collective.
/// The file appears under its name when it is complete.
/// \param rows       who owns which row of the fields
/// \param block_size b, rows of an unknown; row = b * unknown + component
/// \param mesh       this rank's cells
/// \throws nacre::Error on all ranks if a length does not match or the file cannot be written
template <class Scalar>
void write_vtu(std::string const& path, RowPartition const& rows, int block_size, Mesh const& mesh,
               std::vector<PointField<Scalar>> const& fields);

/// The same for fields of a generated problem.
/// \throws nacre::Error if the problem has no mesh (graphs)
template <class Scalar>
void write_vtu(std::string const& path, Problem<Scalar> const& problem,
               std::vector<PointField<Scalar>> const& fields);

}  // namespace nacre
