#pragma once

#include <new>
#include <string>
#include <utility>

namespace nacre::ad {

namespace detail {

/// `[4, 2]`
template <class V>
std::string extents_text(V const& v) {
  std::string text = "[";
  for (std::size_t d = 0; d < compat::kRank<V>; ++d) text += cat(d == 0 ? "" : ", ", v.extent(d));
  return text + "]";
}

}  // namespace detail

template <class Device>
template <class V>
struct Tape<Device>::KeptView final : Kept {
  explicit KeptView(V const& v) : view(v) {}
  V view;
};

template <class Device>
template <class T, class... Args>
T* Tape<Device>::keep(Args const&... args) {
  static_assert(alignof(T) <= 128, "the arena aligns to 128 bytes");
  T* const made = new (node_memory_.allocate(sizeof(T))) T(args...);
  kept_.push_back(made);
  return made;
}

template <class Device>
template <class V>
void Tape<Device>::keep_alive(V const& view) {
  if constexpr (V::traits::is_managed) keep<KeptView<V>>(view);
}

template <class Device>
template <class V>
Var<V> Tape<Device>::make_var(V const& value, bool has_slot) {
  Var<V> var{value, -1, this, epoch_};
  if (has_slot) {
    var.slot = static_cast<std::int32_t>(slots_.size());
    slots_.emplace_back();
    slots_.back().bytes = value.size() * sizeof(typename V::non_const_value_type);
  }
  return var;
}

template <class Device>
template <class V>
Var<OpInput<V>> Tape<Device>::leaf(V const& value) {
  check_recording("Tape::leaf");
  keep_alive(value);
  auto const var = make_var(as_op_input(value), true);
  slots_.back().is_leaf = true;
  return var;
}

template <class Device>
template <class V>
Var<OpInput<V>> Tape<Device>::constant(V const& value) {
  static_assert(Kokkos::is_view<V>::value, "an input of an operation is a Var or a Kokkos::View");
  keep_alive(value);
  return make_var(as_op_input(value), false);
}

// ---- checks -------------------------------------------------------------------------------------------------

template <class Device>
template <class V>
void Tape<Device>::check(char const* where, Var<V> const& var, int number) const {
  if (var.tape == nullptr) fail(cat(where, ": input ", number, " is an empty Var"));
  if (var.tape != this) fail(cat(where, ": input ", number, " belongs to another tape"));
  if (var.epoch != epoch_)
    fail(cat(where, ": input ", number,
             " is from before clear(); make leaves and constants anew in each step"));
}

template <class Device>
template <class... V>
void Tape<Device>::check_recording(char const* where, Var<V> const&... in) const {
  int number = 0;
  (check(where, in, number++), ...);
  if (state_ != State::recording && (sizeof...(V) == 0 || !(in.is_constant() && ...)))
    fail(cat(where, ": recording after backward(); call clear() first"));
}

template <class Device>
template <class V>
void Tape<Device>::check_sweep(char const* where, Var<V> const& from) const {
  check(where, from, 0);
  if (state_ != State::recording)
    fail(cat(where, ": the second call for one recording, whose cotangents are recycled; call clear() and ",
             "record again"));
  if (from.is_constant()) fail(cat(where, ": the loss depends on no leaf of this tape"));
}

template <class Device>
template <class V>
typename Tape<Device>::Slot& Tape<Device>::slot_of_leaf(char const* where, Var<V> const& leaf) {
  check(where, leaf, 0);
  if (leaf.is_constant() || !slots_[index(leaf)].is_leaf)
    fail(cat(where, ": only leaves have one; this is ", leaf.is_constant() ? "a constant" : "a result"));
  return slots_[index(leaf)];
}

// ---- recording ----------------------------------------------------------------------------------------------

template <class Device>
template <class Op, class Out, class... In>
struct Tape<Device>::OpNode final : Node {
  OpNode(Op const& o, Var<Out> const& y, Var<In> const&... x)
      : Node(y.slot, kIsCollective<Op>), op(o), out(y), in(x...) {}

