#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nacre/autodiff/parameter.hpp>
#include <nacre/core/comm_ops.hpp>
#include <nacre/nn/module.hpp>
#include <nacre/nn/pass.hpp>

/// \file
/// Gradients of a network's parameters.

namespace nacre::nn {

/// The gradients of all parameters of a module, one after the other in one array.
///
/// Parameters are replicated: every rank adds what its rows contribute, and one message per step adds those up over the
/// ranks. That is the adjoint of ReplicateOp for all parameters at once.
template <class Scalar, class Device = DefaultDevice>
class Gradients {
 public:
  /// \param module must outlive this
  /// \param comm   the ranks that share the batch
  explicit Gradients(Module<Scalar, Device> const& module, Comm comm = Comm::self());

  /// Runs the adjoint of the pass from `loss` and collects. Parameters that the pass has not used get zero. Collective.
  /// \param loss one number, of any precision
  template <class V>
  void compute(Pass<Scalar, Device>& pass, ad::Var<V> const& loss) {
    clear(pass.exec());
    accumulate(pass, loss);
    sum_over_ranks(pass.exec());
  }
  /// The steps of compute(), for batches that are worked on in several passes: ranks may have different numbers of those,
  /// none included, but sum up together.
  void clear(ExecOf<Device> const& exec) const { Kokkos::deep_copy(exec, all_, Scalar(0)); }
  template <class V>
  void accumulate(Pass<Scalar, Device>& pass, ad::Var<V> const& loss) {
    pass.tape().backward(loss);
    add(pass);
  }
  void sum_over_ranks(ExecOf<Device> const& exec) const;

  /// For optimisers: values with their gradients. Valid as long as this lives.
  std::vector<ad::Parameter<Scalar, Device>> const& parameters() const { return parameters_; }
  /// Those whose hierarchical names `which` accepts, for optimisers with options of their own.
  std::vector<ad::Parameter<Scalar, Device>> parameters(
      std::function<bool(std::string const&)> const& which) const;

  /// The Euclidean norm of all gradients together. Waits for the result.
  double norm(ExecOf<Device> const& exec) const;
  /// Scales all gradients such that their norm is at most max_norm. \return the norm before. Pascanu, Mikolov and Bengio
  /// (2013), "On the difficulty of training recurrent neural networks", algorithm 1. PyTorch divides by the norm + 1e-6.
  /// \throws nacre::Error if max_norm is not positive
  double clip_by_norm(ExecOf<Device> const& exec, double max_norm) const;

  /// Bytes of the message of one step that this rank sends, by the model of a ring: 2 (P - 1) / P of all gradients.
  std::size_t reduced_bytes() const;

 private:
  void add(Pass<Scalar, Device>& pass) const;

  Comm comm_;
  std::vector<typename Module<Scalar, Device>::Named> named_;
  Vector<Scalar, Device> all_;
  std::vector<ad::Parameter<Scalar, Device>> parameters_;
  nacre::detail::SharedBuffer<Kokkos::HostSpace> staging_;
};

extern template class Gradients<double>;
extern template class Gradients<float>;

}  // namespace nacre::nn

#include <nacre/nn/gradients_impl.hpp>
