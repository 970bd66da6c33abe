#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>
#include <nacre/solvers/detail/triangle.hpp>

/// \file
/// Symmetric Gauss-Seidel.

namespace nacre::solvers {

struct GaussSeidelOptions {
  /// Order of the rows of one rank. automatic: natural where kernels run one after the other, else by colour,
  /// so that rows of one colour are done at once.
  enum class Order { automatic, natural, by_color };
  Order order = Order::automatic;
  int sweeps = 1;  ///< symmetric sweeps, > 0
};

/// A forward and a backward sweep of Gauss-Seidel for A z = r from zero: M^-1 = (D + U)^-1 (2D - A_d - E) (D
/// + L)^-1.
///
/// L and U are the triangles of this rank's diagonal block, A_d its diagonal, E the entries that couple it to
/// other ranks: the backward sweep sees what the others' forward sweeps did. D adds the sum of a row's |E| to
/// its diagonal: the l1 modification of Baker, Falgout, Kolev and Yang (2011), "Multigrid smoothers for
/// ultraparallel computing", sec. 5, with which M is symmetric positive definite if A is, on any number of
/// ranks.
template <class Scalar, class Device = DefaultDevice>
class GaussSeidel final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \throws nacre::Error on all ranks, naming the row, if a diagonal entry is missing, zero, or not finite
  explicit GaussSeidel(DistributedCsr<Scalar, Device> const& A, GaussSeidelOptions const& options = {});
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override;
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override;

 private:
  /// The triangles of A or of A^T with their values.
  struct Split {
    detail::Triangle<Device> lower, upper;
    Vector<Scalar, Device> lower_values, upper_values;
  };
  void gather_values(Split& split) const;
  Split const& transposed_split() const;
  void sweep(Exec const& exec, bool transposed, In const& r, Out const& z) const;
  void iterate(Exec const& exec, bool transposed, In const& r, Out const& z) const;

  GaussSeidelOptions options_;
  bool by_color_;
  DistributedCsr<Scalar, Device> A_;
  Vector<Scalar, Device> inverse_diagonal_, middle_;  // of D; 2D - A_d
  Split split_;
  mutable Split transposed_;  // made on first use
  mutable bool has_transposed_ = false;
  mutable Out half_, residual_, correction_;  // [owned rows, k] of the last k
};

extern template class GaussSeidel<double>;
extern template class GaussSeidel<float>;

}  // namespace nacre::solvers
