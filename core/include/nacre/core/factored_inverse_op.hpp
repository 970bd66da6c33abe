#pragma once

#include <nacre/core/block_expansion.hpp>
#include <nacre/core/operation.hpp>
#include <nacre/core/shared_buffer.hpp>
#include <nacre/core/spmv.hpp>

/// \file
/// A factored approximate inverse applied to a vector, differentiable in its factor.

namespace nacre {

namespace detail {

/// out(i) = p(i) in(i), p a mask
template <class T>
struct MaskBody {
  T const *mask, *in;
  T* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const { out[i] = mask[i] * in[i]; }
};
/// z(i) = p(i) z(i), w(i) = z(i) / d(i)
template <class T>
struct MaskAndScaleBody {
  T const *mask, *inverse_diagonal;
  T *z, *w;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    T const value = mask != nullptr ? mask[i] * z[i] : z[i];
    z[i] = value;
    w[i] = inverse_diagonal != nullptr ? inverse_diagonal[i] * value : value;
  }
};
/// y(i) = p(i) (y(i) + epsilon r(i) / d(i))
template <class T>
struct AddScaledAndMaskBody {
  T const *mask, *inverse_diagonal, *r;
  T* y;
  T epsilon;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    T const value = y[i] + epsilon * (inverse_diagonal != nullptr ? inverse_diagonal[i] * r[i] : r[i]);
    y[i] = mask != nullptr ? mask[i] * value : value;
  }
};
/// values_bar(k, :) += a block of z y^T + q r^T
template <class T, class Bar>
struct FactorBarBody {
  Ordinal const *row, *col;
  T const *z, *y, *q, *r;
  Bar* values_bar;
  int block_size;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k) const {
    auto const b = static_cast<std::int64_t>(block_size);
    std::int64_t const i = row[k] * b, j = col[k] * b;
    for (std::int64_t s = 0; s < b; ++s)
      for (std::int64_t t = 0; t < b; ++t)
        values_bar[(k * b + s) * b + t] += static_cast<Bar>(z[i + s] * y[j + t] + q[i + s] * r[j + t]);
  }
};

}  // namespace detail

/// d = P (F^T D^-1 P F + epsilon D^-1) P r as an operation of the factor's values and r. On the blocks of F
/// `values_bar(i, j) += z(i) y(j) + q(i) (P r)(j)` with z = D^-1 P F P r, y = P d_bar, and q = D^-1 P F y; `r_bar +=` the same
/// operation on d_bar. P is a mask of ones and zeros, D a diagonal; where they are empty, the identity.
///
/// values [blocks, b^2] or [blocks b^2], row-major blocks on the square pattern of `factor`, r [n b] -> [n b]
template <class Scalar, class Device = DefaultDevice>
struct FactoredInverseOp {
  static constexpr char const* name = "nacre::factored_inverse";
  BlockExpansion<Device> factor;
  double epsilon = 0;
  Vector<Scalar const, Device> mask, inverse_diagonal;  ///< [n b], or empty
  detail::SharedBuffer<typename Device::memory_space> work = {};

  template <class Values, class R>
  std::array<std::size_t, 1> output_extents(Values const&, R const&) const {
    return {{static_cast<std::size_t>(factor.pattern().num_rows())}};
  }

  /// \throws nacre::Error if there are not as many values as the factor has, or r, mask or inverse_diagonal is of another size
  template <class Exec, class D, class Values, class R>
  void forward(Exec const& exec, D const& d, Values const& values, R const& r) const {
    if (values.size() != factor.map().size())
      fail(cat("factored_inverse: ", values.size(), " values, but the factor has ", factor.map().size()));
    check_extent("factored_inverse", d, 0, static_cast<std::size_t>(factor.pattern().num_rows()),
                 "the number of unknowns");
    check_extent("factored_inverse", r, 0, d.extent(0), "the number of unknowns");
    for (auto const* const v : {&mask, &inverse_diagonal})
      if (v->extent(0) > 0) check_extent("factored_inverse", *v, 0, d.extent(0), "the number of unknowns");
    auto const w = buffers(d.extent(0));
    apply(exec, expand(exec, values, w.values), masked(exec, r, w.masked_r), w, d);
  }