  template <class F>
  auto map(F const& f) const {
    return std::apply([&](auto const&... x) { return std::make_tuple(f(x)...); }, in);
  }
  std::tuple<In...> values() const {
    return map([](auto const& x) { return x.value; });
  }
  void run_adjoint(Tape& tape) override {
    nacre::detail::call_adjoint(tape.exec(), op, out.value, Out(tape.cotangent(out)), values(),
                                map([&](auto const& x) { return tape.cotangent(x); }));
  }
  void run_tangent(Tape& tape) override {
    std::tuple<In...> const dots = map([&](auto const& x) { return tape.tangent_or_null(x); });
    if (!std::apply([](auto const&... dot) { return (is_given(dot) || ...); }, dots)) return;
    auto const y_dot = tape.view_of(tape.slots_[index(out)].dot, out, false);
    op_tangent(tape.exec(), op, out.value, y_dot, values(), dots, [&](auto const& like) {
      using V = std::decay_t<decltype(like)>;
      std::size_t const bytes = like.size() * sizeof(typename V::non_const_value_type);
      tape.scratch_.emplace_back(tape.derivatives_.acquire(bytes), bytes);
      return make_op_view<OpOutput<V>>(tape.scratch_.back().first, extents_of(like));
    });
    tape.release_scratch();
  }
  void run_adjoint_with_tangent(Tape& tape) override {
    run_adjoint(tape);
    op_adjoint_tangent(tape.exec(), op, out.value, tape.tangent_or_null(out), Out(tape.cotangent(out)),
                       tape.cotangent_tangent_or_null(out), values(),
                       map([&](auto const& x) { return tape.tangent_or_null(x); }),
                       map([&](auto const& x) { return tape.cotangent_tangent(x); }));
  }
  Op op;
  Var<Out> out;
  std::tuple<Var<In>...> in;
};

template <class Device>
template <class Op, class... V>
auto Tape<Device>::record(Op const& op, Var<V> const&... in) {
  static_assert((std::is_same_v<typename V::device_type, Device> && ...),
                "an input of an operation lives on another device than the tape");
  check_recording(Op::name, in...);
  using Result = OpResult<Op, V...>;
  Result y;
  try {
    auto const extents = op.output_extents(in.value...);
    std::size_t size = sizeof(typename Result::value_type);
    for (std::size_t const e : extents) size *= e;
    y = make_op_view<Result>(values_.allocate(size), extents);
    op.forward(exec_, y, in.value...);
  } catch (Error const& error) {  // what it says about views lacks their names
    std::string inputs;
    ((inputs += inputs.empty() ? "" : " and ", inputs += detail::extents_text(in.value)), ...);
    fail(cat(error.what(), " (", Op::name, " of ", inputs, ")"));
  }
  saw_collective_ = saw_collective_ || kIsCollective<Op>;
  auto const out = make_var(OpInput<Result>(y), !(in.is_constant() && ...));
  if (out.is_constant()) return out;
  has_tangents_ = false;  // of a recording that has grown
  nodes_.push_back(keep<OpNode<Op, OpInput<Result>, V...>>(op, out, in...));
  return out;
}

template <class Device>
template <class Op, class... In>
auto Tape<Device>::apply(Op const& op, In const&... in) {
  return record(op, as_var(in)...);
}

// ---- checkpointed segments ----------------------------------------------------------------------------------

template <class Device>
Tape<Device>& Tape<Device>::nested() {
  if (!nested_) nested_ = std::make_unique<Tape>(exec_);
  return *nested_;
}

template <class Device>
template <class Segment, class Out, class... In>
struct Tape<Device>::SegmentNode final : Node {
  SegmentNode(Segment const& s, bool must_run, Var<Out> const& y, Var<In> const&... x)
      : Node(y.slot, must_run), segment(s), out(y), in(x...) {}

