#pragma once

#include <nacre/core/distributed_csr.hpp>
#include <nacre/core/row_products.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Products of a distributed matrix with distributed vectors; interior rows overlap with the messages.

namespace nacre {

namespace detail {

/// Row i of y and what follows, from column c on.
template <class Y>
Columns<typename Y::non_const_value_type> rows_from(Y const& y, Ordinal i, int c) {
  return {&y(i, c), y.extent(1) > 1 ? static_cast<std::size_t>(y.stride(1)) : y.extent(0)};
}

/// y = A x, row by row.
struct Product {
  static constexpr bool kSumsAreResult = true;
  template <class Y>
  auto place_of_sums(Y const& y, Ordinal i, int c) const -> decltype(rows_from(y, i, c)) {
    return rows_from(y, i, c);
  }
  template <class Y, class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Y const& y, Ordinal i, Ordinal c, Sum sum) const {
    y(i, c) = sum;
  }
};

/// y = b - A x, row by row; y may be b.
template <class B>
struct Residual {
  B b;
  static constexpr bool kSumsAreResult = false;
  template <class Y>
  auto place_of_sums(Y const& y, Ordinal i, int c) const -> decltype(rows_from(y, i, c)) {
    if (y.data() == b.data()) return {nullptr, 0};
    return rows_from(y, i, c);
  }
  template <class Y, class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Y const& y, Ordinal i, Ordinal c, Sum sum) const {
    y(i, c) = b(i, c) - sum;
  }
};

/// Hands row products on to a store of ours.
template <class Y, class Store>
struct StoreIn {
  Y y;
  Store store;
  template <class Sum>
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, int c, Sum sum) const {
    store(y, i, c, static_cast<typename Y::non_const_value_type>(sum));
  }
  static constexpr bool kSumsAreResult = Store::kSumsAreResult;  // asked for where there is a place of sums
  template <class S = Store>
  auto place_of_sums(Ordinal i, int c) const -> decltype(std::declval<S const&>().place_of_sums(y, i, c)) {
    return store.place_of_sums(y, i, c);
  }
};

/// All rows, none of which has a ghost column.
template <class Exec, class Scalar, class Device, class X, class Y, class Store>
void rows_without_ghosts(Exec const& exec, CsrMatrix<Scalar, Device> const& A, X const& x, Y const& y,
                         Store const& store) {
  if constexpr (std::is_same_v<typename X::array_layout, Kokkos::LayoutLeft>) {
    for_each_row_product(exec, "nacre::distributed_spmv", A.pattern, A.values, x,
                         StoreIn<Y, Store>{y, store});
  } else {
    auto const row_ptr = A.pattern.row_ptr();
    auto const col = A.pattern.col();
    auto const values = A.values;
    auto const k = static_cast<Ordinal>(y.extent(1));
    using Sum = typename Y::non_const_value_type;
    Kokkos::parallel_for(
        "nacre::distributed_spmv", range(exec, y.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
          for (Ordinal c = 0; c < k; ++c) {
            Sum sum = 0;
            for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) sum += values(e) * x(col(e), c);
            store(y, i, c, sum);
          }
        });
  }
}

/// The listed rows, none of which has a ghost column.
template <class Exec, class Scalar, class Device, class Rows, class X, class Y, class Store>
void interior_rows(Exec const& exec, CsrMatrix<Scalar, Device> const& A, Rows const& rows, X const& x,
                   Y const& y, Store const& store) {
  if constexpr (std::is_same_v<typename X::array_layout, Kokkos::LayoutLeft>) {
    for_each_listed_row_product(exec, "nacre::distributed_spmv::interior", A.pattern, rows, A.values, x,
                                StoreIn<Y, Store>{y, store});
  } else {
    auto const row_ptr = A.pattern.row_ptr();
    auto const col = A.pattern.col();
    auto const values = A.values;
    auto const k = static_cast<Ordinal>(y.extent(1));
    using Sum = typename Y::non_const_value_type;
    Kokkos::parallel_for(
        "nacre::distributed_spmv::interior", range(exec, rows.extent(0)), KOKKOS_LAMBDA(Ordinal r) {
          Ordinal const i = rows(r);
          for (Ordinal c = 0; c < k; ++c) {
            Sum sum = 0;
            for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) sum += values(e) * x(col(e), c);
            store(y, i, c, sum);
          }
        });
  }
}

