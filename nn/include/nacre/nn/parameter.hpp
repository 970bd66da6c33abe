#pragma once

#include <string>
#include <vector>

#include <nacre/core/error.hpp>
#include <nacre/nn/initializer.hpp>

/// \file
/// Trainable arrays.

namespace nacre::nn {

/// An array of a module, of one to three dimensions, rows contiguous.
template <class Scalar, class Device = DefaultDevice>
class Parameter {
 public:
  /// \param name      within its module: "weight"
  /// \param extents   at most three, none of them negative
  /// \param trainable false: part of the state, but not optimised (running statistics)
  Parameter(std::string name, std::vector<std::size_t> extents, Initializer const& initializer,
            bool trainable = true)
      : name_(std::move(name)),
        extents_(std::move(extents)),
        initializer_(initializer),
        trainable_(trainable),
        value_("nacre::nn::" + name_, size_of(extents_)) {}
  Parameter(Parameter const&) = delete;
  Parameter& operator=(Parameter const&) = delete;

  std::string const& name() const { return name_; }
  std::vector<std::size_t> const& extents() const { return extents_; }
  std::size_t size() const { return value_.extent(0); }
  bool trainable() const { return trainable_; }
  Vector<Scalar, Device> const& value() const { return value_; }  ///< [size], row after row

  /// \param seed of this parameter alone
  void initialize(ExecOf<Device> const& exec, std::uint64_t seed) const {
    draw(exec, initializer_, seed, value_);
  }
  /// Takes effect with the next initialize().
  void set_initializer(Initializer const& initializer) { initializer_ = initializer; }

 private:
  static std::size_t size_of(std::vector<std::size_t> const& extents) {
    if (extents.empty() || extents.size() > 3)
      fail(cat("Parameter: ", extents.size(), " dimensions, expected 1, 2 or 3"));
    std::size_t n = 1;
    for (auto const e : extents) n *= e;
    return n;
  }
  std::string name_;
  std::vector<std::size_t> extents_;
  Initializer initializer_;
  bool trainable_;
  Vector<Scalar, Device> value_;
};

}  // namespace nacre::nn