  /// Records the segment on the nested tape, and calls `use(nested, result, (input, leaf) pairs...)`.
  template <class Use>
  void rerun(Tape& tape, Use const& use) const {
    Tape& inner = tape.nested();
    inner.clear();
    std::apply(
        [&](auto const&... x) {
          auto const leaves =
              std::make_tuple(x.is_constant() ? inner.constant(x.value) : inner.leaf(x.value)...);
          auto const y = std::apply([&](auto const&... leaf) { return segment(inner, leaf...); }, leaves);
          std::apply([&](auto const&... leaf) { use(inner, y, std::make_pair(x, leaf)...); }, leaves);
        },
        in);
    inner.clear();
  }
  void run_adjoint(Tape& tape) override {
    rerun(tape, [&](Tape& inner, auto const& y, auto const&... pairs) {
      inner.seed("Tape::checkpoint", y, tape.cotangent(out));
      inner.sweep(false);
      (add_gradient(tape, inner, pairs), ...);
    });
  }
  void run_tangent(Tape& tape) override {
    if (!has_tangent(tape)) return;
    rerun(tape, [&](Tape& inner, auto const& y, auto const&... pairs) {
      (pass_tangent(tape, inner, pairs), ...);
      inner.push_forward();
      auto const y_dot = tape.view_of(tape.slots_[index(out)].dot, out, true);
      auto const inner_dot = inner.tangent_or_null(y);
      if (is_given(inner_dot)) add_to(tape.exec(), inner_dot, y_dot);
    });
  }
  void run_adjoint_with_tangent(Tape& tape) override {
    rerun(tape, [&](Tape& inner, auto const& y, auto const&... pairs) {
      (pass_tangent(tape, inner, pairs), ...);
      inner.push_forward();
      inner.seed("Tape::checkpoint", y, tape.cotangent(out));
      auto const y_bar_dot = tape.cotangent_tangent_or_null(out);
      if (is_given(y_bar_dot)) add_to(tape.exec(), y_bar_dot, inner.cotangent_tangent(y));
      inner.sweep(true);
      (add_gradient(tape, inner, pairs), ...);
      (add_gradient_tangent(tape, inner, pairs), ...);
    });
  }

