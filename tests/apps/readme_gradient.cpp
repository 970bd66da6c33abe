#include <Kokkos_Core.hpp>
#include <cstdio>
#include <nacre/autodiff/tape.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/problems.hpp>
#include <nacre/solvers/solve_op.hpp>

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const A = nacre::poisson_3d(nacre::Comm::world(), {50, 50, 50}).A;  // this rank's rows of it
  nacre::Vector<double> const b("b", A.pattern.num_owned_rows());
  Kokkos::deep_copy(b, 1.);

  nacre::solvers::SolveOp<double> const solve(A.pattern);  // PCG with AMG, unless options say otherwise
  nacre::ad::Tape<> tape;
  auto const values = tape.leaf(A.values), rhs = tape.leaf(b);
  auto const x = tape.apply(solve, values, rhs);
  auto const loss = tape.apply(nacre::SumOverRanksOp(A.comm()), tape.apply(nacre::half_squared_norm(), x));
  tape.backward(loss);  // one more solve, with the transposed hierarchy

  auto const gradient = tape.gradient(values);  // on the pattern of A, as tape.gradient(rhs) is on b's rows
  if (A.comm().rank() == 0)
    std::printf("loss %.6e, %zu derivatives, adjoint solve %s after %d iterations\n",
                nacre::host_view(loss.value)(0), gradient.extent(0), to_string(solve.report().adjoint.status),
                solve.report().adjoint.iterations);
  return solve.report().all_converged() ? 0 : 1;
}
