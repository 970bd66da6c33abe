#pragma once

#include <nacre/core/config.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#ifdef NACRE_HAVE_MPI
#include <mpi.h>
#endif

#include <nacre/core/error.hpp>

/// \file
/// A group of ranks. With comm.cpp the only place that calls MPI; a build without MPI has one rank.

namespace nacre {

/// Initialises MPI (unless a caller already has) and finalises it. Make one first thing in main().
class MpiScope {
 public:
  MpiScope(int& argc, char**& argv);
  ~MpiScope();
  MpiScope(MpiScope const&) = delete;
  MpiScope& operator=(MpiScope const&) = delete;

 private:
  bool owner_ = false;
};

enum class ReduceOp { sum, min, max };

/// What one rank asked of the network. Differences of two readings count what happened between them:
/// `auto const before = comm.statistics(); ...; auto const cost = comm.statistics() - before;`
struct CommStatistics {
  std::int64_t messages = 0;          ///< sent to one other rank each
  std::int64_t bytes = 0;             ///< in them
  std::int64_t reductions = 0;        ///< all-reduces
  std::int64_t reduction_bytes = 0;   ///< that this rank gave to them
  std::int64_t collectives = 0;       ///< all others: barriers, gathers, broadcasts, all-to-alls, splits, ...
  std::int64_t collective_bytes = 0;  ///< that this rank gave to them

  CommStatistics& operator+=(CommStatistics const& other);
  CommStatistics& operator-=(CommStatistics const& other);
  friend CommStatistics operator+(CommStatistics a, CommStatistics const& b) { return a += b; }
  friend CommStatistics operator-(CommStatistics a, CommStatistics const& b) { return a -= b; }
};

/// A group of ranks that communicate; copies share one duplicated communicator.
///
/// Every member but rank(), size(), same_as(), statistics(), and abort() is collective. Message buffers are host memory.
/// \throws nacre::Error with MPI's own text when a call of MPI fails
class Comm {
 public:
  /// This rank alone.
  Comm();
  static Comm self() { return Comm(); }
  /// All ranks of the program.
  static Comm world();
#ifdef NACRE_HAVE_MPI
  /// The ranks of `comm`, duplicated, so that messages of Nacre never meet those of the caller.
  explicit Comm(MPI_Comm comm);
  MPI_Comm mpi() const;
#endif

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Whether both are copies of the same communicator.
  bool same_as(Comm const& other) const { return state_ == other.state_; }

  /// What this rank has asked of its network so far through this communicator, its copies, and those split from
  /// it. Nothing is counted where there is one rank.
  CommStatistics statistics() const;

  void barrier() const;

  /// Element-wise over ranks, in place. T: int, std::int64_t, float, double.
  template <class T>
  void all_reduce(T* data, int n, ReduceOp op) const;
  template <class T>
  T sum(T value) const {
    return all_reduce(&value, 1, ReduceOp::sum), value;
  }
  template <class T>
  T max(T value) const {
    return all_reduce(&value, 1, ReduceOp::max), value;
  }
  template <class T>
  T min(T value) const {
    return all_reduce(&value, 1, ReduceOp::min), value;
  }
  /// The sum of `value` over the ranks before this one.
  std::int64_t sum_before(std::int64_t value) const;

  /// What every rank gave, one after the other; `counts`, if wanted, receives how many each gave.
  template <class T>
  std::vector<T> all_gather(std::vector<T> const& mine, std::vector<int>* counts = nullptr) const {
    std::vector<T> all;
    gather_bytes(mine.data(), mine.size() * sizeof(T), /*root=*/-1, sizeof(T), counts,
                 [&](std::size_t bytes) {
                   all.resize(bytes / sizeof(T));
                   return static_cast<void*>(all.data());
                 });
    return all;
  }
  /// As all_gather, but only `root` receives; other ranks get an empty vector.
  template <class T>
  std::vector<T> gather(std::vector<T> const& mine, int root, std::vector<int>* counts = nullptr) const {
    std::vector<T> all;
    gather_bytes(mine.data(), mine.size() * sizeof(T), root, sizeof(T), counts, [&](std::size_t bytes) {
      all.resize(bytes / sizeof(T));
      return static_cast<void*>(all.data());
    });
    return all;
  }
  /// The vector of `root`, on all ranks, whatever its length.
  template <class T>
  void broadcast(std::vector<T>& data, int root) const {
    std::vector<std::int64_t> n{static_cast<std::int64_t>(data.size())};
    broadcast_bytes(n.data(), sizeof(std::int64_t), root);
    data.resize(static_cast<std::size_t>(n[0]));
    broadcast_bytes(data.data(), data.size() * sizeof(T), root);
  }

