#pragma once

#include <limits>

#include <nacre/solvers/detail/max_eigenvalue.hpp>
#include <nacre/solvers/detail/node_rows.hpp>
#include <nacre/solvers/detail/prolongator.hpp>

namespace nacre::solvers::detail {

/// Which aggregate of P's row an entry of A belongs to: rows of a node that share their columns share their slots.
template <class Device, class Number>
struct AggregateSlots {
  static constexpr Number kFiltered = std::numeric_limits<Number>::max();  ///< weak
  static constexpr Number kOutside = kFiltered - 1;                        ///< strong, but to no aggregate
  typename CsrPattern<Device>::OffsetView row_ptr;
  Vector<Number const, Device> slot;
  Ordinal rows_of_node;

  /// The slots of the entries of a row, one after the other.
  struct Cursor {
    Number const* at;
    Ordinal rows_of_node, passed;
    KOKKOS_INLINE_FUNCTION Number next() {
      Number const slot = *at;
      if (++passed == rows_of_node) {
        passed = 0;
        ++at;
      }
      return slot;
    }
  };
  KOKKOS_INLINE_FUNCTION Cursor of_row(Ordinal i) const {
    auto const g = static_cast<Offset>(rows_of_node);
    Offset const first = g == 1 ? row_ptr(i) : row_ptr(i - i % rows_of_node) / (g * g);
    return {slot.data() + first, rows_of_node, 0};
  }
};

/// A named functor for the reason MakeDiagonal has.
template <class Device, class Values, class Slots, class Diagonal>
struct InvertFilteredDiagonal {
  using T = typename Diagonal::non_const_value_type;
  typename CsrPattern<Device>::OffsetView row_ptr;
  typename CsrPattern<Device>::OrdinalView col;
  Values values;
  Slots slot;
  Diagonal inverse_diagonal;
  bool lump;

  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, double& most) const {
    T diagonal = 0, weak = 0, sum = 0;
    auto slots = slot.of_row(i);
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      T const a = values(k);
      auto const s = slots.next();
      if (col(k) == i)
        diagonal = a;
      else if (s == Slots::kFiltered)
        weak += a;
      else
        sum += compat::fabs(a);
    }
    // lumping must not eat up the diagonal
    bool const is_safe = compat::fabs(diagonal + weak) > T(0.1) * compat::fabs(diagonal);
    T const lumped = lump && is_safe ? diagonal + weak : diagonal;
    inverse_diagonal(i) = lumped != T(0) ? T(1) / lumped : T(0);
    double const row = lumped != T(0) ? 1. + static_cast<double>(sum / compat::fabs(lumped)) : 0.;
    most = row > most ? row : most;
  }
};

/// inverse_diagonal(i) = 1 / (a_ii + what is filtered out of row i), and the largest row sum of the filtered D^-1 A.
template <class Exec, class Device, class Values, class Slots, class Diagonal>
double invert_filtered_diagonal(Exec const& exec, CsrPattern<Device> const& pattern, Values const& values,
                                Slots const& slot, bool lump, Diagonal const& inverse_diagonal) {
  double bound = 0;
  Kokkos::parallel_reduce("nacre::prolongator::filtered_diagonal", range(exec, inverse_diagonal.extent(0)),
                          InvertFilteredDiagonal<Device, Values, Slots, Diagonal>{
                              pattern.row_ptr(), pattern.col(), values, slot, inverse_diagonal, lump},
                          Kokkos::Max<double>(bound));
  return bound;
}

/// Row i of P = T_i - omega / d_i sum_k a_ik T_k over what is not filtered out; the diagonal counts as d_i.
template <class Exec, class Device, class AValues, class Slots, class Diagonal, class Tentative, class Rows,
          class PValues>
