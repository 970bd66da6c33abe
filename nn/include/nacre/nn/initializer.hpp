#pragma once

#include <nacre/core/random.hpp>
#include <nacre/core/types.hpp>

/// \file
/// How parameters start.

namespace nacre::nn {

/// A distribution that the entries of a parameter are drawn from, each by itself.
struct Initializer {
  enum class Distribution {
    constant,  ///< all equal `scale`
    uniform,   ///< on [-scale, scale)
    normal     ///< mean 0, standard deviation `scale`
  };
  Distribution distribution = Distribution::constant;
  double scale = 0;
};

inline Initializer constant(double value) { return {Initializer::Distribution::constant, value}; }
inline Initializer zeros() { return constant(0); }
inline Initializer ones() { return constant(1); }
/// On [-bound, bound).
inline Initializer uniform(double bound) { return {Initializer::Distribution::uniform, bound}; }
inline Initializer normal(double deviation = 1) { return {Initializer::Distribution::normal, deviation}; }

/// On plus or minus gain sqrt(6 / (fan_in + fan_out)). Glorot and Bengio (2010), "Understanding the difficulty of
/// training deep feedforward neural networks", eq. 16.
inline Initializer glorot_uniform(std::size_t fan_in, std::size_t fan_out, double gain = 1) {
  return uniform(gain * std::sqrt(6. / static_cast<double>(fan_in + fan_out)));
}
/// Of variance gain^2 2 / (fan_in + fan_out); ibid., eq. 12.
inline Initializer glorot_normal(std::size_t fan_in, std::size_t fan_out, double gain = 1) {
  return normal(gain * std::sqrt(2. / static_cast<double>(fan_in + fan_out)));
}
/// On plus or minus gain sqrt(3 / fan_in), gain = sqrt(2) being that of rectifiers. He, Zhang, Ren and Sun (2015),
/// "Delving deep into rectifiers", eq. 10.
inline Initializer kaiming_uniform(std::size_t fan_in, double gain = 1.4142135623730951) {
  return uniform(gain * std::sqrt(3. / static_cast<double>(fan_in)));
}
inline Initializer kaiming_normal(std::size_t fan_in, double gain = 1.4142135623730951) {
  return normal(gain / std::sqrt(static_cast<double>(fan_in)));
}
/// On plus or minus 1 / sqrt(fan_in): what PyTorch gives weight and bias of its linear layer.
inline Initializer pytorch_default(std::size_t fan_in) {
  return uniform(1 / std::sqrt(static_cast<double>(fan_in)));
}

namespace detail {

/// Entry i is a function of (seed, i) alone: the same on any device and, but for rounding, in any precision.
template <class T>
struct DrawEntry {
  Initializer from;
  std::uint64_t seed;
  T* value;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const {
    auto const index = static_cast<std::uint64_t>(i);
    double drawn = from.scale;
    if (from.distribution == Initializer::Distribution::uniform)
      drawn = random_uniform(seed, index, -from.scale, from.scale);
    if (from.distribution == Initializer::Distribution::normal) {
      // Box and Muller (1958); 1 - u is never 0
      double const radius =
          compat::sqrt(-2 * compat::log(1 - to_unit_interval(random_bits(seed, 2 * index))));
      double const angle = 6.283185307179586 * to_unit_interval(random_bits(seed, 2 * index + 1));
      drawn = from.scale * radius * compat::cos(angle);
    }
    value[i] = static_cast<T>(drawn);
  }
};

}  // namespace detail

/// Fills `value` [n]; entry i depends on (seed, i) alone.
template <class Exec, class V>
void draw(Exec const& exec, Initializer const& from, std::uint64_t seed, V const& value) {
  if (value.extent(0) == 0) return;
  Kokkos::parallel_for("nacre::nn::draw", range_of_entries(exec, value.extent(0)),
                       detail::DrawEntry<typename V::non_const_value_type>{from, seed, value.data()});
}

}  // namespace nacre::nn
