#include <nacre/solvers/krylov_engine_impl.hpp>

namespace nacre::solvers {

bool takes_symmetric(Symmetry symmetry, std::string const& method) {
  return symmetry == Symmetry::symmetric ||
         (symmetry == Symmetry::automatic && (method == "pcg" || method == "minres"));
}

template class KrylovEngine<double>;
template class KrylovEngine<float>;

}  // namespace nacre::solvers
