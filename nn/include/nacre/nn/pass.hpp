#pragma once

#include <vector>

#include <nacre/autodiff/tape.hpp>
#include <nacre/nn/parameter.hpp>

/// \file
/// One evaluation of a network on a tape.

namespace nacre::nn {

/// Values on a tape: of vectors [n], of row-major matrices [n, k], of stacks of those.
template <class Scalar, class Device = DefaultDevice>
using VectorVar = ad::Var<OpInput<Vector<Scalar, Device>>>;
template <class Scalar, class Device = DefaultDevice>
using MatrixVar = ad::Var<OpInput<RowMajor<Scalar, Device>>>;
template <class Scalar, class Device = DefaultDevice>
using StackVar = ad::Var<OpInput<Kokkos::View<Scalar***, Kokkos::LayoutRight, Device>>>;

/// Whether gradients will be asked for.
enum class Recording { on, off };

/// What a forward pass has at hand: the tape, the parameters as its leaves (each once, however often it is used), and
/// a fresh seed for each layer that draws random numbers.
///
///     Pass<float> pass;
///     for (int epoch = 0; epoch < 200; ++epoch) {
///       pass.begin(random_bits(seed, epoch));
///       gradients.compute(pass, loss(pass, model.forward(pass, graph, pass.constant(x))));
///       adam.step(pass.exec(), gradients.parameters());
///     }
///
/// From the second pass on that does what the one before did, no device memory is allocated.
template <class Scalar, class Device = DefaultDevice>
class Pass {
 public:
  explicit Pass(ExecOf<Device> exec = {}) : tape_(std::move(exec)) {}

  ad::Tape<Device>& tape() { return tape_; }
  ExecOf<Device> const& exec() const { return tape_.exec(); }

  /// Forgets the pass before, invalidating its Vars.
  /// \param seed of this pass: the same on all ranks
  void begin(std::uint64_t seed = 0, Recording recording = Recording::on) {
    tape_.clear();
    leaves_.clear();
    seed_ = seed;
    drawn_ = 0;
    bytes_ = 0;
    recording_ = recording;
  }
  bool is_recording() const { return recording_ == Recording::on; }

  /// \throws nacre::Error if the parameter has not one dimension
  VectorVar<Scalar, Device> vector(Parameter<Scalar, Device> const& p) {
    return leaf(p, p.extents().size(), 1, &Leaf::vector, p.value());
  }
  MatrixVar<Scalar, Device> matrix(Parameter<Scalar, Device> const& p) {
    auto const& n = p.extents();
    return leaf(
        p, n.size(), 2, &Leaf::matrix,
        n.size() == 2 ? RowMajor<Scalar, Device>(p.value().data(), n[0], n[1]) : RowMajor<Scalar, Device>());
  }
  StackVar<Scalar, Device> stack(Parameter<Scalar, Device> const& p) {
    using Stack = Kokkos::View<Scalar***, Kokkos::LayoutRight, Device>;
    auto const& n = p.extents();
    return leaf(p, n.size(), 3, &Leaf::stack,
                n.size() == 3 ? Stack(p.value().data(), n[0], n[1], n[2]) : Stack());
  }
  template <class V>
  auto constant(V const& value) {
    return tape_.constant(value);
  }

  /// The gradient of a parameter after backward(), [size]; null if the pass has not used it.
  Vector<Scalar const, Device> gradient(Parameter<Scalar, Device> const& p) {
    for (auto const& l : leaves_) {
      if (l.parameter != &p) continue;
      Scalar const* const data = p.extents().size() == 1   ? tape_.gradient(l.vector).data()
                                 : p.extents().size() == 2 ? tape_.gradient(l.matrix).data()
                                                           : tape_.gradient(l.stack).data();
      return Vector<Scalar const, Device>(data, p.size());
    }
    return {};
  }

  /// A seed that no other layer of this pass gets; layers ask in the same order on all ranks.
  std::uint64_t next_seed() { return random_bits(seed_, drawn_++); }

  /// Bytes that this rank sends for ghosts in this pass and, if it is recorded, in its adjoint.
  std::size_t halo_bytes() const { return bytes_; }
  void count_halo_bytes(std::size_t bytes) { bytes_ += bytes; }

 private:
  struct Leaf {
    Parameter<Scalar, Device> const* parameter;
    VectorVar<Scalar, Device> vector;
    MatrixVar<Scalar, Device> matrix;
    StackVar<Scalar, Device> stack;
  };
  template <class V, class View>
  V leaf(Parameter<Scalar, Device> const& p, std::size_t found, std::size_t expected, V Leaf::*member,
         View const& view) {
    if (found != expected)
      fail(cat("parameter '", p.name(), "' has ", found, " dimensions, but its layer takes ", expected));
    for (auto const& l : leaves_)
      if (l.parameter == &p) return l.*member;
    Leaf l{&p, {}, {}, {}};
    l.*member = is_recording() ? tape_.leaf(view) : tape_.constant(view);
    leaves_.push_back(l);
    return l.*member;
  }

  ad::Tape<Device> tape_;
  std::vector<Leaf> leaves_;
  std::uint64_t seed_ = 0, drawn_ = 0;
  std::size_t bytes_ = 0;
  Recording recording_ = Recording::on;
};

}  // namespace nacre::nn
