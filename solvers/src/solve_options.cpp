#include <nacre/solvers/solve_options.hpp>

#include <nacre/solvers/direct_engine.hpp>

namespace nacre::solvers {

template <class Scalar, class Device>
std::shared_ptr<SolveEngine<Scalar, Device>> make_solve_engine(SolveOptions const& options) {
  if (options.method == "direct") return std::make_shared<DirectEngine<Scalar, Device>>();
  return std::make_shared<KrylovEngine<Scalar, Device>>(
      options.method,
      [options](DistributedCsr<Scalar, Device> const& A) {
        return std::shared_ptr<Preconditioner<Scalar, Device>>(
            make_preconditioner<Scalar, Device>(options.preconditioner, A, options.preconditioner_options));
      },
      options.krylov, options.symmetry, options.adjoint_tolerance);
}

template std::shared_ptr<SolveEngine<double>> make_solve_engine<double>(SolveOptions const&);
template std::shared_ptr<SolveEngine<float>> make_solve_engine<float>(SolveOptions const&);

}  // namespace nacre::solvers
