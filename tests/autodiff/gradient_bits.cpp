// Prints a number that depends on every bit of a gradient, for comparison between runs on other numbers of threads.
#include <cstdio>
#include <cstring>

#include "autodiff/computation.hpp"

int main(int argc, char* argv[]) {
  Kokkos::ScopeGuard const kokkos(argc, argv);
  nacre::test::Computation<nacre::DefaultDevice> const f(20000);
  nacre::ad::Tape<> tape;
  std::uint64_t bits = 0;
  for (double const g : f.gradient(tape)) {
    std::uint64_t word = 0;
    std::memcpy(&word, &g, sizeof g);
    bits = nacre::random_bits(bits, word);
  }
  std::printf("%016llx\n", static_cast<unsigned long long>(bits));
}
