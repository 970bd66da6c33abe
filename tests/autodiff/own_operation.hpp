#include <nacre/core/operation.hpp>

/// y(i) = x(i)^3
struct CubeOp {
  static constexpr char const* name = "my::cube";

  template <class X>
  std::array<std::size_t, 1> output_extents(X const& x) const {
    return {{x.extent(0)}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    Kokkos::parallel_for(
        name, nacre::range(exec, x.extent(0)), KOKKOS_LAMBDA(int i) { y(i) = x(i) * x(i) * x(i); });
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    Kokkos::parallel_for(
        name, nacre::range(exec, x.extent(0)),
        KOKKOS_LAMBDA(int i) { x_bar(i) += 3 * x(i) * x(i) * y_bar(i); });
  }
};
