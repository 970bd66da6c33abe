#pragma once

#include <memory>
#include <string>

#include <nacre/solvers/operator.hpp>
#include <nacre/trilinos/tpetra_types.hpp>

/// \file
/// MueLu's algebraic multigrid as a preconditioner of Nacre's Krylov methods.

namespace nacre::trilinos {

struct MueLuOptions {
  /// MueLu's own parameters (its "easy" interface); nullptr: its defaults
  Teuchos::ParameterList const* parameters = nullptr;
  int block_size = 1;                       ///< unknowns of one point
  MultiVector<double> near_nullspace = {};  ///< [owned rows, m]; empty: constants for each unknown of a point
  MultiVector<double> coordinates = {};     ///< [owned rows / block_size, dimensions]; empty: none
  /// Keep what repeated setups can share: "none", "S", "tP", "RP", "RAP", "full", as MueLu's "reuse: type"
  std::string reuse = "none";
};

/// A MueLu hierarchy.
///
/// On more than one rank "coarse: type" is symmetric Gauss-Seidel, thirty sweeps, unless the parameters say
/// otherwise: the direct solver MueLu would take is wrong there in some distributions of Trilinos.
class MueLuPreconditioner final : public solvers::Preconditioner<double> {
 public:
  using Base = solvers::Operator<double>;
  using Base::Exec;
  using Base::In;
  using Base::Out;

  /// \throws nacre::Error with MueLu's message if it refuses the matrix or a parameter. Collective.
  explicit MueLuPreconditioner(DistributedCsr<double> const& A, MueLuOptions const& options = {});
  explicit MueLuPreconditioner(Teuchos::RCP<TpetraMatrix<double>> const& A, MueLuOptions const& options = {});
  ~MueLuPreconditioner() override;

  Comm const& comm() const override { return op_->comm(); }
  Ordinal num_local_rows() const override { return op_->num_local_rows(); }
  Ordinal num_local_cols() const override { return op_->num_local_cols(); }
  bool has_transpose() const override { return op_->has_transpose(); }
  void apply(Exec const& exec, In const& x, Out const& y) const override { op_->apply(exec, x, y); }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override {
    op_->apply_transpose(exec, x, y);
  }
  /// Sets up again, sharing what `reuse` allows.
  void update(DistributedCsr<double> const& A) override;
  std::string description() const override;

  double operator_complexity() const;
  int num_levels() const;
  /// For Belos as it is.
  Teuchos::RCP<TpetraOperator<double>> tpetra() const;

 private:
  struct State;
  void set_up(Teuchos::RCP<TpetraMatrix<double>> const& A, MueLuOptions const& options);
  std::unique_ptr<State> state_;
  std::shared_ptr<solvers::Preconditioner<double>> op_;
};

}  // namespace nacre::trilinos
