#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <nacre/nn/sparse_inverse_loss.hpp>
#include <nacre/nn/sparse_inverse_network.hpp>

#include "support/distributed.hpp"

/// \file
/// Small systems for networks that make sparse approximate inverses, known by the numbers of their nodes.

namespace nacre::test {

using Numbers = std::vector<GlobalOrdinal>;
inline constexpr std::size_t kNodeFeatures = 2;

inline bool are_coupled(GlobalOrdinal i, GlobalOrdinal j) {
  return i == j || std::fabs(scattered(std::min(i, j), std::max(i, j), 31)) < .2;
}
/// Of unknowns, of nodes that are coupled: symmetric and, in small matrices, diagonally dominant.
inline double matrix_entry(GlobalOrdinal i, GlobalOrdinal j) {
  return i == j ? 5 + scattered(i, 0, 32) : .4 * scattered(std::min(i, j), std::max(i, j), 33);
}
inline double free_number(GlobalOrdinal unknown) { return unknown % 7 == 3 ? 0 : 1; }
inline double node_feature(GlobalOrdinal i, std::size_t c) {
  return scattered(i, static_cast<GlobalOrdinal>(c), 34);
}

/// The numbers first, first + 1, ...
inline Numbers numbers(Ordinal n, GlobalOrdinal first = 0) {
  Numbers number(static_cast<std::size_t>(n));
  std::iota(number.begin(), number.end(), first);
  return number;
}

inline RowMajor<double> features_of(Numbers const& number) {
  RowMajor<double> const features("features", number.size(), kNodeFeatures);
  auto const h = Kokkos::create_mirror_view(features);
  for (std::size_t i = 0; i < number.size(); ++i)
    for (std::size_t c = 0; c < kNodeFeatures; ++c) h(i, c) = node_feature(number[i], c);
  Kokkos::deep_copy(features, h);
  return features;
}
inline RowMajor<double> mask_of(Numbers const& number, int block_size) {
  auto const b = static_cast<std::size_t>(block_size);
  RowMajor<double> const mask("mask", number.size(), b);
  auto const h = Kokkos::create_mirror_view(mask);
  for (std::size_t i = 0; i < number.size(); ++i)
    for (std::size_t s = 0; s < b; ++s)
      h(i, s) = free_number(number[i] * block_size + static_cast<GlobalOrdinal>(s));
  Kokkos::deep_copy(mask, h);
  return mask;
}

/// The system of these nodes, times `factor`.
inline LinearSystem system_of(Numbers const& number, int block_size, double factor = 1) {
  auto const b = static_cast<std::size_t>(block_size);
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  std::vector<double> values;
  for (auto const i : number) {
    for (std::size_t j = 0; j < number.size(); ++j) {
      if (!are_coupled(i, number[j])) continue;
      col.push_back(static_cast<Ordinal>(j));
      for (int s = 0; s < block_size; ++s)
        for (int t = 0; t < block_size; ++t)
          values.push_back(factor * matrix_entry(i * block_size + s, number[j] * block_size + t));
    }
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  auto const n = static_cast<Ordinal>(number.size());
  BsrMatrix<double> const A{
      CsrPattern<>(n, n, to_device<DefaultDevice>("row_ptr", row_ptr), to_device<DefaultDevice>("col", col)),
      Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice>("values", col.size(), b, b)};
  Kokkos::deep_copy(Vector<double>(A.values.data(), A.values.size()),
                    to_device<DefaultDevice>("values", values));
  return {cat("of ", n, " nodes"), A, features_of(number), mask_of(number, block_size)};
}

/// A small network for such systems.
inline nn::SparseInverseOptions small_options(int block_size) {
  nn::SparseInverseOptions o;
  o.block_size = block_size;
  o.node_features = kNodeFeatures;
  o.width = 5;
  o.layers = 2;
  o.epsilon = 1e-2;
  return o;
}

/// Numbers for all parameters, those that networks start with as constants included.
template <class Scalar>
void randomize(nn::Module<Scalar> const& network, unsigned seed) {
  network.initialize(seed);
  unsigned a = seed;
  for (auto const& named : network.parameters()) {
    auto const h = to_host(named.parameter->value());
    ++a;
    for (std::size_t i = 0; i < h.extent(0); ++i)
      h(i) += static_cast<Scalar>(.3 * scattered(static_cast<GlobalOrdinal>(i), 0, a));
    Kokkos::deep_copy(named.parameter->value(), h);
  }
}

/// A batch of one sample or several, with `start` for each where the options ask for one.
template <class Scalar>
nn::SparseInverseBatch<Scalar> batch_of(std::vector<LinearSystem> const& systems,
                                        nn::SparseInverseOptions const& o, Comm const& comm = Comm::self()) {
  std::vector<nn::SparseInverseSample> samples;
  std::vector<nn::SparseInverseSample const*> pointers;
  for (auto const& system : systems) {
    samples.push_back(nn::make_sparse_inverse_sample(system, o));
    if (o.start == nn::FactorStart::fsai0)
      samples.back().start = scattered_rows<double>(
          nn::factor_pattern(DistributedPattern<>(system.A.pattern), o.pattern).first.num_entries(),
          o.numbers_of_block(), 41);
  }
  for (auto const& sample : samples) pointers.push_back(&sample);
  return nn::make_sparse_inverse_batch<Scalar>(pointers, o, comm);
}

}  // namespace nacre::test
