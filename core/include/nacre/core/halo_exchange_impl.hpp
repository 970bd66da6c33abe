#pragma once

#include <algorithm>
#include <numeric>

namespace nacre {

namespace detail {

template <class Exec, class Rows, class X, class Y>
void pack_rows(Exec const& exec, Rows const& rows, X const& x, Y const& y) {
  auto const k = static_cast<Ordinal>(y.extent(1));
  Kokkos::parallel_for(
      "nacre::halo_exchange::pack", range(exec, rows.extent(0)), KOKKOS_LAMBDA(Ordinal s) {
        for (Ordinal c = 0; c < k; ++c) y(s, c) = x(rows(s), c);
      });
}

template <class Exec, class Rows, class X, class Y>
void add_to_rows(Exec const& exec, Rows const& row, Rows const& ptr, Rows const& slot, X const& x,
                 Y const& y) {
  auto const k = static_cast<Ordinal>(y.extent(1));
  Kokkos::parallel_for(
      "nacre::halo_exchange::unpack_add", range(exec, row.extent(0)), KOKKOS_LAMBDA(Ordinal e) {
        for (Ordinal c = 0; c < k; ++c)
          for (Ordinal s = ptr(e); s < ptr(e + 1); ++s) y(row(e), c) += x(slot(s), c);
      });
}

}  // namespace detail

template <class Device>
HaloExchange<Device>::HaloExchange(RowPartition const& owned, std::vector<GlobalOrdinal> ghosts)
    : state_(std::make_shared<State>()) {
  state_->owned = owned;
  state_->ghosts = std::move(ghosts);
  auto const& ids = state_->ghosts;
  std::string problem;
  for (std::size_t g = 0; g < ids.size() && problem.empty(); ++g) {
    if (ids[g] < 0 || ids[g] >= owned.num_global() || owned.owns(ids[g]))
      problem = cat("HaloExchange: ghost ", ids[g], " is not a row of another rank");
    else if (g > 0 && ids[g] <= ids[g - 1])
      problem = cat("HaloExchange: ghosts must ascend, but ", ids[g], " follows ", ids[g - 1]);
  }
  owned.comm().fail_together(problem);

  std::vector<Comm::Parcel<GlobalOrdinal>> requests;
  for (std::size_t g = 0; g < ids.size();) {
    int const rank = owned.owner(ids[g]);
    auto const end = static_cast<std::size_t>(
        std::lower_bound(ids.begin() + static_cast<std::ptrdiff_t>(g), ids.end(), owned.begin(rank + 1)) -
        ids.begin());
    state_->receives.push_back({rank, static_cast<Ordinal>(g), static_cast<Ordinal>(end)});
    requests.emplace_back(rank, std::vector<GlobalOrdinal>(ids.begin() + static_cast<std::ptrdiff_t>(g),
                                                           ids.begin() + static_cast<std::ptrdiff_t>(end)));
    g = end;
  }
  std::vector<Ordinal> send_row;
  for (auto const& [rank, wanted] : owned.comm().exchange(requests)) {
    auto const begin = static_cast<Ordinal>(send_row.size());
    for (auto const id : wanted) send_row.push_back(static_cast<Ordinal>(id - owned.begin()));
    state_->sends.push_back({rank, begin, static_cast<Ordinal>(send_row.size())});
  }

  std::vector<Ordinal> slot(send_row.size()), row, ptr;
  std::iota(slot.begin(), slot.end(), 0);
  std::stable_sort(slot.begin(), slot.end(), [&](Ordinal a, Ordinal b) {
    return send_row[static_cast<std::size_t>(a)] < send_row[static_cast<std::size_t>(b)];
  });
  for (std::size_t s = 0; s < slot.size(); ++s) {
    Ordinal const r = send_row[static_cast<std::size_t>(slot[s])];
    if (row.empty() || row.back() != r) {
      row.push_back(r);
      ptr.push_back(static_cast<Ordinal>(s));
    }
  }
  ptr.push_back(static_cast<Ordinal>(slot.size()));
  state_->send_row = to_device<Device>("nacre::halo_exchange::send_row", send_row);
  state_->export_row = to_device<Device>("nacre::halo_exchange::export_row", row);
  state_->export_ptr = to_device<Device>("nacre::halo_exchange::export_ptr", ptr);
  state_->export_slot = to_device<Device>("nacre::halo_exchange::export_slot", slot);
}

template <class Device>
template <class T>
typename HaloExchange<Device>::template Channel<T>& HaloExchange<Device>::channel(Ordinal k) const {
  auto& slot = state_->channels[{std::type_index(typeid(T)), k}];
  if (!slot) {
    auto made = std::make_shared<Channel<T>>();
    made->sent = RowMajor<T, Device>("nacre::halo_exchange::sent", state_->send_row.extent(0), k);
    made->ghosts = RowMajor<T, Device>("nacre::halo_exchange::ghosts", state_->ghosts.size(), k);
    made->sent_host = Kokkos::create_mirror_view(made->sent);
    made->ghosts_host = Kokkos::create_mirror_view(made->ghosts);
    auto messages = [k](auto const& neighbors, T* data) {
      std::vector<PersistentExchange::Message> m;
      for (auto const& n : neighbors)
        m.push_back({n.rank, data + static_cast<std::size_t>(n.begin) * static_cast<std::size_t>(k),
                     sizeof(T) * static_cast<std::size_t>(n.end - n.begin) * static_cast<std::size_t>(k)});
      return m;
    };
    auto const sends = messages(state_->sends, made->sent_host.data());
    auto const receives = messages(state_->receives, made->ghosts_host.data());
    made->forward = PersistentExchange(state_->owned.comm(), sends, receives);
    made->backward = PersistentExchange(state_->owned.comm(), receives, sends);
    slot = made;
  }
  return *static_cast<Channel<T>*>(slot.get());
}

template <class Device>
template <class X>
void HaloExchange<Device>::start_import(Exec const& exec, X const& x) const {
  using T = typename X::non_const_value_type;
  check_extent("HaloExchange::import", x, 0, static_cast<std::size_t>(num_owned()),
               "the number of owned entries");
  if (state_->owned.comm().size() == 1) return;
  auto const& c = channel<T>(static_cast<Ordinal>(x.extent(1)));
  if (!state_->sends.empty()) {
    detail::pack_rows(exec, state_->send_row, x, c.sent);
    Kokkos::deep_copy(exec, c.sent_host, c.sent);
    compat::fence(exec, "nacre::halo_exchange: packed, before MPI");
  }
  c.forward.start();
}

template <class Device>
template <class T>
RowMajor<T const, Device> HaloExchange<Device>::finish_import(Exec const& exec, Ordinal k) const {
  if (state_->owned.comm().size() == 1) return RowMajor<T const, Device>();
  auto const& c = channel<T>(k);
  c.forward.finish();
  Kokkos::deep_copy(exec, c.ghosts, c.ghosts_host);
  return c.ghosts;
}

template <class Device>
template <class T>
void HaloExchange<Device>::start_export(Exec const& exec, Ordinal k) const {
  if (state_->owned.comm().size() == 1) return;
  auto const& c = channel<T>(k);
  if (!state_->receives.empty()) {
    Kokkos::deep_copy(exec, c.ghosts_host, c.ghosts);
    compat::fence(exec, "nacre::halo_exchange: ghosts written, before MPI");
  }
  c.backward.start();
}

template <class Device>
template <class X>
void HaloExchange<Device>::finish_export(Exec const& exec, X const& x) const {
  using T = typename X::non_const_value_type;
  check_extent("HaloExchange::export", x, 0, static_cast<std::size_t>(num_owned()),
               "the number of owned entries");
  if (state_->owned.comm().size() == 1) return;
  auto const& c = channel<T>(static_cast<Ordinal>(x.extent(1)));
  c.backward.finish();
  Kokkos::deep_copy(exec, c.sent, c.sent_host);
  detail::add_to_rows(exec, state_->export_row, state_->export_ptr, state_->export_slot, c.sent, x);
}

}  // namespace nacre
