#pragma once

#include <nacre/solvers/detail/matrix_preconditioner.hpp>

/// \file
/// Inverses of the diagonal blocks.

namespace nacre::solvers {

/// z = B^-1 r, B the dense diagonal blocks of A: consecutive rows of one rank, counted from its first; the
/// last block of a rank may be smaller. The blocks are inverted by Gauss-Jordan elimination with partial
/// pivoting.
template <class Scalar, class Device = DefaultDevice>
class BlockJacobi final : public detail::MatrixPreconditioner<Scalar, Device> {
 public:
  using typename Operator<Scalar, Device>::Exec;
  using typename Operator<Scalar, Device>::In;
  using typename Operator<Scalar, Device>::Out;

  /// \param block_size rows of a block, in [1, 64]
  /// \throws nacre::Error on all ranks, naming the rows, if a block is singular or not finite
  explicit BlockJacobi(DistributedCsr<Scalar, Device> const& A, int block_size = 3);
  void apply(Exec const& exec, In const& r, Out const& z) const override;
  void apply_transpose(Exec const& exec, In const& r, Out const& z) const override;
  void update(DistributedCsr<Scalar, Device> const& A) override;
  std::string description() const override { return cat("block Jacobi, blocks of ", block_size_); }

 private:
  int block_size_;
  RowMajor<Scalar, Device> inverses_;  // [blocks, block_size^2], each row by row
};

extern template class BlockJacobi<double>;
extern template class BlockJacobi<float>;

}  // namespace nacre::solvers