  template <class Exec, class D, class DBar, class Values, class R, class ValuesBar, class RBar>
  void adjoint(Exec const& exec, D const&, DBar const& d_bar, Values const& values, R const& r,
               ValuesBar const& values_bar, RBar const& r_bar) const {
    auto const n = d_bar.extent(0);
    auto const w = buffers(n);
    auto const f = expand(exec, values, w.values);
    auto const y = masked(exec, d_bar, w.y);
    if (is_given(values_bar)) {
      auto const free_r = masked(exec, r, w.masked_r);
      product(exec, f, free_r, w.z, w.scaled_z);
      product(exec, f, y, w.q, w.scaled_q);
      auto const& blocks = factor.blocks();
      Kokkos::parallel_for("nacre::factored_inverse_adjoint", range_of_entries(exec, blocks.num_entries()),
                           detail::FactorBarBody<Scalar, typename ValuesBar::non_const_value_type>{
                               row_of_entry(blocks).data(), blocks.col().data(), w.scaled_z.data(), y.data(),
                               w.scaled_q.data(), free_r.data(), values_bar.data(), factor.block_size()});
    }
    if (is_given(r_bar)) {
      apply(exec, f, y, w, w.q);
      add_to(exec, w.q, r_bar);
    }
  }

 private:
  struct Buffers {
    Scalar* values;
    Vector<Scalar, Device> z, scaled_z, y, q, scaled_q, masked_r;
  };
  Buffers buffers(std::size_t n) const {
    std::size_t const expanded = factor.block_size() > 1 ? factor.map().size() : 0;
    auto* const data = work.template get<Scalar>(expanded + 6 * n);
    auto const vector = [&](std::size_t i) { return Vector<Scalar, Device>(data + expanded + i * n, n); };
    return {data, vector(0), vector(1), vector(2), vector(3), vector(4), vector(5)};
  }
  /// A view of nothing may have data.
  static Scalar const* data_or_null(Vector<Scalar const, Device> const& v) {
    return v.extent(0) > 0 ? v.data() : nullptr;
  }
  /// P x, in `to` unless it is x itself
  template <class Exec, class X>
  Vector<Scalar const, Device> masked(Exec const& exec, X const& x, Vector<Scalar, Device> const& to) const {
    if (mask.extent(0) == 0) return Vector<Scalar const, Device>(x.data(), x.extent(0));
    Kokkos::parallel_for(name, range_of_entries(exec, x.extent(0)),
                         detail::MaskBody<Scalar>{mask.data(), x.data(), to.data()});
    return to;
  }
  /// Blocks of size 1 lie as CSR values do.
  template <class Exec, class Values>
  Vector<Scalar const, Device> expand(Exec const& exec, Values const& values, Scalar* to) const {
    if (factor.block_size() == 1) return Vector<Scalar const, Device>(values.data(), values.size());
    Vector<Scalar, Device> const expanded(to, values.size());
    gather(exec, factor.map().source(), Vector<Scalar const, Device>(values.data(), values.size()), expanded);
    return expanded;
  }
  /// z = P F x, scaled_z = D^-1 z
  template <class Exec, class F, class X>
  void product(Exec const& exec, F const& f, X const& x, Vector<Scalar, Device> const& z,
               Vector<Scalar, Device> const& scaled_z) const {
    nacre::spmv(exec, factor.pattern(), f, x, z);
    Kokkos::parallel_for(name, range_of_entries(exec, z.extent(0)),
                         detail::MaskAndScaleBody<Scalar>{data_or_null(mask), data_or_null(inverse_diagonal),
                                                          z.data(), scaled_z.data()});
  }
  template <class Exec, class F, class X, class D>
  void apply(Exec const& exec, F const& f, X const& x, Buffers const& w, D const& d) const {
    product(exec, f, x, w.z, w.scaled_z);
    nacre::spmv_transpose(exec, factor.pattern(), f, w.scaled_z, d);
    Kokkos::parallel_for(
        name, range_of_entries(exec, d.extent(0)),
        detail::AddScaledAndMaskBody<Scalar>{data_or_null(mask), data_or_null(inverse_diagonal), x.data(),
                                             d.data(), static_cast<Scalar>(epsilon)});
  }
};

}  // namespace nacre
