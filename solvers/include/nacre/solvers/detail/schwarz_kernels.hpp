#pragma once

#include <nacre/core/entries.hpp>
#include <nacre/solvers/schwarz_decomposition.hpp>

/// \file
/// Kernels of Schwarz methods: subdomains' matrices, right-hand sides and what follows from solutions.

namespace nacre::solvers::detail {

/// The entries of one subdomain's matrix, in its memory, which is zero before.
template <class T>
struct AssembleSubdomains {
  Offset const *entry_ptr, *entry, *place;
  unsigned char const* is_interface;
  std::int64_t const* storage_ptr;
  T const *A, *interface_values;
  T scale;
  T* storage;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal part) const {
    T* const out = storage + storage_ptr[part];
    for (Offset k = entry_ptr[part]; k < entry_ptr[part + 1]; ++k) {
      Offset const e = entry[k];
      out[place[k]] = is_interface[k] ? A[e] + scale * interface_values[e] : A[e];
    }
  }
};

/// Rows of `width` numbers, one after the other.
template <class T>
struct Rows {
  T* data;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION T& operator()(std::int64_t i, std::int64_t c) const { return data[i * width + c]; }
};

/// out(i, c) = in(i, first + c)
template <class T>
struct TakeColumns {
  nacre::detail::Strided<T const> in;
  Rows<T> out;
  std::int64_t first;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t c) const {
    out(i, c) = in(i, first + c);
  }
};

/// out(i, first + c) = in(i, c), or += in(i, c)
template <bool kAdd, class T>
struct PutColumns {
  Rows<T const> in;
  nacre::detail::Strided<T> out;
  std::int64_t first;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t c) const {
    if constexpr (kAdd)
      out(i, first + c) += in(i, c);
    else
      out(i, first + c) = in(i, c);
  }
};

/// local(l) = x(node(l)): R_i x of all subdomains; or R~_i x, zero for copies that are not at home.
template <bool kAtHome, class T>
struct Restrict {
  Ordinal const *node, *home;
  Rows<T const> x;
  Rows<T> local;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t l, std::int64_t c) const {
    if constexpr (kAtHome)
      local(l, c) = home[node[l]] == l ? x(node[l], c) : T(0);
    else
      local(l, c) = x(node[l], c);
  }
};

/// y(i) = (or -=) local(home(i)): the sum of R~_i^T.
template <bool kSubtract, class T>
struct TakeHome {
  Ordinal const* home;
  Rows<T const> local;
  Rows<T> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t c) const {
    if constexpr (kSubtract)
      y(i, c) -= local(home[i], c);
    else
      y(i, c) = local(home[i], c);
  }
};

/// y(i) = sum of local(l) over the copies l of i: the sum of R_i^T.
template <class T>
struct SumCopies {
  Offset const* copy_ptr;
  Ordinal const* copy;
  Rows<T const> local;
  Rows<T> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t c) const {
    T sum = 0;
    for (Offset k = copy_ptr[i]; k < copy_ptr[i + 1]; ++k) sum += local(copy[k], c);
    y(i, c) = sum;
  }
};

/// out(o) = local(outer(o))
template <class T>
struct KeepOuter {
  Ordinal const* outer;
  Rows<T const> local;
  Rows<T> out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t o, std::int64_t c) const {
    out(o, c) = local(outer[o], c);
  }
};

/// y(i) -= x(i)
template <class T>
struct Subtract {
  Rows<T const> x;
  Rows<T> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t c) const { y(i, c) -= x(i, c); }
};

/// bar(e) += scale sum over subdomains where e = (p, q) is an interface entry of t(p, :) . x(q, :)
template <class T>
struct AddInterfaceCotangent {
  Offset const *interface_entry, *occurrence_ptr;
  Ordinal const *row, *col;
  Rows<T const> t, x;
  double scale;
  T* bar;
  std::int64_t num_columns;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t m) const {
    double sum = 0;
    for (Offset o = occurrence_ptr[m]; o < occurrence_ptr[m + 1]; ++o) {
      constexpr int kWidth = 8;
      double partial[kWidth] = {};
      std::int64_t c = 0;
      for (; c + kWidth <= num_columns; c += kWidth)
        for (int j = 0; j < kWidth; ++j)
          partial[j] += static_cast<double>(t(row[o], c + j)) * static_cast<double>(x(col[o], c + j));
      for (; c < num_columns; ++c)
        partial[0] += static_cast<double>(t(row[o], c)) * static_cast<double>(x(col[o], c));
      for (int j = 0; j < kWidth; ++j) sum += partial[j];
    }
    bar[interface_entry[m]] += static_cast<T>(scale * sum);
  }
};

}  // namespace nacre::solvers::detail
