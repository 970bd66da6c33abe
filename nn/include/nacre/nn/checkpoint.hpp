#pragma once

#include <functional>

#include <nacre/autodiff/adam.hpp>
#include <nacre/autodiff/lbfgs.hpp>
#include <nacre/autodiff/sgd.hpp>
#include <nacre/nn/module.hpp>
#include <nacre/nn/safetensors.hpp>

/// \file
/// Networks and optimisers in files.

namespace nacre::nn {

/// Adds the state of a module under its hierarchical names, `prefix` before each.
template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, Module<Scalar, Device> const& module);
/// Adds what an optimiser has gathered: `steps`, and a tensor for each parameter and each kind of mean.
template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, ad::Adam<Scalar, Device> const& adam);
template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, ad::Sgd<Scalar, Device> const& sgd);
template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, ad::Lbfgs<Scalar, Device> const& lbfgs);

/// Takes the state of modules and optimisers from a file: all of it or nothing. Each add() checks that the file has what it
/// needs, of the right type and shape; commit() sets everything.
///
///     StateLoader loader(file, path);
///     loader.add("model.", model);
///     loader.add("adam.", adam, gradients.parameters());
///     loader.commit();
class StateLoader {
 public:
  /// \param where      the file's name, for messages
  /// \param conversion whether a model of float may be read from a file of double, and the other way round
  StateLoader(TensorFile const& file, std::string where, Conversion conversion = Conversion::none)
      : file_(file), where_(std::move(where)), conversion_(conversion) {}

  /// \throws nacre::Error naming the file, the tensor, what was found and what was expected
  template <class Scalar, class Device>
  void add(std::string const& prefix, Module<Scalar, Device> const& module);
  template <class Scalar, class Device>
  void add(std::string const& prefix, ad::Adam<Scalar, Device>& adam,
           std::vector<ad::Parameter<Scalar, Device>> const& parameters);
  template <class Scalar, class Device>
  void add(std::string const& prefix, ad::Sgd<Scalar, Device>& sgd,
           std::vector<ad::Parameter<Scalar, Device>> const& parameters);
  template <class Scalar, class Device>
  void add(std::string const& prefix, ad::Lbfgs<Scalar, Device>& lbfgs,
           std::vector<ad::Parameter<Scalar, Device>> const& parameters);

  void commit() {
    for (auto const& set : assignments_) set();
    assignments_.clear();
  }

 private:
  template <class T>
  std::vector<T> numbers(std::string const& name, std::vector<std::int64_t> const& shape) const;
  std::int64_t count(std::string const& name) const;
  template <class Scalar, class Device>
  void add_vectors(std::string const& prefix, std::vector<Vector<Scalar, Device>>& state,
                   std::vector<ad::Parameter<Scalar, Device>> const& parameters);

  TensorFile const& file_;
  std::string where_;
  Conversion conversion_;
  std::vector<std::function<void()>> assignments_;
};

/// Writes a file on rank 0, complete or not at all. Collective. \throws nacre::Error on all ranks
void write_checkpoint(Comm const& comm, std::string const& path, TensorFile const& file);
/// Reads a file on rank 0, for all. Collective. \throws nacre::Error on all ranks
TensorFile read_checkpoint(Comm const& comm, std::string const& path);

}  // namespace nacre::nn

#include <nacre/nn/checkpoint_impl.hpp>
