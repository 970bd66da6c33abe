#include <algorithm>
#include <numeric>
#include <set>

#include <nlohmann/json.hpp>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/error.hpp>

#include "safetensors_format.hpp"

namespace nacre::nn {

namespace {

/// A string of the header, quoted.
/// \param what what it is, for messages
std::string quoted(std::string const& text, std::string const& what) {
  try {
    return nlohmann::json(text).dump();
  } catch (nlohmann::json::exception const&) {
    fail(what + " is not UTF-8");
  }
}

void check(Tensor const& tensor) {
  auto const expected = detail::num_bytes(tensor.shape, tensor.dtype);
  if (expected == tensor.data.size()) return;
  fail(cat("tensor '", tensor.name, "' has ", tensor.data.size(), " bytes, but its ",
           detail::describe(tensor.shape, tensor.dtype), " is ",
           expected ? cat(*expected, " bytes") : "impossible"));
}

/// Which tensor's data comes where: types of many bytes first, otherwise as given.
std::vector<std::size_t> data_order(std::vector<Tensor> const& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(tensors[a].dtype) > size_of(tensors[b].dtype);
  });
  return order;
}

std::string header_of(TensorFile const& file, std::vector<std::size_t> const& order) {
  std::vector<std::size_t> begin(file.tensors.size());
  std::size_t end = 0;
  for (auto const i : order) {
    begin[i] = end;
    end += file.tensors[i].data.size();
  }
  std::vector<std::string> entries;
  std::string metadata;
  for (auto const& [key, value] : file.metadata)
    metadata += (metadata.empty() ? "" : ",") + quoted(key, "a key of the metadata") + ":" +
                quoted(value, cat("the metadata '", key, "'"));
  if (!metadata.empty()) entries.push_back(cat('"', detail::kMetadataKey, "\":{", metadata, '}'));
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    auto const& tensor = file.tensors[i];
    std::string const name = quoted(tensor.name, cat("the name of tensor ", i));
    if (tensor.name == detail::kMetadataKey)
      fail(cat("tensor ", i, " is named '", tensor.name, "', as only the metadata may be"));
    if (!names.insert(tensor.name).second) fail(cat("two tensors are named '", tensor.name, "'"));
    check(tensor);
    entries.push_back(cat(name, ":{\"dtype\":\"", to_string(tensor.dtype),
                          "\",\"shape\":", nlohmann::json(tensor.shape).dump(), ",\"data_offsets\":[",
                          begin[i], ',', begin[i] + tensor.data.size(), "]}"));
  }
  std::string header = "{";
  for (auto const& entry : entries) header += (header.size() > 1 ? "," : "") + entry;
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');  // the numbers begin aligned
  if (header.size() > detail::kMaxHeaderBytes)
    fail(cat("the names, shapes and metadata take ", header.size(), " bytes, the format allows ",
             detail::kMaxHeaderBytes));
  return header;
}

}  // namespace

void write_safetensors(std::string const& path, TensorFile const& file) {
  auto const order = data_order(file.tensors);
  std::string header;
  try {
    header = header_of(file, order);
  } catch (Error const& e) {
    fail(cat("cannot write '", path, "': ", e.what()));
  }
  std::string length;
  for (std::size_t b = 0; b < detail::kPrefixBytes; ++b)
    length += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> 8 * b & 255);

  AtomicFile out(path);
  out.write(length);
  out.write(header);
  for (auto const i : order) {
    auto const& data = file.tensors[i].data;
    out.write({reinterpret_cast<char const*>(data.data()), data.size()});
  }
  out.commit();
}

}  // namespace nacre::nn
