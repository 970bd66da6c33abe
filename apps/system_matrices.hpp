#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nacre/nn/system_file.hpp>

#include "system_generation.hpp"

/// \file
/// Data sets from Matrix Market files, and back.

namespace nacre::apps {

/// Makes a data set of matrices, in this order; a matrix has blocks where any of its entries is. All unknowns are free.
/// \throws nacre::Error if a file cannot be read, or its matrix is not symmetric to 1e-10 of the product of its diagonal
///         entries' roots, has no such blocks, or lacks a diagonal entry
void import_matrices(std::vector<std::string> const& paths, int block_size, std::string const& output,
                     SystemStatistics& statistics);

/// Writes system i of a set as `000000.mtx`, its constrained_matrix(), and `000000_free.mtx`, its mask [n b].
/// \throws nacre::Error if the folder cannot be made or written to
void export_matrices(std::string const& input, std::string const& folder, SystemStatistics& statistics);

}  // namespace nacre::apps
