#include <nacre/autodiff/tape.hpp>

#include <gtest/gtest.h>

#include <nacre/autodiff/gradient_check.hpp>

#include "autodiff/operations.hpp"
#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/message_of.hpp"

namespace {

using nacre::Vector;
using nacre::ad::Var;
using nacre::test::message_of;
using nacre::test::ProductOp;
using nacre::test::SineOp;
using nacre::test::TotalOp;

template <class Device>
Vector<double, Device> numbers(std::size_t n, std::uint64_t seed) {
  Vector<double, Device> v("numbers", n);
  auto const h = Kokkos::create_mirror_view(v);
  for (std::size_t i = 0; i < n; ++i) h(i) = nacre::random_uniform(seed, i, -1, 1);
  Kokkos::deep_copy(v, h);
  return v;
}
template <class View>
std::vector<double> host(View const& v) {
  auto const h = nacre::host_view(v);
  return std::vector<double>(h.data(), h.data() + h.size());
}

/// sum of sin(w x)^2 w + w: uses w three times.
template <class Tape, class W, class X>
auto loss_of(Tape& tape, W const& w, X const& x) {
  auto const s = tape.apply(SineOp(), tape.apply(ProductOp(), w, x));
  auto const product = tape.apply(ProductOp(), tape.apply(ProductOp(), s, s), w);
  return tape.apply(TotalOp(), product);
}

template <class Device>
struct Tape : testing::Test {};
TYPED_TEST_SUITE(Tape, nacre::test::Backends);

TYPED_TEST(Tape, OperationsOfTheTestsAreRight) {
  nacre::ExecOf<TypeParam> const exec;
  auto const x = numbers<TypeParam>(37, 1), y = numbers<TypeParam>(37, 2);
  nacre::test::expect_correct_derivatives(exec, SineOp(), x);
  nacre::test::expect_correct_derivatives(exec, ProductOp(), x, y);
  nacre::test::expect_correct_derivatives(exec, TotalOp(), x);
}

TYPED_TEST(Tape, GradientIsTheKnownOne) {
  auto const w = numbers<TypeParam>(5, 1), x = numbers<TypeParam>(5, 2);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(w);

  tape.backward(loss_of(tape, leaf, x));

  auto const gradient = host(tape.gradient(leaf)), ws = host(w), xs = host(x);
  for (std::size_t i = 0; i < 5; ++i) {
    double const s = std::sin(ws[i] * xs[i]), c = std::cos(ws[i] * xs[i]);
    EXPECT_NEAR(gradient[i], s * s + 2 * s * c * xs[i] * ws[i], 1e-15);
  }
}

TYPED_TEST(Tape, GradientOfAComputationMatchesDifferences) {
  nacre::ad::Tape<TypeParam> tape;
  auto const loss = [](auto& t, auto const& w, auto const& x) { return loss_of(t, w, x); };

  double const error =
      nacre::ad::gradient_check(tape, loss, {}, numbers<TypeParam>(1023, 3), numbers<TypeParam>(1023, 4));

  EXPECT_LE(error, 1e-8);
}

TYPED_TEST(Tape, CheckpointedSegmentsGiveTheSameGradientInLessMemory) {
  auto const w = numbers<TypeParam>(10000, 1), x = numbers<TypeParam>(10000, 2);
  auto const ten_layers = [](auto& tape, auto const& weights, auto value) {
    for (int layer = 0; layer < 10; ++layer)
      value = tape.apply(SineOp(), tape.apply(ProductOp(), weights, value));
    return value;
  };
  nacre::ad::Tape<TypeParam> plain, checkpointed;
  auto const run = [&](auto& tape, bool segments) {
    auto const leaf = tape.leaf(w);
    auto value = tape.apply(ProductOp(), leaf, x);
    for (int i = 0; i < 6; ++i)
      value = segments ? tape.checkpoint(ten_layers, leaf, value) : ten_layers(tape, leaf, value);
    tape.backward(tape.apply(TotalOp(), value));
    return host(tape.gradient(leaf));
  };

  auto const expected = run(plain, false), found = run(checkpointed, true);

  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-14 * (1 + std::abs(expected[i])));
  EXPECT_LE(3 * (checkpointed.value_bytes() + checkpointed.derivative_bytes()),
            plain.value_bytes() + plain.derivative_bytes());
}

TYPED_TEST(Tape, TangentsAreJacobianVectorProducts) {
  auto const w = numbers<TypeParam>(37, 1), x = numbers<TypeParam>(37, 2), v = numbers<TypeParam>(37, 3);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(w);
  auto const y = tape.apply(SineOp(), tape.apply(ProductOp(), leaf, x));

  tape.set_tangent(leaf, v);
  tape.push_forward();

  auto const y_dot = host(tape.tangent(y)), ws = host(w), xs = host(x), vs = host(v);
  for (std::size_t i = 0; i < 37; ++i) EXPECT_NEAR(y_dot[i], std::cos(ws[i] * xs[i]) * xs[i] * vs[i], 1e-15);
}

