#pragma once

#include <nacre/core/types.hpp>

/// \file
/// Sums of many terms into one number on the device, always in the same order.

namespace nacre {

namespace detail {

/// Parts that a sum on a host consists of, whatever the number of threads.
inline constexpr int kSumParts = 64;

/// Sums the terms [begin, end), as many at once as hide the latency of an addition.
template <class Sum, class Term>
KOKKOS_INLINE_FUNCTION Sum sum_of_terms(Term const& term, std::int64_t begin, std::int64_t end) {
  constexpr int kWidth = 8;
  Sum partial[kWidth] = {};
  std::int64_t i = begin;
  for (; i + kWidth <= end; i += kWidth)
    for (int j = 0; j < kWidth; ++j) partial[j] += static_cast<Sum>(term(i + j));
  for (; i < end; ++i) partial[0] += static_cast<Sum>(term(i));
  for (int step = kWidth / 2; step > 0; step /= 2)
    for (int j = 0; j < step; ++j) partial[j] += partial[j + step];
  return partial[0];
}

template <class Term>
struct SumPart {
  Term term;
  std::int64_t n;
  double* parts;
  void operator()(int part) const {
    parts[part] = sum_of_terms<double>(term, n * part / kSumParts, n * (part + 1) / kSumParts);
  }
};

/// A sum by the reduction of a device: its blocks and their order depend on n alone. What was in `out` is
/// read before the result replaces it.
template <class Term, class Out>
struct SumOnDevice {
  using T = typename Out::non_const_value_type;
  Term term;
  Out out;
  T alpha, beta;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, T& sum) const { sum += static_cast<T>(term(i)); }
  KOKKOS_INLINE_FUNCTION void final(T& sum) const {
    sum = beta == T(0) ? alpha * sum : alpha * sum + beta * out(0);
  }
};

template <class T>
struct ScaleOneNumber {
  T* out;
  T factor;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t) const { out[0] *= factor; }
};

}  // namespace detail

/// out(0) = alpha sum of term(i), i in [0, n), + beta out(0).
///
/// The order of additions depends on n alone: not on the number of threads, so that two runs give the same
/// bits. On a host terms are summed in double precision. Asynchronous on `exec`.
///
/// \param label of the kernel
/// \param n     number of terms
/// \param term  a device functor `T operator()(std::int64_t i) const`
/// \param[in,out] out [1]; with beta = 0 it is not read
template <class Exec, class Term, class Out>
void ordered_sum(Exec const& exec, char const* label, std::size_t n, Term const& term, Out const& out,
                 double alpha = 1, double beta = 0) {
  using T = typename Out::non_const_value_type;
  if constexpr (kOnHost<typename Exec::device_type>) {
    // host back ends run a loop before they return, so the parts may live here
    double parts[detail::kSumParts];
    Kokkos::parallel_for(label, Kokkos::RangePolicy<Exec, Kokkos::IndexType<int>>(exec, 0, detail::kSumParts),
                         detail::SumPart<Term>{term, static_cast<std::int64_t>(n), parts});
    for (int step = detail::kSumParts / 2; step > 0; step /= 2)
      for (int p = 0; p < step; ++p) parts[p] += parts[p + step];
    T const sum = static_cast<T>(alpha * parts[0]);
    out(0) = beta == 0 ? sum : sum + static_cast<T>(beta) * out(0);
  } else {
    using Total = Kokkos::View<T, typename Exec::memory_space, Kokkos::MemoryUnmanaged>;
    if (n == 0 && beta != 0) {  // a reduction of nothing sets its result without a look at it
      Kokkos::parallel_for(label, range_of_entries(exec, 1),
                           detail::ScaleOneNumber<T>{out.data(), static_cast<T>(beta)});
      return;
    }
    Kokkos::parallel_reduce(
        label, range_of_entries(exec, n),
        detail::SumOnDevice<Term, Out>{term, out, static_cast<T>(alpha), static_cast<T>(beta)},
        Total(out.data()));
  }
}

}  // namespace nacre