void smooth_prolongator(Exec const& exec, CsrPattern<Device> const& pattern, AValues const& values,
                        Slots const& slot, Diagonal const& inverse_diagonal, Tentative const& tentative,
                        double omega, Rows const& P_ptr, PValues const& P_values) {
  using T = typename PValues::non_const_value_type;
  auto const row_ptr = pattern.row_ptr();
  auto const col = pattern.col();
  auto const m = static_cast<Ordinal>(tentative.extent(1));
  auto const w = static_cast<T>(omega);
  Kokkos::parallel_for(
      "nacre::prolongator::smooth", range(exec, inverse_diagonal.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        Offset const first = P_ptr(i);
        for (Offset k = first; k < P_ptr(i + 1); ++k) P_values(k) = 0;
        T const scale = -w * inverse_diagonal(i);
        auto slots = slot.of_row(i);
        for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
          auto const s = slots.next();
          if (s >= Slots::kOutside) continue;
          Ordinal const j = col(k);
          T const a = j == i ? T(1) - w : scale * values(k);
          Offset const to = first + static_cast<Offset>(s) * m;
          for (Ordinal c = 0; c < m; ++c) P_values(to + c) += a * tentative(j, c);
        }
      });
}

/// The coarse partition: as the aggregates are, or the aggregates of several ranks on the first of them. What will
/// be solved directly goes to one rank, for which that is less work than telling others.
inline RowPartition coarse_partition(Comm const& comm, Ordinal num_rows, AmgOptions const& options) {
  RowPartition const apart(comm, num_rows);
  if (comm.size() == 1 || options.min_rows_per_rank <= 0) return apart;
  auto const wanted = apart.num_global() <= options.max_coarse_rows
                          ? 1
                          : std::max<GlobalOrdinal>(1, apart.num_global() / options.min_rows_per_rank);
  if (wanted >= comm.size()) return apart;
  auto const group = static_cast<int>((comm.size() + wanted - 1) / wanted);
  if (comm.rank() % group != 0) return RowPartition(comm, 0);
  int const end = std::min(comm.rank() + group, comm.size());
  return RowPartition(comm, static_cast<Ordinal>(apart.begin(end) - apart.begin(comm.rank())));
}

