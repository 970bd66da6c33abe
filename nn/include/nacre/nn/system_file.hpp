#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nacre/core/comm.hpp>
#include <nacre/core/linear_system.hpp>

/// \file
/// Data sets of linear systems in HDF5 files, which need Nacre to be built with HDF5.
///
///     /                    format = "nacre linear systems", version = 1, count, block_size
///     /metadata            an attribute for each key
///     /systems/000000      name, num_nodes n
///       row_ptr [n + 1]    of the blocks, 64-bit integers
///       col     [nnzb]     32-bit integers
///       values  [nnzb, b, b], features [n, k], free [n, b]   doubles
///     /systems/000001 ...
///
/// Data are little-endian, carry checksums, and are compressed where the library has zlib. The bytes of a file depend on
/// its content alone. Unless a program has used HDF5 before, what is here turns off HDF5's clean-up at the program's end: a
/// program with HDF5 files of its own must close them.

namespace nacre::nn {

/// Whether this Nacre was built with HDF5; all functions here fail without.
bool have_hdf5();

/// Writes a data set one system after the other, so that only one need be in memory. The file appears under its name
/// when it is committed, complete and on the disk (AtomicFile).
class SystemFileWriter {
 public:
  /// \param metadata whatever else there is to say: UTF-8 without zeros, at most 64,000 bytes a value
  /// \throws nacre::Error if the file cannot be created
  explicit SystemFileWriter(std::string const& path, std::map<std::string, std::string> const& metadata = {});
  ~SystemFileWriter();
  SystemFileWriter(SystemFileWriter&&) noexcept;
  SystemFileWriter& operator=(SystemFileWriter&&) noexcept;

  /// \throws nacre::Error if the system is not valid (nacre::validate) or its block size differs from the first one's, or
  ///         the file cannot be written
  void add(LinearSystem const& system);
  /// \throws nacre::Error if there are no systems, or anything fails: what is written late shows here
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// \throws nacre::Error as SystemFileWriter does
void write_systems(std::string const& path, std::vector<LinearSystem> const& systems,
                   std::map<std::string, std::string> const& metadata = {});

/// A data set that is open for reading; copies share the file.
class SystemFile {
 public:
  /// \throws nacre::Error if the file cannot be read or is no data set of a version known here
  explicit SystemFile(std::string const& path);

  std::int64_t size() const;
  int block_size() const;
  std::map<std::string, std::string> const& metadata() const;

  /// System `i`, counted from 0. No system asks for much more memory than the file may hold.
  /// \throws nacre::Error if there is none, or what the file has is damaged, of other shapes or types, or no valid system
  ///         (nacre::validate); the message names the file and the data set, what was found and what was expected
  LinearSystem read(std::int64_t i) const;

 private:
  struct State;
  std::shared_ptr<State const> state_;
};

/// The systems with these numbers, which may differ from rank to rank: each rank opens the file. Collective.
/// \throws nacre::Error on all ranks if any of them cannot read its own
std::vector<LinearSystem> read_systems(Comm const& comm, std::string const& path,
                                       std::vector<std::int64_t> const& which);

}  // namespace nacre::nn
