// Solves a Poisson problem with AMG-preconditioned conjugate gradients; exit status 0 if it converged.
#include <cstdio>

#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const problem = nacre::poisson_3d(nacre::Comm::world(), {15, 15, 15});
  nacre::solvers::Amg<double> const amg(problem.A);
  nacre::MultiVector<double> const b("b", problem.A.pattern.num_owned_rows(), 1);
  nacre::MultiVector<double> const x("x", problem.A.pattern.num_owned_rows(), 1);
  Kokkos::deep_copy(b, 1.);
  nacre::solvers::Pcg<double> pcg;
  auto const info = pcg.solve({}, nacre::solvers::MatrixOperator<double>(problem.A), &amg, b, x);
  if (problem.A.comm().rank() == 0)
    std::printf("status=%s iterations=%d\n", to_string(info.status), info.iterations);
  return info.converged() ? 0 : 1;
}