template <class T, class Device>
Prolongator<T, Device>::Prolongator(DistributedCsr<T, Device> const& A, NearNullspace const& fine,
                                    Strength const& strength, Aggregates const& aggregates,
                                    AmgOptions const& options)
    : lump_(strength.block_size == 1), damping_(options.prolongator_damping) {
  auto const& comm = A.comm();
  auto const& local = A.pattern.local();
  int const b = strength.block_size, m = fine.m;
  Ordinal const n = A.pattern.num_owned_rows();

  std::vector<double> tentative;
  coarse_ = orthonormalise(fine, aggregates, b, tentative);

  // number the aggregates over all ranks, then see who gets them
  RowPartition const apart(comm, aggregates.count * m);
  RowPartition const coarse = coarse_partition(comm, aggregates.count * m, options);
  if (!(coarse == apart)) {
    std::vector<Comm::Parcel<double>> moved;
    if (aggregates.count > 0) moved.emplace_back(coarse.owner(apart.begin()), std::move(coarse_.rows));
    coarse_.rows.clear();
    for (auto const& [rank, rows] : comm.exchange(moved))
      coarse_.rows.insert(coarse_.rows.end(), rows.begin(), rows.end());
  }

  std::vector<GlobalOrdinal> aggregate_of_row(static_cast<std::size_t>(n));
  for (Ordinal i = 0; i < n; ++i) {
    Ordinal const a = aggregates.of_node[i / b];
    aggregate_of_row[i] = a < 0 ? -1 : apart.begin() / m + a;
  }
  auto const of_ghosts = import_to_host(A.pattern.halo(), aggregate_of_row);

  // local numbers of the aggregates this rank's rows interpolate from
  auto const owns = [&](GlobalOrdinal a) { return coarse.owns(a * m); };
  std::vector<GlobalOrdinal> ghost_aggregates;
  for (auto const a : aggregate_of_row)
    if (a >= 0 && !owns(a)) ghost_aggregates.push_back(a);
  for (auto const a : of_ghosts)
    if (a >= 0 && !owns(a)) ghost_aggregates.push_back(a);
  std::sort(ghost_aggregates.begin(), ghost_aggregates.end());
  ghost_aggregates.erase(std::unique(ghost_aggregates.begin(), ghost_aggregates.end()),
                         ghost_aggregates.end());
  auto const local_number = [&](GlobalOrdinal a) {
    if (a < 0) return Ordinal(-1);
    if (owns(a)) return static_cast<Ordinal>(a - coarse.begin() / m);
    return coarse.num_owned() / m +
           static_cast<Ordinal>(std::lower_bound(ghost_aggregates.begin(), ghost_aggregates.end(), a) -
                                ghost_aggregates.begin());
  };
  std::vector<Ordinal> aggregate_of_col(static_cast<std::size_t>(local.num_cols()));
  for (Ordinal j = 0; j < n; ++j) aggregate_of_col[j] = local_number(aggregate_of_row[j]);
  for (std::size_t g = 0; g < of_ghosts.size(); ++g) aggregate_of_col[n + g] = local_number(of_ghosts[g]);

  std::vector<Offset> P_ptr;
  std::vector<Ordinal> P_col;
  rows_of_node_ = shares_columns(local, b) ? b : 1;
  auto const num_aggregates = coarse.num_owned() / m + static_cast<Ordinal>(ghost_aggregates.size());
  if (!find_pattern(local, strength, aggregate_of_col, num_aggregates, P_ptr, P_col, slot_))
    find_pattern(local, strength, aggregate_of_col, num_aggregates, P_ptr, P_col, wide_slot_);

  std::vector<GlobalOrdinal> ghosts;
  for (auto const a : ghost_aggregates)
    for (int c = 0; c < m; ++c) ghosts.push_back(a * m + c);
  HaloExchange<Device> const halo(coarse, ghosts);
  pattern_ =
      DistributedPattern<Device>(A.pattern.rows(),
                                 CsrPattern<Device>(n, coarse.num_owned() + halo.num_ghosts(),
                                                    to_device<Device>("nacre::prolongator::row_ptr", P_ptr),
                                                    to_device<Device>("nacre::prolongator::col", P_col)),
                                 halo);

  // T of this rank's rows and of those its rows are coupled to
  RowMajor<T, Device> const owned("nacre::prolongator::tentative", static_cast<std::size_t>(n), m);
  auto const owned_host = Kokkos::create_mirror_view(owned);
  std::transform(tentative.begin(), tentative.end(), owned_host.data(),
                 [](double t) { return static_cast<T>(t); });
  Kokkos::deep_copy(owned, owned_host);
  Ordinal const num_ghosts = A.pattern.halo().num_ghosts();
  ExecOf<Device> const exec;
  auto const imported = A.pattern.halo().import_ghosts(exec, owned);
  tentative_ = owned;
  if (num_ghosts > 0) {
    tentative_ =
        RowMajor<T, Device>("nacre::prolongator::tentative", static_cast<std::size_t>(n + num_ghosts), m);
    Kokkos::deep_copy(exec, Kokkos::subview(tentative_, std::make_pair(0, n), Kokkos::ALL()), owned);
    Kokkos::deep_copy(exec, Kokkos::subview(tentative_, std::make_pair(n, n + num_ghosts), Kokkos::ALL()),
                      imported);
  }
  compat::fence(exec, "nacre::prolongator: set up");
}

