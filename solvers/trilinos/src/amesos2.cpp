// The one translation unit that includes Amesos2.
#include <nacre/trilinos/amesos2.hpp>

#include <Amesos2.hpp>
#include <Tpetra_CrsMatrix.hpp>
#include <Tpetra_MultiVector.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <vector>

#include <nacre/core/distributed_spmv.hpp>
#include <nacre/core/transpose.hpp>
#include <nacre/core/vector_ops.hpp>
#include <nacre/trilinos/tpetra_view.hpp>

namespace nacre::trilinos {

namespace {

using Matrix = TpetraMatrix<double>;
using Vectors = TpetraVectors<double>;
constexpr int kRoot = 0;

/// Message of what `call` throws, or nothing.
template <class Call>
std::string message_of(Call const& call) {
  try {
    call();
  } catch (std::exception const& e) {
    return e.what();
  }
  return {};
}

std::vector<double> to_vector(Vector<double> const& v) {
  auto const h = host_view(v);
  return {h.data(), h.data() + h.extent(0)};
}

}  // namespace

struct DirectSolver::State {
  DistributedCsr<double> A;
  DirectOptions options;
  Teuchos::ParameterList parameters;  // a copy of those in the options
  // on the root only
  DistributedCsr<double> whole;    // all of A on this rank alone
  std::vector<std::size_t> order;  // entry e of `whole` is the order[e]-th in the order of ranks
  using Solver = Amesos2::Solver<Matrix, Vectors>;
  Teuchos::RCP<Solver> solver;
  mutable Teuchos::RCP<Solver> transposed_solver;  // made when first asked for

  bool is_root() const { return A.comm().rank() == kRoot; }
  GlobalOrdinal size() const { return A.pattern.rows().num_global(); }

  void gather_pattern();
  void gather_values();
  Teuchos::RCP<Solver> factored(DistributedCsr<double> const& one_rank) const;
  DistributedCsr<double> whole_transposed() const;
  void solve(ExecOf<DefaultDevice> const& exec, In const& b, Out const& x, bool transposed) const;
  solvers::SolveInfo checked_solve(ExecOf<DefaultDevice> const& exec, In const& b, Out const& x,
                                   bool transposed) const;
};

void DirectSolver::State::gather_pattern() {
  auto const& pattern = A.pattern;
  if (A.comm().size() == 1) {
    whole.pattern = A.pattern;
    return;
  }
  auto const row_ptr = host_view(pattern.local().row_ptr());
  auto const col = host_view(pattern.local().col());
  std::vector<Offset> lengths;
  std::vector<GlobalOrdinal> cols;
  for (Ordinal i = 0; i < pattern.num_owned_rows(); ++i) lengths.push_back(row_ptr(i + 1) - row_ptr(i));
  for (std::size_t k = 0; k < col.extent(0); ++k) cols.push_back(pattern.global_col(col(k)));
  lengths = A.comm().gather(lengths, kRoot);
  cols = A.comm().gather(cols, kRoot);
  if (!is_root()) return;

  std::vector<Offset> ptr{0};
  for (auto const n : lengths) ptr.push_back(ptr.back() + n);
  order.resize(cols.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = 0; i < lengths.size(); ++i)  // ghosts were last
    std::sort(order.begin() + ptr[i], order.begin() + ptr[i + 1],
              [&](std::size_t a, std::size_t b) { return cols[a] < cols[b]; });
  std::vector<Ordinal> sorted;
  for (auto const k : order) sorted.push_back(static_cast<Ordinal>(cols[k]));
  auto const n = static_cast<Ordinal>(lengths.size());
  whole.pattern = DistributedPattern<>(CsrPattern<>(n, n, to_device<DefaultDevice>("nacre::row_ptr", ptr),
                                                    to_device<DefaultDevice>("nacre::col", sorted)));
  whole.values = Vector<double>("nacre::values", sorted.size());
}

void DirectSolver::State::gather_values() {
  if (A.comm().size() == 1) {
    whole.values = A.values;
    return;
  }
  auto const all = A.comm().gather(to_vector(A.values), kRoot);
  if (!is_root()) return;
  std::vector<double> sorted;
  for (auto const k : order) sorted.push_back(all[k]);
  Kokkos::deep_copy(whole.values, to_device<DefaultDevice>("nacre::values", sorted));
}

Teuchos::RCP<DirectSolver::State::Solver> DirectSolver::State::factored(
    DistributedCsr<double> const& one_rank) const {
  Teuchos::RCP<Matrix const> const matrix = to_tpetra(one_rank);
  auto const made = Amesos2::create<Matrix, Vectors>(options.solver, matrix);
  if (parameters.numParams() > 0) {
    Teuchos::RCP<Teuchos::ParameterList> const list = Teuchos::parameterList("Amesos2");
    list->sublist(made->name()).setParameters(parameters);
    made->setParameters(list);
  }
  made->symbolicFactorization().numericFactorization();
  return made;
}

DistributedCsr<double> DirectSolver::State::whole_transposed() const {
  auto const& pattern = transposed(whole.pattern.local());
  auto const entry = host_view(pattern.entry);
  auto const values = host_view(whole.values);
  std::vector<double> moved(values.extent(0));
  for (std::size_t k = 0; k < moved.size(); ++k) moved[k] = values(entry(k));
  return {DistributedPattern<>(pattern.pattern), to_device<DefaultDevice>("nacre::values", moved)};
}

void DirectSolver::State::solve(ExecOf<DefaultDevice> const& exec, In const& b, Out const& x,
                                bool transpose) const {
  auto const n = static_cast<std::size_t>(A.pattern.num_owned_rows());
  check_extent("DirectSolver", b, 0, n, "the number of rows this rank owns");
  check_extent("DirectSolver", x, 0, n, "the number of rows this rank owns");
  check_extent("DirectSolver", x, 1, b.extent(1), "the number of right-hand sides");
  std::size_t const k = b.extent(1);
  if (k == 0) return;
  nacre::compat::fence(exec, "nacre::trilinos::DirectSolver: right-hand sides, before they are gathered");

  std::vector<double> mine;
  auto const host_b = host_view(b);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < k; ++c) mine.push_back(host_b(i, c));
  auto const all = A.comm().gather(mine, kRoot);

