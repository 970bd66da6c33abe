#pragma once

#include <cstdio>
#include <string>
#include <string_view>

/// \file
/// Output files that appear under their name only when they are complete.

namespace nacre {

/// A file being written: the text goes to a temporary name beside the target, which commit() renames.
///
/// Without commit(), or if a write or commit() fails, the temporary is removed and what the target held
/// before stays as it was. A target that is not a regular file (`/dev/stdout`, a pipe) is written directly,
/// since it must not be replaced.
class AtomicFile {
 public:
  /// \throws nacre::Error if the file cannot be created; the message names it and the reason
  explicit AtomicFile(std::string const& path);
  ~AtomicFile();
  AtomicFile(AtomicFile const&) = delete;
  AtomicFile& operator=(AtomicFile const&) = delete;

  /// \throws nacre::Error if the text cannot be written (disk full), or after a failure or commit()
  void write(std::string_view text);
  /// The file in which another library may put what it would be given to write, instead of write(); it must close it
  /// before commit().
  /// \throws nacre::Error if the target is not a regular file, or after a failure or commit()
  std::string const& writable_name() const;
  /// Brings the data to the disk, gives the file its name, and brings that to the disk, too (fsync): whenever
  /// the machine stops, the target is the old file or the new one, and after commit() the new one (unless its
  /// folder may be written but not read: then the name follows when the system likes).
  /// \throws nacre::Error if anything fails: what is written late shows here, a full disk for one. The old
  ///         file is then as it was, unless the message says that the name could not be brought to the disk:
  ///         the new file is in place, but the old one may come back if the machine stops.
  void commit();

 private:
  void require_open() const;
  void abandon();
  [[noreturn]] void abandon_and_fail(char const* what);

  std::string path_, target_;  // path_ as given, for messages; target_ is what it points to if it is a link
  std::string temporary_;      // empty when the target is written directly
  std::FILE* file_ = nullptr;  // null after a failure or commit()
};

/// All of `text` as the file `path`, or nothing.
void write_file(std::string const& path, std::string_view text);

}  // namespace nacre