/// The listed rows, which read owned columns from x and the others from ghosts.
template <class Exec, class Scalar, class Device, class Rows, class X, class Ghosts, class Y, class Store>
void boundary_rows(Exec const& exec, CsrMatrix<Scalar, Device> const& A, Rows const& rows, X const& x,
                   Ghosts const& ghosts, Y const& y, Store const& store) {
  auto const row_ptr = A.pattern.row_ptr();
  auto const col = A.pattern.col();
  auto const values = A.values;
  auto const owned = static_cast<Ordinal>(x.extent(0));
  auto const k = static_cast<Ordinal>(y.extent(1));
  using Sum = typename Y::non_const_value_type;
  Kokkos::parallel_for(
      "nacre::distributed_spmv::boundary", range(exec, rows.extent(0)), KOKKOS_LAMBDA(Ordinal r) {
        Ordinal const i = rows(r);
        for (Ordinal c = 0; c < k; ++c) {
          Sum sum = 0;
          for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) {
            Ordinal const j = col(e);
            sum += values(e) * (j < owned ? x(j, c) : ghosts(j - owned, c));
          }
          store(y, i, c, sum);
        }
      });
}

template <class Exec, class Scalar, class Device, class X, class Y, class Store>
void distributed_product(Exec const& exec, char const* op, DistributedCsr<Scalar, Device> const& A,
                         X const& x, Y const& y, Store const& store) {
  auto const& pattern = A.pattern;
  check_extent(op, x, 0, static_cast<std::size_t>(pattern.num_owned_cols()),
               "the number of columns this rank owns");
  check_extent(op, y, 0, static_cast<std::size_t>(pattern.num_owned_rows()),
               "the number of rows this rank owns");
  check_extent(op, y, 1, x.extent(1), "the number of columns of x");
  if (pattern.comm().size() == 1) {
    rows_without_ghosts(exec, A.local(), x, y, store);
    return;
  }
  pattern.halo().start_import(exec, x);
  interior_rows(exec, A.local(), pattern.interior_rows(), x, y, store);
  auto const ghosts = pattern.halo().template finish_import<typename X::non_const_value_type>(
      exec, static_cast<Ordinal>(x.extent(1)));
  boundary_rows(exec, A.local(), pattern.boundary_rows(), x, ghosts, y, store);
}

/// y += A^T x over owned columns, ghosts += A^T x over the others, one row after the other.
template <class Exec, class Scalar, class Device, class X, class Ghosts, class Y>
void scatter_rows(Exec const& exec, CsrMatrix<Scalar, Device> const& A, X const& x, Ghosts const& ghosts,
                  Y const& y) {
  auto const row_ptr = A.pattern.row_ptr();
  auto const col = A.pattern.col();
  auto const values = A.values;
  auto const rows = A.num_rows();
  auto const owned = static_cast<Ordinal>(y.extent(0));
  auto const k = static_cast<Ordinal>(y.extent(1));
  Kokkos::parallel_for(
      "nacre::distributed_spmv_transpose::scatter", range(exec, 1), KOKKOS_LAMBDA(Ordinal) {
        for (Ordinal i = 0; i < rows; ++i)
          for (Ordinal c = 0; c < k; ++c)
            for (Offset e = row_ptr(i); e < row_ptr(i + 1); ++e) {
              Ordinal const j = col(e);
              if (j < owned)
                y(j, c) += values(e) * x(i, c);
              else
                ghosts(j - owned, c) += values(e) * x(i, c);
            }
      });
}