  std::vector<Comm::Parcel<double>> parcels;
  std::string problem;
  if (is_root() && size() > 0) {
    auto const rows = static_cast<std::size_t>(size());
    MultiVector<double, HostDevice> gathered("nacre::direct_solver::b", rows, k);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t c = 0; c < k; ++c) gathered(i, c) = all[i * k + c];
    MultiVector<double> const rhs("nacre::direct_solver::b", rows, k),
        solution("nacre::direct_solver::x", rows, k);
    Kokkos::deep_copy(rhs, gathered);
    problem = message_of([&] {
      auto const map = make_map(whole.pattern.rows());
      auto const X = to_tpetra(map, solution), B = to_tpetra(map, rhs);
      // A^T gets a factorisation of its own: KLU2 of Trilinos 13.2 solves wrongly with the one of A
      if (transpose && transposed_solver.is_null()) transposed_solver = factored(whole_transposed());
      (transpose ? transposed_solver : solver)->solve(X.ptr(), B.ptr());
      view(*X);  // on the device, wherever it was computed
    });
    Kokkos::deep_copy(gathered, solution);
    for (int rank = 0; rank < A.comm().size(); ++rank) {
      std::vector<double> parcel;
      for (auto i = A.pattern.rows().begin(rank); i < A.pattern.rows().begin(rank + 1); ++i)
        for (std::size_t c = 0; c < k; ++c) parcel.push_back(gathered(static_cast<std::size_t>(i), c));
      parcels.emplace_back(rank, std::move(parcel));
    }
  }
  A.comm().fail_together(problem.empty() ? problem : cat("DirectSolver (", options.solver, "): ", problem));

  auto const received = A.comm().exchange(parcels);
  auto const host_x = Kokkos::create_mirror_view(x);
  for (auto const& [from, parcel] : received)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t c = 0; c < k; ++c) host_x(i, c) = parcel[i * k + c];
  Kokkos::deep_copy(exec, x, host_x);
}

