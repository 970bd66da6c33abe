#pragma once

#include <memory>
#include <tuple>
#include <vector>

#include <nacre/autodiff/var.hpp>
#include <nacre/core/arena.hpp>
#include <nacre/core/operation.hpp>

/// \file
/// Reverse-mode and forward-mode differentiation by a linear tape.

namespace nacre::ad {

/// Records operations in the order they run, and runs their adjoints in the opposite order.
///
///     Tape<> tape;
///     for (int step = 0; step < 100; ++step) {
///       tape.clear();
///       auto const w = tape.leaf(weights);
///       auto const loss = tape.apply(HalfSquaredNormOp{}, tape.apply(A, w, x));   // A is an SpmvOp
///       tape.backward(loss);
///       update(weights, tape.gradient(w));
///     }
///
/// Values and cotangents live in memory of the tape that is used again after clear(): a step that records
/// what the step before did calls no allocator. Cotangents of intermediate values are recycled during
/// backward(). A tape belongs to one execution-space instance and one host thread; what it launches is
/// ordered on that instance, and it never fences. Several tapes may be in use at once.
///
/// Distributed values: all ranks record the same sequence of operations; one that communicates in its
/// adjoint is run on every rank, also where no cotangent reaches it. \see nacre/core/operation.hpp for what
/// an operation is, nacre/core/comm_ops.hpp for owned and replicated values.
template <class Device = DefaultDevice>
class Tape {
 public:
  using Exec = ExecOf<Device>;

  explicit Tape(Exec exec = {}) : exec_(std::move(exec)) {}
  ~Tape() { destroy_nodes(); }
  Tape(Tape const&) = delete;
  Tape& operator=(Tape const&) = delete;

  Exec const& exec() const { return exec_; }

  // ---- recording ----------------------------------------------------------------------------------------

  /// An input whose gradient is wanted. The tape refers to the data, which must not change until the last
  /// backward(); a managed view is kept alive until clear().
  /// \throws nacre::Error if the view is not contiguous
  template <class V>
  Var<OpInput<V>> leaf(V const& value);

  /// An input nothing flows back to. apply() takes plain views for the same.
  template <class V>
  Var<OpInput<V>> constant(V const& value);

  /// Runs `op` and records its adjoint, unless all inputs are constants.
  /// \param in Vars of this tape, or views (constants)
  /// \return   the result, in memory of the tape
  /// \throws nacre::Error if an input is of another tape or from before clear(), or after backward()
  template <class Op, class... In>
  auto apply(Op const& op, In const&... in);

  /// Runs `segment(tape, in...)` and keeps its result only: the values in between are computed again when
  /// they are needed, which saves their memory and costs a second forward pass (Griewank and Walther 2008,
  /// "Evaluating derivatives", ch. 12).
  /// \param segment a callable `(Tape&, Vars...) -> Var` that uses nothing but its arguments and constants,
  ///                does the same every time, and is cheap to copy. Segments may be nested.
  template <class Segment, class... In>
  auto checkpoint(Segment const& segment, In const&... in);

  // ---- derivatives --------------------------------------------------------------------------------------

  /// Runs every recorded adjoint, latest first, from d loss / d loss = 1. Once for each recording.
  /// \param loss one number
  /// \throws nacre::Error if the loss is no single number or depends on no leaf, or if this is the second call
  template <class V>
  void backward(Var<V> const& loss);

  /// The same from a given cotangent: a vector-Jacobian product.
  /// \param y_bar extents of `y`
  template <class V, class YBar>
  void backward(Var<V> const& y, YBar const& y_bar);

  /// What backward() has found for a leaf, of the leaf's extents; zero where nothing flowed.
  /// Valid until clear(). \throws nacre::Error if `leaf` is none, or before backward()
  template <class V>
  OpOutput<V> gradient(Var<V> const& leaf);

  /// The direction in which push_forward() differentiates a leaf; leaves without one stay as they are.
  /// \param direction extents of the leaf; copied
  template <class V, class Direction>
  void set_tangent(Var<V> const& leaf, Direction const& direction);

  /// Forward mode over the recording: the derivative of every recorded value along the directions of
  /// set_tangent(), at the cost of about one more forward pass.
  void push_forward();

  /// What push_forward() has found for a value: a Jacobian-vector product.
  template <class V>
  OpInput<V> tangent(Var<V> const& y);

  /// As backward(), and the derivative of each gradient along the directions of push_forward(): forward over
  /// reverse. For a loss this is a product of the Hessian with the direction, read with gradient_tangent().
  template <class V>
  void backward_with_tangents(Var<V> const& loss);
  template <class V>
  OpOutput<V> gradient_tangent(Var<V> const& leaf);

