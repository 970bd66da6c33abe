#include <nacre/core/comm.hpp>

#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <type_traits>

namespace nacre {

#ifdef NACRE_HAVE_MPI

namespace {

constexpr int kTag = 7101;

void check(int code, char const* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  fail(cat(call, ": ", std::string(text, static_cast<std::size_t>(length))));
}

/// MPI counts are int: large messages are counted in units of the element, never in bytes.
int count_of(std::size_t bytes, std::size_t unit, char const* call) {
  std::size_t const n = bytes / unit;
  if (n > INT_MAX) fail(cat(call, ": a message of ", n, " elements, more than MPI can count"));
  return static_cast<int>(n);
}

/// A contiguous type of `bytes` bytes, for the life of one call.
class ByteBlock {
 public:
  explicit ByteBlock(std::size_t bytes) {
    check(MPI_Type_contiguous(static_cast<int>(bytes), MPI_BYTE, &type_), "MPI_Type_contiguous");
    check(MPI_Type_commit(&type_), "MPI_Type_commit");
  }
  ~ByteBlock() { MPI_Type_free(&type_); }
  ByteBlock(ByteBlock const&) = delete;
  ByteBlock& operator=(ByteBlock const&) = delete;
  MPI_Datatype type() const { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

template <class T>
MPI_Datatype type_of() {
  if constexpr (std::is_same_v<T, int>) return MPI_INT;
  if constexpr (std::is_same_v<T, std::int64_t>) return MPI_INT64_T;
  if constexpr (std::is_same_v<T, float>) return MPI_FLOAT;
  if constexpr (std::is_same_v<T, double>) return MPI_DOUBLE;
}

bool is_finalized() {
  int flag = 0;
  MPI_Finalized(&flag);
  return flag != 0;
}

}  // namespace

struct Comm::State {
  explicit State(MPI_Comm c, std::shared_ptr<CommStatistics> counts = std::make_shared<CommStatistics>())
      : comm(c), statistics(std::move(counts)) {
    check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }
  ~State() {
    if (comm != MPI_COMM_NULL && !is_finalized()) {
      MPI_Comm freed = comm;
      MPI_Comm_free(&freed);
    }
  }
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  void count_collective(std::size_t bytes) const {
    ++statistics->collectives;
    statistics->collective_bytes += static_cast<std::int64_t>(bytes);
  }

