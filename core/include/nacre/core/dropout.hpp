#pragma once

#include <cmath>

#include <nacre/core/entries.hpp>
#include <nacre/core/random.hpp>

/// \file
/// Random entries set to zero, the others scaled up, as a differentiable operation.

namespace nacre {

namespace detail {

/// Which entries of a matrix are kept: those whose random bits reach a threshold.
struct DropoutMask {
  std::uint64_t seed, threshold;
  std::int64_t first;
  std::uint64_t const* keys;  // null: first, first + 1, ...
  KOKKOS_INLINE_FUNCTION RandomSequence row(std::int64_t i) const {
    return RandomSequence(
        random_bits(seed, keys == nullptr ? static_cast<std::uint64_t>(first + i) : keys[i]));
  }
};

/// out(i, j) = (or +=) scale in(i, j) where the entry is kept, else zero
template <class Exec, bool kAdd, class In, class Out>
struct DropoutBody {
  DropoutMask mask;
  Out scale;
  Strided<In> in;
  Strided<Out> out;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    if constexpr (kOnHost<typename Exec::device_type>) {
      RandomSequence const bits = mask.row(at);
      std::uint64_t const threshold = mask.threshold;
      for (std::int64_t j = 0; j < width; ++j) entry(bits, threshold, at, j);
    } else {
      entry(mask.row(at / width), mask.threshold, at / width, at % width);
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION void entry(RandomSequence const& bits, std::uint64_t threshold, std::int64_t i,
                                         std::int64_t j) const {
    Out const scaled = scale * static_cast<Out>(in(i, j));
    Out const value = bits(static_cast<std::uint64_t>(j)) >= threshold ? scaled : Out(0);
    if constexpr (kAdd)
      out(i, j) += value;
    else
      out(i, j) = value;
  }
};

}  // namespace detail

/// y(i, j) = x(i, j) / (1 - rate) where entry (i, j) is kept, else zero; `x_bar(i, j) += y_bar(i, j) / (1 - rate)`
/// where it is kept. Kept are those with to_unit_interval(random_bits(seed, key(i), j)) >= rate: the same on
/// every device and, with keys that number rows over all ranks, on any number of ranks. Srivastava, Hinton,
/// Krizhevsky, Sutskever and Salakhutdinov (2014), "Dropout: a simple way to prevent neural networks from
/// overfitting", section 4, scaled at training time.
///
/// x [n], which has j = 0 alone, or [n, k]
template <class Device = DefaultDevice>
struct DropoutOp {
  static constexpr char const* name = "nacre::dropout";
  static constexpr Form form = Form::linear;
  double rate;
  std::uint64_t seed;
  std::int64_t first = 0;                    ///< key(i) = first + i, unless keys are given
  Vector<std::uint64_t const, Device> keys;  ///< [n]
  bool keyed = false;                        ///< whether they are

  /// \throws nacre::Error unless 0 <= rate < 1
  DropoutOp(double probability, std::uint64_t random_seed, std::int64_t first_key = 0)
      : rate(probability), seed(random_seed), first(first_key) {
    if (!(rate >= 0 && rate < 1)) fail(cat("dropout: rate = ", rate, ", expected a number in [0, 1)"));
  }
  DropoutOp(double probability, std::uint64_t random_seed, Vector<std::uint64_t const, Device> const& of_rows)
      : DropoutOp(probability, random_seed) {
    keys = of_rows;
    keyed = true;
  }

  template <class X>
  std::array<std::size_t, compat::kRank<X>> output_extents(X const& x) const {
    return extents_of(x);
  }
  template <class Exec, class Y, class X>
  void forward(Exec const& exec, Y const& y, X const& x) const {
    detail::check_same_shape("dropout", y, x, "the extent of x");
    if (keyed) check_extent("dropout", keys, 0, x.extent(0), "the number of rows of x");
    run<false>(exec, x, y);
  }
  template <class Exec, class Y, class YBar, class X, class XBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, X const&, XBar const& x_bar) const {
    if (is_given(x_bar)) run<true>(exec, y_bar, x_bar);
  }

 private:
  template <bool kAdd, class Exec, class In, class Out>
  void run(Exec const& exec, In const& in, Out const& out) const {
    using T = typename Out::value_type;
    if (out.size() == 0) return;
    std::size_t const width = detail::num_columns(out);
    // (bits >> 11) 2^-53 >= rate, without a conversion for each entry
    auto const threshold = static_cast<std::uint64_t>(std::ceil(rate * 0x1p53)) << 11;
    Kokkos::parallel_for(kAdd ? "nacre::dropout_adjoint" : name,
                         range_of_entries(exec, kOnHost<Device> ? out.extent(0) : out.size()),
                         detail::DropoutBody<Exec, kAdd, typename In::value_type, T>{
                             {seed, threshold, first, keyed ? keys.data() : nullptr},
                             static_cast<T>(1 / (1 - rate)),
                             detail::strided(in),
                             detail::strided(out),
                             static_cast<std::int64_t>(width)});
  }
};

}  // namespace nacre
