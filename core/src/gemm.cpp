#include <nacre/core/gemm.hpp>

#include <algorithm>
#include <limits>

#ifdef NACRE_HAVE_BLAS
extern "C" {
// the Fortran interface, which every BLAS has
void dgemm_(char const* transa, char const* transb, int const* m, int const* n, int const* k,
            double const* alpha, double const* a, int const* lda, double const* b, int const* ldb,
            double const* beta, double* c, int const* ldc);
void sgemm_(char const* transa, char const* transb, int const* m, int const* n, int const* k,
            float const* alpha, float const* a, int const* lda, float const* b, int const* ldb,
            float const* beta, float* c, int const* ldc);
// null where BLAS is not OpenBLAS
__attribute__((weak)) void openblas_set_num_threads(int num_threads);
__attribute__((weak)) int openblas_get_num_threads();
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
void call_blas(Gemm const& gemm, bool accumulate, DenseRef<T const> const& A, DenseRef<T const> const& B,
               DenseRef<T> const& C) {
  // BLAS fills columns; a C by rows is the transpose of one by columns
  if (C.by_rows) return call_blas<T>(gemm, accumulate, B.transposed(), A.transposed(), C.transposed());
  auto const as_int = [](std::int64_t n) { return static_cast<int>(n); };
  int const m = as_int(C.rows), n = as_int(C.cols), k = as_int(A.cols);
  int const lda = std::max(1, as_int(A.leading)), ldb = std::max(1, as_int(B.leading)),
            ldc = std::max(1, as_int(C.leading));
  T const one = 1, beta = accumulate ? 1 : 0;
  gemm(A.by_rows ? "T" : "N", B.by_rows ? "T" : "N", &m, &n, &k, &one, A.data, &lda, B.data, &ldb, &beta,
       C.data, &ldc);
}

}  // namespace

bool can_use_blas(std::int64_t largest_extent) { return largest_extent <= std::numeric_limits<int>::max(); }

void blas_gemm(bool accumulate, DenseRef<double const> A, DenseRef<double const> B, DenseRef<double> C) {
  call_blas<double>(dgemm_, accumulate, A, B, C);
}
void blas_gemm(bool accumulate, DenseRef<float const> A, DenseRef<float const> B, DenseRef<float> C) {
  call_blas<float>(sgemm_, accumulate, A, B, C);
}

OneBlasThread::OneBlasThread() {
  if (openblas_set_num_threads == nullptr || openblas_get_num_threads == nullptr) return;
  before_ = openblas_get_num_threads();
  if (before_ > 1) openblas_set_num_threads(1);
}
OneBlasThread::~OneBlasThread() {
  if (before_ > 1) openblas_set_num_threads(before_);
}
#else
bool can_use_blas(std::int64_t) { return false; }
void blas_gemm(bool, DenseRef<double const>, DenseRef<double const>, DenseRef<double>) {}
void blas_gemm(bool, DenseRef<float const>, DenseRef<float const>, DenseRef<float>) {}
OneBlasThread::OneBlasThread() = default;
OneBlasThread::~OneBlasThread() = default;
#endif

}  // namespace detail

}  // namespace nacre