template <class Device>
std::vector<double> hessian_vector_product(Vector<double, Device> const& w, Vector<double, Device> const& x,
                                           Vector<double, Device> const& v, bool segments) {
  nacre::ad::Tape<Device> tape;
  auto const leaf = tape.leaf(w);
  auto const f = [](auto& t, auto const& a, auto const& b) { return loss_of(t, a, b); };
  auto const loss = segments ? tape.checkpoint(f, leaf, x) : f(tape, leaf, x);
  tape.set_tangent(leaf, v);
  tape.push_forward();
  tape.backward_with_tangents(loss);
  return host(tape.gradient_tangent(leaf));
}

TYPED_TEST(Tape, ForwardOverReverseIsAHessianVectorProduct) {
  auto const w = numbers<TypeParam>(37, 1), x = numbers<TypeParam>(37, 2), v = numbers<TypeParam>(37, 3);

  auto const plain = hessian_vector_product<TypeParam>(w, x, v, false);
  auto const segment = hessian_vector_product<TypeParam>(w, x, v, true);

  auto const ws = host(w), xs = host(x), vs = host(v);
  for (std::size_t i = 0; i < 37; ++i) {  // the Hessian of a sum over elements is diagonal
    double const z = ws[i] * xs[i];
    double const second = 2 * std::sin(2 * z) * xs[i] + 2 * std::cos(2 * z) * xs[i] * xs[i] * ws[i];
    EXPECT_NEAR(plain[i], second * vs[i], 1e-14);
    EXPECT_NEAR(segment[i], plain[i], 1e-14);
  }
}

TYPED_TEST(Tape, VectorJacobianProductTakesACotangent) {
  auto const x = numbers<TypeParam>(7, 1), y_bar = numbers<TypeParam>(7, 2);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(x);

  tape.backward(tape.apply(SineOp(), leaf), y_bar);

  auto const gradient = host(tape.gradient(leaf)), xs = host(x), bars = host(y_bar);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_DOUBLE_EQ(gradient[i], std::cos(xs[i]) * bars[i]);
}

TYPED_TEST(Tape, OperationsOnConstantsAreNotRecorded) {
  auto const x = numbers<TypeParam>(7, 1);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(x);

  auto const constant = tape.apply(SineOp(), x);
  tape.apply(ProductOp(), leaf, constant);

  EXPECT_TRUE(constant.is_constant());
  EXPECT_EQ(tape.num_nodes(), 1u);
}

TYPED_TEST(Tape, AnUnreachedLeafHasAZeroGradient) {
  auto const x = numbers<TypeParam>(7, 1);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(x), other = tape.leaf(x);

  tape.backward(tape.apply(TotalOp(), tape.apply(SineOp(), leaf)));

  EXPECT_EQ(host(tape.gradient(other)), std::vector<double>(7, 0.));
}

TYPED_TEST(Tape, SeveralTapesAtOnceDoNotMeet) {
  auto const x = numbers<TypeParam>(37, 1), y = numbers<TypeParam>(37, 2);
  nacre::ad::Tape<TypeParam> first, second;
  auto const a = first.leaf(x);
  auto const b = second.leaf(x);
  auto const first_loss = loss_of(first, a, y);
  auto const second_loss = loss_of(second, b, y);

  second.backward(second_loss);
  first.backward(first_loss);

  EXPECT_EQ(host(first.gradient(a)), host(second.gradient(b)));
}

TYPED_TEST(Tape, MisuseIsRefusedWithAClearMessage) {
  auto const x = numbers<TypeParam>(4, 1), short_one = numbers<TypeParam>(3, 1);
  nacre::ad::Tape<TypeParam> tape, other;
  auto const leaf = tape.leaf(x), stranger = other.leaf(x);
  auto const s = tape.apply(SineOp(), leaf);
  std::remove_const_t<decltype(leaf)> const empty;

  EXPECT_EQ(message_of([&] { tape.apply(ProductOp(), leaf, stranger); }),
            "nacre::test::product: input 1 belongs to another tape");
  EXPECT_EQ(message_of([&] { tape.apply(ProductOp(), leaf, short_one); }),
            "nacre::test::product: a view has extent(0) = 3 but the extent of the first factor is 4 "
            "(nacre::test::product of [4] and [3])");
  EXPECT_EQ(message_of([&] { tape.apply(SineOp(), empty); }), "nacre::test::sine: input 0 is an empty Var");
  EXPECT_EQ(message_of([&] { tape.backward(s); }),
            "Tape::backward: the loss has 4 numbers; it must be one, or give a cotangent");
  EXPECT_EQ(message_of([&] { tape.backward(tape.apply(TotalOp(), x)); }),
            "Tape::backward: the loss depends on no leaf of this tape");
  EXPECT_EQ(message_of([&] { tape.gradient(leaf); }), "Tape::gradient: there is none before backward()");
  EXPECT_EQ(message_of([&] { tape.tangent(s); }), "Tape::tangent: there is none before push_forward()");
  auto const loss = tape.apply(TotalOp(), s);
  EXPECT_EQ(message_of([&] { tape.backward_with_tangents(loss); }),
            "Tape::backward_with_tangents: call push_forward() after the last operation");
  tape.backward(loss);
  EXPECT_EQ(
      message_of([&] { tape.backward(loss); }),
      "Tape::backward: the second call for one recording, whose cotangents are recycled; call clear() and "
      "record again");
  EXPECT_EQ(message_of([&] { tape.apply(SineOp(), leaf); }),
            "nacre::test::sine: recording after backward(); call clear() first");
  EXPECT_EQ(message_of([&] { tape.gradient(s); }), "Tape::gradient: only leaves have one; this is a result");
  tape.clear();
  EXPECT_EQ(message_of([&] { tape.apply(SineOp(), leaf); }),
            "nacre::test::sine: input 0 is from before clear(); make leaves and constants anew in each step");
  EXPECT_EQ(message_of([&] { tape.gradient(leaf); }),
            "Tape::gradient: input 0 is from before clear(); make leaves and constants anew in each step");
}

