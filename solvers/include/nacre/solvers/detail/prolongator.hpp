#pragma once

#include <cstdint>

#include <nacre/core/distributed_csr.hpp>
#include <nacre/solvers/amg_options.hpp>
#include <nacre/solvers/detail/strength.hpp>

/// \file
/// The smoothed prolongator P = (I - omega D^-1 A_F) T.

namespace nacre::solvers::detail {

/// Vectors a coarse level must represent, `[rows][m]` row by row, in double whatever the level's precision.
struct NearNullspace {
  int m = 1;
  std::vector<double> rows;
};

/// T: the near-nullspace cut into aggregates and orthonormalised on each.
///
/// Vanek, Mandel, Brezina (1996), section 4: on each aggregate B = Q R; Q are the columns of T, R the
/// near-nullspace of the coarse level. Vectors that are dependent on an aggregate give zero columns.
/// \param[out] tentative [rows][m]
NearNullspace orthonormalise(NearNullspace const& fine, Aggregates const& aggregates, int block_size,
                             std::vector<double>& tentative);

/// The prolongator of one level: its pattern is fixed, its values follow those of A.
template <class T, class Device>
class Prolongator {
 public:
  /// \param fine       near-nullspace of A's rows
  /// \param strength   of A
  /// \param aggregates of its nodes. Collective.
  Prolongator(DistributedCsr<T, Device> const& A, NearNullspace const& fine, Strength const& strength,
              Aggregates const& aggregates, AmgOptions const& options);

  /// [fine] by [coarse]; the coarse rows may live on fewer ranks.
  DistributedPattern<Device> const& pattern() const { return pattern_; }
  NearNullspace const& coarse_nullspace() const { return coarse_; }

  /// Makes P's values from A's. Collective.
  /// \return the bound of D^-1 A's largest eigenvalue that was used, 0 if none was needed
  double numeric(ExecOf<Device> const& exec, DistributedCsr<T, Device> const& A,
                 Vector<T, Device> const& P_values) const;

 private:
  template <class Number>
  bool find_pattern(CsrPattern<Device> const& A, Strength const& strength,
                    std::vector<Ordinal> const& aggregate_of_col, Ordinal num_aggregates,
                    std::vector<Offset>& P_ptr, std::vector<Ordinal>& P_col,
                    Vector<Number const, Device>& slots) const;
  template <class Slots>
  double smooth(ExecOf<Device> const& exec, DistributedCsr<T, Device> const& A, Slots const& slot,
                Vector<T, Device> const& inverse_diagonal, Vector<T, Device> const& P_values) const;

  NearNullspace coarse_;
  DistributedPattern<Device> pattern_;
  RowMajor<T, Device> tentative_;                  // [owned + ghost rows, m]
  Vector<std::uint8_t const, Device> slot_;        // see AggregateSlots
  Vector<std::uint32_t const, Device> wide_slot_;  // instead of them, where they do not count far enough
  int rows_of_node_ = 1;                           // of A that share their columns
  bool lump_ = true;                               // what is filtered out goes to the diagonal
  double damping_ = 0;
};

}  // namespace nacre::solvers::detail
