#pragma once

#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/detail/amg_hierarchy.hpp>

namespace nacre::solvers {

namespace detail {

template <class Exec, class X, class Y>
void convert_values(Exec const& exec, X const& x, Y const& y) {
  Kokkos::parallel_for(
      "nacre::amg::convert", range_of_entries(exec, y.extent(0)),
      KOKKOS_LAMBDA(std::int64_t k) { y(k) = static_cast<typename Y::non_const_value_type>(x(k)); });
}
/// y = x in another precision, one column after the other: each is one piece of memory.
template <class Exec, class X, class Y>
void convert(Exec const& exec, X const& x, Y const& y) {
  for (std::size_t c = 0; c < y.extent(1); ++c)
    convert_values(exec, Kokkos::subview(x, Kokkos::ALL(), c), Kokkos::subview(y, Kokkos::ALL(), c));
}

template <class Scalar, class Device>
NearNullspace copy_near_nullspace(MultiVector<Scalar const, Device> const& vectors) {
  NearNullspace result;
  result.m = static_cast<int>(vectors.extent(1));
  auto const h = host_view(vectors);
  result.rows.reserve(h.size());
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t c = 0; c < h.extent(1); ++c) result.rows.push_back(static_cast<double>(h(i, c)));
  return result;
}

/// The constant vector of each of the b unknowns of a node.
inline NearNullspace constant_near_nullspace(Ordinal rows, int b) {
  NearNullspace result;
  result.m = b;
  result.rows.assign(static_cast<std::size_t>(rows) * b, 0);
  for (Ordinal i = 0; i < rows; ++i) result.rows[static_cast<std::size_t>(i) * b + i % b] = 1;
  return result;
}

}  // namespace detail

template <class Scalar, class Device>
struct Amg<Scalar, Device>::State {
  DistributedPattern<Device> pattern;
  AmgOptions options;
  std::unique_ptr<detail::AmgHierarchy<Scalar, Device>> same;
  std::unique_ptr<detail::AmgHierarchy<float, Device>> single;  // one of the two
  mutable MultiVector<float, Device> r, z;
  mutable Vector<char, Device> wide_r, wide_z;  // numbers of the hierarchy's precision

  State(DistributedCsr<Scalar, Device> const& A, detail::NearNullspace near_nullspace, AmgOptions const& o)
      : pattern(A.pattern), options(o) {
    std::string problem;
    if (A.pattern.rows() != A.pattern.cols())
      problem = cat("AMG: the matrix must be square with rows and columns partitioned alike; it is ",
                    A.pattern.rows().num_global(), " by ", A.pattern.cols().num_global());
    else if (near_nullspace.rows.size() !=
             static_cast<std::size_t>(A.pattern.num_owned_rows()) * near_nullspace.m)
      problem =
          cat("AMG: the near-nullspace has ", near_nullspace.rows.size() / std::max(near_nullspace.m, 1),
              " rows but this rank owns ", A.pattern.num_owned_rows());
    A.comm().fail_together(problem);
    if (use_single())
      single = std::make_unique<detail::AmgHierarchy<float, Device>>(to_single(A), std::move(near_nullspace),
                                                                     options);
    else
      same = std::make_unique<detail::AmgHierarchy<Scalar, Device>>(A, std::move(near_nullspace), options);
  }

  bool use_single() const {
    return options.precision == AmgPrecision::single && !std::is_same_v<Scalar, float>;
  }

  DistributedCsr<float, Device> to_single(DistributedCsr<Scalar, Device> const& A) const {
    Vector<float, Device> const values(
        Kokkos::view_alloc(std::string("nacre::amg::single_values"), Kokkos::WithoutInitializing),
        A.values.extent(0));
    detail::convert_values(ExecOf<Device>(), A.values, values);
    return {A.pattern, values};
  }

  /// x = M b for columns [first, first + count).
  template <class T>
  void wide_columns(ExecOf<Device> const& exec, detail::AmgHierarchy<T, Device> const& hierarchy, Ordinal n,
                    nacre::detail::Columns<Scalar const> const& b, nacre::detail::Columns<Scalar> const& x,
                    int first, int count) const {
    if constexpr (kSerial<Device>) {
      std::size_t const size = static_cast<std::size_t>(n) * detail::kWide;
      if (wide_r.extent(0) != size * sizeof(T)) {
        wide_r = Vector<char, Device>("nacre::amg::wide_r", size * sizeof(T));
        wide_z = Vector<char, Device>("nacre::amg::wide_z", size * sizeof(T));
      }
      auto* const r_wide = reinterpret_cast<T*>(wide_r.data());
      auto* const z_wide = reinterpret_cast<T*>(wide_z.data());
      detail::interleave(n, b, first, count, r_wide);
      hierarchy.wide_cycle(exec, r_wide, z_wide);
      detail::separate(n, z_wide, x, first, count);
    }
  }

