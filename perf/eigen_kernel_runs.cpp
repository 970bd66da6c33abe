// What Eigen has of the kernels that perf_kernels measures.
#include <memory>

#include "eigen_matrices.hpp"
#include "kernel_benchmarks.hpp"

namespace nacre::perf {
namespace {

template <class Scalar>
Work run_spmv(Matrix const& A) {
  auto const E = std::make_shared<EigenSparse<Scalar> const>(eigen_matrix<Scalar>(A));
  EigenVector<Scalar> const x = EigenVector<Scalar>::Ones(A.num_cols());
  auto const y = std::make_shared<EigenVector<Scalar>>(EigenVector<Scalar>::Ones(A.num_rows()));
  return [=] { y->noalias() = *E * x; };
}
Work run_spmv_transpose(Matrix const& A) {
  auto const E = std::make_shared<EigenSparse<double> const>(eigen_matrix<double>(A));
  EigenVector<double> const x = EigenVector<double>::Ones(A.num_rows());
  auto const y = std::make_shared<EigenVector<double>>(EigenVector<double>::Ones(A.num_cols()));
  return [=] { y->noalias() = E->transpose() * x; };
}
template <int kOrder>
Work run_spmm(Matrix const& A, Eigen::Index k) {
  using Dense = EigenDense<double, kOrder>;
  auto const E = std::make_shared<EigenSparse<double> const>(eigen_matrix<double>(A));
  auto const x = std::make_shared<Dense const>(Dense::Ones(A.num_cols(), k));
  auto const y = std::make_shared<Dense>(Dense::Ones(A.num_rows(), k));
  return [=] { y->noalias() = *E * *x; };
}
/// Eigen finds the sparsity anew each time.
Work run_spgemm(Matrix const& A) {
  auto const E = std::make_shared<EigenSparse<double> const>(eigen_matrix<double>(A));
  return [=] { EigenSparse<double> const C = *E * *E; };
}
Work run_spadd(Matrix const& A) {
  auto const E = std::make_shared<EigenSparse<double> const>(eigen_matrix<double>(A)),
             F = std::make_shared<EigenSparse<double> const>(*E);
  return [=] { EigenSparse<double> const C = *E + *F; };
}
Work run_transpose(Matrix const& A) {
  auto const E = std::make_shared<EigenSparse<double> const>(eigen_matrix<double>(A));
  return [=] { EigenSparse<double> const C = E->transpose(); };
}
Work run_sptrsv(Matrix const& A) {
  auto const E = std::make_shared<EigenSparse<double> const>(eigen_matrix<double>(A));
  EigenVector<double> const b = EigenVector<double>::Ones(A.num_rows());
  auto const x = std::make_shared<EigenVector<double>>(b);
  return [=] {
    *x = b;
    E->triangularView<Eigen::Lower>().solveInPlace(*x);
  };
}

}  // namespace

std::map<std::string, MakeWork> eigen_kernel_runs() {
  std::map<std::string, MakeWork> runs = {
      {"spmv", run_spmv<double>},  {"spmv_float", run_spmv<float>}, {"spmv_transpose", run_spmv_transpose},
      {"sptrsv", run_sptrsv},      {"spgemm", run_spgemm},          {"spadd", run_spadd},
      {"transpose", run_transpose}};
  for (int const k : {4, 8, 32}) {
    auto const width = std::to_string(k);
    runs["spmm" + width + "_columns"] = [k](Matrix const& A) { return run_spmm<Eigen::ColMajor>(A, k); };
    runs["spmm" + width + "_rows"] = [k](Matrix const& A) { return run_spmm<Eigen::RowMajor>(A, k); };
  }
  return runs;
}

}  // namespace nacre::perf
