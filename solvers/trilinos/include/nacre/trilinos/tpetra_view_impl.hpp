#pragma once

#include <Teuchos_DefaultMpiComm.hpp>
#include <Tpetra_CrsMatrix.hpp>
#include <Tpetra_Map.hpp>
#include <Tpetra_MultiVector.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <nacre/trilinos/tpetra_compat.hpp>

namespace nacre::trilinos {

static_assert(std::is_same_v<TpetraMap::local_ordinal_type, Ordinal>,
              "Tpetra's local ordinals must be Nacre's");
static_assert(std::is_same_v<TpetraMap::device_type::memory_space, DefaultDevice::memory_space>,
              "Tpetra's device and Nacre's must share their memory");

namespace detail {

/// Whether columns, renumbered, ascend strictly within each row.
template <class Exec, class RowPtr, class Col>
bool columns_ascend(Exec const& exec, RowPtr const& row_ptr, Col const& col) {
  if (row_ptr.extent(0) < 2) return true;
  Ordinal violations = 0;
  Kokkos::parallel_reduce(
      "nacre::tpetra_view::columns_ascend", range(exec, row_ptr.extent(0) - 1),
      KOKKOS_LAMBDA(Ordinal i, Ordinal & sum) {
        for (auto k = row_ptr(i) + 1; k < row_ptr(i + 1); ++k)
          if (!(col(k - 1) < col(k))) {
            ++sum;
            break;
          }
      },
      violations);
  return violations == 0;
}

/// y = x, in another integer type.
template <class Exec, class X, class Y>
void convert(Exec const& exec, X const& x, Y const& y) {
  Kokkos::parallel_for(
      "nacre::tpetra_view::convert", range(exec, x.extent(0)),
      KOKKOS_LAMBDA(Ordinal i) { y(i) = static_cast<typename Y::non_const_value_type>(x(i)); });
}

/// Row offsets in type `To`, shared if that is their type already. An empty rank's may have no entry at all.
template <class To, class RowPtr>
Kokkos::View<To const*, DefaultDevice> offsets_as(RowPtr const& row_ptr, std::size_t num_rows) {
  if constexpr (std::is_same_v<To, typename RowPtr::non_const_value_type>) {
    if (row_ptr.extent(0) == num_rows + 1) return row_ptr;
  }
  Vector<To, DefaultDevice> converted("nacre::row_ptr", num_rows + 1);
  if (row_ptr.extent(0) == num_rows + 1) convert(ExecOf<DefaultDevice>(), row_ptr, converted);
  return converted;
}

/// How Nacre numbers the columns of a Tpetra matrix.
struct ColumnNumbers {
  std::vector<GlobalOrdinal> ghosts;  ///< ascending
  std::vector<Ordinal> local;         ///< of each Tpetra column
  std::string difference;  ///< what makes `local` another numbering than Tpetra's; empty if nothing does
};

/// Collective.
inline ColumnNumbers number_columns(TpetraMap const& domain, TpetraMap const& columns,
                                    RowPartition const& partition) {
  using Gid = TpetraMap::global_ordinal_type;
  auto const num_owned = static_cast<Ordinal>(compat::num_local_elements(domain));
  auto const gids = compat::local_elements(columns);
  auto const num_columns = static_cast<std::size_t>(gids.size());
  Ordinal const invalid = Teuchos::OrdinalTraits<Ordinal>::invalid();

  ColumnNumbers numbers;
  numbers.local.resize(num_columns);
  std::vector<Gid> wanted;
  std::vector<std::size_t> ghost_column;
  for (std::size_t c = 0; c < num_columns; ++c) {
    Gid const gid = gids[static_cast<Teuchos_Ordinal>(c)];
    numbers.local[c] = domain.getLocalElement(gid);
    if (numbers.local[c] == invalid) {
      wanted.push_back(gid);
      ghost_column.push_back(c);
    }
  }

  std::vector<int> owner(wanted.size());
  std::vector<Ordinal> local_there(wanted.size());
  if (partition.comm().size() > 1) {
    auto const n = static_cast<Teuchos_Ordinal>(wanted.size());
    domain.getRemoteIndexList(Teuchos::ArrayView<Gid const>(wanted.data(), n),
                              Teuchos::ArrayView<int>(owner.data(), n),
                              Teuchos::ArrayView<Ordinal>(local_there.data(), n));
  }
  std::string problem;
  std::vector<GlobalOrdinal> number(wanted.size());
  for (std::size_t g = 0; g < wanted.size(); ++g) {
    if (local_there[g] == invalid || owner[g] < 0 || partition.comm().size() == 1)
      problem =
          cat("nacre::trilinos::view: column ", wanted[g], " is not an element of the matrix' domain map");
    else
      number[g] = partition.begin(owner[g]) + local_there[g];
  }
  partition.comm().fail_together(problem);

  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return number[a] < number[b]; });
  for (std::size_t k = 0; k < order.size(); ++k) {
    numbers.ghosts.push_back(number[order[k]]);
    numbers.local[ghost_column[order[k]]] = num_owned + static_cast<Ordinal>(k);
  }
  for (std::size_t c = 0; c < num_columns && numbers.difference.empty(); ++c)
    if (numbers.local[c] != static_cast<Ordinal>(c))
      numbers.difference =
          cat("column ", c, " of the column map (global ", gids[static_cast<Teuchos_Ordinal>(c)],
              ") is column ", numbers.local[c], " of [owned | ghosts in ascending order]");
  return numbers;
}

