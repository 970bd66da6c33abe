// The gradient of half the squared norm of the solution of a Poisson problem; exit status 0 if b . b_bar is that norm.
#include <cmath>
#include <cstdio>

#include <nacre/autodiff/functions.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/solvers/solve_op.hpp>

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const A = nacre::poisson_3d(nacre::Comm::world(), {10, 10, 10}).A;
  nacre::Vector<double> const b("b", A.pattern.num_owned_rows());
  Kokkos::deep_copy(b, 1.);
  nacre::solvers::SolveOp<double> const solve(A.pattern);
  nacre::ad::Tape<> tape;
  auto const rhs = tape.leaf(b);
  auto const x = tape.apply(solve, A.values, rhs);
  auto const loss = tape.apply(nacre::SumOverRanksOp(A.comm()), nacre::ad::squared_norm(tape, x));
  tape.backward(loss);

  auto const b_bar = nacre::host_view(tape.gradient(rhs));
  double product = 0;  // x is linear in b, so b . b_bar = 2 |x|^2
  for (std::size_t i = 0; i < b_bar.extent(0); ++i) product += b_bar(i);
  double const expected = 2 * nacre::host_view(loss.value)(0), found = A.comm().sum(product);
  if (A.comm().rank() == 0) std::printf("b . b_bar = %.10e, expected %.10e\n", found, expected);
  return std::abs(found - expected) <= 1e-6 * expected ? 0 : 1;
}
