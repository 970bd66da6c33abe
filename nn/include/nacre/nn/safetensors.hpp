#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Named arrays in files of the safetensors format, for parameters and for the state of a training: 8 bytes
/// with the length of a header, the header in JSON, then the numbers, little-endian.
///
/// Nothing here is collective: one rank reads or writes.

namespace nacre::nn {

/// What the numbers of a tensor are; the format calls them `BOOL`, `U8`, ..., `F64`.
enum class DType { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };
char const* to_string(DType dtype);
/// Bytes of a number.
std::size_t size_of(DType dtype);

/// A named array on the host, as it is in the file.
struct Tensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;  ///< empty: a single number
  std::vector<unsigned char> data;  ///< row by row (the last index runs fastest), little-endian
};

/// Instantiated for float, double, std::uint8_t, std::int32_t and std::int64_t.
/// \param values as many as the product of `shape`, the last index running fastest
/// \throws nacre::Error if there are more or fewer
template <class T>
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::vector<T> const& values);

enum class Conversion {
  none,          ///< the tensor holds the type that is asked for
  float_double,  ///< float becomes double, or double float: to nearest, but no finite number infinite
};

/// The numbers of a tensor, the last index running fastest. Instantiated as make_tensor.
/// \throws nacre::Error if they are of another type that `conversion` does not allow, or do not fit
template <class T>
std::vector<T> values_of(Tensor const& tensor, Conversion conversion = Conversion::none);

/// What a file holds.
struct TensorFile {
  std::vector<Tensor> tensors;                  ///< of different names
  std::map<std::string, std::string> metadata;  ///< whatever else there is to say

  /// The tensor of that name; null if there is none.
  Tensor const* find(std::string_view name) const;
  /// \throws nacre::Error if there is none; the message lists those there are
  Tensor const& at(std::string_view name) const;
};

/// Writes a file; it appears under its name only when it is complete and on the disk (AtomicFile).
///
/// The header lists the tensors as they come. Their numbers are ordered by the size of their type, so that
/// each tensor is aligned although nothing lies between them.
/// \throws nacre::Error before anything is written if two tensors have the same name, a name or the metadata
///         is not UTF-8, or a tensor has more or less data than its shape says; else if writing fails
void write_safetensors(std::string const& path, TensorFile const& file);

/// Reads a file, its tensors as the header lists them. Everything is checked before any number is read, and
/// no tensor asks for more memory than the file is large.
/// \throws nacre::Error if the file cannot be read or is not what the format says: truncated, with tensors
///         that overlap, holes, or bytes of no tensor; the message says what was found and expected
TensorFile read_safetensors(std::string const& path);

}  // namespace nacre::nn