/// The columns, renumbered and sorted within rows, and the values in that order. Host code: the exception,
/// not the rule.
template <class Scalar, class RowPtr, class Col, class Values>
void copy_in_order(RowPtr const& row_ptr, Col const& col, Values const& values,
                   std::vector<Ordinal> const& renumbered, Vector<Ordinal, DefaultDevice>& new_col,
                   Vector<Scalar, DefaultDevice>& new_values) {
  auto const host_row_ptr = host_view(row_ptr);
  auto const host_col = host_view(col);
  auto const host_values = host_view(values);
  std::vector<Ordinal> c(col.extent(0));
  std::vector<Scalar> v(col.extent(0));
  std::vector<std::pair<Ordinal, std::size_t>> row;
  for (std::size_t i = 0; i + 1 < host_row_ptr.extent(0); ++i) {
    auto const begin = static_cast<std::size_t>(host_row_ptr(i)),
               end = static_cast<std::size_t>(host_row_ptr(i + 1));
    row.clear();
    for (std::size_t k = begin; k < end; ++k)
      row.emplace_back(renumbered[static_cast<std::size_t>(host_col(k))], k);
    std::sort(row.begin(), row.end());
    for (std::size_t k = begin; k < end; ++k) {
      c[k] = row[k - begin].first;
      v[k] = host_values(row[k - begin].second);
    }
  }
  new_col = to_device<DefaultDevice>("nacre::col", c);
  new_values = to_device<DefaultDevice>("nacre::values", v);
}

/// The numbers of x as Tpetra stores them; it knows no read-only vectors.
template <class Scalar, class T>
typename TpetraVectors<Scalar>::dual_view_type as_dual_view(MultiVector<T> const& x) {
  using Dual = typename TpetraVectors<Scalar>::dual_view_type;
  std::size_t const n = x.extent(0);
  std::size_t const stride = x.extent(1) > 1 ? std::max<std::size_t>(n, x.stride(1)) : n;
  typename Dual::t_dev const whole(const_cast<Scalar*>(x.data()), stride, x.extent(1));
  typename Dual::t_dev const on_device =
      Kokkos::subview(whole, std::make_pair(std::size_t{0}, n), Kokkos::ALL());
  Dual dual(on_device, Kokkos::create_mirror_view(on_device));
  dual.modify_device();
  return dual;
}

}  // namespace detail

template <class Scalar>
DistributedCsr<Scalar> view(TpetraMatrix<Scalar> const& A, WhenLayoutDiffers when, Sharing* sharing) {
  using Device = DefaultDevice;
  Comm const comm = to_nacre(A.getComm());
  if (!A.isFillComplete())
    fail("nacre::trilinos::view: the Tpetra matrix is not fill-complete; call fillComplete()");
  if (!A.getRowMap()->isSameAs(*A.getRangeMap()))
    fail(
        "nacre::trilinos::view: the Tpetra matrix has another row map than range map; give it one map for "
        "both");

  auto const local = compat::local_matrix(A);
  auto const num_rows = static_cast<std::size_t>(local.numRows());
  auto const tpetra_row_ptr = local.graph.row_map;
  // what is stored may be longer than what is used
  auto const num_entries = static_cast<std::size_t>(local.nnz());
  auto const used = std::make_pair(std::size_t{0}, num_entries);
  bool const fits = num_entries <= static_cast<std::size_t>(std::numeric_limits<Offset>::max());
  comm.fail_together(fits ? ""
                          : cat("nacre::trilinos::view: ", num_entries,
                                " entries on one rank are more than an Offset of ", sizeof(Offset),
                                " bytes can count; configure with NACRE_OFFSET_TYPE=std::size_t"));

  RowPartition const rows(comm, static_cast<Ordinal>(num_rows));
  RowPartition const cols(comm, static_cast<Ordinal>(compat::num_local_elements(*A.getDomainMap())));
  auto numbers = detail::number_columns(*A.getDomainMap(), *A.getColMap(), cols);
  auto const tpetra_col = Kokkos::subview(local.graph.entries, used);
  if (numbers.difference.empty() && !detail::columns_ascend(ExecOf<Device>(), tpetra_row_ptr, tpetra_col))
    numbers.difference = "columns do not ascend within rows";
  if (when == WhenLayoutDiffers::fail && comm.max(numbers.difference.empty() ? 0 : 1) > 0)
    comm.fail_together(numbers.difference.empty()
                           ? ""
                           : cat("nacre::trilinos::view: cannot share the matrix: ", numbers.difference));

  Sharing shared;
  shared.difference = numbers.difference;
  shared.values = shared.columns = numbers.difference.empty();
  Kokkos::View<Ordinal const*, Device> col = tpetra_col;
  Vector<Scalar, Device> values = Kokkos::subview(local.values, used);
  if (!shared.values) {
    Vector<Ordinal, Device> new_col;
    detail::copy_in_order<Scalar>(tpetra_row_ptr, tpetra_col, local.values, numbers.local, new_col, values);
    col = new_col;
  }
  auto const row_ptr = detail::offsets_as<Offset>(tpetra_row_ptr, num_rows);
  shared.row_ptr =
      static_cast<void const*>(row_ptr.data()) == static_cast<void const*>(tpetra_row_ptr.data());
  if (sharing) *sharing = shared;

  HaloExchange<Device> const halo(cols, std::move(numbers.ghosts));
  CsrPattern<Device> const pattern(rows.num_owned(), cols.num_owned() + halo.num_ghosts(), row_ptr, col);
  return {DistributedPattern<Device>(rows, pattern, halo), values};
}