solvers::SolveInfo DirectSolver::State::checked_solve(ExecOf<DefaultDevice> const& exec, In const& b,
                                                      Out const& x, bool transposed) const {
  using solvers::Status;
  auto const start = std::chrono::steady_clock::now();
  solve(exec, b, x, transposed);
  solvers::SolveInfo info;
  info.solve_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  MultiVector<double> const r("nacre::direct_solver::residual", b.extent(0), b.extent(1));
  if (transposed) {
    spmv_transpose(exec, A, x, r);
    axpby(exec, 1., b, -1., r);
  } else {
    nacre::residual(exec, A, b, x, r);
  }
  auto const k = static_cast<int>(b.extent(1));
  std::vector<double> rr = dot(exec, r, r), bb = dot(exec, b, b);
  A.comm().all_reduce(rr.data(), k, ReduceOp::sum);
  A.comm().all_reduce(bb.data(), k, ReduceOp::sum);
  info.status = Status::converged;
  info.iterations = 1;
  for (std::size_t c = 0; c < rr.size(); ++c) {
    double const relative = std::sqrt(bb[c] > 0 ? rr[c] / bb[c] : rr[c]);
    Status const status = !std::isfinite(relative)               ? Status::not_finite
                          : relative <= options.largest_residual ? Status::converged
                                                                 : Status::stagnated;
    info.columns.push_back({status, 1, relative});
    if (status != Status::converged) info.status = status;
    if (!(relative <= info.relative_residual)) info.relative_residual = relative;
  }
  info.history = {1., info.relative_residual};
  return info;
}

DirectSolver::DirectSolver(DistributedCsr<double> const& A, DirectOptions const& options)
    : state_(std::make_unique<State>()) {
  state_->A = A;
  state_->options = options;
  if (options.parameters != nullptr) state_->parameters = *options.parameters;
  auto const& pattern = A.pattern;
  if (pattern.rows() != pattern.cols())
    fail(cat("DirectSolver: the matrix is ", pattern.rows().num_global(), " by ", pattern.cols().num_global(),
             "; it must be square, rows and columns owned alike"));
  if (!Amesos2::query(options.solver))
    fail(cat("DirectSolver: this Amesos2 has no solver '", options.solver, "'; KLU2 is always there"));
  state_->gather_pattern();
  state_->gather_values();
  std::string problem;
  if (state_->is_root() && state_->size() > 0)
    problem = message_of([&] { state_->solver = state_->factored(state_->whole); });
  A.comm().fail_together(problem.empty() ? problem : cat("DirectSolver (", options.solver, "): ", problem));
}

DirectSolver::~DirectSolver() = default;

Comm const& DirectSolver::comm() const { return state_->A.comm(); }
Ordinal DirectSolver::num_local_rows() const { return state_->A.pattern.num_owned_rows(); }

void DirectSolver::apply(Exec const& exec, In const& b, Out const& x) const {
  state_->solve(exec, b, x, false);
}
void DirectSolver::apply_transpose(Exec const& exec, In const& b, Out const& x) const {
  state_->solve(exec, b, x, true);
}
solvers::SolveInfo DirectSolver::solve(Exec const& exec, In const& b, Out const& x) const {
  return state_->checked_solve(exec, b, x, false);
}
solvers::SolveInfo DirectSolver::solve_transpose(Exec const& exec, In const& b, Out const& x) const {
  return state_->checked_solve(exec, b, x, true);
}

void DirectSolver::update(DistributedCsr<double> const& A) {
  comm().fail_together(
      A.pattern.local().num_entries() == state_->A.pattern.local().num_entries() &&
              A.pattern.num_owned_rows() == num_local_rows()
          ? ""
          : "DirectSolver::update: the matrix has another pattern than the one this was made for");
  state_->A = A;
  state_->gather_values();
  state_->transposed_solver = Teuchos::null;
  std::string problem;
  if (state_->is_root() && state_->size() > 0)
    problem = message_of([&] {
      state_->solver->setA(to_tpetra(state_->whole), Amesos2::SYMBFACT);
      state_->solver->numericFactorization();
    });
  comm().fail_together(problem.empty() ? problem
                                       : cat("DirectSolver (", state_->options.solver, "): ", problem));
}

std::string DirectSolver::description() const {
  return cat("Amesos2 ", state_->options.solver, comm().size() > 1 ? ", gathered on rank 0" : "");
}

}  // namespace nacre::trilinos
