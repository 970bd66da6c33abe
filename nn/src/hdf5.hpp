#pragma once

#include <hdf5.h>

#include <algorithm>
#include <string>
#include <utility>

/// \file
/// HDF5's C library for those who want exceptions: its objects are closed whatever happens, and what it has to say about a
/// failure goes into messages instead of to stderr.

namespace nacre::nn::detail::hdf5 {

/// While it lives, HDF5 prints no errors. The first one keeps HDF5 from cleaning up when the program ends (unless somebody
/// has used it before), which crashes after a file could not be written; nothing is left open here.
class Quiet {
 public:
  Quiet() {
    [[maybe_unused]] static bool const once = H5dont_atexit() >= 0;
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Quiet(Quiet const&) = delete;
  Quiet& operator=(Quiet const&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// The cause of the last failure in HDF5's words.
inline std::string last_error() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, H5E_error2_t const* error, void* out) -> herr_t {
        auto& said = *static_cast<std::string*>(out);
        if (said.empty() && error->desc) said = error->desc;
        return 0;
      },
      &text);
  std::string const before = "error message = '";  // the system's, among many numbers
  if (auto const at = text.find(before); at != std::string::npos) {
    text.erase(0, at + before.size());
    text.erase(std::min(text.size(), text.find('\'')));
  }
  return text.empty() ? "HDF5 does not say why" : text;
}

/// An identifier that is closed by the function of its kind.
class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*close_function)(hid_t)) : id_(id), close_(close_function) {}
  ~Handle() { close(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }

  operator hid_t() const { return id_; }
  bool is_valid() const { return id_ >= 0; }
  /// \return false if HDF5 could not, as where the disk is full
  bool close() {
    hid_t const id = std::exchange(id_, H5I_INVALID_HID);
    return id < 0 || close_(id) >= 0;
  }

 private:
  hid_t id_ = H5I_INVALID_HID;
  herr_t (*close_)(hid_t) = nullptr;
};

inline Handle space_of(int rank, hsize_t const* extents) {
  return {rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, extents, nullptr), H5Sclose};
}
inline Handle property_list(hid_t kind) { return {H5Pcreate(kind), H5Pclose}; }

/// Strings of so many bytes, UTF-8.
inline Handle string_type(std::size_t size) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, size);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

}  // namespace nacre::nn::detail::hdf5
