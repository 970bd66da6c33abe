#include <nacre/core/atomic_file.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <nacre/core/error.hpp>

namespace nacre {

namespace {

[[noreturn]] void fail_with_reason(char const* what, std::string const& path) {
  int const reason = errno;
  fail(cat("cannot ", what, " '", path, "': ", std::strerror(reason)));
}

}  // namespace

AtomicFile::AtomicFile(std::string const& path) : path_(path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  auto const status = fs::status(path, ignored);
  if (fs::is_directory(status)) fail(cat("cannot write '", path, "': it is a directory"));
  bool const replaceable = !fs::exists(status) || fs::is_regular_file(status);
  if (replaceable) {
    // a link keeps pointing where it points: what it points to is replaced
    if (auto const target = fs::canonical(path, ignored); !ignored) path_ = target.string();
    temporary_ = cat(path_, ".tmp", getpid());
  }
  file_ = std::fopen((replaceable ? temporary_ : path_).c_str(), "wb");
  if (!file_) {
    temporary_.clear();
    fail_with_reason("write", path);
  }
}

AtomicFile::~AtomicFile() {
  if (file_) std::fclose(file_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void AtomicFile::write(std::string_view text) {
  if (text.empty()) return;  // whose data may be null, which fwrite does not take
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail_with_reason("write", path_);
}

void AtomicFile::commit() {
  std::FILE* const file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) fail_with_reason("write", path_);
  if (!temporary_.empty() && std::rename(temporary_.c_str(), path_.c_str()) != 0)
    fail_with_reason("rename to", path_);
  temporary_.clear();
}

void write_file(std::string const& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace nacre
