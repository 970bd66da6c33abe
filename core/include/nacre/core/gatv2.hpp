#pragma once

#include <nacre/core/multi_head_spmm.hpp>
#include <nacre/core/row_parts.hpp>

/// \file
/// The attention scores of graph attention networks of the second kind, as a differentiable operation.

namespace nacre {

namespace detail {

/// leaky_relu'(v); leaky_relu(v) is v times it. Selecting a factor, not a product, is what compilers vectorise.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION T leaky_factor(T v, T slope) {
  return v > 0 ? T(1) : slope;
}

/// att(c) leaky_relu(l(c) + r(c))
template <class T, class L, class R, class A>
struct GatV2Term {
  L const* l;
  R const* r;
  A const* att;
  T slope;
  KOKKOS_FORCEINLINE_FUNCTION T operator()(std::int64_t c) const {
    T const v = static_cast<T>(l[c]) + static_cast<T>(r[c]);
    return static_cast<T>(att[c]) * (v * leaky_factor(v, slope));
  }
};

/// Numbers of a row that a host works on at once, in memory of its own that nothing overlaps.
inline constexpr int kGatV2Block = 128;

/// Calls `f(h, first, last)` for the parts of the heads among columns [begin, end), counted from begin.
template <class F>
void for_each_head(HeadShape const& shape, int begin, int end, F const& f) {
  for (int c = begin, h = begin / shape.width; c < end; ++h) {
    int const next = (h + 1) * shape.width;
    int const last = next < end ? next : end;
    f(h, c - begin, last - begin);
    c = last;
  }
}

template <class T>
struct NumberTerm {
  T const* x;
  KOKKOS_FORCEINLINE_FUNCTION T operator()(std::int64_t c) const { return x[c]; }
};

template <class L, class R, class A, class S>
struct GatV2ScoreBody {
  Offset const* row_ptr;
  Ordinal const *row, *col;  // row: for devices
  L const* l;
  R const* r;
  A const* att;
  S* s;
  HeadShape shape;
  S slope;
  std::int64_t num_entries;
  /// A row on a host.
  void operator()(Ordinal i) const {
    int const width = shape.heads * shape.width;
    for (Offset k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      if (static_cast<std::int64_t>(k) + kPrefetchEnds < num_entries)
        prefetch_numbers(r + shape.row(col[k + kPrefetchEnds]), width);
      for (int h = 0; h < shape.heads; ++h) s[shape.number(k, h)] = 0;
      for (int c = 0; c < width; c += kGatV2Block)
        add_block(k, i, c, c + kGatV2Block < width ? c + kGatV2Block : width);
    }
  }
  void add_block(Offset k, Ordinal i, int begin, int end) const {
    S terms[kGatV2Block];
    GatV2Term<S, L, R, A> const term{l + shape.row(i) + begin, r + shape.row(col[k]) + begin, att + begin,
                                     slope};
    for (int j = 0; j < end - begin; ++j) terms[j] = term(j);
    for_each_head(shape, begin, end, [&](int h, int first, int last) {
      s[shape.number(k, h)] += sum_of_terms<S>(NumberTerm<S>{terms}, first, last);
    });
  }
  /// A number a thread.
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t k, std::int64_t h) const {
    auto const part = static_cast<std::size_t>(h) * static_cast<std::size_t>(shape.width);
    s[shape.number(static_cast<Offset>(k), static_cast<int>(h))] = sum_of_terms<S>(
        GatV2Term<S, L, R, A>{l + shape.row(row[k]) + part, r + shape.row(col[k]) + part, att + part, slope},
        0, shape.width);
  }
};

/// For the entries k of row i, with v = own(i, :) + other(index(k), :): own_bar(i, h D + c) += s_bar(k, h)
/// att(h D + c) leaky_relu'(v(h D + c)), the same to other_bar(index(k), :) where one thread has all rows, and
/// s_bar(k, h) leaky_relu(v(h D + c)) to sums[h D + c]. With `entry`, of the transposed pattern, whose entry t
/// is entry(t) of the pattern.
template <class Own, class Other, class A, class S>
struct GatV2AdjointBody {
  Offset const *ptr, *entry;
  Ordinal const* index;
  Own const* own;
  Other const* other;
  A const* att;
  S const* s_bar;
  Own* own_bar;  // null: not wanted
  Other* other_bar;
  HeadShape shape;
  S slope;
  bool sum;
  std::int64_t num_entries;

