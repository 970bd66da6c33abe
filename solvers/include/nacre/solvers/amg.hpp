#pragma once

#include <memory>

#include <nacre/solvers/amg_options.hpp>
#include <nacre/solvers/operator.hpp>

/// \file
/// Algebraic multigrid as a preconditioner.

namespace nacre::solvers {

/// Smoothed-aggregation algebraic multigrid, distributed; one cycle is one application.
///
/// Vanek, Mandel, Brezina (1996), "Algebraic multigrid by smoothed aggregation for second and fourth order
/// elliptic problems". Symmetric positive definite if A is, so it suits PCG. Aggregates do not cross ranks and
/// are the same in every run. The hierarchy may be kept in single precision inside a double-precision method.
template <class Scalar, class Device = DefaultDevice>
class Amg final : public Preconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// With the constant vector (of each unknown of a node) as near-nullspace. Collective.
  /// \param A square, rows and columns partitioned alike, no zero on the diagonal
  /// \throws nacre::Error on all ranks if A or an option does not fit
  explicit Amg(DistributedCsr<Scalar, Device> const& A, AmgOptions const& options = {});
  /// \param near_nullspace [owned rows, m]: what A maps (nearly) to zero, e.g. rigid body modes
  Amg(DistributedCsr<Scalar, Device> const& A, MultiVector<Scalar const, Device> const& near_nullspace,
      AmgOptions const& options = {});
  ~Amg() override;

  Comm const& comm() const override;
  Ordinal num_local_rows() const override;
  Ordinal num_local_cols() const override { return num_local_rows(); }
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override;
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;

  AmgSummary const& summary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

extern template class Amg<double, DefaultDevice>;
extern template class Amg<float, DefaultDevice>;

}  // namespace nacre::solvers
