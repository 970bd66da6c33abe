#pragma once

#include <algorithm>

namespace nacre {

namespace detail {

template <class Exec, class From, class To, class X, class Y>
void copy_entries(Exec const& exec, From const& from, To const& to, X const& x, Y const& y) {
  Kokkos::parallel_for(
      "nacre::triple_product::copy_entries", range_of_entries(exec, from.extent(0)),
      KOKKOS_LAMBDA(std::int64_t k) { y(to(k)) = x(from(k)); });
}

template <class Exec, class From, class X, class Y>
void gather_entries(Exec const& exec, From const& from, X const& x, Y const& y) {
  Kokkos::parallel_for(
      "nacre::triple_product::gather_entries", range_of_entries(exec, from.extent(0)),
      KOKKOS_LAMBDA(std::int64_t k) { y(k, 0) = x(from(k)); });
}

}  // namespace detail

template <class Device>
CsrPattern<Device> TripleProduct<Device>::transpose_of(CsrPattern<Device> const& P) {
  if constexpr (kSerial<Device>) {  // numeric() does without the permutation, which is half of what it takes
    Vector<Offset, Device> const ptr("nacre::triple_product::row_ptr",
                                     static_cast<std::size_t>(P.num_cols()) + 1);
    Vector<Ordinal, Device> const row(
        Kokkos::view_alloc(std::string("nacre::triple_product::col"), Kokkos::WithoutInitializing),
        P.num_entries());
    detail::transpose_on_host(P.num_rows(), P.num_cols(), P.row_ptr().data(), P.col().data(), ptr.data(),
                              row.data(), nullptr);
    return CsrPattern<Device>(P.num_cols(), P.num_rows(), ptr, row);
  } else {
    return transposed(P).pattern;
  }
}

template <class Device>
TripleProduct<Device>::TripleProduct(DistributedPattern<Device> const& A, DistributedPattern<Device> const& P,
                                     int fine_block, int coarse_block)
    : A_pattern_(A.local()), P_pattern_(P.local()), P_transpose_(transpose_of(P.local())), P_(P, A.halo()) {
  A.comm().fail_together(A.cols() == P.rows() && A.rows() == P.rows()
                             ? ""
                             : "TripleProduct: A's rows and columns must be partitioned as the rows of P");
  if constexpr (kSerial<Device>) {
    plan_ =
        detail::GalerkinPlan(host_pattern(A_pattern_), host_pattern(P_.pattern()), P_pattern_.col().data(),
                             host_pattern(P_transpose_), fine_block, coarse_block);
    if (plan_.is_possible())
      product_ =
          detail::pattern_of<Device>(P_transpose_.num_rows(), P_.pattern().num_cols(), plan_.take_pattern());
  }
  if (!plan_.is_possible()) {
    AP_ = SpgemmPlan<Device>(A.local(), P_.pattern());
    R_times_AP_ = SpgemmPlan<Device>(P_transpose_, AP_.pattern());
    product_ = R_times_AP_.pattern();
  }
  if (A.comm().size() == 1) {
    pattern_ = DistributedPattern<Device>(P.cols(), product_, HaloExchange<Device>(P.cols(), {}));
    return;
  }
  is_shared_ = true;
  share_rows(P.cols(), P.halo().ghosts());
}

template <class Device>
void TripleProduct<Device>::share_rows(RowPartition const& coarse,
                                       std::vector<GlobalOrdinal> const& P_ghosts) {
  auto const& comm = coarse.comm();
  auto const ptr = host_view(product_.row_ptr());
  auto const col = host_view(product_.col());
  auto const& wide_ghosts = P_.ghosts();  // of product_'s columns
  Ordinal const owned = coarse.num_owned();
  auto const global_col = [&](Ordinal j) {
    return j < owned ? coarse.begin() + j : wide_ghosts[static_cast<std::size_t>(j - owned)];
  };

  // 1. what goes to whom, as [row, number of columns, columns...]
  std::vector<Comm::Parcel<GlobalOrdinal>> out;
  for (std::size_t g = 0; g < P_ghosts.size(); ++g) {
    int const rank = coarse.owner(P_ghosts[g]);
    if (out.empty() || out.back().first != rank) out.emplace_back(rank, std::vector<GlobalOrdinal>());
    auto& content = out.back().second;
    auto const i = static_cast<std::size_t>(owned) + g;
    content.push_back(P_ghosts[g]);
    content.push_back(static_cast<GlobalOrdinal>(ptr(i + 1) - ptr(i)));
    for (Offset k = ptr(i); k < ptr(i + 1); ++k) content.push_back(global_col(col(k)));
  }
  auto const in = comm.exchange(out);

  // 2. the rows this rank owns: union of its own part and what came
  std::vector<std::vector<GlobalOrdinal>> extra(static_cast<std::size_t>(owned));
  std::vector<GlobalOrdinal> ghosts;
  for (auto const& [rank, content] : in)
    for (std::size_t at = 0; at < content.size();) {
      auto& row = extra[static_cast<std::size_t>(content[at] - coarse.begin())];
      auto const n = static_cast<std::size_t>(content[at + 1]);
      row.insert(row.end(), content.begin() + static_cast<std::ptrdiff_t>(at + 2),
                 content.begin() + static_cast<std::ptrdiff_t>(at + 2 + n));
      at += 2 + n;
    }
  for (auto const& row : extra)
    for (auto const j : row)
      if (!coarse.owns(j)) ghosts.push_back(j);
  for (Ordinal i = 0; i < owned; ++i)
    for (Offset k = ptr(i); k < ptr(i + 1); ++k)
      if (col(k) >= owned) ghosts.push_back(global_col(col(k)));
  ghosts = detail::sorted_unique(std::move(ghosts));

  std::vector<Offset> row_ptr{0}, kept, kept_place;
  std::vector<Ordinal> new_col, row;
  for (Ordinal i = 0; i < owned; ++i) {
    row.clear();
    for (Offset k = ptr(i); k < ptr(i + 1); ++k)
      row.push_back(detail::local_number(coarse, ghosts, global_col(col(k))));
    std::size_t const mine = row.size();
    for (auto const j : extra[static_cast<std::size_t>(i)])
      row.push_back(detail::local_number(coarse, ghosts, j));
    std::vector<Ordinal> const unsorted(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(mine));
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
    for (std::size_t k = 0; k < mine; ++k) {
      kept.push_back(ptr(i) + static_cast<Offset>(k));
      kept_place.push_back(
          row_ptr.back() +
          static_cast<Offset>(std::lower_bound(row.begin(), row.end(), unsorted[k]) - row.begin()));
    }
    new_col.insert(new_col.end(), row.begin(), row.end());
    row_ptr.push_back(static_cast<Offset>(new_col.size()));
  }
  CsrPattern<Device> const local(owned, owned + static_cast<Ordinal>(ghosts.size()),
                                 to_device<Device>("nacre::triple_product::row_ptr", row_ptr),
                                 to_device<Device>("nacre::triple_product::col", new_col));
  pattern_ = DistributedPattern<Device>(coarse, local, HaloExchange<Device>(coarse, ghosts));

  // 3. owners tell which entry of C each sent value is added to
  RowPartition const entries(comm, static_cast<Ordinal>(new_col.size()));
  std::vector<Comm::Parcel<GlobalOrdinal>> answers;
  for (auto const& [rank, content] : in) {
    std::vector<GlobalOrdinal> numbers;
    for (std::size_t at = 0; at < content.size();) {
      auto const i = static_cast<std::size_t>(content[at] - coarse.begin());
      auto const n = static_cast<std::size_t>(content[at + 1]);
      auto const begin = new_col.begin() + static_cast<std::ptrdiff_t>(row_ptr[i]);
      auto const end = new_col.begin() + static_cast<std::ptrdiff_t>(row_ptr[i + 1]);
      for (std::size_t k = 0; k < n; ++k) {
        auto const j = detail::local_number(coarse, ghosts, content[at + 2 + k]);
        numbers.push_back(entries.begin() + static_cast<GlobalOrdinal>(row_ptr[i]) +
                          (std::lower_bound(begin, end, j) - begin));
      }
      at += 2 + n;
    }
    answers.emplace_back(rank, std::move(numbers));
  }
  std::vector<std::pair<GlobalOrdinal, Offset>> sent;  // entry of C on its owner, entry of product_ here
  Offset next = ptr(static_cast<std::size_t>(owned));
  for (auto const& [rank, numbers] : comm.exchange(answers))
    for (auto const number : numbers) sent.emplace_back(number, next++);
  std::sort(sent.begin(), sent.end());
  std::vector<GlobalOrdinal> sent_to;
  std::vector<Offset> sent_from;
  for (auto const& [number, entry] : sent) {
    sent_to.push_back(number);
    sent_from.push_back(entry);
  }
  contributions_ = HaloExchange<Device>(entries, std::move(sent_to));
  kept_ = to_device<Device>("nacre::triple_product::kept", kept);
  kept_place_ = to_device<Device>("nacre::triple_product::kept_place", kept_place);
  sent_ = to_device<Device>("nacre::triple_product::sent", sent_from);
}

template <class Device>
template <class Exec, class Scalar>
void TripleProduct<Device>::numeric(Exec const& exec, Vector<Scalar, Device> const& A_values,
                                    Vector<Scalar, Device> const& P_values,
                                    Vector<Scalar, Device> const& R_values,
                                    Vector<Scalar, Device> const& C_values) const {
  auto const allocate = [](std::size_t n) {
    return Vector<Scalar, Device>(
        Kokkos::view_alloc(std::string("nacre::triple_product::values"), Kokkos::WithoutInitializing), n);
  };
  if constexpr (kSerial<Device>)
    detail::transpose_values_on_host<Scalar>(host_pattern(P_pattern_), P_transpose_.row_ptr().data(),
                                             P_values.data(), R_values.data());
  else
    transpose_values(exec, P_pattern_, P_values, R_values);
  auto const P_extended = P_.values(exec, P_values);
  auto const local = is_shared_ ? allocate(product_.num_entries()) : C_values;
  if (plan_.is_possible()) {
    compat::fence(exec, "nacre::triple_product: values, before host code reads them");
    plan_.numeric<Scalar>(host_pattern(A_pattern_), host_pattern(P_.pattern()), P_pattern_.col().data(),
                          host_pattern(product_), A_values.data(), P_extended.data(), local.data());
  } else {
    auto const AP = allocate(AP_.pattern().num_entries());
    AP_.numeric(exec, A_values, P_extended, AP);
    R_times_AP_.numeric(exec, R_values, AP, local);
  }
  if (!is_shared_) return;
  Kokkos::deep_copy(exec, C_values, Scalar(0));
  detail::copy_entries(exec, kept_, kept_place_, local, C_values);
  if (sent_.extent(0) > 0)
    detail::gather_entries(exec, sent_, local, contributions_.template export_buffer<Scalar>(1));
  contributions_.template start_export<Scalar>(exec, 1);
  contributions_.finish_export(exec, as_columns(C_values));
}

}  // namespace nacre