  // ---- memory -------------------------------------------------------------------------------------------

  /// Forgets all values, nodes and gradients, and invalidates their Vars; keeps the memory.
  void clear();

  std::size_t num_nodes() const { return nodes_.size(); }
  /// Device memory held for values, and for cotangents and tangents.
  std::size_t value_bytes() const;
  std::size_t derivative_bytes() const;
  /// How often the tape has asked for memory, on the device or the host.
  int num_allocator_calls() const;

 private:
  struct Slot {
    std::size_t bytes = 0;
    std::byte* bar = nullptr;  // cotangent, dot of it; null: nothing has flowed here yet
    std::byte* bar_dot = nullptr;
    std::byte* dot = nullptr;  // tangent; null: zero
    bool is_leaf = false;
  };
  struct Kept {  // lives until clear()
    virtual ~Kept() = default;
  };
  template <class V>
  struct KeptView;
  struct Node : Kept {
    Node(std::int32_t out, bool must_run) : output(out), collective(must_run) {}
    virtual void run_adjoint(Tape& tape) = 0;
    virtual void run_tangent(Tape& tape) = 0;
    virtual void run_adjoint_with_tangent(Tape& tape) = 0;
    std::int32_t output;
    bool collective;  // communicates: every rank runs it even where no cotangent reaches it
  };
  template <class Op, class Out, class... In>
  struct OpNode;
  template <class Segment, class Out, class... In>
  struct SegmentNode;
  enum class State { recording, sweeping, swept, swept_with_tangents };  // sweeping also after a throw

  template <class V>
  Var<OpInput<V>> as_var(V const& value) {
    return constant(value);
  }
  template <class V>
  Var<V> const& as_var(Var<V> const& var) const {
    return var;
  }
  template <class V>
  void check(char const* where, Var<V> const& var, int number) const;
  template <class... V>
  void check_recording(char const* where, Var<V> const&... in) const;
  template <class V>
  Var<V> make_var(V const& value, bool has_slot);
  template <class Op, class... V>
  auto record(Op const& op, Var<V> const&... in);
  template <class Segment, class... V>
  auto record_segment(Segment const& segment, Var<V> const&... in);
  template <class T, class... Args>
  T* keep(Args const&... args);
  template <class V>
  void keep_alive(V const& view);
  Tape& nested();

  template <class V>
  OpOutput<V> view_of(std::byte*& data, Var<V> const& var, bool zero);
  template <class V>
  OpOutput<V> cotangent(Var<V> const& var) {
    return var.is_constant() ? OpOutput<V>() : view_of(slots_[index(var)].bar, var, true);
  }
  template <class V>
  OpOutput<V> cotangent_tangent(Var<V> const& var) {
    return var.is_constant() ? OpOutput<V>() : view_of(slots_[index(var)].bar_dot, var, true);
  }
  /// Null where zero.
  template <class V>
  V tangent_or_null(Var<V> const& var);
  template <class V>
  V cotangent_tangent_or_null(Var<V> const& var);
  template <class V>
  Slot& slot_of_leaf(char const* where, Var<V> const& leaf);
  template <class V>
  static std::size_t index(Var<V> const& var) {
    return static_cast<std::size_t>(var.slot);
  }
  template <class V>
  void check_sweep(char const* where, Var<V> const& from) const;
  template <class YBar, class V>
  void seed(char const* where, Var<V> const& y, YBar const& y_bar);
  void sweep(bool with_tangents);
  void release(std::byte*& data, std::size_t bytes);
  void release_scratch();
  void destroy_nodes();

  Exec exec_;
  Arena<typename Device::memory_space> values_{"nacre::Tape::values"};
  Pool<typename Device::memory_space> derivatives_{"nacre::Tape::derivatives"};
  std::vector<std::pair<std::byte*, std::size_t>> scratch_;  // of the tangent that is being computed
  Arena<Kokkos::HostSpace> node_memory_{"nacre::Tape::nodes"};
  std::vector<Slot> slots_;
  std::vector<Node*> nodes_;
  std::vector<Kept*> kept_;  // nodes and leaves, in the order they came
  std::unique_ptr<Tape> nested_;
  State state_ = State::recording;
  bool has_tangents_ = false, saw_collective_ = false;
  std::uint32_t epoch_ = 0;
};

}  // namespace nacre::ad

#include <nacre/autodiff/tape_impl.hpp>

namespace nacre::ad {
extern template class Tape<DefaultDevice>;
}