/// The pattern of P: the aggregates of a row's node and of its strong neighbours, `m` columns each.
/// \return whether Number counts the aggregates of every row
template <class T, class Device>
template <class Number>
bool Prolongator<T, Device>::find_pattern(CsrPattern<Device> const& A, Strength const& strength,
                                          std::vector<Ordinal> const& aggregate_of_col,
                                          Ordinal num_aggregates, std::vector<Offset>& P_ptr,
                                          std::vector<Ordinal>& P_col,
                                          Vector<Number const, Device>& slots) const {
  using SlotsOf = AggregateSlots<Device, Number>;
  int const b = strength.block_size, m = coarse_.m, g = rows_of_node_;
  Ordinal const n = A.num_rows();
  auto const row_ptr = host_view(A.row_ptr());
  auto const col = host_view(A.col());
  Vector<Number, HostDevice> const slot(
      Kokkos::view_alloc(std::string("nacre::prolongator::slot"), Kokkos::WithoutInitializing),
      col.extent(0) / static_cast<std::size_t>(g * g));
  P_ptr.assign(1, 0);
  P_ptr.reserve(static_cast<std::size_t>(n) + 1);
  P_col.clear();
  P_col.reserve(static_cast<std::size_t>(n) * 3);
  std::vector<Ordinal> list;
  std::vector<Number> slot_of(static_cast<std::size_t>(num_aggregates));
  bool const smoothed = damping_ > 0;
  std::size_t next = 0;  // slot
  for (Ordinal node = 0; node < n / b; ++node) {
    list.clear();
    std::size_t const first = next;
    Ordinal const last_row = g > 1 ? node * b + 1 : (node + 1) * b;  // the others are as the first
    for (Ordinal i = node * b; i < last_row; ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); k += g, ++next) {
        Ordinal const j = col(k);
        Ordinal const a = aggregate_of_col[j];
        bool const is_strong = strength.keeps(i, j, k);
        bool const is_own = g > 1 ? i / b == j / b : i == j;
        if (!is_strong || (!smoothed && !is_own && a >= 0)) {
          slot(next) = SlotsOf::kFiltered;
        } else if (a < 0) {
          slot(next) = SlotsOf::kOutside;  // it is not weak: it must not be lumped
        } else {
          slot(next) = 0;
          if (std::find(list.begin(), list.end(), a) == list.end()) list.push_back(a);
        }
      }
    if (list.size() >= static_cast<std::size_t>(SlotsOf::kOutside)) return false;
    std::sort(list.begin(), list.end());
    for (std::size_t s = 0; s < list.size(); ++s) slot_of[list[s]] = static_cast<Number>(s);
    std::size_t at = first;
    for (Ordinal i = node * b; i < last_row; ++i)
      for (Offset k = row_ptr(i); k < row_ptr(i + 1); k += g, ++at)
        if (slot(at) == 0) slot(at) = slot_of[aggregate_of_col[col(k)]];
    for (Ordinal i = node * b; i < (node + 1) * b; ++i) {
      for (auto const a : list)
        for (int c = 0; c < m; ++c) P_col.push_back(a * m + c);
      P_ptr.push_back(static_cast<Offset>(P_col.size()));
    }
  }
  slots = to_device<Number, Device>("nacre::prolongator::slot", slot.data(), slot.extent(0));
  return true;
}

template <class T, class Device>
double Prolongator<T, Device>::numeric(ExecOf<Device> const& exec, DistributedCsr<T, Device> const& A,
                                       Vector<T, Device> const& P_values) const {
  auto const& local = A.pattern.local();
  Vector<T, Device> const inverse_diagonal("nacre::prolongator::inverse_diagonal",
                                           static_cast<std::size_t>(local.num_rows()));
  if (wide_slot_.extent(0) > 0)
    return smooth(exec, A, AggregateSlots<Device, std::uint32_t>{local.row_ptr(), wide_slot_, rows_of_node_},
                  inverse_diagonal, P_values);
  return smooth(exec, A, AggregateSlots<Device, std::uint8_t>{local.row_ptr(), slot_, rows_of_node_},
                inverse_diagonal, P_values);
}

template <class T, class Device>
template <class Slots>
double Prolongator<T, Device>::smooth(ExecOf<Device> const& exec, DistributedCsr<T, Device> const& A,
                                      Slots const& slot, Vector<T, Device> const& inverse_diagonal,
                                      Vector<T, Device> const& P_values) const {
  auto const& local = A.pattern.local();
  double bound = A.comm().max(invert_filtered_diagonal(exec, local, A.values, slot, lump_, inverse_diagonal));
  double omega = 0;
  if (damping_ > 0) {
    if (bound > 2.5) bound = std::min(bound, 1.1 * power_method(exec, A, inverse_diagonal, 10));
    omega = bound > 0 ? damping_ / bound : 0;
  }
  smooth_prolongator(exec, local, A.values, slot, inverse_diagonal, tentative_, omega,
                     pattern_.local().row_ptr(), P_values);
  return damping_ > 0 ? bound : 0;
}

}  // namespace nacre::solvers::detail