template <class Scalar>
MultiVector<Scalar const> view(TpetraVectors<Scalar> const& x) {
  if (!x.isConstantStride())
    fail(
        "nacre::trilinos::view: the Tpetra multivector's columns are scattered (not of constant stride); "
        "copy it first");
  return x.getLocalViewDevice(Tpetra::Access::ReadOnly);
}

template <class Scalar>
MultiVector<Scalar> view(TpetraVectors<Scalar>& x) {
  if (!x.isConstantStride())
    fail(
        "nacre::trilinos::view: the Tpetra multivector's columns are scattered (not of constant stride); "
        "copy it first");
  return x.getLocalViewDevice(Tpetra::Access::ReadWrite);
}

template <class Scalar>
Teuchos::RCP<TpetraMatrix<Scalar>> to_tpetra(DistributedCsr<Scalar> const& A) {
  using Matrix = TpetraMatrix<Scalar>;
  using LocalMatrix = decltype(compat::local_matrix(std::declval<Matrix const&>()));
  auto const& pattern = A.pattern;
  auto const row_map = make_map(pattern.rows());
  auto const domain_map = pattern.rows() == pattern.cols() ? row_map : make_map(pattern.cols());
  auto col_map = domain_map;
  if (pattern.comm().size() > 1) {
    std::vector<TpetraMap::global_ordinal_type> gids;
    for (Ordinal j = 0; j < pattern.local().num_cols(); ++j) gids.push_back(pattern.global_col(j));
    col_map = Teuchos::rcp(new TpetraMap(Teuchos::OrdinalTraits<Tpetra::global_size_t>::invalid(),
                                         Teuchos::ArrayView<TpetraMap::global_ordinal_type const>(
                                             gids.data(), static_cast<Teuchos_Ordinal>(gids.size())),
                                         0, row_map->getComm()));
  }
  typename LocalMatrix::row_map_type const row_ptr = detail::offsets_as<std::size_t>(
      pattern.local().row_ptr(), static_cast<std::size_t>(pattern.num_owned_rows()));
  auto const matrix =
      Teuchos::rcp(new Matrix(row_map, col_map, row_ptr, compat::writable_and_owning(pattern.local().col()),
                              compat::writable_and_owning(A.values)));
  matrix->expertStaticFillComplete(domain_map, row_map);
  return matrix;
}

template <class Scalar>
Teuchos::RCP<TpetraVectors<Scalar>> to_tpetra(Teuchos::RCP<TpetraMap const> const& map,
                                              MultiVector<Scalar> const& x) {
  check_extent("to_tpetra", x, 0, compat::num_local_elements(*map),
               "the map's number of elements on this rank");
  auto made = Teuchos::rcp(new TpetraVectors<Scalar>(map, detail::as_dual_view<Scalar>(x)));
  Teuchos::set_extra_data(x, "nacre::MultiVector", Teuchos::inOutArg(made));
  return made;
}

template <class Scalar>
Teuchos::RCP<TpetraVectors<Scalar> const> to_tpetra(Teuchos::RCP<TpetraMap const> const& map,
                                                    MultiVector<Scalar const> const& x) {
  check_extent("to_tpetra", x, 0, compat::num_local_elements(*map),
               "the map's number of elements on this rank");
  auto made = Teuchos::rcp(new TpetraVectors<Scalar>(map, detail::as_dual_view<Scalar>(x)));
  Teuchos::set_extra_data(x, "nacre::MultiVector", Teuchos::inOutArg(made));
  return made;
}

}  // namespace nacre::trilinos
