#pragma once

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// Products with F^T D F, which approximate inverses in factored form are made of.

namespace nacre::solvers::detail {

using nacre::detail::AllRows;
using nacre::detail::boundary_rows;
using nacre::detail::Columns;
using nacre::detail::columns;
using nacre::detail::distributed_product;
using nacre::detail::ListedRows;
using nacre::detail::prefetch_entries;

/// z += F^T D F x for the given rows, one after the other: each is multiplied with x and scattered to z while it is in
/// cache. Short rows are unrolled: their lengths vary, and a loop over each would end in a mispredicted branch.
template <class T, class TW, class TX, class TZ, class Rows>
struct FactoredRows {
  Offset const* row_ptr;
  Ordinal const* col;
  T const* values;
  TW const* weights;  ///< null for ones
  Columns<TX> x;
  Columns<TZ> z;
  Rows rows;
  Ordinal num_rows;
  int num_columns;

  void operator()(int) const {
    for (Ordinal r = 0; r < num_rows; ++r) {
      Ordinal const i = rows(r);
      Offset const begin = row_ptr[i], end = row_ptr[i + 1];
      prefetch_entries(col, values, begin, end);
      TZ const weight = weights == nullptr ? TZ(1) : static_cast<TZ>(weights[i]);
      for (int c = 0; c < num_columns; ++c) row(col + begin, values + begin, end - begin, weight, x[c], z[c]);
    }
  }

  static void row(Ordinal const* j, T const* f, Offset length, TZ weight, TX* xc, TZ* zc) {
    switch (length) {
      case 1:
        return unrolled<1>(j, f, weight, xc, zc);
      case 2:
        return unrolled<2>(j, f, weight, xc, zc);
      case 3:
        return unrolled<3>(j, f, weight, xc, zc);
      case 4:
        return unrolled<4>(j, f, weight, xc, zc);
      case 5:
        return unrolled<5>(j, f, weight, xc, zc);
      case 6:
        return unrolled<6>(j, f, weight, xc, zc);
      case 7:
        return unrolled<7>(j, f, weight, xc, zc);
      case 8:
        return unrolled<8>(j, f, weight, xc, zc);
      case 9:
        return unrolled<9>(j, f, weight, xc, zc);
      case 10:
        return unrolled<10>(j, f, weight, xc, zc);
      case 11:
        return unrolled<11>(j, f, weight, xc, zc);
      case 12:
        return unrolled<12>(j, f, weight, xc, zc);
      case 13:
        return unrolled<13>(j, f, weight, xc, zc);
      case 14:
        return unrolled<14>(j, f, weight, xc, zc);
      case 15:
        return unrolled<15>(j, f, weight, xc, zc);
      case 16:
        return unrolled<16>(j, f, weight, xc, zc);
      default: {
        TZ const t = weight * nacre::detail::row_product<TZ>(j, f, xc, length);
        for (Offset e = 0; e < length; ++e) zc[j[e]] += static_cast<TZ>(f[e]) * t;
      }
    }
  }
  template <int kLength>
  static void unrolled(Ordinal const* j, T const* f, TZ weight, TX* xc, TZ* zc) {
    TZ sum = 0;
    for (int e = 0; e < kLength; ++e) sum += static_cast<TZ>(f[e]) * xc[j[e]];
    TZ const t = weight * sum;
    for (int e = 0; e < kLength; ++e) zc[j[e]] += static_cast<TZ>(f[e]) * t;
  }
};

template <class Exec, class T, class Device, class TW, class X, class Z, class Rows>
void add_factored_rows(Exec const& exec, CsrMatrix<T, Device> const& F, TW const* weights, X const& x,
                       Z const& z, Rows const& rows, Ordinal num_rows) {
  using TX = typename X::value_type;
  using TZ = typename Z::non_const_value_type;
  Kokkos::parallel_for(
      "nacre::factored_product", Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, 1),
      FactoredRows<T, TW, TX, TZ, Rows>{F.pattern.row_ptr().data(), F.pattern.col().data(), F.values.data(),
                                        weights, columns("factored_product", x, x.extent(0), x.extent(1)),
                                        columns("factored_product", z, z.extent(0), z.extent(1)), rows,
                                        num_rows, static_cast<int>(x.extent(1))});
}

/// y = D A x, row by row.
template <class TW>
struct WeightedProduct {
  TW const* weights;  ///< null for ones
  template <class Y, class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Y const& y, Ordinal i, Ordinal c, Sum sum) const {
    y(i, c) = weights == nullptr ? sum : sum * static_cast<Sum>(weights[i]);
  }
};