  /// A row on a host.
  void operator()(Ordinal i) const { (*this)(static_cast<std::int64_t>(i), static_cast<double*>(nullptr)); }
  void operator()(std::int64_t row, double* sums) const {
    auto const i = static_cast<Ordinal>(row);
    int const width = shape.heads * shape.width;
    for (Offset t = ptr[i]; t < ptr[i + 1]; ++t) {
      if (static_cast<std::int64_t>(t) + kPrefetchEnds < num_entries) {
        std::size_t const ahead = shape.row(index[t + kPrefetchEnds]);
        prefetch_numbers(other + ahead, width);
        if (other_bar != nullptr) prefetch_numbers(other_bar + ahead, width);
      }
      for (int c = 0; c < width; c += kGatV2Block)
        add_block(i, t, c, c + kGatV2Block < width ? c + kGatV2Block : width, sum ? sums + c : nullptr);
    }
  }
  void add_block(Ordinal i, Offset t, int begin, int end, double* sums) const {
    S g[kGatV2Block], v[kGatV2Block], factor[kGatV2Block];
    int const n = end - begin;
    std::size_t const to = shape.row(i) + static_cast<std::size_t>(begin),
                      from = shape.row(index[t]) + static_cast<std::size_t>(begin);
    Offset const k = entry == nullptr ? t : entry[t];
    for_each_head(shape, begin, end, [&](int h, int first, int last) {
      S const bar = s_bar[shape.number(k, h)];
      for (int j = first; j < last; ++j) g[j] = bar;
    });
    for (int j = 0; j < n; ++j) v[j] = static_cast<S>(own[to + j]) + static_cast<S>(other[from + j]);
    for (int j = 0; j < n; ++j) factor[j] = g[j] * leaky_factor(v[j], slope);
    if (sums != nullptr)
      for (int j = 0; j < n; ++j) sums[j] += static_cast<double>(factor[j] * v[j]);
    for (int j = 0; j < n; ++j) factor[j] *= static_cast<S>(att[begin + j]);
    // one after the other: both inputs, and so their cotangents, may be the same
    if (own_bar != nullptr)
      for (int j = 0; j < n; ++j) own_bar[to + j] += static_cast<Own>(factor[j]);
    if (other_bar != nullptr)
      for (int j = 0; j < n; ++j) other_bar[from + j] += static_cast<Other>(factor[j]);
  }

  /// A number of own_bar a thread.
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t row, std::int64_t at) const {
    auto const i = static_cast<Ordinal>(row);
    auto const c = static_cast<std::size_t>(at);
    int const h = static_cast<int>(at) / shape.width;
    S const mine = static_cast<S>(own[shape.row(i) + c]);
    S total = 0;
    for (Offset t = ptr[i]; t < ptr[i + 1]; ++t) {
      S const v = mine + static_cast<S>(other[shape.row(index[t]) + c]);
      total += s_bar[shape.number(entry == nullptr ? t : entry[t], h)] * leaky_factor(v, slope);
    }
    own_bar[shape.row(i) + c] += static_cast<Own>(static_cast<S>(att[c]) * total);
  }
};

/// s_bar(k, h) leaky_relu(l(row(k), h D + c) + r(col(k), h D + c))
template <class L, class R, class S>
struct GatV2WeightTerm {
  Ordinal const *row, *col;
  L const* l;
  R const* r;
  S const* s_bar;
  HeadShape shape;
  S slope;
  KOKKOS_INLINE_FUNCTION double operator()(std::int64_t k, std::int64_t at) const {
    auto const c = static_cast<std::size_t>(at);
    S const v = static_cast<S>(l[shape.row(row[k]) + c]) + static_cast<S>(r[shape.row(col[k]) + c]);
    S const g = s_bar[shape.number(static_cast<Offset>(k), static_cast<int>(at) / shape.width)];
    return static_cast<double>(g * leaky_factor(v, slope) * v);
  }
};

}  // namespace detail

/// s(k, h) = sum over c of att(h D + c) leaky_relu(l(row(k), h D + c) + r(col(k), h D + c)), for every entry k
/// and each of the heads h, where leaky_relu(v) = v for v > 0, else slope v. Nothing of the size of the entries
/// times D is kept. Brody, Alon and Yahav (2022), "How attentive are graph attention networks?", equation 7.
///
/// With t(k, h D + c) = s_bar(k, h) att(h D + c) leaky_relu'(...): `l_bar += sum of t over the entries of a row`,
/// `r_bar += sum of t over those of a column`, `att_bar(h D + c) += sum over k of s_bar(k, h) leaky_relu(...)`.
///
/// l [n, heads D], r [m, heads D], contiguous rows, att [heads D] -> [nnz, heads]
template <class Device = DefaultDevice>
struct GatV2ScoreOp {
  static constexpr char const* name = "nacre::gatv2_score";
  CsrPattern<Device> pattern;  ///< n-by-m
  int heads;
  double slope = .2;
  detail::SharedBuffer<typename Device::memory_space> parts = {};

