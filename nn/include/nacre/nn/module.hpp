#pragma once

#include <memory>
#include <utility>

#include <nacre/nn/parameter.hpp>

/// \file
/// What layers and networks have in common.

namespace nacre::nn {

/// Whether layers that behave differently while they learn (dropout, batch normalisation) do so.
enum class Mode { train, evaluate };

/// A part of a network: parameters of its own, and modules within it. Names are hierarchical, "hidden.0.weight", in the
/// order of registration.
///
/// A module is neither copied nor moved, for its owner knows its address. All ranks build the same modules with the
/// same seed; parameters are replicated.
template <class Scalar, class Device = DefaultDevice>
class Module {
 public:
  using scalar_type = Scalar;
  using device_type = Device;

  Module() = default;
  virtual ~Module() = default;
  Module(Module const&) = delete;
  Module& operator=(Module const&) = delete;

  struct Named {
    std::string name;  ///< hierarchical
    Parameter<Scalar, Device>* parameter;
  };
  /// Everything that makes up the state: parameters, and arrays that are not optimised.
  std::vector<Named> state() const {
    std::vector<Named> all;
    collect("", all);
    return all;
  }
  /// What optimisers work on.
  std::vector<Named> parameters() const {
    std::vector<Named> all;
    for (auto const& named : state())
      if (named.parameter->trainable()) all.push_back(named);
    return all;
  }
  /// The number of trainable numbers.
  std::size_t num_parameters() const {
    std::size_t n = 0;
    for (auto const& named : parameters()) n += named.parameter->size();
    return n;
  }
  /// "float" or "double".
  static char const* precision() { return std::is_same_v<Scalar, float> ? "float" : "double"; }

  /// Draws all parameters anew, the a-th from (seed, a).
  void initialize(std::uint64_t seed) const {
    ExecOf<Device> const exec;
    std::uint64_t a = 0;
    for (auto const& named : state()) named.parameter->initialize(exec, random_bits(seed, a++));
    compat::fence(exec, "nacre::nn::Module::initialize");
  }

  Mode mode() const { return mode_; }
  bool is_training() const { return mode_ == Mode::train; }
  /// Of this module and all within it.
  void set_mode(Mode mode) {
    mode_ = mode;
    for (auto const& child : children_) child.second->set_mode(mode);
  }
  void train() { set_mode(Mode::train); }
  void evaluate() { set_mode(Mode::evaluate); }

 protected:
  /// \throws nacre::Error if the name is taken
  Parameter<Scalar, Device>& add_parameter(std::string const& name, std::vector<std::size_t> extents,
                                           Initializer const& initializer, bool trainable = true) {
    require_free(name);
    parameters_.push_back(
        std::make_unique<Parameter<Scalar, Device>>(name, std::move(extents), initializer, trainable));
    return *parameters_.back();
  }
  /// \param child a member of the derived class, or owned by it
  void add_module(std::string const& name, Module& child) {
    require_free(name);
    children_.emplace_back(name, &child);
  }

 private:
  void require_free(std::string const& name) const {
    if (name.empty() || name.find('.') != std::string::npos)
      fail(cat("Module: the name '", name, "' is empty or has a dot"));
    for (auto const& p : parameters_)
      if (p->name() == name) fail(cat("Module: there is already a parameter '", name, "'"));
    for (auto const& child : children_)
      if (child.first == name) fail(cat("Module: there is already a module '", name, "'"));
  }
  void collect(std::string const& prefix, std::vector<Named>& all) const {
    for (auto const& p : parameters_) all.push_back({prefix + p->name(), p.get()});
    for (auto const& child : children_) child.second->collect(prefix + child.first + ".", all);
  }

  std::vector<std::unique_ptr<Parameter<Scalar, Device>>> parameters_;
  std::vector<std::pair<std::string, Module*>> children_;
  Mode mode_ = Mode::train;
};

}  // namespace nacre::nn
