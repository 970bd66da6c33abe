#pragma once

#include <memory>
#include <vector>

#include <nacre/core/gather_scatter.hpp>
#include <nacre/core/gemm.hpp>
#include <nacre/core/segments.hpp>
#include <nacre/core/shared_buffer.hpp>

/// \file
/// Differentiable products of the rows of a matrix with several small ones, a different one for each group of
/// rows: the layers of relational and of mixture networks.

namespace nacre {

namespace detail {

/// y(i, j) (+)= sum over l of a(i, l) b(g, l, j), g the group of row i: an entry a thread.
template <bool kAdd, class A, class B, class Y>
struct GroupedRowsBody {
  Ordinal const* segment_of;
  ContiguousRows<A const> a;
  B const* b;
  std::int64_t matrix_size, row_stride, col_stride;  ///< of b
  ContiguousRows<Y> y;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    std::int64_t const i = at / y.width, j = at % y.width;
    B const* const column = b + segment_of[i] * matrix_size + j * col_stride;
    Y sum = 0;
    for (std::int64_t l = 0; l < a.width; ++l)
      sum += static_cast<Y>(a(i, l)) * static_cast<Y>(column[l * row_stride]);
    y(i, j) = kAdd ? y(i, j) + sum : sum;
  }
};

/// b_bar(g, l, j) += sum over the rows i of group g of a(i, l) y_bar(i, j): an entry a thread.
template <class A, class Y, class B>
struct GroupedOuterBody {
  SegmentList list;
  ContiguousRows<A const> a;
  ContiguousRows<Y const> y_bar;
  B* b_bar;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    std::int64_t const j = at % y_bar.width, l = at / y_bar.width % a.width, g = at / y_bar.width / a.width;
    B sum = 0;
    for (std::int64_t t = list.begin(g); t < list.end(g); ++t) {
      std::int64_t const i = list.position(t);
      sum += static_cast<B>(a(i, l)) * static_cast<B>(y_bar(i, j));
    }
    b_bar[at] += sum;
  }
};

/// Row i of y (+)= row i of a times b(g), or b(g)^T, in one kernel.
template <bool kAdd, class Exec, class Device, class A, class B, class Y>
void grouped_rows_by_entries(Exec const& exec, char const* label, Segments<Device> const& groups, A const& a,
                             B const& b, bool transpose, Y const& y) {
  if (y.size() == 0) return;
  auto const width = static_cast<std::int64_t>(b.extent(2));
  Kokkos::parallel_for(label, range_of_entries(exec, y.size()),
                       GroupedRowsBody<kAdd, typename A::non_const_value_type,
                                       typename B::non_const_value_type, typename Y::value_type>{
                           groups.segment_of().data(), constant_rows(a), b.data(),
                           static_cast<std::int64_t>(b.extent(1)) * width, transpose ? 1 : width,
                           transpose ? width : 1, contiguous_rows(y)});
}
/// b_bar(g) += a(rows of g)^T y_bar(rows of g), in one kernel.
template <class Exec, class Device, class A, class YBar, class BBar>
void grouped_outer_by_entries(Exec const& exec, char const* label, Segments<Device> const& groups, A const& a,
                              YBar const& y_bar, BBar const& b_bar) {
  if (b_bar.size() == 0) return;
  Kokkos::parallel_for(label, range_of_entries(exec, b_bar.size()),
                       GroupedOuterBody<typename A::non_const_value_type, typename YBar::non_const_value_type,
                                        typename BBar::value_type>{groups.list(), constant_rows(a),
                                                                   constant_rows(y_bar), b_bar.data()});
}

/// Products of groups of rows: on a host one of gemm() a group, whose rows are gathered first if they do not
/// lie together; on a device one kernel for all.
template <class Device>
class GroupedProduct {
 public:
  static constexpr Form form = Form::multilinear;

  GroupedProduct() = default;
  /// \param op, sums in messages: the operation, and what the rows of a are as many as
  GroupedProduct(char const* op, char const* sums, Segments<Device> const& groups)
      : op_(op), sums_(sums), groups_(groups) {
    auto const ptr = host_view(groups.ptr());
    ptr_ = std::make_shared<std::vector<std::int64_t>>(ptr.data(), ptr.data() + ptr.extent(0));
    order_ = IndexMap<Device>::of_distinct(groups.size(), groups.entry());
  }