  template <class L, class R, class A>
  std::array<std::size_t, 2> output_extents(L const&, R const&, A const&) const {
    return {{pattern.num_entries(), static_cast<std::size_t>(heads)}};
  }
  template <class Exec, class S, class L, class R, class A>
  void forward(Exec const& exec, S const& s, L const& l, R const& r, A const& att) const {
    using TS = typename S::value_type;
    detail::require_row_major<L>();
    detail::require_row_major<R>();
    auto const shape = detail::head_shape("gatv2_score", l, heads);
    auto const n = static_cast<std::size_t>(pattern.num_rows());
    check_extent("gatv2_score", l, 0, n, "the pattern's number of rows");
    check_extent("gatv2_score", r, 0, static_cast<std::size_t>(pattern.num_cols()),
                 "the pattern's number of columns");
    check_extent("gatv2_score", r, 1, l.extent(1), "the number of columns of l");
    check_extent("gatv2_score", att, 0, l.extent(1), "the number of columns of l");
    check_extent("gatv2_score", s, 0, pattern.num_entries(), "the pattern's number of entries");
    check_extent("gatv2_score", s, 1, static_cast<std::size_t>(heads), "the number of heads");
    auto const num_entries = static_cast<std::int64_t>(pattern.num_entries());
    Ordinal const* row = nullptr;
    if constexpr (!kOnHost<Device>) row = row_of_entry(pattern).data();
    detail::GatV2ScoreBody<typename L::non_const_value_type, typename R::non_const_value_type,
                           typename A::non_const_value_type, TS> const body{pattern.row_ptr().data(),
                                                                            row,
                                                                            pattern.col().data(),
                                                                            l.data(),
                                                                            r.data(),
                                                                            att.data(),
                                                                            s.data(),
                                                                            shape,
                                                                            static_cast<TS>(slope),
                                                                            num_entries};
    if constexpr (kOnHost<Device>)
      Kokkos::parallel_for(name, range(exec, n), body);
    else
      detail::for_each_matrix_entry(exec, name, s.extent(0), s.extent(1), body);
  }

  template <class Exec, class S, class SBar, class L, class R, class A, class LBar, class RBar, class ABar>
  void adjoint(Exec const& exec, S const&, SBar const& s_bar, L const& l, R const& r, A const& att,
               LBar const& l_bar, RBar const& r_bar, ABar const& att_bar) const {
    using TL = typename L::non_const_value_type;
    using TR = typename R::non_const_value_type;
    using TA = typename A::non_const_value_type;
    using TS = typename SBar::non_const_value_type;
    constexpr bool serial = kSerial<typename Exec::device_type>;
    auto const shape = detail::head_shape("gatv2_score", l, heads);
    auto const num_entries = static_cast<std::int64_t>(pattern.num_entries());
    auto const slope_of = static_cast<TS>(slope);
    std::size_t const n = l.extent(0), width = l.extent(1);
    detail::GatV2AdjointBody<TL, TR, TA, TS> const rows{pattern.row_ptr().data(),
                                                        nullptr,
                                                        pattern.col().data(),
                                                        l.data(),
                                                        r.data(),
                                                        att.data(),
                                                        s_bar.data(),
                                                        l_bar.data(),
                                                        serial ? r_bar.data() : nullptr,
                                                        shape,
                                                        slope_of,
                                                        is_given(att_bar),
                                                        num_entries};
    if constexpr (kOnHost<Device>) {
      std::size_t const sums = is_given(att_bar) ? width : 0;
      if (is_given(l_bar) || sums > 0 || (serial && is_given(r_bar)))
        detail::for_each_row_with_sums(exec, "nacre::gatv2_score_adjoint", parts, n, sums, rows, sums,
                                       detail::AddTotal<typename ABar::non_const_value_type>{att_bar.data()});
    } else {
      if (is_given(l_bar))
        detail::for_each_matrix_entry(exec, "nacre::gatv2_score_adjoint::l", n, width, rows);
      if (is_given(att_bar))
        detail::for_each_column_sum(
            exec, "nacre::gatv2_score_adjoint::att", pattern.num_entries(), width,
            detail::GatV2WeightTerm<TL, TR, TS>{row_of_entry(pattern).data(), pattern.col().data(), l.data(),
                                                r.data(), s_bar.data(), shape, slope_of},
            detail::AddTo<typename ABar::non_const_value_type>{att_bar.data()});
    }
    if constexpr (!serial) {
      if (!is_given(r_bar)) return;
      auto const& t = transposed(pattern);
      detail::for_each_row_or_number(
          exec, "nacre::gatv2_score_adjoint::r", r.extent(0), width,
          detail::GatV2AdjointBody<TR, TL, TA, TS>{
              t.pattern.row_ptr().data(), t.entry.data(), t.pattern.col().data(), r.data(), l.data(),
              att.data(), s_bar.data(), r_bar.data(), nullptr, shape, slope_of, false, num_entries});
    }
  }
};

}  // namespace nacre