  MPI_Comm comm;
  std::shared_ptr<CommStatistics> statistics;  // shared with the communicator this one was split from
};

MpiScope::MpiScope(int& argc, char**& argv) {
  int initialized = 0;
  check(MPI_Initialized(&initialized), "MPI_Initialized");
  if (initialized) return;
  int provided = 0;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  owner_ = true;
}
MpiScope::~MpiScope() {
  if (owner_ && !is_finalized()) MPI_Finalize();
}

Comm::Comm() = default;

Comm::Comm(std::shared_ptr<State const> state) : state_(std::move(state)) {
  check(MPI_Comm_rank(state_->comm, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(state_->comm, &size_), "MPI_Comm_size");
}

Comm::Comm(MPI_Comm comm) {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(comm, &copy), "MPI_Comm_dup");
  *this = Comm(std::make_shared<State const>(copy));
}

Comm Comm::world() {
  int initialized = 0;
  check(MPI_Initialized(&initialized), "MPI_Initialized");
  return initialized ? Comm(MPI_COMM_WORLD) : Comm();
}

MPI_Comm Comm::mpi() const { return state_ ? state_->comm : MPI_COMM_SELF; }

CommStatistics Comm::statistics() const { return state_ ? *state_->statistics : CommStatistics(); }

void Comm::barrier() const {
  if (size_ == 1) return;
  state_->count_collective(0);
  check(MPI_Barrier(mpi()), "MPI_Barrier");
}

template <class T>
void Comm::all_reduce(T* data, int n, ReduceOp op) const {
  if (size_ == 1) return;
  ++state_->statistics->reductions;
  state_->statistics->reduction_bytes += static_cast<std::int64_t>(sizeof(T)) * n;
  MPI_Op const mpi_op = op == ReduceOp::sum ? MPI_SUM : op == ReduceOp::min ? MPI_MIN : MPI_MAX;
  check(MPI_Allreduce(MPI_IN_PLACE, data, n, type_of<T>(), mpi_op, mpi()), "MPI_Allreduce");
}

std::int64_t Comm::sum_before(std::int64_t value) const {
  if (size_ == 1) return 0;
  state_->count_collective(sizeof value);
  std::int64_t before = 0;
  check(MPI_Exscan(&value, &before, 1, MPI_INT64_T, MPI_SUM, mpi()), "MPI_Exscan");
  return rank_ == 0 ? 0 : before;
}

std::vector<std::size_t> Comm::gather_sizes(std::size_t bytes, std::size_t unit,
                                            std::vector<int>* counts) const {
  std::vector<std::int64_t> all(static_cast<std::size_t>(size_), static_cast<std::int64_t>(bytes));
  if (size_ > 1) {
    auto const mine = static_cast<std::int64_t>(bytes);
    state_->count_collective(sizeof mine);
    check(MPI_Allgather(&mine, 1, MPI_INT64_T, all.data(), 1, MPI_INT64_T, mpi()), "MPI_Allgather");
  }
  if (counts) {
    counts->clear();
    for (auto const b : all) counts->push_back(static_cast<int>(static_cast<std::size_t>(b) / unit));
  }
  return {all.begin(), all.end()};
}

void Comm::gather_data(void const* mine, std::vector<std::size_t> const& bytes, int root, std::size_t unit,
                       void* all) const {
  if (size_ == 1) {
    if (bytes[0] > 0) std::memcpy(all, mine, bytes[0]);
    return;
  }
  std::vector<int> counts, displacements;
  std::size_t total = 0;
  for (auto const b : bytes) {
    counts.push_back(count_of(b, unit, "MPI_Gatherv"));
    displacements.push_back(count_of(total, unit, "MPI_Gatherv"));
    total += b;
  }
  ByteBlock const block(unit);
  int const n = counts[static_cast<std::size_t>(rank_)];
  state_->count_collective(bytes[static_cast<std::size_t>(rank_)]);
  if (root < 0)
    check(
        MPI_Allgatherv(mine, n, block.type(), all, counts.data(), displacements.data(), block.type(), mpi()),
        "MPI_Allgatherv");
  else
    check(MPI_Gatherv(mine, n, block.type(), all, counts.data(), displacements.data(), block.type(), root,
                      mpi()),
          "MPI_Gatherv");
}

void Comm::broadcast_bytes(void* data, std::size_t bytes, int root) const {
  if (size_ == 1) return;
  constexpr std::size_t kChunk = std::size_t{1} << 30;
  for (std::size_t done = 0; done < bytes; done += kChunk) {
    auto const n = static_cast<int>(bytes - done < kChunk ? bytes - done : kChunk);
    state_->count_collective(rank_ == root ? static_cast<std::size_t>(n) : 0);
    check(MPI_Bcast(static_cast<char*>(data) + done, n, MPI_BYTE, root, mpi()), "MPI_Bcast");
  }
}

std::vector<std::pair<int, std::size_t>> Comm::exchange_sizes(std::vector<int> const& to,
                                                              std::vector<std::size_t> const& bytes) const {
  std::vector<std::int64_t> out(static_cast<std::size_t>(size_), 0), in(static_cast<std::size_t>(size_), 0);
  for (std::size_t i = 0; i < to.size(); ++i)
    out[static_cast<std::size_t>(to[i])] = static_cast<std::int64_t>(bytes[i]);
  if (size_ == 1) {
    in = out;
  } else {
    state_->count_collective(out.size() * sizeof(std::int64_t));
    check(MPI_Alltoall(out.data(), 1, MPI_INT64_T, in.data(), 1, MPI_INT64_T, mpi()), "MPI_Alltoall");
  }
  std::vector<std::pair<int, std::size_t>> from;
  for (int r = 0; r < size_; ++r)
    if (auto const n = in[static_cast<std::size_t>(r)]; n > 0)
      from.emplace_back(r, static_cast<std::size_t>(n));
  return from;
}

void Comm::exchange_data(std::vector<int> const& to, std::vector<void const*> const& data,
                         std::vector<std::size_t> const& bytes,
                         std::vector<std::pair<int, std::size_t>> const& from,
                         std::vector<void*> const& in) const {
  if (size_ == 1) {  // MPI may not even be initialised
    if (!in.empty()) std::memcpy(in[0], data[0], from[0].second);
    return;
  }
  std::vector<MPI_Request> requests;
  for (std::size_t i = 0; i < from.size(); ++i)
    check(MPI_Irecv(in[i], count_of(from[i].second, 1, "MPI_Irecv"), MPI_BYTE, from[i].first, kTag, mpi(),
                    &requests.emplace_back()),
          "MPI_Irecv");
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (bytes[i] == 0) continue;
    ++state_->statistics->messages;
    state_->statistics->bytes += static_cast<std::int64_t>(bytes[i]);
    check(MPI_Isend(data[i], count_of(bytes[i], 1, "MPI_Isend"), MPI_BYTE, to[i], kTag, mpi(),
                    &requests.emplace_back()),
          "MPI_Isend");
  }
  check(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
}

Comm Comm::split(int color) const {
  if (size_ == 1) return Comm();
  state_->count_collective(sizeof color);
  MPI_Comm part = MPI_COMM_NULL;
  check(MPI_Comm_split(mpi(), color, rank_, &part), "MPI_Comm_split");
  return Comm(std::make_shared<State const>(part, state_->statistics));
}

bool Comm::all_arrive_within(double seconds) const {
  if (size_ == 1) return true;
  state_->count_collective(0);
  MPI_Request request;
  check(MPI_Ibarrier(mpi(), &request), "MPI_Ibarrier");
  double const deadline = MPI_Wtime() + seconds;
  for (;;) {
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done) return true;
    if (MPI_Wtime() > deadline) {
      // the unfinished barrier goes on inside MPI: its communicator must outlive all handles
      static std::vector<std::shared_ptr<State const>> kept;
      kept.push_back(state_);
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the others may need this core to get here
  }
}

void Comm::abort(int status) const {
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized && !is_finalized()) MPI_Abort(size_ > 1 ? mpi() : MPI_COMM_WORLD, status);
  std::_Exit(status);
}

struct PersistentExchange::State {
  Comm comm;
  std::vector<MPI_Request> requests;
  std::int64_t messages = 0, bytes = 0;  // that one start() sends
  ~State() {
    if (is_finalized()) return;
    for (auto& r : requests) MPI_Request_free(&r);
  }
};

PersistentExchange::PersistentExchange(Comm const& comm, std::vector<Message> const& sends,
                                       std::vector<Message> const& receives)
    : state_(std::make_shared<State>()) {
  state_->comm = comm;
  state_->requests.reserve(sends.size() + receives.size());
  for (auto const& m : receives) {
    MPI_Request request;
    check(MPI_Recv_init(m.data, count_of(m.bytes, 1, "MPI_Recv_init"), MPI_BYTE, m.rank, kTag + 1, comm.mpi(),
                        &request),
          "MPI_Recv_init");
    state_->requests.push_back(request);
  }
  for (auto const& m : sends) {
    MPI_Request request;
    check(MPI_Send_init(m.data, count_of(m.bytes, 1, "MPI_Send_init"), MPI_BYTE, m.rank, kTag + 1, comm.mpi(),
                        &request),
          "MPI_Send_init");
    state_->requests.push_back(request);
    ++state_->messages;
    state_->bytes += static_cast<std::int64_t>(m.bytes);
  }
}
void PersistentExchange::start() const {
  if (!state_ || state_->requests.empty()) return;
  if (auto const& comm = state_->comm.state_) {  // none: a rank that sends to itself
    comm->statistics->messages += state_->messages;
    comm->statistics->bytes += state_->bytes;
  }
  check(MPI_Startall(static_cast<int>(state_->requests.size()), state_->requests.data()), "MPI_Startall");
}
void PersistentExchange::finish() const {
  if (state_ && !state_->requests.empty())
    check(
        MPI_Waitall(static_cast<int>(state_->requests.size()), state_->requests.data(), MPI_STATUSES_IGNORE),
        "MPI_Waitall");
}

#else  // one rank, no MPI

struct Comm::State {};
struct PersistentExchange::State {};

MpiScope::MpiScope(int&, char**&) {}
MpiScope::~MpiScope() = default;
Comm::Comm() = default;
Comm Comm::world() { return Comm(); }
CommStatistics Comm::statistics() const { return {}; }
void Comm::barrier() const {}
template <class T>
void Comm::all_reduce(T*, int, ReduceOp) const {}
std::int64_t Comm::sum_before(std::int64_t) const { return 0; }
std::vector<std::size_t> Comm::gather_sizes(std::size_t bytes, std::size_t unit,
                                            std::vector<int>* counts) const {
  if (counts) *counts = {static_cast<int>(bytes / unit)};
  return {bytes};
}
void Comm::gather_data(void const* mine, std::vector<std::size_t> const& bytes, int, std::size_t,
                       void* all) const {
  if (bytes[0] > 0) std::memcpy(all, mine, bytes[0]);
}
void Comm::broadcast_bytes(void*, std::size_t, int) const {}
std::vector<std::pair<int, std::size_t>> Comm::exchange_sizes(std::vector<int> const& to,
                                                              std::vector<std::size_t> const& bytes) const {
  std::vector<std::pair<int, std::size_t>> from;
  for (std::size_t i = 0; i < to.size(); ++i)
    if (bytes[i] > 0) from.emplace_back(to[i], bytes[i]);
  return from;
}
void Comm::exchange_data(std::vector<int> const&, std::vector<void const*> const& data,
                         std::vector<std::size_t> const& bytes,
                         std::vector<std::pair<int, std::size_t>> const&,
                         std::vector<void*> const& in) const {
  for (std::size_t i = 0, k = 0; i < data.size(); ++i)
    if (bytes[i] > 0) std::memcpy(in[k++], data[i], bytes[i]);
}
Comm Comm::split(int) const { return Comm(); }
bool Comm::all_arrive_within(double) const { return true; }
void Comm::abort(int status) const { std::_Exit(status); }
PersistentExchange::PersistentExchange(Comm const&, std::vector<Message> const&,
                                       std::vector<Message> const&) {}
void PersistentExchange::start() const {}
void PersistentExchange::finish() const {}

#endif

CommStatistics& CommStatistics::operator+=(CommStatistics const& other) {
  messages += other.messages;
  bytes += other.bytes;
  reductions += other.reductions;
  reduction_bytes += other.reduction_bytes;
  collectives += other.collectives;
  collective_bytes += other.collective_bytes;
  return *this;
}

CommStatistics& CommStatistics::operator-=(CommStatistics const& other) {
  messages -= other.messages;
  bytes -= other.bytes;
  reductions -= other.reductions;
  reduction_bytes -= other.reduction_bytes;
  collectives -= other.collectives;
  collective_bytes -= other.collective_bytes;
  return *this;
}

template void Comm::all_reduce<int>(int*, int, ReduceOp) const;
template void Comm::all_reduce<std::int64_t>(std::int64_t*, int, ReduceOp) const;
template void Comm::all_reduce<float>(float*, int, ReduceOp) const;
template void Comm::all_reduce<double>(double*, int, ReduceOp) const;

void Comm::fail_together(std::string const& message) const {
  int const first = min(message.empty() ? size_ : rank_);
  if (first == size_) return;
  std::vector<char> text(message.begin(), message.end());
  broadcast(text, first);
  std::string const what(text.begin(), text.end());
  fail(size_ > 1 ? cat(what, " (rank ", first, ')') : what);
}

}  // namespace nacre