  Segments<Device> const& groups() const { return groups_; }

  template <class A, class B>
  std::array<std::size_t, 2> output_extents(A const& a, B const& b) const {
    return {{a.extent(0), b.extent(2)}};
  }

  template <class Exec, class Y, class A, class B>
  void forward(Exec const& exec, Y const& y, A const& a, B const& b) const {
    constexpr char const* label = "nacre::grouped_gemm";
    check(y, a, b);
    if constexpr (kOnHost<Device>) {
      if (!permuted()) return multiply<false>(exec, label, a, b, false, y);
      auto const sorted_y = buffer(sorted_y_, y);
      multiply<false>(exec, label, sorted(exec, label, sorted_a_, a), b, false, sorted_y);
      sum_rows<false>(exec, label, order_, sorted_y, y);
    } else {
      grouped_rows_by_entries<false>(exec, label, groups_, a, b, false, y);
    }
  }

  template <class Exec, class Y, class YBar, class A, class B, class ABar, class BBar>
  void adjoint(Exec const& exec, Y const&, YBar const& y_bar, A const& a, B const& b, ABar const& a_bar,
               BBar const& b_bar) const {
    constexpr char const* label = "nacre::grouped_gemm_adjoint";
    if constexpr (kOnHost<Device>) {
      if (!permuted()) {
        if (is_given(b_bar)) add_outer(exec, label, a, y_bar, b_bar);
        if (is_given(a_bar)) multiply<true>(exec, label, y_bar, b, true, a_bar);
        return;
      }
      auto const sorted_y_bar = sorted(exec, label, sorted_y_, y_bar);
      if (is_given(b_bar)) add_outer(exec, label, sorted(exec, label, sorted_a_, a), sorted_y_bar, b_bar);
      if (is_given(a_bar)) {
        auto const sorted_a_bar = buffer(sorted_a_, a_bar);
        multiply<false>(exec, label, sorted_y_bar, b, true, sorted_a_bar);
        sum_rows<true>(exec, label, order_, sorted_a_bar, a_bar);
      }
    } else {
      if (is_given(b_bar)) grouped_outer_by_entries(exec, label, groups_, a, y_bar, b_bar);
      if (is_given(a_bar)) grouped_rows_by_entries<true>(exec, label, groups_, y_bar, b, true, a_bar);
    }
  }

 private:
  template <class T>
  using Rows = OpView<T, 2, Kokkos::LayoutRight, Device>;
  using Buffer = SharedBuffer<typename Device::memory_space>;

  template <class Y, class A, class B>
  void check(Y const& y, A const& a, B const& b) const {
    static_assert(compat::kRank<B> == 3 && std::is_same_v<typename B::array_layout, Kokkos::LayoutRight>,
                  "grouped products: the matrices are [R, k, m], the last index contiguous");
    static_assert(compat::kRank<A> == 2 && std::is_same_v<typename A::array_layout, Kokkos::LayoutRight>,
                  "grouped products: the left factor is [n, k] with contiguous rows");
    check_extent(op_, a, 0, groups_.size(), sums_);
    check_extent(op_, b, 0, groups_.num_segments(), "the number of groups");
    check_extent(op_, b, 1, a.extent(1), "the number of columns of the left factor");
    check_extent(op_, y, 0, a.extent(0), "the number of rows of the left factor");
    check_extent(op_, y, 1, b.extent(2), "the number of columns of the right factors");
    check_contiguous(op_, a);
    check_contiguous(op_, b);
    check_contiguous(op_, y);
  }
  bool permuted() const { return groups_.entry().extent(0) > 0; }

  template <class View>
  static Rows<typename View::non_const_value_type> buffer(Buffer const& memory, View const& like) {
    using T = typename View::non_const_value_type;
    return Rows<T>(memory.template get<T>(like.size()), like.extent(0), like.extent(1));
  }
  /// The rows of x, group after group.
  template <class Exec, class X>
  Rows<typename X::non_const_value_type> sorted(Exec const& exec, char const* label, Buffer const& memory,
                                                X const& x) const {
    auto const rows = buffer(memory, x);
    gather_rows<false>(exec, label, order_, x, rows);
    return rows;
  }