  bool has_tangent(Tape& tape) const {
    return std::apply([&](auto const&... x) { return (is_given(tape.tangent_or_null(x)) || ...); }, in);
  }
  template <class Pair>
  static void pass_tangent(Tape& tape, Tape& inner, Pair const& pair) {
    auto const dot = tape.tangent_or_null(pair.first);
    if (is_given(dot)) inner.set_tangent(pair.second, dot);
  }
  template <class Pair>
  static void add_gradient(Tape& tape, Tape& inner, Pair const& pair) {
    if (!pair.first.is_constant())
      add_to(tape.exec(), inner.cotangent(pair.second), tape.cotangent(pair.first));
  }
  template <class Pair>
  static void add_gradient_tangent(Tape& tape, Tape& inner, Pair const& pair) {
    if (!pair.first.is_constant())
      add_to(tape.exec(), inner.cotangent_tangent(pair.second), tape.cotangent_tangent(pair.first));
  }
  Segment segment;
  Var<Out> out;
  std::tuple<Var<In>...> in;
};

template <class Device>
template <class Segment, class... V>
auto Tape<Device>::record_segment(Segment const& segment, Var<V> const&... in) {
  check_recording("Tape::checkpoint", in...);
  Tape& inner = nested();
  inner.clear();
  inner.saw_collective_ = false;
  auto const y = segment(inner, inner.constant(in.value)...);
  using Out = typename std::decay_t<decltype(y)>::view_type;
  inner.check("Tape::checkpoint", y, 0);
  auto const kept = make_op_view<OpOutput<Out>>(
      values_.allocate(y.value.size() * sizeof(typename Out::non_const_value_type)), extents_of(y.value));
  set_all(exec_, kept, 0);
  add_to(exec_, y.value, kept);
  saw_collective_ = saw_collective_ || inner.saw_collective_;
  bool const is_collective = inner.saw_collective_;
  inner.clear();
  auto const out = make_var(Out(kept), !(in.is_constant() && ...));
  if (out.is_constant()) return out;
  has_tangents_ = false;
  nodes_.push_back(keep<SegmentNode<Segment, Out, V...>>(segment, is_collective, out, in...));
  return out;
}

template <class Device>
template <class Segment, class... In>
auto Tape<Device>::checkpoint(Segment const& segment, In const&... in) {
  return record_segment(segment, as_var(in)...);
}

// ---- cotangents and tangents --------------------------------------------------------------------------------

template <class Device>
template <class V>
OpOutput<V> Tape<Device>::view_of(std::byte*& data, Var<V> const& var, bool zero) {
  bool const is_new = data == nullptr;
  if (is_new) data = derivatives_.acquire(slots_[index(var)].bytes);
  auto const view = make_op_view<OpOutput<V>>(data, extents_of(var.value));
  if (is_new && zero) set_all(exec_, view, 0);
  return view;
}

template <class Device>
template <class V>
V Tape<Device>::tangent_or_null(Var<V> const& var) {
  if (var.is_constant() || slots_[index(var)].dot == nullptr) return V();
  return view_of(slots_[index(var)].dot, var, false);
}

template <class Device>
template <class V>
V Tape<Device>::cotangent_tangent_or_null(Var<V> const& var) {
  if (var.is_constant() || slots_[index(var)].bar_dot == nullptr) return V();
  return view_of(slots_[index(var)].bar_dot, var, false);
}

template <class Device>
void Tape<Device>::release(std::byte*& data, std::size_t bytes) {
  if (data != nullptr) derivatives_.release(data, bytes);
  data = nullptr;
}

template <class Device>
void Tape<Device>::release_scratch() {
  for (auto const& [data, bytes] : scratch_) derivatives_.release(data, bytes);
  scratch_.clear();
}

template <class Device>
template <class YBar, class V>
void Tape<Device>::seed(char const* where, Var<V> const& y, YBar const& y_bar) {
  static_assert(std::is_same_v<OpOutput<YBar>, OpOutput<V>>,
                "a cotangent has the type, dimensions and layout of its value");
  for (std::size_t d = 0; d < compat::kRank<V>; ++d)
    check_extent(where, y_bar, static_cast<int>(d), y.value.extent(d), "the value's extent");
  add_to(exec_, as_op_input(y_bar), cotangent(y));
}

template <class Device>
void Tape<Device>::sweep(bool with_tangents) {
  state_ = State::sweeping;
  for (auto it = nodes_.rbegin(); it != nodes_.rend(); ++it) {
    auto const at = static_cast<std::size_t>((*it)->output);
    if (slots_[at].bar == nullptr && !(*it)->collective) continue;
    if (with_tangents)
      (*it)->run_adjoint_with_tangent(*this);
    else
      (*it)->run_adjoint(*this);
    release(slots_[at].bar, slots_[at].bytes);
    release(slots_[at].bar_dot, slots_[at].bytes);
  }
  state_ = with_tangents ? State::swept_with_tangents : State::swept;
}

template <class Device>
template <class V>
void Tape<Device>::backward(Var<V> const& loss) {
  check_sweep("Tape::backward", loss);
  if (loss.value.size() != 1)
    fail(cat("Tape::backward: the loss has ", loss.value.size(),
             " numbers; it must be one, or give a cotangent"));
  set_all(exec_, cotangent(loss), 1);
  sweep(false);
}

template <class Device>
template <class V, class YBar>
void Tape<Device>::backward(Var<V> const& y, YBar const& y_bar) {
  check_sweep("Tape::backward", y);
  seed("Tape::backward", y, y_bar);
  sweep(false);
}

template <class Device>
template <class V>
void Tape<Device>::backward_with_tangents(Var<V> const& loss) {
  check_sweep("Tape::backward_with_tangents", loss);
  if (loss.value.size() != 1)
    fail(cat("Tape::backward_with_tangents: the loss has ", loss.value.size(), " numbers; it must be one"));
  if (!has_tangents_) fail("Tape::backward_with_tangents: call push_forward() after the last operation");
  set_all(exec_, cotangent(loss), 1);
  sweep(true);
}

template <class Device>
template <class V>
OpOutput<V> Tape<Device>::gradient(Var<V> const& leaf) {
  Slot& slot = slot_of_leaf("Tape::gradient", leaf);
  if (state_ != State::swept && state_ != State::swept_with_tangents)
    fail("Tape::gradient: there is none before backward()");
  return view_of(slot.bar, leaf, true);
}

template <class Device>
template <class V>
OpOutput<V> Tape<Device>::gradient_tangent(Var<V> const& leaf) {
  Slot& slot = slot_of_leaf("Tape::gradient_tangent", leaf);
  if (state_ != State::swept_with_tangents)
    fail("Tape::gradient_tangent: there is none before backward_with_tangents()");
  return view_of(slot.bar_dot, leaf, true);
}

template <class Device>
template <class V, class Direction>
void Tape<Device>::set_tangent(Var<V> const& leaf, Direction const& direction) {
  static_assert(std::is_same_v<OpOutput<Direction>, OpOutput<V>>,
                "a direction has the type, dimensions and layout of its leaf");
  Slot& slot = slot_of_leaf("Tape::set_tangent", leaf);
  for (std::size_t d = 0; d < compat::kRank<V>; ++d)
    check_extent("Tape::set_tangent", direction, static_cast<int>(d), leaf.value.extent(d),
                 "the leaf's extent");
  auto const dot = view_of(slot.dot, leaf, false);
  set_all(exec_, dot, 0);
  add_to(exec_, as_op_input(direction), dot);
  has_tangents_ = false;
}

template <class Device>
void Tape<Device>::push_forward() {
  if (state_ != State::recording) fail("Tape::push_forward: after backward(); call clear() and record again");
  for (Node* const node : nodes_) {
    Slot& slot = slots_[static_cast<std::size_t>(node->output)];
    release(slot.dot, slot.bytes);  // of an earlier direction
    node->run_tangent(*this);
  }
  has_tangents_ = true;
}

template <class Device>
template <class V>
OpInput<V> Tape<Device>::tangent(Var<V> const& y) {
  check("Tape::tangent", y, 0);
  if (!has_tangents_) fail("Tape::tangent: there is none before push_forward()");
  if (y.is_constant()) fail("Tape::tangent: a constant has none");
  Slot& slot = slots_[index(y)];
  return view_of(slot.dot, y, slot.dot == nullptr);
}

// ---- memory -------------------------------------------------------------------------------------------------

template <class Device>
void Tape<Device>::destroy_nodes() {
  for (auto it = kept_.rbegin(); it != kept_.rend(); ++it) (*it)->~Kept();
  kept_.clear();
  nodes_.clear();
}

template <class Device>
void Tape<Device>::clear() {
  destroy_nodes();
  node_memory_.reset();
  slots_.clear();
  values_.reset();
  derivatives_.reset();
  state_ = State::recording;
  has_tangents_ = false;
  ++epoch_;
}

template <class Device>
std::size_t Tape<Device>::value_bytes() const {
  return values_.capacity_bytes() + (nested_ ? nested_->value_bytes() : 0);
}

template <class Device>
std::size_t Tape<Device>::derivative_bytes() const {
  return derivatives_.capacity_bytes() + (nested_ ? nested_->derivative_bytes() : 0);
}

template <class Device>
int Tape<Device>::num_allocator_calls() const {
  return values_.num_allocator_calls() + derivatives_.num_allocator_calls() +
         node_memory_.num_allocator_calls() + (nested_ ? nested_->num_allocator_calls() : 0);
}

}  // namespace nacre::ad