/// Products of the rows of F^T: those of owned columns of F become z = sum + shift D r, the others belong to ghosts.
template <class TW, class TR, class TZ, class Ghosts>
struct StoreOwnedAndGhosts {
  double shift;
  TW const* weights;  ///< null for ones
  Columns<TR> r;
  Columns<TZ> z;
  Ordinal num_owned;
  Ghosts ghosts;
  template <class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal j, int c, Sum sum) const {
    auto value = static_cast<TZ>(sum);
    if (j >= num_owned) {
      ghosts(j - num_owned, c) = value;
      return;
    }
    if (shift != 0)
      value += static_cast<TZ>(shift) * (weights == nullptr ? TZ(1) : static_cast<TZ>(weights[j])) * r[c][j];
    z[c][j] = value;
  }
};

/// z = shift D r.
template <class Exec, class TW, class R, class Z>
void start_product(Exec const& exec, double shift, TW const* weights, R const& r, Z const& z) {
  using TZ = typename Z::non_const_value_type;
  if (shift == 0) {
    Kokkos::deep_copy(exec, z, TZ(0));
    return;
  }
  auto const k = static_cast<Ordinal>(z.extent(1));
  auto const factor = static_cast<TZ>(shift);
  Kokkos::parallel_for(
      "nacre::factored_product::shift", range(exec, z.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        TZ const f = weights == nullptr ? factor : factor * static_cast<TZ>(weights[i]);
        for (Ordinal c = 0; c < k; ++c) z(i, c) = f * r(i, c);
      });
}

/// z, ghosts += F^T D product for the listed rows, one after the other.
template <class Exec, class T, class Device, class Rows, class TW, class Product, class Ghosts, class Z>
void scatter_listed_rows(Exec const& exec, CsrMatrix<T, Device> const& F, Rows const& rows, TW const* weights,
                         Product const& product, Ghosts const& ghosts, Z const& z) {
  using TZ = typename Z::non_const_value_type;
  auto const row_ptr = F.pattern.row_ptr();
  auto const col = F.pattern.col();
  auto const values = F.values;
  auto const owned = static_cast<Ordinal>(z.extent(0));
  auto const k = static_cast<Ordinal>(z.extent(1));
  auto const num_rows = static_cast<Ordinal>(rows.extent(0));
  Kokkos::parallel_for(
      "nacre::factored_product::scatter", range(exec, 1), KOKKOS_LAMBDA(Ordinal) {
        for (Ordinal r = 0; r < num_rows; ++r) {
          Ordinal const i = rows(r);
          TZ const w = weights == nullptr ? TZ(1) : static_cast<TZ>(weights[i]);
          for (Ordinal c = 0; c < k; ++c) {
            TZ const t = w * product(i, c);
            for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) {
              Ordinal const j = col(e);
              if (j < owned)
                z(j, c) += static_cast<TZ>(values(e)) * t;
              else
                ghosts(j - owned, c) += static_cast<TZ>(values(e)) * t;
            }
          }
        }
      });
}

/// Bytes of a factor up to which it and its transpose are likely to stay in the caches of a core and its neighbours.
inline constexpr std::size_t kCachedFactorBytes = std::size_t(16) << 20;

/// A sparse factor F that is applied often as z = F^T D F r + shift D r, with D diagonal.
///
/// F^T is kept besides, and both are products by rows: no order of summation depends on threads. On the serial back end, for
/// factors that caches do not hold, each row of F is multiplied with r and scattered to z while it is at hand instead, so that
/// the factor is read once; while it comes from a cache, two gathers are faster than a gather and a scatter.
template <class T, class Device, bool kByRows = kSerial<Device>>
class FactoredProduct {
 public:
  FactoredProduct() = default;
  /// \param F square, rows and columns partitioned alike; the values are shared
  explicit FactoredProduct(DistributedCsr<T, Device> const& F, std::size_t cached_bytes = kCachedFactorBytes)
      : F_(F), by_rows_(kByRows && F.values.extent(0) * (sizeof(T) + sizeof(Ordinal)) > cached_bytes) {
    set_values(ExecOf<Device>(), F.values);
  }

