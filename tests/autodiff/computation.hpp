#pragma once

#include <memory>
#include <vector>

#include <nacre/autodiff/functions.hpp>
#include <nacre/core/random.hpp>

/// \file
/// A computation that uses every sparse product, for tests of the tape.

namespace nacre::test {

/// loss(a, x) with A a scaled Laplacian plus identity on a line of n points (a: its values).
template <class Device>
struct Computation {
  CsrPattern<Device> pattern;
  Vector<double, Device> values, x;
  SpgemmOp<Device> square;
  SptrsvOp<Device> lower;

  static Vector<double, Device> random(std::size_t n, std::uint64_t seed) {
    Vector<double, Device> const v("random", n);
    auto const h = Kokkos::create_mirror_view(v);
    for (std::size_t i = 0; i < n; ++i) h(i) = random_uniform(seed, i, -1, 1);
    Kokkos::deep_copy(v, h);
    return v;
  }
  static CsrPattern<Device> band(Ordinal n) {
    std::vector<Offset> row_ptr{0};
    std::vector<Ordinal> col;
    for (Ordinal i = 0; i < n; ++i) {
      for (Ordinal const j : {i - 7, i - 1, i, i + 1, i + 11})
        if (j >= 0 && j < n) col.push_back(j);
      row_ptr.push_back(static_cast<Offset>(col.size()));
    }
    return CsrPattern<Device>(n, n, to_device<Device>("row_ptr", row_ptr), to_device<Device>("col", col));
  }

  explicit Computation(Ordinal n)
      : pattern(band(n)),
        values(random(pattern.num_entries(), 1)),
        x(random(static_cast<std::size_t>(n), 2)),
        square{std::make_shared<SpgemmPlan<Device> const>(pattern, pattern)},
        lower{pattern} {
    auto const h = Kokkos::create_mirror_view(values);  // a strong diagonal, so that triangles can be solved
    Kokkos::deep_copy(h, values);
    auto const at = host_view(diagonal_positions(pattern).entry);
    for (std::size_t i = 0; i < at.extent(0); ++i) h(at(i)) += 6;
    Kokkos::deep_copy(values, h);
  }

  template <class A, class X>
  auto loss(ad::Tape<Device>& tape, A const& a, X const& vector) const {
    auto const matrix = ad::sparse(pattern, a);
    auto const product = ad::spgemm(tape, square, matrix, ad::transpose(tape, matrix));
    auto const y = ad::map(tape, Tanh(), ad::spmv(tape, product, ad::spmv(tape, matrix, vector)));
    auto const z = ad::sptrsv(tape, lower, matrix, ad::spmv_transpose(tape, matrix, y));
    auto const scaled = ad::scale_rows(tape, z, matrix);
    auto const sums = ad::add(tape, ad::row_sums(tape, scaled), ad::column_sums(tape, matrix));
    auto const total = ad::add(tape, ad::dot(tape, sums, z), ad::trace(tape, scaled));
    return ad::axpy(tape, ad::norm(tape, y), ad::squared_norm(tape, ad::diagonal(tape, scaled)), total);
  }

  static std::vector<double> host(Vector<double, Device> const& v) {
    auto const h = host_view(v);
    return std::vector<double>(h.data(), h.data() + h.extent(0));
  }
  /// With respect to the values, then to x.
  std::vector<double> gradient(ad::Tape<Device>& tape) const {
    tape.clear();
    auto const a = tape.leaf(values), v = tape.leaf(x);
    tape.backward(loss(tape, a, v));
    auto both = host(tape.gradient(a));
    auto const of_x = host(tape.gradient(v));
    both.insert(both.end(), of_x.begin(), of_x.end());
    return both;
  }
  /// The Hessian with respect to the values, times a direction.
  std::vector<double> hessian_times(Vector<double, Device> const& direction) const {
    ad::Tape<Device> tape;
    auto const a = tape.leaf(values);
    auto const f = loss(tape, a, x);
    tape.set_tangent(a, direction);
    tape.push_forward();
    tape.backward_with_tangents(f);
    return host(tape.gradient_tangent(a));
  }
};

}  // namespace nacre::test
