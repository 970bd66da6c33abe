#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nacre/nn/safetensors.hpp>

/// \file
/// What reading and writing safetensors files have in common.

namespace nacre::nn::detail {

constexpr char const* kMetadataKey = "__metadata__";
/// The format's limit for the length of a header.
constexpr std::uint64_t kMaxHeaderBytes = 100000000;
/// Bytes before the header: its length.
constexpr std::uint64_t kPrefixBytes = 8;

std::optional<DType> dtype_named(std::string_view name);
/// The names of all types, for messages.
std::string dtype_names();

/// "shape [2, 3] of F32"
std::string describe(std::vector<std::int64_t> const& shape, DType dtype);

/// Bytes of an array; none if an extent is negative or there are more than 2^63 - 1.
std::optional<std::uint64_t> num_bytes(std::vector<std::int64_t> const& shape, DType dtype);

}  // namespace nacre::nn::detail
