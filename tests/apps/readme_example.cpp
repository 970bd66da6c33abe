#include <Kokkos_Core.hpp>
#include <cstdio>
#include <nacre/core/problems.hpp>
#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/matrix_operator.hpp>
#include <nacre/solvers/pcg.hpp>

int main(int argc, char* argv[]) {
  nacre::MpiScope const mpi(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  auto const A = nacre::poisson_3d(nacre::Comm::world(), {50, 50, 50}).A;  // this rank's rows of it
  nacre::solvers::Amg<double> const amg(A);
  auto const n = A.pattern.num_owned_rows();
  nacre::MultiVector<double> const b("b", n, 1), x("x", n, 1);
  Kokkos::deep_copy(b, 1.);
  nacre::solvers::Pcg<double> pcg;
  auto const info = pcg.solve({}, nacre::solvers::MatrixOperator<double>(A), &amg, b, x);
  if (A.comm().rank() == 0) std::printf("%s after %d iterations\n", to_string(info.status), info.iterations);
  return info.converged() ? 0 : 1;
}
