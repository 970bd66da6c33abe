#include <nacre/nn/checkpoint.hpp>

#include <exception>

#include <nacre/core/comm.hpp>
#include <nacre/core/error.hpp>
#include <nacre/core/on_first_rank.hpp>

namespace nacre::nn {

namespace detail {

std::string to_string(std::vector<std::int64_t> const& shape) {
  std::string text = "[";
  for (auto const n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

}  // namespace detail

namespace {

void broadcast(Comm const& comm, std::string& text) {
  std::vector<char> data(text.begin(), text.end());
  comm.broadcast(data, 0);
  text.assign(data.begin(), data.end());
}

void broadcast(Comm const& comm, TensorFile& file) {
  std::vector<std::int64_t> sizes{static_cast<std::int64_t>(file.tensors.size()),
                                  static_cast<std::int64_t>(file.metadata.size())};
  comm.broadcast(sizes, 0);
  std::vector<std::pair<std::string, std::string>> metadata(file.metadata.begin(), file.metadata.end());
  metadata.resize(static_cast<std::size_t>(sizes[1]));
  for (auto& [key, value] : metadata) {
    broadcast(comm, key);
    broadcast(comm, value);
  }
  file.metadata = {metadata.begin(), metadata.end()};
  file.tensors.resize(static_cast<std::size_t>(sizes[0]));
  for (auto& tensor : file.tensors) {
    broadcast(comm, tensor.name);
    std::vector<int> dtype{static_cast<int>(tensor.dtype)};
    comm.broadcast(dtype, 0);
    tensor.dtype = static_cast<DType>(dtype[0]);
    comm.broadcast(tensor.shape, 0);
    comm.broadcast(tensor.data, 0);
  }
}

}  // namespace

void write_checkpoint(Comm const& comm, std::string const& path, TensorFile const& file) {
  on_first_rank(comm, [&] { write_safetensors(path, file); });
}

TensorFile read_checkpoint(Comm const& comm, std::string const& path) {
  TensorFile file;
  on_first_rank(comm, [&] { file = read_safetensors(path); });
  if (comm.size() > 1) broadcast(comm, file);
  return file;
}

}  // namespace nacre::nn
