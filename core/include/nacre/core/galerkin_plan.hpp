#pragma once

#include <cstdint>
#include <vector>

#include <nacre/core/spgemm.hpp>

/// \file
/// C = P^T A P on a host, one row of A after the other: a pass of multiply-adds through positions found before.

namespace nacre::detail {

/// The pattern of C = P^T A P, and where each product goes. Nothing of the size of A P is computed or kept but its
/// pattern: each of its rows is spread over the rows of C at once.
class GalerkinPlan {
 public:
  GalerkinPlan() = default;
  /// \param A, P            [n, l] and [l, c]: the first n rows of P are those of A's rows
  /// \param coarse_of_entry [entries of these n rows] the row of C that each contributes to: P's column, unless the
  ///                        columns of C have numbers of their own
  /// \param P_transpose     its rows are those of C; of the n rows of P
  /// \param fine_block   rows of A and P of this many consecutive numbers share their columns, and A's columns come in
  ///                     such groups
  /// \param coarse_block so do the columns of P
  GalerkinPlan(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
               HostPattern const& P_transpose, int fine_block, int coarse_block);

  /// Whether there is a plan: not where a row of C is longer than positions count.
  bool is_possible() const { return is_possible_; }
  /// The pattern of C, columns sorted, given away.
  HostRows take_pattern() { return std::move(C_); }

  /// \param a, p values of A and P
  /// \param C    the pattern
  /// \param[out] c its values
  template <class T>
  void numeric(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
               HostPattern const& C, T const* a, T const* p, T* c) const;

 private:
  struct Products {
    std::vector<Offset> ptr;  // [fine nodes + 1]
    std::vector<Ordinal> col;
  };
  Products find_products(HostPattern const& A, HostPattern const& P) const;
  template <class Position>
  bool find_positions(HostPattern const& P, Products const& all, Ordinal const* coarse_of_entry,
                      HostPattern const& P_transpose, std::vector<Position>& positions,
                      std::vector<Position>& met_at);
  template <class Position, class T>
  void compute(HostPattern const& A, HostPattern const& P, Ordinal const* coarse_of_entry,
               HostPattern const& C, T const* a, T const* p, Position const* positions, Position const* met,
               T* c) const;

  int b_ = 1, m_ = 1;
  bool is_possible_ = false;
  // By nodes; one pair is in use, the short one where it counts far enough.
  // Of each P(i, a) (A P)(i, q): when its column was first met in its row of C, as products go through A's rows.
  std::vector<std::uint8_t> short_positions_;
  std::vector<std::uint16_t> positions_;
  // When each column of C's rows, in ascending order, was met.
  std::vector<std::uint8_t> short_order_;
  std::vector<std::uint16_t> order_;
  Products products_;  // if it is kept
  HostRows C_;
};

/// The values of A^T, without the memory of where each goes.
/// \param transpose_ptr the offsets of the transpose's rows
template <class T>
void transpose_values_on_host(HostPattern const& A, Offset const* transpose_ptr, T const* values,
                              T* transposed);

}  // namespace nacre::detail
