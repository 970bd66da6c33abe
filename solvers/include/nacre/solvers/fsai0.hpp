#pragma once

#include <nacre/core/row_halo.hpp>
#include <nacre/solvers/detail/factored_product.hpp>
#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// The factored sparse approximate inverse on the pattern of the matrix.

namespace nacre::solvers {

/// z = G^T G r, G lower triangular on the lower triangle of A with G A G^T close to the identity and a unit
/// diagonal.
///
/// Kolotilina and Yeremin (1993), "Factorized sparse approximate inverse preconditionings I". Each row of G
/// comes from a small dense system of its own, so the set-up is as parallel as the application. "Lower"
/// refers to global row numbers and rows of other ranks take part: G does not depend on how the rows are
/// dealt out. Symmetric positive definite. Only entries of A between the rows of the lower triangle's pattern
/// are read.
template <class Scalar, class Device = DefaultDevice>
class Fsai0 final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks, naming the row, if a diagonal entry is missing, zero, or not finite,
  /// or if a
  ///         dense system is not positive definite
  explicit Fsai0(DistributedCsr<Scalar, Device> const& A);
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override { apply(exec, r, z); }
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override { return "FSAI(0)"; }
  DistributedCsr<Scalar, Device> const& factor() const { return product_.factor(); }

 private:
  void find_patterns(DistributedCsr<Scalar, Device> const& A);

  RowHalo<Device> ghost_rows_;
  // this rank's rows and, after them, its ghosts' rows: columns by their number on this rank, ascending;
  // `source` is where a value is among the local entries or, beyond these, among those of ghost_rows_
  CsrPattern<Device> extended_;
  Vector<Offset const, Device> source_;
  Vector<Scalar, Device> extended_values_;
  detail::FactoredProduct<Scalar, Device> product_;  // of G
  Ordinal longest_row_ = 0;                          // of G
};

extern template class Fsai0<double>;
extern template class Fsai0<float>;

}  // namespace nacre::solvers
