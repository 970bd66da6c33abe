#include <nacre/core/gemm.hpp>

#include <algorithm>

#ifdef NACRE_HAVE_BLAS
extern "C" {
// the Fortran interface, which every BLAS has
void dgemm_(char const* transa, char const* transb, int const* m, int const* n, int const* k,
            double const* alpha, double const* a, int const* lda, double const* b, int const* ldb,
            double const* beta, double* c, int const* ldc);
void sgemm_(char const* transa, char const* transb, int const* m, int const* n, int const* k,
            float const* alpha, float const* a, int const* lda, float const* b, int const* ldb,
            float const* beta, float* c, int const* ldc);
}
#endif

namespace nacre {

bool have_blas() {
#ifdef NACRE_HAVE_BLAS
  return true;
#else
  return false;
#endif
}

namespace detail {

#ifdef NACRE_HAVE_BLAS
namespace {

template <class T, class Gemm>
bool call_blas(Gemm const& gemm, bool accumulate, DenseRef<T const> const& A, DenseRef<T const> const& B,
               DenseRef<T> const& C) {
  // BLAS fills columns; a C by rows is the transpose of one by columns
  if (C.by_rows) return call_blas<T>(gemm, accumulate, B.transposed(), A.transposed(), C.transposed());
  std::int64_t const limit = std::numeric_limits<int>::max();
  if (std::max({C.rows, C.cols, A.cols, A.leading, B.leading, C.leading}) > limit) return false;
  auto const as_int = [](std::int64_t n) { return static_cast<int>(n); };
  int const m = as_int(C.rows), n = as_int(C.cols), k = as_int(A.cols);
  int const lda = std::max(1, as_int(A.leading)), ldb = std::max(1, as_int(B.leading)),
            ldc = std::max(1, as_int(C.leading));
  T const one = 1, beta = accumulate ? 1 : 0;
  gemm(A.by_rows ? "T" : "N", B.by_rows ? "T" : "N", &m, &n, &k, &one, A.data, &lda, B.data, &ldb, &beta,
       C.data, &ldc);
  return true;
}

}  // namespace

bool blas_gemm(bool accumulate, DenseRef<double const> A, DenseRef<double const> B, DenseRef<double> C) {
  return call_blas<double>(dgemm_, accumulate, A, B, C);
}
bool blas_gemm(bool accumulate, DenseRef<float const> A, DenseRef<float const> B, DenseRef<float> C) {
  return call_blas<float>(sgemm_, accumulate, A, B, C);
}
#else
bool blas_gemm(bool, DenseRef<double const>, DenseRef<double const>, DenseRef<double>) { return false; }
bool blas_gemm(bool, DenseRef<float const>, DenseRef<float const>, DenseRef<float>) { return false; }
#endif

}  // namespace detail

}  // namespace nacre
