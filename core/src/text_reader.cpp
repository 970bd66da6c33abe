#include <nacre/core/text_reader.hpp>

#include <zlib.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>

#include <nacre/core/error.hpp>

namespace nacre {

namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

TextReader::TextReader(std::string const& path) : path_(path), buffer_(2 * kChunk) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) fail(cat("cannot read '", path, "': it is a directory"));
  gzFile const file = gzopen(path.c_str(), "rb");  // reads plain files, too
  if (!file) fail(cat("cannot read '", path, "': ", std::strerror(errno)));
  file_ = file;
  gzbuffer(file, static_cast<unsigned>(kChunk));
  auto const size = std::filesystem::file_size(path, error);
  size_guess_ = error ? 0 : static_cast<std::size_t>(size) * (gzdirect(file) ? 1 : 4);
}

TextReader::~TextReader() { gzclose(static_cast<gzFile>(file_)); }

bool TextReader::refill() {
  if (at_eof_) return false;
  std::memmove(buffer_.data(), buffer_.data() + next_, filled_ - next_);
  filled_ -= next_;
  next_ = 0;
  if (buffer_.size() < filled_ + kChunk) buffer_.resize(2 * filled_ + kChunk);
  auto const file = static_cast<gzFile>(file_);
  int const n = gzread(file, buffer_.data() + filled_, static_cast<unsigned>(kChunk));
  int code = Z_OK;
  char const* const text = gzerror(file, &code);
  if (n < 0 || (n == 0 && code != Z_OK && code != Z_STREAM_END)) {
    std::string const reason = code == Z_ERRNO ? std::strerror(errno) : text;
    fail(cat(path_, ": after line ", line_, ": cannot read on: ", reason));
  }
  filled_ += static_cast<std::size_t>(n);
  at_eof_ = n == 0;
  return true;
}

bool TextReader::next_line() {
  std::size_t searched = next_;
  for (;;) {
    char const* const base = buffer_.data();
    if (auto const* newline = filled_ > searched ? static_cast<char const*>(
                                                       std::memchr(base + searched, '\n', filled_ - searched))
                                                 : nullptr) {
      at_ = base + next_;
      end_ = newline;
      next_ = static_cast<std::size_t>(newline - base) + 1;
      ++line_;
      return true;
    }
    searched = filled_ - next_;
    if (refill()) continue;
    at_ = base + next_;
    end_ = base + filled_;
    next_ = filled_;
    if (at_ == end_) return false;
    ++line_;
    return true;
  }
}

bool TextReader::next_content(char const* comment) {
  while (next_line())
    if (!at_end() && !std::strchr(comment, *at_)) return true;
  return false;
}

std::string_view TextReader::word() {
  if (at_end()) return {};
  char const* const begin = at_;
  while (at_ != end_ && !is_space(*at_)) ++at_;
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

bool TextReader::read(std::int64_t& value) {
  if (at_end()) return false;
  char const* p = at_;
  bool const negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  char const* const first = p;
  std::uint64_t n = 0;
  for (; p != end_ && is_digit(*p); ++p) n = 10 * n + static_cast<std::uint64_t>(*p - '0');
  if (p == first || p - first > 18 || (p != end_ && !is_space(*p))) return false;
  value = negative ? -static_cast<std::int64_t>(n) : static_cast<std::int64_t>(n);
  at_ = p;
  return true;
}

bool TextReader::read(double& value) {
  static constexpr double kPowerOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                           1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (at_end()) return false;
  // Short numbers: an integer below 2^53 times or over an exact power of ten is rounded once, hence correctly
  // (Clinger 1990).
  char const* p = at_;
  bool const negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  std::uint64_t mantissa = 0;
  int digits = 0, exponent = 0;
  for (; p != end_ && is_digit(*p); ++p, ++digits)
    mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p - '0');
  if (p != end_ && *p == '.')
    for (++p; p != end_ && is_digit(*p); ++p, ++digits, --exponent)
      mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p - '0');
  bool is_number = digits > 0;
  if (is_number && p != end_ && (*p == 'e' || *p == 'E' || *p == 'd' || *p == 'D')) {
    ++p;
    bool const down = p != end_ && *p == '-';
    if (p != end_ && (*p == '-' || *p == '+')) ++p;
    char const* const first = p;
    int e = 0;
    for (; p != end_ && is_digit(*p); ++p)
      if (e < 100000) e = 10 * e + (*p - '0');
    is_number = p != first;
    exponent += down ? -e : e;
  }
  is_number = is_number && (p == end_ || is_space(*p));
  if (is_number && digits <= 18 && mantissa < (std::uint64_t{1} << 53) && exponent >= -22 && exponent <= 22) {
    auto const m = static_cast<double>(mantissa);
    double const magnitude = exponent < 0 ? m / kPowerOfTen[-exponent] : m * kPowerOfTen[exponent];
    value = negative ? -magnitude : magnitude;
    at_ = p;
    return true;
  }
  // all others: the library, which knows no leading + and no D
  char const* const begin = at_;
  char text[1100];
  std::string_view const w = word();
  std::size_t const skip = w[0] == '+' ? 1 : 0;
  std::size_t const length = w.size() - skip;
  if (length <= sizeof(text) && length > 0 && !(skip == 1 && w[1] == '-')) {
    std::memcpy(text, w.data() + skip, length);
    if (is_number)
      for (std::size_t i = 0; i < length; ++i)
        if (text[i] == 'd' || text[i] == 'D') text[i] = 'e';
    auto const result = std::from_chars(text, text + length, value);
    if (result.ptr == text + length) {
      if (result.ec == std::errc()) return true;
      if (result.ec == std::errc::result_out_of_range) {  // to zero or infinity
        value = exponent + digits < 0 ? 0. : HUGE_VAL;
        if (negative) value = -value;
        return true;
      }
    }
  }
  at_ = begin;
  return false;
}

std::string TextReader::found() {
  char const* const begin = at_;
  std::string shown;
  for (char const c : word().substr(0, 40)) shown += c >= 32 && c < 127 ? c : '?';
  at_ = begin;
  return shown.empty() ? "the end of the line" : cat('\'', shown, '\'');
}

void TextReader::fail_here(std::string const& what) const { fail(cat(path_, ':', line_, ": ", what)); }
void TextReader::fail_expecting(std::string const& expected) {
  fail_here(cat("found ", found(), ", expected ", expected));
}

}  // namespace nacre
