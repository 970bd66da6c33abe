#pragma once

#include <nacre/core/inner_products.hpp>
#include <nacre/core/random.hpp>

/// \file
/// Random vectors to learn from, made where they are needed.

namespace nacre::apps {

namespace detail {

/// Entries 2p and 2p + 1 of a contiguous array, normally distributed; Box and Muller (1958).
struct NormalPair {
  double* x;
  std::int64_t size;
  std::uint64_t seed;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t pair) const {
    auto const index = static_cast<std::uint64_t>(2 * pair);
    double const radius = compat::sqrt(-2 * compat::log(1 - random_uniform(seed, index)));
    double const angle = 6.283185307179586 * random_uniform(seed, index + 1);
    x[2 * pair] = radius * compat::cos(angle);
    if (2 * pair + 1 < size) x[2 * pair + 1] = radius * compat::sin(angle);
  }
};

/// x(i, c) /= sqrt(squared_norm(c))
struct NormalizeEntry {
  nacre::detail::Strided<double> x;
  double const* squared_norm;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i, std::int64_t c) const {
    x(i, c) /= compat::sqrt(squared_norm[c]);
  }
};

}  // namespace detail

/// Fills X with independent random directions: columns of length one, uniform on the sphere. The same for a seed
/// wherever it runs, up to rounding.
///
/// \param[out] X             [n, k], row-major, overwritten
/// \param[out] squared_norms [k] for intermediate results
template <class Exec, class Device>
void fill_random_directions(Exec const& exec, std::uint64_t seed, RowMajor<double, Device> const& X,
                            Vector<double, Device> const& squared_norms) {
  auto const size = static_cast<std::int64_t>(X.size());
  Kokkos::parallel_for("nacre::apps::normal_numbers", range_of_entries(exec, (X.size() + 1) / 2),
                       detail::NormalPair{X.data(), size, random_bits(seed, 0)});
  using nacre::detail::strided;
  if (X.extent(1) == 1)  // all threads for one sum, rather than one for each
    ordered_sum(exec, "nacre::apps::squared_norms", X.extent(0),
                nacre::detail::DotTerm<double, double>{X.data(), X.data()}, squared_norms);
  else
    nacre::detail::for_each_column_sum(exec, "nacre::apps::squared_norms", X.extent(0), X.extent(1),
                                       nacre::detail::ProductTerm<double, double>{strided(X), strided(X)},
                                       nacre::detail::SetTo<double>{squared_norms.data()});
  nacre::detail::for_each_matrix_entry(exec, "nacre::apps::normalize", X.extent(0), X.extent(1),
                                       detail::NormalizeEntry{strided(X), squared_norms.data()});
}

/// The seed of an epoch's samples.
inline std::uint64_t epoch_seed(std::int64_t seed, std::int64_t epoch) {
  return random_bits(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(epoch));
}

/// A number on the device, read by the host.
template <class View>
double read_scalar(View const& v) {
  double value = 0;
  Kokkos::deep_copy(
      Kokkos::View<double, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>(&value),
      Kokkos::View<double const, typename View::device_type, Kokkos::MemoryUnmanaged>(v.data()));
  return value;
}

/// A vector as the host sees it.
template <class View>
std::vector<double> to_vector(View const& v) {
  auto const host = host_view(v);
  return std::vector<double>(host.data(), host.data() + host.size());
}

}  // namespace nacre::apps
