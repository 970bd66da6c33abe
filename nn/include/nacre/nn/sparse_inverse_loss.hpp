#pragma once

#include <string>
#include <vector>

#include <nacre/core/factored_inverse_op.hpp>
#include <nacre/core/probe_loss.hpp>
#include <nacre/nn/pass.hpp>
#include <nacre/nn/sparse_inverse_input.hpp>

/// \file
/// Systems to train a sparse approximate inverse with, and what is minimised.

namespace nacre::nn {

/// A system, prepared once.
struct SparseInverseSample {
  std::string name;
  double scale = 1;                                                    ///< one over the norm of its matrix
  CsrPattern<> pattern;                                                ///< of the blocks
  Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice> blocks;  ///< of the matrix times `scale`
  RowMajor<double> features, free;
  CsrMatrix<double> A;     ///< with its Dirichlet conditions, times `scale`
  RowMajor<double> start;  ///< the blocks of FSAI(0)'s factor of `A`, or empty
};
/// \throws nacre::Error if the system and the options do not go together
SparseInverseSample make_sparse_inverse_sample(LinearSystem const& system,
                                               SparseInverseOptions const& options);

/// Several samples as one, block-diagonal.
template <class Scalar>
struct SparseInverseBatch {
  SparseInverseInput<Scalar> input;
  BlockExpansion<> factor;          ///< of input.factor
  CsrMatrix<Scalar> A;              ///< of all samples
  Vector<Scalar> free;              ///< [n b]
  Vector<Scalar> inverse_diagonal;  ///< of A, if the preconditioner is to be scaled; else empty
  Segments<> unknowns;              ///< of each sample
  double one_over_graphs = 0, one_over_unknowns = 0;  ///< of all ranks
};
/// \param samples of this rank, maybe none \param comm the ranks that share the batch. Collective.
/// \throws nacre::Error on all ranks if no rank has a sample or one does not go with the options
template <class Scalar>
SparseInverseBatch<Scalar> make_sparse_inverse_batch(std::vector<SparseInverseSample const*> const& samples,
                                                     SparseInverseOptions const& options,
                                                     Comm const& comm = Comm::self());

/// The mean over the batch's graphs of a loss of M = F^T F + epsilon I for random vectors w ~ N(0, 1): with the default the
/// estimate of ||A M - I||_F^2 relative to |w|^2; Hutchinson (1990), "A stochastic estimator of the trace". This rank's part.
/// \param factor of SparseInverseNetwork::forward
/// \param seeds  of the random numbers of each of this rank's samples
/// \throws nacre::Error if there are not as many as samples
template <class Scalar>
VectorVar<Scalar> sparse_inverse_loss(Pass<Scalar>& pass, SparseInverseBatch<Scalar> const& batch,
                                      SparseInverseOptions const& options, MatrixVar<Scalar> const& factor,
                                      std::vector<std::uint64_t> const& seeds,
                                      ProbeLoss which = ProbeLoss::relative_residual);

/// The mean over the batch's graphs of log(|r_k| / |r_0|) / k after k iterations of preconditioned conjugate gradients from a random
/// residual r_0 ~ N(0, 1): how much an iteration reduces it, which is what preconditioners are for. This rank's part.
/// \throws nacre::Error if there are not as many seeds as samples, or no iterations
template <class Scalar>
VectorVar<Scalar> convergence_loss(Pass<Scalar>& pass, SparseInverseBatch<Scalar> const& batch,
                                   SparseInverseOptions const& options, MatrixVar<Scalar> const& factor,
                                   std::vector<std::uint64_t> const& seeds, int iterations);

}  // namespace nacre::nn
