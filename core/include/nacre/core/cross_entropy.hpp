#pragma once

#include <nacre/core/ordered_sum.hpp>
#include <nacre/core/softmax.hpp>

/// \file
/// The cross entropy of classes and the softmax of each row of a matrix, as a differentiable operation.

namespace nacre {

namespace detail {

/// Row i of x without overflow: its largest entry, the numbers exp(x(i, j) - largest), the first kKept of them
/// worked out once, and their sum.
template <class X, int kKept = 0>
struct ShiftedRow {
  using T = std::remove_const_t<X>;
  Strided<X> x;
  std::int64_t i;
  T largest, sum;
  T kept[kKept > 0 ? kKept : 1];
  KOKKOS_INLINE_FUNCTION ShiftedRow(Strided<X> const& of, std::int64_t row, std::int64_t width)
      : x(of), i(row), largest(row_max<T>({of.data, of.row_stride, of.col_stride}, row, width)), sum(0) {
    for (std::int64_t j = 0; j < width; ++j) {
      T const e = compat::exp(x(i, j) - largest);
      if (j < kKept) kept[j] = e;
      sum += e;
    }
  }
  KOKKOS_INLINE_FUNCTION T exp(std::int64_t j) const {
    return j < kKept ? kept[j] : compat::exp(x(i, j) - largest);
  }
};

template <class X>
struct CrossEntropyTerm {
  Strided<X> x;
  int const* label;
  std::int64_t width;
  double factor;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    if (label[i] < 0) return 0;
    ShiftedRow<X> const row(x, i, width);
    return factor * static_cast<double>(compat::log(row.sum) + (row.largest - x(i, label[i])));
  }
};

/// The derivative of that term along x_dot: factor (sum over j of p(j) x_dot(i, j) - x_dot(i, label))
template <class X>
struct CrossEntropyTangentTerm {
  Strided<X> x, x_dot;
  int const* label;
  std::int64_t width;
  double factor;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t i) const {
    if (label[i] < 0) return 0;
    ShiftedRow<X> const row(x, i, width);
    typename ShiftedRow<X>::T sum = 0;
    for (std::int64_t j = 0; j < width; ++j) sum += row.exp(j) * x_dot(i, j);
    return factor * static_cast<double>(sum / row.sum - x_dot(i, label[i]));
  }
};

/// With p = softmax(x(i, :)): out(i, j) += factor (a (p(j) - [j is the label]) + b p(j) (x_dot(i, j) - p . x_dot)).
template <class Exec, class X, class Y, class Out>
struct CrossEntropyRowBody {
  using T = std::remove_const_t<X>;
  using Row = ShiftedRow<X, kOnHost<typename Exec::device_type> ? 64 : 0>;
  Strided<X> x, x_dot;
  int const* label;
  Y const *a, *b;  // null: zero
  Strided<Out> out;
  std::int64_t width;
  double factor;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    if (label[i] < 0) return;
    Row const row(x, i, width);
    if (a != nullptr) {
      T const weight = static_cast<T>(factor) * static_cast<T>(a[0]);
      T const of_exp = weight / row.sum;
      for (std::int64_t j = 0; j < width; ++j) out(i, j) += static_cast<Out>(of_exp * row.exp(j));
      out(i, label[i]) -= static_cast<Out>(weight);
    }
    if (b != nullptr) {
      T dot = 0;
      for (std::int64_t j = 0; j < width; ++j) dot += row.exp(j) * x_dot(i, j);
      dot /= row.sum;
      T const of_exp = static_cast<T>(factor) * static_cast<T>(b[0]) / row.sum;
      for (std::int64_t j = 0; j < width; ++j)
        out(i, j) += static_cast<Out>(of_exp * row.exp(j) * (x_dot(i, j) - dot));
    }
  }
};

}  // namespace detail

/// y(0) = factor times the sum over rows i with label(i) >= 0 of log(sum over j of exp(x(i, j))) -
/// x(i, label(i)), without overflow; rows with label -1 do not count.
/// `x_bar(i, j) += factor y_bar(0) (exp(x(i, j)) / sum over l of exp(x(i, l)) - [j = label(i)])`. Bishop (2006),
/// "Pattern recognition and machine learning", equations 4.108 and 4.109.
///
/// x [n, c] -> [1]; labels are below c, see check_labels()
template <class Device = DefaultDevice>
struct CrossEntropyOp {
  static constexpr char const* name = "nacre::cross_entropy";
  Vector<int const, Device> label;  ///< [n]
  double factor = 1;

  template <class X>
  std::array<std::size_t, 1> output_extents(X const&) const {
    return {{1}};
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    check_extent("cross_entropy", label, 0, x.extent(0), "the number of rows of x");
    ordered_sum(
        exec, name, x.extent(0),
        detail::CrossEntropyTerm<typename X::value_type>{detail::strided(x), label.data(), width(x), factor},
        y);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const& x, XBar const& x_bar) const {
    if (is_given(x_bar)) add_rows(exec, "nacre::cross_entropy_adjoint", x, x, y_bar, YBar(), x_bar);
  }
  template <class Exec, class Y, class YDot, class X, class XDot>
  void tangent(Exec const& exec, Y const&, YDot const& y_dot, X const& x, XDot const& x_dot) const {
    if (!is_given(x_dot)) return set_all(exec, y_dot, 0);
    ordered_sum(exec, "nacre::cross_entropy_tangent", x.extent(0),
                detail::CrossEntropyTangentTerm<typename X::value_type>{
                    detail::strided(x), detail::strided(x_dot), label.data(), width(x), factor},
                y_dot);
  }
  template <class Exec, class Y, class YDot, class YBar, class YBarDot, class X, class XDot, class XBarDot>
  void adjoint_tangent(Exec const& exec, Y const&, YDot const&, YBar const& y_bar, YBarDot const& y_bar_dot,
                       X const& x, XDot const& x_dot, XBarDot const& x_bar_dot) const {
    if (!is_given(x_bar_dot)) return;
    add_rows(exec, "nacre::cross_entropy_adjoint_tangent", x, x_dot, y_bar_dot,
             is_given(x_dot) ? y_bar : YBar(), x_bar_dot);
  }

 private:
  template <class X>
  static std::int64_t width(X const& x) {
    return static_cast<std::int64_t>(x.extent(1));
  }
  template <class Exec, class X, class XDot, class Weight, class Out>
  void add_rows(Exec const& exec, char const* kernel, X const& x, XDot const& x_dot, Weight const& a,
                Weight const& b, Out const& out) const {
    if (out.size() == 0) return;
    using Row = detail::CrossEntropyRowBody<Exec, typename X::value_type,
                                            typename Weight::non_const_value_type, typename Out::value_type>;
    Kokkos::parallel_for(kernel, range_of_entries(exec, x.extent(0)),
                         Row{detail::strided(x), detail::strided(x_dot), label.data(), a.data(), b.data(),
                             detail::strided(out), width(x), factor});
  }
};

/// Requires of every label that it be a class, or -1.
/// \throws nacre::Error that names the first row of which it is not so
template <class Labels>
void check_labels(Labels const& labels, int num_classes) {
  auto const h = host_view(labels);
  for (std::size_t i = 0; i < h.extent(0); ++i)
    if (h(i) < -1 || h(i) >= num_classes)
      fail(cat("check_labels: label(", i, ") = ", h(i), ", expected -1 or a class below ", num_classes));
}

}  // namespace nacre
