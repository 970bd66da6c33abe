#include <nacre/solvers/amg_impl.hpp>
#include <nacre/solvers/detail/amg_hierarchy_impl.hpp>

namespace nacre::solvers {
extern template class detail::AmgHierarchy<float, DefaultDevice>;  // in amg_float.cpp
template class detail::AmgHierarchy<double, DefaultDevice>;
template class Amg<double, DefaultDevice>;
}  // namespace nacre::solvers
