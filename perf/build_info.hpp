#pragma once

/// \file
/// What the benchmarks were built from and how. In a file of its own so that a commit compiles one file again.

namespace nacre::perf {

struct BuildInfo {
  char const* commit;    ///< as `git describe` says it, `-dirty` if files were changed
  char const* compiler;  ///< name and version
  char const* flags;     ///< of optimisation and warnings, the build type's too
};

BuildInfo build_info();

}  // namespace nacre::perf