  /// A vector for one other rank, or from it.
  template <class T>
  using Parcel = std::pair<int, std::vector<T>>;
  /// Delivers parcels; returns those that came, ordered by the rank they came from. Ranks need not
  /// know who sends to them. At most one parcel for each destination.
  template <class T>
  std::vector<Parcel<T>> exchange(std::vector<Parcel<T>> const& out) const {
    std::vector<int> to;
    std::vector<void const*> data;
    std::vector<std::size_t> bytes;
    for (auto const& [rank, content] : out) {
      to.push_back(rank);
      data.push_back(content.data());
      bytes.push_back(content.size() * sizeof(T));
    }
    std::vector<Parcel<T>> in;
    exchange_bytes(to, data, bytes, [&](int from, std::size_t n) {
      in.emplace_back(from, std::vector<T>(n / sizeof(T)));
      return static_cast<void*>(in.back().second.data());
    });
    return in;
  }

  /// Ranks of equal `color`, ordered by their rank here.
  Comm split(int color) const;

  /// Agrees on failure: if any rank gives a message, all throw nacre::Error with that of the lowest
  /// such rank. An empty message means that all is well here.
  void fail_together(std::string const& message) const;

  /// Whether every rank calls this within so many seconds: tells a failure on all ranks from one on some,
  /// whose others wait elsewhere. After `false` the communicator is good for abort() only.
  bool all_arrive_within(double seconds) const;

  /// Ends the program on all ranks with this exit status, without waiting for them.
  [[noreturn]] void abort(int status) const;

 private:
  struct State;
  explicit Comm(std::shared_ptr<State const> state);

  template <class Resize>
  void gather_bytes(void const* mine, std::size_t bytes, int root, std::size_t unit, std::vector<int>* counts,
                    Resize const& resize) const {
    auto const all_bytes = gather_sizes(bytes, unit, counts);
    std::size_t total = 0;
    if (root < 0 || root == rank_)
      for (auto const b : all_bytes) total += b;
    gather_data(mine, all_bytes, root, unit, resize(total));
  }
  std::vector<std::size_t> gather_sizes(std::size_t bytes, std::size_t unit, std::vector<int>* counts) const;
  void gather_data(void const* mine, std::vector<std::size_t> const& bytes, int root, std::size_t unit,
                   void* all) const;
  void broadcast_bytes(void* data, std::size_t bytes, int root) const;

  template <class Accept>
  void exchange_bytes(std::vector<int> const& to, std::vector<void const*> const& data,
                      std::vector<std::size_t> const& bytes, Accept const& accept) const {
    auto const from = exchange_sizes(to, bytes);
    std::vector<void*> in;
    for (auto const& [rank, n] : from) in.push_back(accept(rank, n));
    exchange_data(to, data, bytes, from, in);
  }
  std::vector<std::pair<int, std::size_t>> exchange_sizes(std::vector<int> const& to,
                                                          std::vector<std::size_t> const& bytes) const;
  void exchange_data(std::vector<int> const& to, std::vector<void const*> const& data,
                     std::vector<std::size_t> const& bytes,
                     std::vector<std::pair<int, std::size_t>> const& from,
                     std::vector<void*> const& in) const;

  friend class PersistentExchange;
  std::shared_ptr<State const> state_;
  int rank_ = 0, size_ = 1;
};

/// Messages between the same buffers again and again: set up once, started many times.
class PersistentExchange {
 public:
  struct Message {
    int rank;
    void* data;
    std::size_t bytes;
  };
  PersistentExchange() = default;
  /// \param sends, receives at most one message for each neighbour in each direction; the buffers
  ///        must stay where they are while this lives
  PersistentExchange(Comm const& comm, std::vector<Message> const& sends,
                     std::vector<Message> const& receives);

  /// Starts all messages; send buffers must not be written, receive buffers not read, until finish().
  void start() const;
  void finish() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nacre
