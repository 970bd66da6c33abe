#pragma once

#include <vector>

#include <nacre/core/entries.hpp>
#include <nacre/core/transpose.hpp>

/// \file
/// Groups of positions, over which numbers or rows are reduced: the rows or columns of a sparse matrix, the
/// edges of a node, the nodes of a graph.

namespace nacre {

namespace detail {

struct HostSegments {
  std::vector<Offset> ptr{0}, entry;  ///< entry empty where positions lie in order
  std::vector<Ordinal> segment_of;
};
/// \throws nacre::Error if a size is negative
HostSegments segments_of_sizes(char const* op, std::vector<Ordinal> const& sizes);
/// A counting sort; positions of one segment stay in ascending order.
/// \throws nacre::Error if a segment is not in [0, num_segments)
HostSegments segments_of_index(char const* op, std::size_t num_segments, std::vector<Ordinal> const& index);
/// \throws nacre::Error if ptr does not ascend from 0
std::vector<Ordinal> segment_of_position(std::size_t num_segments, Offset const* ptr);

/// What kernels see of segments.
struct SegmentList {
  Offset const *ptr, *entry;  ///< entry null where positions lie in order
  KOKKOS_INLINE_FUNCTION std::int64_t position(std::int64_t t) const {
    return entry ? static_cast<std::int64_t>(entry[t]) : t;
  }
  KOKKOS_INLINE_FUNCTION std::int64_t begin(std::int64_t g) const {
    return static_cast<std::int64_t>(ptr[g]);
  }
  KOKKOS_INLINE_FUNCTION std::int64_t end(std::int64_t g) const {
    return static_cast<std::int64_t>(ptr[g + 1]);
  }
};

}  // namespace detail

/// The positions 0 ... size-1 in groups: segment g holds the positions entry(t), t from ptr(g) up to
/// ptr(g + 1), or t itself where there is no `entry`. Structure, made once; segments may be empty.
template <class Device = DefaultDevice>
class Segments {
 public:
  /// No segments.
  Segments() : Segments(detail::HostSegments()) {}
  /// \param ptr [G+1] segment g is positions ptr(g) up to ptr(g + 1)
  /// \throws nacre::Error if ptr does not ascend from 0
  explicit Segments(Vector<Offset const, Device> const& ptr) : ptr_(ptr) {
    if (ptr.extent(0) == 0) fail("segments: ptr is empty, but has one number more than there are segments");
    auto const ptr_h = host_view(ptr);
    segment_of_ = to_device<Device>("nacre::Segments::segment_of",
                                    detail::segment_of_position(num_segments(), ptr_h.data()));
  }
  /// \param sizes [G] numbers of positions, one segment after the other
  /// \param op    in messages
  /// \throws nacre::Error if one is negative
  static Segments of_sizes(std::vector<Ordinal> const& sizes, char const* op = "segments") {
    return Segments(detail::segments_of_sizes(op, sizes));
  }
  /// The positions k with index(k) = g as segment g, each in ascending order.
  /// \param index [E] each in [0, num_segments)
  /// \param op    in messages
  /// \throws nacre::Error if one is not
  static Segments of_index(std::size_t num_segments, std::vector<Ordinal> const& index,
                           char const* op = "segments") {
    return Segments(detail::segments_of_index(op, num_segments, index));
  }
  /// Of parts that are known to fit, without a look at them.
  static Segments of_parts(Vector<Offset const, Device> const& ptr, Vector<Offset const, Device> const& entry,
                           Vector<Ordinal const, Device> const& segment_of) {
    Segments segments;
    segments.ptr_ = ptr;
    segments.entry_ = entry;
    segments.segment_of_ = segment_of;
    return segments;
  }

  std::size_t num_segments() const { return ptr_.extent(0) - 1; }
  std::size_t size() const { return segment_of_.extent(0); }
  Vector<Offset const, Device> const& ptr() const { return ptr_; }                 ///< [G+1]
  Vector<Offset const, Device> const& entry() const { return entry_; }             ///< [E], or empty
  Vector<Ordinal const, Device> const& segment_of() const { return segment_of_; }  ///< [E] of each position
  /// As kernels see them; a view of nothing may have data.
  detail::SegmentList list() const { return {ptr_.data(), entry_.extent(0) == 0 ? nullptr : entry_.data()}; }

