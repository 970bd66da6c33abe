// What a step on the tape costs beside its kernels.
#include <nacre/autodiff/tape.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "autodiff/operations.hpp"
#include "support/watch.hpp"

namespace {
long num_news = 0;
}
// counts what the host allocates; not inlined, or gcc sees a free() that does not belong to a new
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++num_news;
  if (void* const p = std::malloc(bytes > 0 ? bytes : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

using nacre::Vector;
using nacre::test::ProductOp;
using nacre::test::SineOp;
using nacre::test::TotalOp;
using nacre::test::Watch;

template <class Device>
Vector<double, Device> ones(std::size_t n) {
  Vector<double, Device> v("ones", n);
  Kokkos::deep_copy(v, 1.);
  return v;
}

/// sum of the 20th (sin(w x))
template <class Tape, class Weights>
void step(Tape& tape, Weights const& weights, bool second_order) {
  tape.clear();
  auto const w = tape.leaf(weights);
  auto x = tape.apply(SineOp(), w);
  for (int layer = 0; layer < 20; ++layer) x = tape.apply(SineOp(), tape.apply(ProductOp(), w, x));
  auto const loss = tape.apply(TotalOp(), x);
  if (second_order) {
    tape.set_tangent(w, weights);
    tape.push_forward();
    tape.backward_with_tangents(loss);
  } else {
    tape.backward(loss);
  }
}

TEST(TapeMemory, SecondStepNeitherAllocatesNorFences) {
  for (bool const second_order : {false, true}) {
    auto const weights = ones<nacre::DefaultDevice>(5000);
    nacre::ad::Tape<> tape;
    step(tape, weights, second_order);
    int const calls = tape.num_allocator_calls();

    {
      Watch const watch;
      step(tape, weights, second_order);
    }

    EXPECT_GE(Watch::seen().kernels, 80);
    EXPECT_EQ(Watch::seen().allocations, 0);
    EXPECT_EQ(tape.num_allocator_calls(), calls);
    for (auto const& fence : Watch::seen().fences) ADD_FAILURE() << "fence '" << fence << "'";
    for (auto const& label : Watch::seen().bad_labels) ADD_FAILURE() << "kernel '" << label << "'";
  }
}

TEST(TapeMemory, SecondStepAllocatesOnTheHostNoMoreThanItsKernels) {
  auto const weights = ones<nacre::DefaultDevice>(50);
  nacre::ad::Tape<> tape;
  step(tape, weights, false);
  step(tape, weights, false);
  auto const kernels_of_a_step = [&] {  // Kokkos copies labels when it launches
    Watch const watch;
    step(tape, weights, false);
    return Watch::seen().kernels;
  }();
  long const before_launches = num_news;
  for (int i = 0; i < kernels_of_a_step; ++i)
    Kokkos::parallel_for("nacre::test::a_label_of_the_usual_length", 1, [](int) {});
  long const of_launches = num_news - before_launches;

  long const before = num_news;
  step(tape, weights, false);

  EXPECT_LE(num_news - before, of_launches);
}

TEST(TapeMemory, PeakIsThatOfTheValuesAndTwoCotangents) {
  std::size_t const n = 100000;
  auto const weights = ones<nacre::DefaultDevice>(n);

  Watch const watch;
  nacre::ad::Tape<> tape;
  step(tape, weights, false);
  step(tape, weights, false);

  // 41 values, the gradient, a cotangent on either side of the operation that runs
  double const needed = 8. * static_cast<double>(n) * (41 + 1 + 2);
  EXPECT_LE(static_cast<double>(Watch::seen().peak_bytes), 1.1 * needed);
  EXPECT_GE(static_cast<double>(Watch::seen().peak_bytes), .95 * needed);
}

}  // namespace