TYPED_TEST(Tape, GradientTangentsAreThoseOfASweepThatMadeThem) {
  auto const x = numbers<TypeParam>(4, 1);
  nacre::ad::Tape<TypeParam> tape;
  auto const record = [&] {
    tape.clear();
    auto const leaf = tape.leaf(x);
    auto const loss = loss_of(tape, leaf, x);
    tape.set_tangent(leaf, x);
    tape.push_forward();
    return std::make_pair(leaf, loss);
  };

  auto const [leaf, loss] = record();
  tape.backward(loss);
  auto const& without = leaf;
  EXPECT_EQ(message_of([&] { tape.gradient_tangent(without); }),
            "Tape::gradient_tangent: there is none before backward_with_tangents()");

  auto const [again, second_loss] = record();
  tape.backward_with_tangents(second_loss);
  tape.apply(SineOp(), x);  // a constant: evaluated, not recorded
  EXPECT_NE(host(tape.gradient_tangent(again)), std::vector<double>(4, 0.));
}

/// y = x, whose adjoint fails.
struct FailingOp {
  static constexpr char const* name = "nacre::test::failing";
  static constexpr nacre::Form form = nacre::Form::linear;
  template <class X>
  std::array<std::size_t, 1> output_extents(X const& x) const {
    return {{x.extent(0)}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    nacre::set_all(exec, y, 0);
    nacre::add_to(exec, x, y);
  }
  template <class Exec, class Y, class X, class XBar>
  void adjoint(Exec const&, Y const&, Y const&, X const&, XBar const&) const {
    nacre::fail("no adjoint today");
  }
};

TYPED_TEST(Tape, AfterABackwardThatFailedThereIsNoGradient) {
  auto const x = numbers<TypeParam>(4, 1);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(x);
  auto const loss = tape.apply(TotalOp(), tape.apply(ProductOp(), tape.apply(FailingOp(), leaf), leaf));

  EXPECT_EQ(message_of([&] { tape.backward(loss); }), "no adjoint today");

  EXPECT_EQ(message_of([&] { tape.gradient(leaf); }), "Tape::gradient: there is none before backward()");
  EXPECT_NE(message_of([&] { tape.backward(loss); }).find("the second call"), std::string::npos);
}

TYPED_TEST(Tape, ASegmentMayIgnoreItsInput) {
  auto const x = numbers<TypeParam>(4, 1);
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(x);
  auto const ignore = [x](auto& t, auto const&) { return t.apply(SineOp(), x); };
  auto const loss = tape.apply(TotalOp(), tape.checkpoint(ignore, leaf));
  tape.set_tangent(leaf, x);
  tape.push_forward();

  tape.backward_with_tangents(loss);

  EXPECT_EQ(host(tape.gradient(leaf)), std::vector<double>(4, 0.));
  EXPECT_EQ(host(tape.gradient_tangent(leaf)), std::vector<double>(4, 0.));
}

TYPED_TEST(Tape, AStridedViewIsRefused) {
  Kokkos::View<double**, Kokkos::LayoutRight, TypeParam> const table("table", 4, 3);
  nacre::ad::Tape<TypeParam> tape;

  EXPECT_EQ(message_of([&] { tape.leaf(Kokkos::subview(table, Kokkos::ALL(), 1)); }),
            "view 'table' is not contiguous; operations take contiguous views");
}

TYPED_TEST(Tape, ATemporaryLeafIsKeptAlive) {
  nacre::ad::Tape<TypeParam> tape;
  auto const leaf = tape.leaf(numbers<TypeParam>(1000, 1));
  auto const other = numbers<TypeParam>(1000, 2);  // would take the memory of the first

  tape.backward(tape.apply(TotalOp(), tape.apply(ProductOp(), leaf, leaf)));

  auto const gradient = host(tape.gradient(leaf)), x = host(numbers<TypeParam>(1000, 1));
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(gradient[i], 2 * x[i]);
}

}  // namespace
