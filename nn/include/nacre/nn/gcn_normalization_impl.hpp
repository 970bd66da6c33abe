#pragma once

#include <algorithm>
#include <cmath>

namespace nacre::nn {

template <class Device>
WithSelfLoops<Device> const& with_self_loops(Graph<Device> const& graph) {
  return graph.local().template cached<WithSelfLoops<Device>>([&]() -> WithSelfLoops<Device> {
    auto const& A = graph.local();
    auto const row_ptr = host_view(A.row_ptr());
    auto const col = host_view(A.col());
    std::vector<Offset> ptr{0}, entry;
    std::vector<Ordinal> cols;
    for (Ordinal i = 0; i < A.num_rows(); ++i) {
      bool placed = false;
      auto const place = [&] {
        if (!placed) {
          cols.push_back(i);
          entry.push_back(kNoEntry);
        }
        placed = true;
      };
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
        if (col(k) > i) place();
        placed = placed || col(k) == i;
        cols.push_back(col(k));
        entry.push_back(k);
      }
      place();
      ptr.push_back(static_cast<Offset>(cols.size()));
    }
    CsrPattern<Device> const local(A.num_rows(), A.num_cols(),
                                   to_device<Device>("nacre::nn::with_self_loops::row_ptr", ptr),
                                   to_device<Device>("nacre::nn::with_self_loops::col", cols));
    auto const& given = graph.pattern();
    return {DistributedPattern<Device>(given.rows(), local, given.halo()),
            to_device<Device>("nacre::nn::with_self_loops::entry", entry)};
  });
}

template <class Scalar, bool kSelfLoops, class Device>
GcnNormalization<Scalar, Device, kSelfLoops> const& gcn_normalization(Graph<Device> const& graph) {
  using Result = GcnNormalization<Scalar, Device, kSelfLoops>;
  return graph.local().template cached<Result>([&]() -> Result {
    auto const& pattern = kSelfLoops ? with_self_loops(graph).pattern : graph.pattern();
    auto const& local = pattern.local();
    auto const row_ptr = host_view(local.row_ptr());
    auto const col = host_view(local.col());
    auto const owned = static_cast<std::size_t>(pattern.num_owned_rows());
    RowMajor<double, Device> const degree("nacre::nn::degree", owned, 1);
    auto const degree_h = Kokkos::create_mirror_view(degree);
    for (std::size_t i = 0; i < owned; ++i) degree_h(i, 0) = static_cast<double>(row_ptr(i + 1) - row_ptr(i));
    Kokkos::deep_copy(degree, degree_h);
    auto const ghosts = host_view(pattern.halo().import_ghosts(ExecOf<Device>(), degree));
    auto const root = [&](std::size_t j) {
      double const d = j < owned ? degree_h(j, 0) : ghosts(j - owned, 0);
      return d > 0 ? 1 / std::sqrt(d) : 0.;  // a directed graph has edges from nodes that no edge leads to
    };
    std::vector<Scalar> values(local.num_entries());
    for (std::size_t i = 0; i < owned; ++i)
      for (auto k = static_cast<std::size_t>(row_ptr(i)); k < static_cast<std::size_t>(row_ptr(i + 1)); ++k)
        values[k] = static_cast<Scalar>(root(i) * root(static_cast<std::size_t>(col(k))));
    return {pattern, to_device<Device>("nacre::nn::gcn_normalization", values)};
  });
}

template <class Scalar, class Device>
MeanOfNeighbors<Scalar, Device> const& mean_of_neighbors(Graph<Device> const& graph) {
  using Result = MeanOfNeighbors<Scalar, Device>;
  return graph.local().template cached<Result>([&]() -> Result {
    auto const row_ptr = host_view(graph.local().row_ptr());
    std::vector<Scalar> values(graph.local().num_entries());
    for (std::size_t i = 0; i + 1 < row_ptr.extent(0); ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
        values[static_cast<std::size_t>(k)] = Scalar(1) / static_cast<Scalar>(row_ptr(i + 1) - row_ptr(i));
    return {to_device<Device>("nacre::nn::mean_of_neighbors", values)};
  });
}

}  // namespace nacre::nn
