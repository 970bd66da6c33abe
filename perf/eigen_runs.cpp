// What Eigen has of the operations that perf_adjoints measures.
#include <Eigen/Sparse>

#include <memory>

#include <nacre/core/types.hpp>

#include "adjoint_benchmarks.hpp"

namespace nacre::perf {
namespace {

using Sparse = Eigen::SparseMatrix<float, Eigen::RowMajor, Ordinal>;
using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Column = Eigen::VectorXf;

Sparse copy_of(CsrMatrix<float> const& A) {
  auto const row_ptr = host_view(A.pattern.row_ptr());
  auto const col = host_view(A.pattern.col());
  auto const values = host_view(A.values);
  std::vector<Eigen::Triplet<float, Ordinal>> entries;
  for (Ordinal i = 0; i < A.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) entries.emplace_back(i, col(k), values(k));
  Sparse copy(A.num_rows(), A.num_cols());
  copy.setFromTriplets(entries.begin(), entries.end());
  copy.makeCompressed();
  return copy;
}

/// Inputs and results of a run; it lives as long as the function that refers to it.
struct Data {
  Sparse A, B, C;
  Column x, y;
  Dense X, Y;
};

}  // namespace

std::string eigen_version() {
  return std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) + '.' +
         std::to_string(EIGEN_MINOR_VERSION);
}

std::function<void()> eigen_run(std::string const& operation, CsrMatrix<float> const& A) {
  auto const d = std::make_shared<Data>();
  d->A = copy_of(A);
  if (operation == "spmv") {
    d->x = d->y = Column::Ones(A.num_rows());
    return [d] { d->y.noalias() = d->A * d->x; };
  }
  if (operation == "spmm") {
    d->X = d->Y = Dense::Ones(A.num_rows(), kDenseColumns);
    return [d] { d->Y.noalias() = d->A * d->X; };
  }
  if (operation == "spgemm") return [d] { d->C = d->A * d->A; };
  if (operation == "spadd") {
    d->B = d->A;
    return [d] { d->C = d->A + d->B; };
  }
  if (operation == "sptrsv") {
    d->x = d->y = Column::Ones(A.num_rows());
    return [d] {
      d->y = d->x;
      d->A.triangularView<Eigen::Lower>().solveInPlace(d->y);
    };
  }
  if (operation == "transpose") return [d] { d->C = d->A.transpose(); };
  return {};
}

}  // namespace nacre::perf
