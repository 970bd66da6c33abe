#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include <nacre/core/error.hpp>

#include "safetensors_format.hpp"

namespace nacre::nn {

namespace {

using Json = nlohmann::json;

/// A file whose size is known.
class InputFile {
 public:
  explicit InputFile(std::string const& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    auto const status = fs::status(path, error);
    if (fs::is_directory(status)) fail("it is a directory");
    if (fs::exists(status) && !fs::is_regular_file(status)) fail("it is not a regular file");
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) fail(std::strerror(errno));
    size_ = fs::file_size(path, error);
    if (error) fail(error.message());
  }
  std::uint64_t size() const { return size_; }
  void read(void* bytes, std::size_t n) const {
    if (n > 0 && std::fread(bytes, 1, n, file_.get()) != n)  // without any, `bytes` may be null
      fail(std::ferror(file_.get()) ? std::strerror(errno) : "it became shorter while it was read");
  }
  void go_to(std::uint64_t position) const {
    if (fseeko(file_.get(), static_cast<off_t>(position), SEEK_SET) != 0) fail(std::strerror(errno));
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0;
};

std::string read_header(InputFile const& in) {
  if (in.size() < detail::kPrefixBytes)
    fail(cat("the file has ", in.size(), " bytes, expected ", detail::kPrefixBytes,
             " with the length of the header: it is truncated"));
  unsigned char prefix[detail::kPrefixBytes];
  in.read(prefix, sizeof(prefix));
  std::uint64_t length = 0;
  for (std::size_t b = 0; b < sizeof(prefix); ++b) length |= static_cast<std::uint64_t>(prefix[b]) << 8 * b;
  if (length > detail::kMaxHeaderBytes)
    fail(cat("the length of the header is ", length, ", but the format allows ", detail::kMaxHeaderBytes,
             ": it is not a safetensors file"));
  if (length > in.size() - sizeof(prefix))
    fail(cat("the header has ", length, " bytes, but only ", in.size() - sizeof(prefix),
             " follow its length: it is truncated"));
  std::string header(static_cast<std::size_t>(length), ' ');
  in.read(header.data(), header.size());
  if (header.empty() || header[0] != '{')
    fail("the header does not begin with '{': it is not a safetensors file");
  if (auto const zero = header.find('\0'); zero != std::string::npos)  // which the parser takes for the end
    fail(cat("the header is not JSON: byte ", zero, " of it is zero"));
  return header;
}

struct ParsedHeader {
  Json json;
  std::vector<std::string> keys;  ///< in the order of the file, which `json` does not keep
};

ParsedHeader parse(std::string const& header) {
  constexpr int kDeepest = 3;  // header, entry, list of numbers
  ParsedHeader parsed;
  std::set<std::string> seen, seen_inside;
  auto const watch = [&](int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    bool const begins = event == Event::object_start || event == Event::array_start;
    if (begins && depth >= kDeepest)
      fail(cat("the header nests deeper than ", kDeepest, " levels: it is not a safetensors file"));
    if (event == Event::object_start && depth == 1) seen_inside.clear();
    if (event != Event::key) return true;
    auto key = value.get<std::string>();
    if (depth == 1) {
      if (!seen.insert(key).second) fail(cat("the header has '", key, "' twice"));
      parsed.keys.push_back(std::move(key));
    } else if (depth == 2 && !seen_inside.insert(key).second) {
      fail(cat("'", parsed.keys.back(), "' has '", key, "' twice"));
    }
    return true;
  };
  try {
    parsed.json = Json::parse(header, watch);
  } catch (Json::parse_error const& e) {
    fail(cat("the header is not JSON: byte ", e.byte > 0 ? e.byte - 1 : 0,
             " of it is not what may stand there"));
  } catch (Json::exception const& e) {  // a number beyond those of double
    fail(cat("the header is not JSON: ", e.what()));
  }
  return parsed;
}

/// A value for messages, which shall not be as long as a file.
std::string shown(Json const& value) {
  constexpr std::size_t kLongest = 100;
  std::string text = value.dump(-1, ' ', true);  // in ASCII, so that it can be cut anywhere
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

/// Where the numbers of a tensor are, in bytes after the header.
struct Range {
  std::uint64_t begin = 0, end = 0;
};

struct Entry {
  Tensor tensor;  // without data
  Range range;
};

/// The numbers of a list, none negative, all of std::int64_t.
/// \param what whose list it is, for messages
std::vector<std::int64_t> counts(Json const& list, std::string const& what) {
  std::vector<std::int64_t> numbers;
  bool valid = list.is_array();
  if (valid)
    for (auto const& number : list) {
      valid = valid && number.is_number_unsigned() && number.get<std::uint64_t>() <= std::uint64_t{INT64_MAX};
      if (valid) numbers.push_back(number.get<std::int64_t>());
    }
  if (!valid) fail(cat(what, " ", shown(list), ", expected a list of integers from 0 on"));
  return numbers;
}

Entry parse_entry(std::string const& name, Json const& json) {
  std::string const tensor = "tensor '" + name + "'";
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets"))
    fail(cat(tensor, " is described by ", shown(json), ", expected dtype, shape and data_offsets"));
  Entry entry;
  entry.tensor.name = name;
  auto const& type = json["dtype"];
  auto const dtype = type.is_string() ? detail::dtype_named(type.get<std::string>()) : std::nullopt;
  if (!dtype) fail(cat(tensor, " has the dtype ", shown(type), ", expected one of ", detail::dtype_names()));
  entry.tensor.dtype = *dtype;
  entry.tensor.shape = counts(json["shape"], tensor + " has the shape");
  auto const& list = json["data_offsets"];
  auto const offsets = counts(list, tensor + " has the data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    fail(cat(tensor, " has the data_offsets ", shown(list), ", expected where it begins and ends"));
  entry.range = {static_cast<std::uint64_t>(offsets[0]), static_cast<std::uint64_t>(offsets[1])};
  auto const bytes = detail::num_bytes(entry.tensor.shape, *dtype);
  auto const shape = detail::describe(entry.tensor.shape, *dtype);
  if (!bytes) fail(cat(tensor, " has ", shape, ", more bytes than any file has"));
  if (*bytes != entry.range.end - entry.range.begin)
    fail(cat(tensor, " has ", entry.range.end - entry.range.begin, " bytes of data, but its ", shape, " is ",
             *bytes, " bytes"));
  return entry;
}

std::map<std::string, std::string> parse_metadata(Json const& json) {
  if (!json.is_object()) fail(cat("the metadata is ", shown(json), ", expected strings by name"));
  std::map<std::string, std::string> metadata;
  for (auto const& [key, value] : json.items()) {
    if (!value.is_string()) fail(cat("the metadata '", key, "' is ", shown(value), ", expected a string"));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

/// Requires that the tensors, one after the other, fill the `available` bytes after the header.
void check_ranges(std::vector<Entry> const& entries, std::uint64_t available) {
  std::vector<Entry const*> order;
  for (auto const& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](Entry const* a, Entry const* b) {
    return std::pair(a->range.begin, a->range.end) < std::pair(b->range.begin, b->range.end);
  });
  std::uint64_t end = 0;
  std::string where;
  for (auto const* const entry : order) {
    auto const& range = entry->range;
    std::string const tensor = "tensor '" + entry->tensor.name + "'";
    if (range.begin != end)
      fail(cat(tensor, " begins at byte ", range.begin, " of the data, expected ", end, where,
               range.begin < end ? ": they overlap" : ": what is before it belongs to no tensor"));
    if (range.end > available)
      fail(cat(tensor, " ends at byte ", range.end, " of the data, but the file has only ", available,
               ": it is truncated"));
    end = range.end;
    where = ", where " + tensor + " ends";
  }
  if (end < available)
    fail(cat("the file has ", available, " bytes of data, but the tensors end at byte ", end,
             ": what follows belongs to no tensor"));
}

TensorFile read(InputFile const& in) {
  std::string const text = read_header(in);
  auto const header = parse(text);
  TensorFile file;
  std::vector<Entry> entries;
  for (auto const& key : header.keys) {
    if (key == detail::kMetadataKey)
      file.metadata = parse_metadata(header.json[key]);
    else
      entries.push_back(parse_entry(key, header.json[key]));
  }
  std::uint64_t const data_begin = detail::kPrefixBytes + text.size();
  check_ranges(entries, in.size() - data_begin);
  for (auto& entry : entries) {
    entry.tensor.data.resize(static_cast<std::size_t>(entry.range.end - entry.range.begin));
    in.go_to(data_begin + entry.range.begin);
    in.read(entry.tensor.data.data(), entry.tensor.data.size());
    file.tensors.push_back(std::move(entry.tensor));
  }
  return file;
}

}  // namespace

TensorFile read_safetensors(std::string const& path) {
  try {
    return read(InputFile(path));
  } catch (Error const& e) {
    fail(cat("cannot read '", path, "': ", e.what()));
  }
}

}  // namespace nacre::nn