  void apply(ExecOf<Device> const& exec, MultiVector<Scalar const, Device> const& in,
             MultiVector<Scalar, Device> const& out, bool transposed) const {
    check_extent("AMG", in, 0, static_cast<std::size_t>(pattern.num_owned_rows()),
                 "the number of rows this rank owns");
    check_extent("AMG", out, 0, in.extent(0), "the number of rows of the argument");
    check_extent("AMG", out, 1, in.extent(1), "the number of columns of the argument");
    Ordinal const n = pattern.num_owned_rows();
    auto const k = static_cast<int>(in.extent(1));
    if (k > 2 && (same ? same->has_wide_cycle() : single->has_wide_cycle())) {
      auto const b = nacre::detail::columns("AMG", in, in.extent(0), in.extent(1));
      auto const x = nacre::detail::columns("AMG", out, in.extent(0), in.extent(1));
      for (int c = 0; c < k; c += detail::kWide) {
        int const count = std::min(detail::kWide, k - c);
        if (same)
          wide_columns(exec, *same, n, b, x, c, count);
        else
          wide_columns(exec, *single, n, b, x, c, count);
      }
      return;
    }
    if (same) {
      // the hierarchy does not write b
      MultiVector<Scalar, Device> const b(const_cast<Scalar*>(in.data()), in.layout());
      same->cycle(exec, b, out, transposed);
      return;
    }
    if (r.extent(0) != in.extent(0) || r.extent(1) != in.extent(1)) {
      r = MultiVector<float, Device>("nacre::amg::r", in.extent(0), in.extent(1));
      z = MultiVector<float, Device>("nacre::amg::z", in.extent(0), in.extent(1));
    }
    detail::convert(exec, in, r);
    single->cycle(exec, r, z, transposed);
    detail::convert(exec, z, out);
  }
};

template <class Scalar, class Device>
Amg<Scalar, Device>::Amg(DistributedCsr<Scalar, Device> const& A, AmgOptions const& options) {
  detail::check(options);
  state_ = std::make_unique<State>(
      A, detail::constant_near_nullspace(A.pattern.num_owned_rows(), options.block_size), options);
}
template <class Scalar, class Device>
Amg<Scalar, Device>::Amg(DistributedCsr<Scalar, Device> const& A,
                         MultiVector<Scalar const, Device> const& near_nullspace, AmgOptions const& options) {
  detail::check(options);
  state_ = std::make_unique<State>(A, detail::copy_near_nullspace(near_nullspace), options);
}
template <class Scalar, class Device>
Amg<Scalar, Device>::~Amg() = default;

template <class Scalar, class Device>
Comm const& Amg<Scalar, Device>::comm() const {
  return state_->pattern.comm();
}
template <class Scalar, class Device>
Ordinal Amg<Scalar, Device>::num_local_rows() const {
  return state_->pattern.num_owned_rows();
}
template <class Scalar, class Device>
void Amg<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  state_->apply(exec, r, z, false);
}
template <class Scalar, class Device>
void Amg<Scalar, Device>::apply_transpose(Exec const& exec, In const& r, Out const& z) const {
  state_->apply(exec, r, z, true);
}
template <class Scalar, class Device>
void Amg<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  comm().fail_together(A.pattern.same_as(state_->pattern)
                           ? ""
                           : "AMG: update() needs a matrix on the pattern of the first one");
  if (state_->single) {
    detail::convert_values(ExecOf<Device>(), A.values, state_->single->values());
    state_->single->update();
  } else {
    state_->same->set_values(A.values);
    state_->same->update();
  }
}
template <class Scalar, class Device>
AmgSummary const& Amg<Scalar, Device>::summary() const {
  return state_->single ? state_->single->summary() : state_->same->summary();
}
template <class Scalar, class Device>
std::string Amg<Scalar, Device>::description() const {
  auto const& s = summary();
  return cat("smoothed-aggregation AMG, ", s.levels.size(), " levels, ", to_string(state_->options.cycle),
             "-cycle, ", s.smoother, ", ", s.precision, " precision");
}

}  // namespace nacre::solvers
