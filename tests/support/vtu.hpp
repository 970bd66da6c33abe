#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace nacre::test {

inline std::vector<unsigned char> from_base64(std::string const& text) {
  std::string const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  int value[256];
  for (auto& v : value) v = -1;
  for (std::size_t i = 0; i < digits.size(); ++i)
    value[static_cast<unsigned char>(digits[i])] = static_cast<int>(i);
  std::vector<unsigned char> bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (char const c : text) {
    int const v = value[static_cast<unsigned char>(c)];
    if (v < 0) continue;  // padding and white space
    bits = bits << 6 | static_cast<std::uint32_t>(v);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<unsigned char>(bits >> count & 255));
    }
  }
  return bytes;
}

/// The numbers of all arrays of this name in a .vtu, piece after piece; empty if a length is not what its
/// header says.
template <class T>
std::vector<T> vtu_array(std::string const& text, std::string const& name) {
  std::vector<T> all;
  std::string const head = "Name=\"" + name + "\"";
  for (auto at = text.find(head); at != std::string::npos; at = text.find(head, at + 1)) {
    auto const begin = text.find('>', at) + 1;
    auto const bytes = from_base64(text.substr(begin, text.find('<', begin) - begin));
    std::uint64_t size = 0;
    if (bytes.size() < sizeof(size)) return {};
    std::memcpy(&size, bytes.data(), sizeof(size));
    if (bytes.size() != sizeof(size) + size) return {};
    auto const old = all.size();
    all.resize(old + size / sizeof(T));
    std::memcpy(all.data() + old, bytes.data() + sizeof(size), size);
  }
  return all;
}

}  // namespace nacre::test
