#include <nacre/nn/safetensors.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include <nacre/core/error.hpp>

#include "safetensors_format.hpp"

namespace nacre::nn {

namespace {

struct DTypeInfo {
  DType dtype;
  char const* name;
  std::size_t size;
};
constexpr DTypeInfo kDTypes[] = {
    // in the order of the enumerators
    {DType::boolean, "BOOL", 1}, {DType::u8, "U8", 1},   {DType::i8, "I8", 1},     {DType::u16, "U16", 2},
    {DType::i16, "I16", 2},      {DType::f16, "F16", 2}, {DType::bf16, "BF16", 2}, {DType::u32, "U32", 4},
    {DType::i32, "I32", 4},      {DType::f32, "F32", 4}, {DType::u64, "U64", 8},   {DType::i64, "I64", 8},
    {DType::f64, "F64", 8},
};

DTypeInfo const& info_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::i64;
}

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559,
              "the format holds IEEE 754 numbers");

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t,
                                std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint8_t>>;

/// Bytes in the file's order, whichever this machine has.
template <class T>
void store(T value, unsigned char* bytes) {
  Bits<T> bits;
  std::memcpy(&bits, &value, sizeof(T));
  for (std::size_t b = 0; b < sizeof(T); ++b)
    bytes[b] = static_cast<unsigned char>(static_cast<std::uint64_t>(bits) >> 8 * b);
}
template <class T>
T load(unsigned char const* bytes) {
  Bits<T> bits = 0;
  for (std::size_t b = 0; b < sizeof(T); ++b)
    bits = static_cast<Bits<T>>(bits | static_cast<std::uint64_t>(bytes[b]) << 8 * b);
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

/// The numbers of a tensor that holds Stored, as T.
template <class Stored, class T>
std::vector<T> converted(Tensor const& tensor) {
  std::vector<T> values(tensor.data.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto const stored = load<Stored>(tensor.data.data() + i * sizeof(Stored));
    if constexpr (std::is_same_v<Stored, double> && std::is_same_v<T, float>)
      // the numbers from there on round to infinity
      if (std::isfinite(stored) && std::abs(stored) >= 0x1.ffffffp127)
        fail(cat("values_of: number ", i, " of tensor '", tensor.name, "' is ", stored,
                 ", too large for a float"));
    values[i] = static_cast<T>(stored);
  }
  return values;
}

}  // namespace

namespace detail {

std::optional<DType> dtype_named(std::string_view name) {
  for (auto const& info : kDTypes)
    if (name == info.name) return info.dtype;
  return std::nullopt;
}

std::string dtype_names() {
  std::string names;
  for (auto const& info : kDTypes) names += (names.empty() ? "" : ", ") + std::string(info.name);
  return names;
}

std::string describe(std::vector<std::int64_t> const& shape, DType dtype) {
  std::string extents;
  for (auto const n : shape) extents += (extents.empty() ? "" : ", ") + std::to_string(n);
  return cat("shape [", extents, "] of ", to_string(dtype));
}

std::optional<std::uint64_t> num_bytes(std::vector<std::int64_t> const& shape, DType dtype) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  bool empty = false;
  for (auto const n : shape) {
    if (n < 0) return std::nullopt;
    empty = empty || n == 0;
  }
  if (empty) return 0;
  std::uint64_t bytes = size_of(dtype);
  for (auto const n : shape) {
    if (static_cast<std::uint64_t>(n) > kMax / bytes) return std::nullopt;
    bytes *= static_cast<std::uint64_t>(n);
  }
  return bytes;
}

}  // namespace detail

char const* to_string(DType dtype) { return info_of(dtype).name; }
std::size_t size_of(DType dtype) { return info_of(dtype).size; }

template <class T>
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::vector<T> const& values) {
  Tensor tensor{std::move(name), dtype_of<T>(), std::move(shape), {}};
  auto const expected = detail::num_bytes(tensor.shape, tensor.dtype);
  if (expected != values.size() * sizeof(T))
    fail(cat("make_tensor: tensor '", tensor.name, "' is given ", values.size(), " numbers, expected ",
             expected ? std::to_string(*expected / sizeof(T)) : "a possible shape", " for ",
             detail::describe(tensor.shape, tensor.dtype)));
  tensor.data.resize(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) store(values[i], tensor.data.data() + i * sizeof(T));
  return tensor;
}

template <class T>
std::vector<T> values_of(Tensor const& tensor, Conversion conversion) {
  if (detail::num_bytes(tensor.shape, tensor.dtype) != tensor.data.size())
    fail(cat("values_of: tensor '", tensor.name, "' has ", tensor.data.size(), " bytes, expected those of ",
             detail::describe(tensor.shape, tensor.dtype)));
  if (tensor.dtype == dtype_of<T>()) return converted<T, T>(tensor);
  if constexpr (std::is_floating_point_v<T>)
    if (conversion == Conversion::float_double) {
      if (tensor.dtype == DType::f32) return converted<float, T>(tensor);
      if (tensor.dtype == DType::f64) return converted<double, T>(tensor);
    }
  bool const both = std::is_floating_point_v<T> && conversion == Conversion::float_double;
  fail(cat("values_of: tensor '", tensor.name, "' holds ", to_string(tensor.dtype), ", expected ",
           both ? "F32 or F64" : to_string(dtype_of<T>())));
}

Tensor const* TensorFile::find(std::string_view name) const {
  for (auto const& tensor : tensors)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

Tensor const& TensorFile::at(std::string_view name) const {
  if (Tensor const* const tensor = find(name)) return *tensor;
  std::string names;
  for (auto const& tensor : tensors) names += (names.empty() ? "'" : ", '") + tensor.name + "'";
  fail(cat("there is no tensor '", name, "'; there are ", names.empty() ? "none" : names));
}

template Tensor make_tensor(std::string, std::vector<std::int64_t>, std::vector<float> const&);
template Tensor make_tensor(std::string, std::vector<std::int64_t>, std::vector<double> const&);
template Tensor make_tensor(std::string, std::vector<std::int64_t>, std::vector<std::uint8_t> const&);
template Tensor make_tensor(std::string, std::vector<std::int64_t>, std::vector<std::int32_t> const&);
template Tensor make_tensor(std::string, std::vector<std::int64_t>, std::vector<std::int64_t> const&);
template std::vector<float> values_of(Tensor const&, Conversion);
template std::vector<double> values_of(Tensor const&, Conversion);
template std::vector<std::uint8_t> values_of(Tensor const&, Conversion);
template std::vector<std::int32_t> values_of(Tensor const&, Conversion);
template std::vector<std::int64_t> values_of(Tensor const&, Conversion);

}  // namespace nacre::nn
