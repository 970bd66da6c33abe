#include <nacre/solvers/bicgstab.hpp>
#include <nacre/solvers/gmres.hpp>
#include <nacre/solvers/krylov_impl.hpp>
#include <nacre/solvers/minres.hpp>
#include <nacre/solvers/pcg.hpp>

namespace nacre::solvers {

std::vector<std::string> const& krylov_solver_names() {
  static std::vector<std::string> const names{"pcg", "bicgstab", "gmres", "minres"};
  return names;
}

template <class Scalar, class Device>
std::unique_ptr<KrylovSolver<Scalar, Device>> make_krylov_solver(std::string const& name,
                                                                 KrylovOptions options) {
  if (name == "pcg") return std::make_unique<Pcg<Scalar, Device>>(std::move(options));
  if (name == "bicgstab") return std::make_unique<BiCgStab<Scalar, Device>>(std::move(options));
  if (name == "gmres") return std::make_unique<Gmres<Scalar, Device>>(std::move(options));
  if (name == "minres") return std::make_unique<Minres<Scalar, Device>>(std::move(options));
  std::string known;
  for (auto const& n : krylov_solver_names()) known += (known.empty() ? "" : ", ") + n;
  fail(cat("make_krylov_solver: no method '", name, "'; there are ", known));
}

template class KrylovSolver<double>;
template class KrylovSolver<float>;
template std::unique_ptr<KrylovSolver<double>> make_krylov_solver<double>(std::string const&, KrylovOptions);
template std::unique_ptr<KrylovSolver<float>> make_krylov_solver<float>(std::string const&, KrylovOptions);

}  // namespace nacre::solvers
