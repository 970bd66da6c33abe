#pragma once

#include <string>

#include <nacre/core/columns.hpp>
#include <nacre/core/comm_ops.hpp>

/// \file
/// Between the views of an operation and the columns that solvers take.

namespace nacre::solvers::detail {

/// Vectors of an operation as columns: taken as they are where every column is contiguous, else copied to memory
/// of work, which is kept.
template <class Scalar, class Device>
class OpColumns {
 public:
  using Out = MultiVector<Scalar, Device>;
  using In = MultiVector<Scalar const, Device>;
  static constexpr int kSlots = 6;

  /// \param slot one for each vector in use at a time. \return null if v is
  template <class Exec, class V>
  In input(Exec const& exec, V const& v, int slot) {
    if (!is_given(v)) return In();
    std::size_t const n = v.extent(0), k = nacre::detail::num_columns(v);
    if (has_columns(v)) return In(v.data(), n, k);
    auto const copy = work(slot, n, k);
    nacre::detail::copy_rows_to(exec, "nacre::solve::columns", nacre::detail::two_dimensional(v), 0, copy);
    return copy;
  }
  /// Where to write what store() then brings to v.
  template <class V>
  Out output(V const& v, int slot) {
    std::size_t const n = v.extent(0), k = nacre::detail::num_columns(v);
    return has_columns(v) ? Out(v.data(), n, k) : work(slot, n, k);
  }
  template <class Exec, class V>
  static void store(Exec const& exec, Out const& result, V const& v) {
    if (!has_columns(v))
      nacre::detail::copy_rows_to(exec, "nacre::solve::rows", result, 0, nacre::detail::two_dimensional(v));
  }
  /// v += s, unless v is not wanted.
  template <class Exec, class V>
  static void add(Exec const& exec, Out const& s, V const& v) {
    if (is_given(v))
      nacre::detail::add_first_rows(exec, "nacre::solve_adjoint::b", s, nacre::detail::two_dimensional(v));
  }
  template <class V>
  static Vector<Scalar const, Device> entries(V const& values) {
    return Vector<Scalar const, Device>(values.data(), values.extent(0));
  }
  template <class V>
  static Vector<Scalar, Device> cotangent(V const& values_bar) {
    return Vector<Scalar, Device>(values_bar.data(), values_bar.extent(0));
  }

  Out work(int slot, std::size_t n, std::size_t k) {
    auto& v = work_[slot];
    if (v.extent(0) != n || v.extent(1) != k)
      v = Out(Kokkos::view_alloc(std::string("nacre::solve::work"), Kokkos::WithoutInitializing), n, k);
    return v;
  }

 private:
  template <class V>
  static bool has_columns(V const& v) {
    return compat::kRank<V> == 1 || std::is_same_v<typename V::array_layout, Kokkos::LayoutLeft> ||
           v.extent(1) == 1;
  }
  Out work_[kSlots];
};

}  // namespace nacre::solvers::detail
