#pragma once

#include <map>
#include <memory>
#include <typeindex>
#include <utility>
#include <vector>

#include <nacre/core/row_partition.hpp>
#include <nacre/core/types.hpp>

/// \file
/// Import of ghost entries from their owners, and its adjoint.

namespace nacre {

/// Which entries of a distributed vector this rank needs from others (ghosts) and gives to others.
///
/// `import`: ghosts(g) = x(g) of the owner. Its adjoint, `export`: x(i) of the owner += ghosts(i) of all
/// others. Messages are persistent: one for each neighbour, set up on first use for each value type and
/// number of columns. Ghosts are in ascending global order, hence grouped by owner. A handle: copies
/// share buffers, so one exchange of a type and width runs at a time.
///
/// Every rank of the partition calls every import and export, also one that has no ghosts.
template <class Device = DefaultDevice>
class HaloExchange {
 public:
  using Exec = ExecOf<Device>;

  /// No ghosts, one rank.
  HaloExchange() : state_(std::make_shared<State>()) {}
  /// \param owned  who owns what
  /// \param ghosts ascending, unique, none owned by this rank. Collective.
  HaloExchange(RowPartition const& owned, std::vector<GlobalOrdinal> ghosts);

  Ordinal num_owned() const { return state_->owned.num_owned(); }
  Ordinal num_ghosts() const { return static_cast<Ordinal>(state_->ghosts.size()); }
  std::vector<GlobalOrdinal> const& ghosts() const { return state_->ghosts; }
  RowPartition const& partition() const { return state_->owned; }
  /// How many other ranks this one exchanges messages with, and the entries it sends per import.
  int num_neighbors() const { return static_cast<int>(state_->receives.size()); }
  Ordinal num_sent() const { return state_->send_row.extent_int(0); }

  /// Packs the entries others need and starts the messages.
  /// \param x [num_owned, k], k = 1, 2, ...; any layout
  template <class X>
  void start_import(Exec const& exec, X const& x) const;
  /// \return [num_ghosts, k], valid until the next import or export of this type and k
  template <class T>
  RowMajor<T const, Device> finish_import(Exec const& exec, Ordinal k = 1) const;
  /// start and finish in one.
  template <class X>
  RowMajor<typename X::non_const_value_type const, Device> import_ghosts(Exec const& exec, X const& x) const {
    start_import(exec, x);
    return finish_import<typename X::non_const_value_type>(exec, static_cast<Ordinal>(x.extent(1)));
  }

  /// Where an export takes its [num_ghosts, k] from: fill it, then export.
  template <class T>
  RowMajor<T, Device> export_buffer(Ordinal k = 1) const {
    return channel<T>(k).ghosts;
  }
  /// Sends export_buffer<T>(k) to the owners.
  template <class T>
  void start_export(Exec const& exec, Ordinal k = 1) const;
  /// x(i, :) += what other ranks hold for it, in a fixed order.
  /// \param x [num_owned, k], in/out
  template <class X>
  void finish_export(Exec const& exec, X const& x) const;

 private:
  /// Buffers and messages for one value type and number of columns.
  template <class T>
  struct Channel {
    RowMajor<T, Device> sent, ghosts;
    typename RowMajor<T, Device>::HostMirror sent_host,
        ghosts_host;  // the same data where the host can read it
    PersistentExchange forward, backward;
  };
  struct Neighbor {
    int rank;
    Ordinal begin, end;  // of the ghosts, or of what is sent
  };
  struct State {
    RowPartition owned;
    std::vector<GlobalOrdinal> ghosts;
    std::vector<Neighbor> sends, receives;
    Vector<Ordinal const, Device> send_row;  // [num_sent] owned entry, grouped by receiver
    // the same the other way round: export_row(e) gets sent(export_slot(k)), k in [export_ptr(e), export_ptr(e+1))
    Vector<Ordinal const, Device> export_row, export_ptr, export_slot;
    std::map<std::pair<std::type_index, Ordinal>, std::shared_ptr<void>> channels;
  };
  template <class T>
  Channel<T>& channel(Ordinal k) const;

  std::shared_ptr<State> state_;
};

}  // namespace nacre

#include <nacre/core/halo_exchange_impl.hpp>