  std::int64_t first(std::size_t g) const { return (*ptr_)[g]; }
  /// Rows of group g of x.
  template <class View>
  DenseRef<typename View::value_type> rows_of(View const& x, std::size_t g) const {
    auto const width = static_cast<std::int64_t>(x.extent(1));
    return {x.data() + first(g) * width, first(g + 1) - first(g), width, width, true};
  }
  template <class View>
  static DenseRef<typename View::value_type> matrix(View const& b, std::size_t g) {
    auto const k = static_cast<std::int64_t>(b.extent(1)), m = static_cast<std::int64_t>(b.extent(2));
    return {b.data() + static_cast<std::int64_t>(g) * k * m, k, m, m, true};
  }

  /// Rows of y (+)= rows of a times b(g), or b(g)^T.
  template <bool kAdd, class Exec, class A, class B, class Y>
  void multiply(Exec const& exec, char const* label, A const& a, B const& b, bool transpose,
                Y const& y) const {
    for (std::size_t g = 0; g < groups_.num_segments(); ++g)
      if (first(g) < first(g + 1))
        gemm(exec, label, kAdd, rows_of(a, g), transpose ? matrix(b, g).transposed() : matrix(b, g),
             rows_of(y, g));
  }
  template <class Exec, class A, class YBar, class BBar>
  void add_outer(Exec const& exec, char const* label, A const& a, YBar const& y_bar,
                 BBar const& b_bar) const {
    for (std::size_t g = 0; g < groups_.num_segments(); ++g)
      if (first(g) < first(g + 1))
        gemm(exec, label, true, rows_of(a, g).transposed(), rows_of(y_bar, g), matrix(b_bar, g));
  }

  char const *op_ = "grouped_gemm", *sums_ = "the number of rows of all groups";
  Segments<Device> groups_;
  std::shared_ptr<std::vector<std::int64_t> const> ptr_;  ///< of groups, for the host
  IndexMap<Device> order_;                                ///< of rows, if they do not lie together
  Buffer sorted_a_, sorted_y_;
};

}  // namespace detail

/// Y(rows of g, :) = A(rows of g, :) B(g, :, :), the groups of rows lying one after the other:
/// `A(rows of g)_bar += Y(rows of g)_bar B(g)^T`, `B(g)_bar += A(rows of g)^T Y(rows of g)_bar`.
///
/// A [n, k] with contiguous rows, B [R, k, m] -> [n, m]; the lengths must sum to n
template <class Device = DefaultDevice>
struct SegmentMmOp : detail::GroupedProduct<Device> {
  static constexpr char const* name = "nacre::segment_mm";

  SegmentMmOp() = default;
  /// \param lengths [R] numbers of rows, zero for a group without any
  /// \throws nacre::Error if one is negative
  explicit SegmentMmOp(std::vector<Ordinal> const& lengths)
      : detail::GroupedProduct<Device>("segment_mm", "the sum of the lengths",
                                       Segments<Device>::of_sizes(lengths, "segment_mm")) {}
};

/// Y(i, :) = A(i, :) B(index(i), :, :): `A(i)_bar += Y(i)_bar B(index(i))^T`,
/// `B(g)_bar += sum of A(i)^T Y(i)_bar over all i with index(i) = g`. Rows are sorted by index once, so that
/// there is one product a matrix.
///
/// A [n, k] with contiguous rows, B [R, k, m] -> [n, m]
template <class Device = DefaultDevice>
struct GatherMmOp : detail::GroupedProduct<Device> {
  static constexpr char const* name = "nacre::gather_mm";

  GatherMmOp() = default;
  /// \param num_matrices R
  /// \param index        [n] each in [0, R)
  /// \throws nacre::Error if one is not
  GatherMmOp(std::size_t num_matrices, std::vector<Ordinal> const& index)
      : detail::GroupedProduct<Device>("gather_mm", "the number of indices",
                                       Segments<Device>::of_index(num_matrices, index, "gather_mm")) {}
};

}  // namespace nacre
