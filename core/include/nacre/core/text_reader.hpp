#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Fast reading of numbers from lines of text, plain or gzipped, with errors that name file and line.

namespace nacre {

/// The lines of a file, one after the other.
class TextReader {
 public:
  /// \throws nacre::Error if the file cannot be opened
  explicit TextReader(std::string const& path);
  ~TextReader();
  TextReader(TextReader const&) = delete;
  TextReader& operator=(TextReader const&) = delete;

  /// Goes to the next line; false at the end of the file. \throws nacre::Error if the file cannot be read
  bool next_line();
  /// Goes to the next line that is neither blank nor starts with one of `comment`.
  bool next_content(char const* comment);

  /// The rest of the line, without its end.
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  /// Skips white space; whether nothing is left of the line.
  bool at_end() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r')) ++at_;
    return at_ == end_;
  }
  /// The next word, or an empty one at the end of the line.
  std::string_view word();
  /// The next word as a number; false, and nothing is consumed, if it is none.
  bool read(std::int64_t& value);
  bool read(double& value);  ///< Fortran's 1.0D+3 too; infinities and NaN are read as what they are

  std::int64_t line() const { return line_; }
  std::string const& path() const { return path_; }
  /// What lies at the cursor, for messages: a quoted, shortened word, or "the end of the line".
  std::string found();
  /// Throws nacre::Error "path:line: what".
  [[noreturn]] void fail_here(std::string const& what) const;
  [[noreturn]] void fail_expecting(std::string const& expected);

  /// About how many bytes of text there are; for a compressed file a guess.
  std::size_t size_guess() const { return size_guess_; }

 private:
  bool refill();
  std::string path_;
  void* file_ = nullptr;  // gzFile, which is not to be named here
  std::vector<char> buffer_;
  char const *at_ = nullptr, *end_ = nullptr;  // of the line
  std::size_t next_ = 0, filled_ = 0;          // of the buffer: start of the next line, end of what was read
  bool at_eof_ = false;
  std::int64_t line_ = 0;
  std::size_t size_guess_ = 0;
};

}  // namespace nacre
