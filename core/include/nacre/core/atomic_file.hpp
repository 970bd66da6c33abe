#pragma once

#include <cstdio>
#include <string>
#include <string_view>

/// \file
/// Output files that appear under their name only when they are complete.

namespace nacre {

/// A file being written: the text goes to a temporary name beside the target, which commit() renames.
///
/// Without commit() the temporary is removed and what the target held before stays as it was. A target that
/// is not a regular file (`/dev/stdout`, a pipe) is written directly, since it must not be replaced.
class AtomicFile {
 public:
  /// \throws nacre::Error if the file cannot be created; the message names it and the reason
  explicit AtomicFile(std::string const& path);
  ~AtomicFile();
  AtomicFile(AtomicFile const&) = delete;
  AtomicFile& operator=(AtomicFile const&) = delete;

  /// \throws nacre::Error if the text cannot be written (disk full)
  void write(std::string_view text);
  /// Closes the file and gives it its name. \throws nacre::Error
  void commit();

 private:
  std::string path_, temporary_;  // temporary_ is empty when the target is written directly
  std::FILE* file_ = nullptr;
};

/// All of `text` as the file `path`, or nothing.
void write_file(std::string const& path, std::string_view text);

}  // namespace nacre