  DistributedCsr<T, Device> const& factor() const { return F_; }
  /// Takes over values, new ones or the old ones changed in place; they are shared.
  /// By value, because Kokkos 3.4 frees a view that is assigned to itself.
  void set_values(ExecOf<Device> const& exec, Vector<T, Device> values) {
    F_.values = values;
    if (by_rows_) return;
    if (transposed_.extent(0) != values.extent(0))
      transposed_ = Vector<T, Device>(
          Kokkos::view_alloc(std::string("nacre::factored_product::transposed"), Kokkos::WithoutInitializing),
          values.extent(0));
    transpose_values(exec, F_.pattern.local(), values, transposed_);
  }

  /// z = F^T D F r + shift D r. Collective.
  /// \param weights  [owned rows] D, or a view without data for the identity
  /// \param r        [owned rows, k], each column contiguous
  /// \param[out] z   [owned rows, k], each column contiguous, overwritten; must not alias r
  template <class Weights, class R, class Z>
  void apply(ExecOf<Device> const& exec, Weights const& weights, double shift, R const& r, Z const& z) const {
    using TZ = typename Z::non_const_value_type;
    auto const* const w = weights.data();
    auto const& pattern = F_.pattern;
    auto const n = static_cast<std::size_t>(pattern.num_owned_rows()), k = r.extent(1);
    bool const alone = pattern.comm().size() == 1;
    MultiVector<TZ, Device> const product(by_rows_ && alone ? nullptr : product_.template get<TZ>(n * k), n,
                                          k);
    if constexpr (kByRows) {
      if (by_rows_) return by_rows(exec, w, shift, r, product, z);
    }
    by_columns(exec, w, shift, r, product, z);
  }

 private:
  template <class TW, class R, class Product, class Z>
  void by_rows(ExecOf<Device> const& exec, TW const* w, double shift, R const& r, Product const& product,
               Z const& z) const {
    using TZ = typename Z::non_const_value_type;
    auto const& pattern = F_.pattern;
    auto const k = static_cast<Ordinal>(r.extent(1));
    if (pattern.comm().size() == 1) {
      start_product(exec, shift, w, r, z);
      add_factored_rows(exec, F_.local(), w, r, z, AllRows{}, pattern.num_owned_rows());
      return;
    }
    auto const& halo = pattern.halo();
    halo.start_import(exec, r);
    start_product(exec, shift, w, r, z);
    auto const& interior = pattern.interior_rows();
    add_factored_rows(exec, F_.local(), w, r, z, ListedRows{interior.data()},
                      static_cast<Ordinal>(interior.extent(0)));
    auto const ghosts = halo.template finish_import<TZ>(exec, k);
    boundary_rows(exec, F_.local(), pattern.boundary_rows(), r, ghosts, product, nacre::detail::Product{});
    // imports and exports share their buffer, so all products precede the first sum
    auto const sums = halo.num_ghosts() > 0 ? halo.template export_buffer<TZ>(k) : RowMajor<TZ, Device>();
    Kokkos::deep_copy(exec, sums, TZ(0));
    scatter_listed_rows(exec, F_.local(), pattern.boundary_rows(), w, product, sums, z);
    halo.template start_export<TZ>(exec, k);
    halo.finish_export(exec, z);
  }

  template <class TW, class R, class Product, class Z>
  void by_columns(ExecOf<Device> const& exec, TW const* w, double shift, R const& r, Product const& product,
                  Z const& z) const {
    using TZ = typename Z::non_const_value_type;
    auto const k = static_cast<Ordinal>(r.extent(1));
    auto const& halo = F_.pattern.halo();
    distributed_product(exec, "factored_product", F_, r, product, WeightedProduct<TW>{w});
    auto const sums = halo.num_ghosts() > 0 ? halo.template export_buffer<TZ>(k) : RowMajor<TZ, Device>();
    using Store = StoreOwnedAndGhosts<TW, typename R::value_type, TZ, RowMajor<TZ, Device>>;
    for_each_row_product(
        exec, "nacre::factored_product::transposed", transposed(F_.pattern.local()).pattern, transposed_,
        product,
        Store{shift, w, columns("factored_product", r, r.extent(0), r.extent(1)),
              columns("factored_product", z, z.extent(0), z.extent(1)), F_.pattern.num_owned_rows(), sums});
    halo.template start_export<TZ>(exec, k);
    halo.finish_export(exec, z);
  }

  DistributedCsr<T, Device> F_;
  bool by_rows_ = false;
  Vector<T, Device> transposed_;  // values of F^T, empty if by_rows_
  nacre::detail::SharedBuffer<Device> product_;
};

}  // namespace nacre::solvers::detail