 private:
  explicit Segments(detail::HostSegments const& parts)
      : ptr_(to_device<Device>("nacre::Segments::ptr", parts.ptr)),
        entry_(to_device<Device>("nacre::Segments::entry", parts.entry)),
        segment_of_(to_device<Device>("nacre::Segments::segment_of", parts.segment_of)) {}

  Vector<Offset const, Device> ptr_, entry_;
  Vector<Ordinal const, Device> segment_of_;
};

/// The entries of each row; what it consists of is kept with the pattern.
template <class Device>
Segments<Device> row_segments(CsrPattern<Device> const& pattern) {
  return Segments<Device>::of_parts(pattern.row_ptr(), Vector<Offset const, Device>(), row_of_entry(pattern));
}

/// The entries of each column, in the order of rows; what it consists of is kept with the pattern.
template <class Device>
Segments<Device> column_segments(CsrPattern<Device> const& pattern) {
  auto const& t = transposed(pattern);
  return Segments<Device>::of_parts(t.pattern.row_ptr(), t.entry, pattern.col());
}

/// All of n positions.
template <class Device = DefaultDevice>
Segments<Device> one_segment(std::size_t n) {
  return Segments<Device>::of_parts(
      to_device<Device>("nacre::one_segment::ptr", std::vector<Offset>{0, static_cast<Offset>(n)}),
      Vector<Offset const, Device>(), Vector<Ordinal, Device>("nacre::one_segment::segment_of", n));
}

namespace detail {

/// A vector as one column, or a matrix of contiguous rows.
template <class T>
struct ContiguousRows {
  T* data;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION T& operator()(std::int64_t i, std::int64_t j) const { return data[i * width + j]; }
};

template <class View>
ContiguousRows<typename View::value_type> contiguous_rows(View const& v) {
  static_assert(
      compat::kRank<View> == 1 ||
          (compat::kRank<View> == 2 && std::is_same_v<typename View::array_layout, Kokkos::LayoutRight>),
      "segments consist of numbers [n] or of contiguous rows [n, k]");
  return {v.data(), static_cast<std::int64_t>(num_columns(v))};
}
template <class View>
ContiguousRows<typename View::const_value_type> constant_rows(View const& v) {
  auto const rows = contiguous_rows(v);
  return {rows.data, rows.width};
}

/// \throws nacre::Error if x is not of these positions or y not of these segments
template <class Device, class X, class Y>
void check_segments(char const* op, Segments<Device> const& segments, X const& x, Y const& y) {
  check_extent(op, x, 0, segments.size(), "the number of positions");
  check_extent(op, y, 0, segments.num_segments(), "the number of segments");
  check_contiguous(op, x);
  check_contiguous(op, y);
}

/// A segment on a host, in strips of columns whose sums stay in registers; a column of one on a device.
template <class Exec, class Body>
struct SegmentStrips {
  Body body;
  std::int64_t width;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t at) const {
    if constexpr (kOnHost<typename Exec::device_type>) {
      std::int64_t c = 0;
      for (; c + 16 <= width; c += 16) body.template strip<16>(at, c);
      for (; c + 4 <= width; c += 4) body.template strip<4>(at, c);
      for (; c < width; ++c) body.template strip<1>(at, c);
    } else {
      body.template strip<1>(at / width, at % width);
    }
  }
};

/// Calls `body.strip<kWidth>(g, c)` for every segment g and columns c up to c + kWidth that make up `width`.
template <class Exec, class Body>
void for_each_segment_strip(Exec const& exec, char const* label, std::size_t num_segments, std::size_t width,
                            Body const& body) {
  if (num_segments * width == 0) return;
  Kokkos::parallel_for(
      label,
      range_of_entries(exec, kOnHost<typename Exec::device_type> ? num_segments : num_segments * width),
      SegmentStrips<Exec, Body>{body, static_cast<std::int64_t>(width)});
}

}  // namespace detail

}  // namespace nacre
