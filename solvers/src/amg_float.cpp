#include <nacre/solvers/amg_impl.hpp>
#include <nacre/solvers/detail/amg_hierarchy_impl.hpp>

namespace nacre::solvers {
template class detail::AmgHierarchy<float, DefaultDevice>;
template class Amg<float, DefaultDevice>;
}  // namespace nacre::solvers
