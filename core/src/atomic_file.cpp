#include <nacre/core/atomic_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <nacre/core/error.hpp>

namespace nacre {

namespace {

[[noreturn]] void fail_with_reason(char const* what, std::string const& path, int reason) {
  fail(cat("cannot ", what, " '", path, "': ", std::strerror(reason)));
}

/// A folder whose list of names can be brought to the disk.
class Folder {
 public:
  explicit Folder(std::filesystem::path const& path)
      : descriptor_(open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~Folder() {
    if (is_open()) close(descriptor_);
  }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  /// True also where the file system does not know how: then there is nothing to be done.
  bool sync() const { return fsync(descriptor_) == 0 || errno == EINVAL || errno == ENOTSUP; }

 private:
  int descriptor_;
};

}  // namespace

AtomicFile::AtomicFile(std::string const& path) : path_(path), target_(path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  auto const status = fs::status(path, ignored);
  if (fs::is_directory(status)) fail(cat("cannot write '", path, "': it is a directory"));
  bool const replaceable = !fs::exists(status) || fs::is_regular_file(status);
  if (replaceable) {
    // a link keeps pointing where it points: what it points to is replaced
    if (auto const target = fs::canonical(path, ignored); !ignored) target_ = target.string();
    temporary_ = cat(target_, ".tmp", getpid());
  }
  file_ = std::fopen((replaceable ? temporary_ : target_).c_str(), "wb");
  if (!file_) {
    int const reason = errno;
    temporary_.clear();
    fail_with_reason("write", path_, reason);
  }
}

AtomicFile::~AtomicFile() { abandon(); }

void AtomicFile::write(std::string_view text) {
  require_open();
  if (text.empty()) return;  // whose data may be null, which fwrite does not take
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) abandon_and_fail("write");
}

std::string const& AtomicFile::writable_name() const {
  require_open();
  if (temporary_.empty()) fail(cat("cannot write '", path_, "': it is not a regular file"));
  return temporary_;
}

void AtomicFile::commit() {
  require_open();
  if (std::fflush(file_) != 0) abandon_and_fail("write");
  // without this a crash soon after could leave the new name on data that never arrived
  if (!temporary_.empty() && fsync(fileno(file_)) != 0) abandon_and_fail("write");
  std::FILE* const file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) abandon_and_fail("write");
  if (temporary_.empty()) return;

  Folder const folder(std::filesystem::path(target_).parent_path());
  bool const may_not_open = !folder.is_open() && errno == EACCES;  // one may write in folders one cannot read
  if (!folder.is_open() && !may_not_open) abandon_and_fail("open the folder of");
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) abandon_and_fail("rename to");
  temporary_.clear();
  if (folder.is_open() && !folder.sync()) fail_with_reason("bring to the disk the name of", path_, errno);
}

void AtomicFile::require_open() const {
  if (!file_) fail(cat("cannot write '", path_, "': it was committed or given up before"));
}

void AtomicFile::abandon() {
  if (file_) std::fclose(file_);
  file_ = nullptr;
  if (!temporary_.empty()) std::remove(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::abandon_and_fail(char const* what) {
  int const reason = errno;
  abandon();
  fail_with_reason(what, path_, reason);
}

void write_file(std::string const& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace nacre
