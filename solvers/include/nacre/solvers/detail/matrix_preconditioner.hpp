#pragma once

#include <cmath>

#include <nacre/core/transpose.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// What preconditioners that are made from a matrix have in common.

namespace nacre::solvers::detail {

/// A preconditioner of a square distributed matrix.
template <class Scalar, class Device>
class MatrixPreconditioner : public Preconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  Comm const& comm() const override { return pattern_.comm(); }
  Ordinal num_local_rows() const override { return pattern_.num_owned_rows(); }
  Ordinal num_local_cols() const override { return pattern_.num_owned_rows(); }

 protected:
  /// \param method for messages
  /// \throws nacre::Error on all ranks if A, in any precision, is not square with rows and columns partitioned alike
  template <class T>
  MatrixPreconditioner(char const* method, DistributedCsr<T, Device> const& A)
      : method_(method), pattern_(A.pattern) {
    auto const& rows = pattern_.rows();
    std::string problem;
    if (rows != pattern_.cols())
      problem = cat(method, ": the matrix must be square with rows and columns partitioned alike; it is ",
                    rows.num_global(), " by ", pattern_.cols().num_global());
    else if (A.values.extent(0) != pattern_.local().num_entries())
      problem = cat(method, ": ", A.values.extent(0), " values on a pattern of ",
                    pattern_.local().num_entries(), " entries");
    comm().fail_together(problem);
  }
  /// \throws nacre::Error on all ranks if A is on another pattern
  void check_pattern(DistributedCsr<Scalar, Device> const& A) const {
    comm().fail_together(
        A.pattern.same_as(pattern_) ? "" : cat(method_, ": update with a matrix on another pattern"));
  }
  /// \throws nacre::Error if x or y does not fit
  void check_vectors(In const& x, Out const& y) const {
    auto const n = static_cast<std::size_t>(num_local_rows());
    check_extent(method_, x, 0, n, "the number of rows this rank owns");
    check_extent(method_, y, 0, n, "the number of rows this rank owns");
    check_extent(method_, y, 1, x.extent(1), "the number of columns of x");
  }
  char const* method() const { return method_; }
  DistributedPattern<Device> const& pattern() const { return pattern_; }
  std::size_t num_rows() const { return static_cast<std::size_t>(pattern_.num_owned_rows()); }

 private:
  char const* method_;
  DistributedPattern<Device> pattern_;
};

/// A named functor, because several translation units instantiate it: see MakeDiagonal.
template <class Positions, class Values>
struct FirstBadDiagonal {
  Positions position;
  Values values;
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal i, Ordinal& least) const {
    bool bad = position(i) == kNoEntry;
    if (!bad) {
      auto const v = values(position(i));
      bad = v == 0 || !(v - v == 0);
    }
    if (bad && i < least) least = i;
  }
};

/// The first of this rank's rows for which `position` is missing or its value is zero or not finite; or their
/// number.
template <class Exec, class Positions, class Values>
Ordinal first_bad_diagonal(Exec const& exec, Positions const& position, Values const& values) {
  auto const n = static_cast<Ordinal>(position.extent(0));
  Ordinal first = n;
  Kokkos::parallel_reduce("nacre::preconditioner::check_diagonal", range(exec, position.extent(0)),
                          FirstBadDiagonal<Positions, Values>{position, values}, Kokkos::Min<Ordinal>(first));
  return first < n ? first : n;
}

/// \throws nacre::Error on all ranks, naming the row, if some diagonal entry is missing, zero, or not finite
template <class Scalar, class Device>
void require_diagonal(char const* method, DistributedCsr<Scalar, Device> const& A) {
  ExecOf<Device> const exec;
  auto const all = diagonal_positions(A.pattern.local()).entry;
  auto const n = static_cast<std::size_t>(A.pattern.num_owned_rows());
  auto const position = Kokkos::subview(all, std::make_pair(std::size_t(0), n));
  auto const bad = static_cast<std::size_t>(first_bad_diagonal(exec, position, A.values));
  std::string problem;
  if (bad < n) {
    auto const row = A.pattern.rows().begin() + static_cast<GlobalOrdinal>(bad);
    auto const entry = host_view(Kokkos::subview(position, std::make_pair(bad, bad + 1)))(0);
    problem = cat(method, ": row ", row, " has ");
    if (entry == kNoEntry) {
      problem += "no diagonal entry";
    } else {
      auto const at = static_cast<std::size_t>(entry);
      problem += cat(host_view(Kokkos::subview(A.values, std::make_pair(at, at + 1)))(0), " on the diagonal");
    }
    problem += ", must be a number that is not zero";
  }
  A.comm().fail_together(problem);
}

}  // namespace nacre::solvers::detail