/// y = A^T x over owned columns, ghosts = A^T x over the others, each column gathered through the transpose.
template <class Exec, class Device, class Entries, class Values, class X, class Ghosts, class Y>
void gather_columns(Exec const& exec, CsrPattern<Device> const& transpose, Entries const& entry,
                    Values const& values, X const& x, Ghosts const& ghosts, Y const& y) {
  auto const ptr = transpose.row_ptr();
  auto const row = transpose.col();
  auto const owned = static_cast<Ordinal>(y.extent(0));
  auto const k = static_cast<Ordinal>(y.extent(1));
  Kokkos::parallel_for(
      "nacre::distributed_spmv_transpose::gather",
      range(exec, static_cast<std::size_t>(transpose.num_rows())), KOKKOS_LAMBDA(Ordinal j) {
        for (Ordinal c = 0; c < k; ++c) {
          typename Y::non_const_value_type sum = 0;
          for (Offset e = ptr(j); e < ptr(j + 1); ++e) sum += values(entry(e)) * x(row(e), c);
          if (j < owned)
            y(j, c) = sum;
          else
            ghosts(j - owned, c) = sum;
        }
      });
}

/// r = b - r.
template <class Exec, class B, class R>
void subtract_from(Exec const& exec, B const& b, R const& r) {
  auto const k = static_cast<Ordinal>(r.extent(1));
  Kokkos::parallel_for(
      "nacre::residual_transpose", range(exec, r.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        for (Ordinal c = 0; c < k; ++c) r(i, c) = b(i, c) - r(i, c);
      });
}

}  // namespace detail

/// y = A x. Collective.
///
/// \param x      [owned columns, k]
/// \param[out] y [owned rows, k], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device, class X, class Y>
void spmv(Exec const& exec, DistributedCsr<Scalar, Device> const& A, X const& x, Y const& y) {
  detail::distributed_product(exec, "spmv", A, x, y, detail::Product{});
}

/// r = b - A x. Collective.
///
/// \param b      [owned rows, k]
/// \param x      [owned columns, k]
/// \param[out] r [owned rows, k], overwritten; may be b, must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device, class B, class X, class R>
void residual(Exec const& exec, DistributedCsr<Scalar, Device> const& A, B const& b, X const& x, R const& r) {
  check_extent("residual", b, 0, r.extent(0), "the number of rows of r");
  check_extent("residual", b, 1, r.extent(1), "the number of columns of r");
  detail::distributed_product(exec, "residual", A, x, r, detail::Residual<B>{b});
}

/// y = A^T x. Collective: what belongs to columns of other ranks is sent to and added by their owners.
///
/// \param x      [owned rows, k]
/// \param[out] y [owned columns, k], overwritten; must not alias x
/// \throws nacre::Error if an extent does not match
template <class Exec, class Scalar, class Device, class X, class Y>
void spmv_transpose(Exec const& exec, DistributedCsr<Scalar, Device> const& A, X const& x, Y const& y) {
  using T = typename Y::non_const_value_type;
  auto const& pattern = A.pattern;
  check_extent("spmv_transpose", x, 0, static_cast<std::size_t>(pattern.num_owned_rows()),
               "the number of rows this rank owns");
  check_extent("spmv_transpose", y, 0, static_cast<std::size_t>(pattern.num_owned_cols()),
               "the number of columns this rank owns");
  check_extent("spmv_transpose", y, 1, x.extent(1), "the number of columns of x");
  auto const k = static_cast<Ordinal>(x.extent(1));
  auto const& halo = pattern.halo();
  auto const ghosts = halo.num_ghosts() > 0 ? halo.template export_buffer<T>(k) : RowMajor<T, Device>();
  if constexpr (kSerial<Device>) {
    Kokkos::deep_copy(exec, y, T(0));
    Kokkos::deep_copy(exec, ghosts, T(0));
    detail::scatter_rows(exec, A.local(), x, ghosts, y);
  } else {
    auto const& t = transposed(pattern.local());
    detail::gather_columns(exec, t.pattern, t.entry, A.values, x, ghosts, y);
  }
  halo.template start_export<T>(exec, k);
  halo.finish_export(exec, y);
}

/// r = b - A^T x. Collective. \see spmv_transpose for shapes; r may not alias b or x
template <class Exec, class Scalar, class Device, class B, class X, class R>
void residual_transpose(Exec const& exec, DistributedCsr<Scalar, Device> const& A, B const& b, X const& x,
                        R const& r) {
  check_extent("residual_transpose", b, 0, r.extent(0), "the number of rows of r");
  check_extent("residual_transpose", b, 1, r.extent(1), "the number of columns of r");
  spmv_transpose(exec, A, x, r);
  detail::subtract_from(exec, b, r);
}

}  // namespace nacre
