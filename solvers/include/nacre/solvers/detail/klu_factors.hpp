#pragma once

#include <memory>
#include <string>
#include <vector>

/// \file
/// The factors that SuiteSparse's KLU makes of a sparse matrix on one rank.

namespace nacre::solvers::detail {

/// Whether this Nacre was built with KLU.
bool have_klu();

/// P R A Q = L U of a square matrix in compressed rows (Davis and Palamadai Natarajan 2010, "Algorithm 907: KLU, a
/// direct sparse solver for circuit simulation problems"). The order of elimination is found once.
class KluFactors {
 public:
  /// \param row_ptr [n+1]
  /// \param col     [nnz], ascending in each row
  /// \throws nacre::Error if there is no KLU, or if it refuses the pattern: no matrix on it is regular
  KluFactors(std::vector<int> row_ptr, std::vector<int> col);
  ~KluFactors();
  KluFactors(KluFactors const&) = delete;
  KluFactors& operator=(KluFactors const&) = delete;

  /// Factors these values. The pivots of the factors before serve again, unless the growth of entries shows that
  /// they do not suit.
  /// \return what is wrong with the matrix, empty if nothing is
  std::string factor(double const* values);

  /// b = A^-1 b or A^-T b, for k columns of length n one after the other.
  void solve(double* b, int k, bool transposed) const;

  int num_rows() const;
  /// How often pivots were chosen anew.
  int num_pivotings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nacre::solvers::detail
