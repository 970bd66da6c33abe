#include <nacre/solvers/detail/klu_factors.hpp>

#include <climits>

#include <nacre/core/error.hpp>

#ifdef NACRE_HAVE_KLU
#include <klu.h>
#endif

namespace nacre::solvers::detail {

#ifdef NACRE_HAVE_KLU

bool have_klu() { return true; }

struct KluFactors::State {
  // the rows of A are the columns of A^T, which is what KLU sees
  std::vector<int> ptr, row;
  klu_common common;
  klu_symbolic* symbolic = nullptr;
  klu_numeric* numeric = nullptr;
  double growth = 0;  // reciprocal, when pivots were chosen
  int num_pivotings = 0;

  int n() const { return static_cast<int>(ptr.size()) - 1; }
  ~State() {
    if (numeric != nullptr) klu_free_numeric(&numeric, &common);
    if (symbolic != nullptr) klu_free_symbolic(&symbolic, &common);
  }
  double reciprocal_growth(double* values) {
    return klu_rgrowth(ptr.data(), row.data(), values, symbolic, numeric, &common) != 0 ? common.rgrowth : 0;
  }
};

KluFactors::KluFactors(std::vector<int> row_ptr, std::vector<int> col) : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.ptr = std::move(row_ptr);
  s.row = std::move(col);
  klu_defaults(&s.common);
  if (s.n() == 0) return;
  s.symbolic = klu_analyze(s.n(), s.ptr.data(), s.row.data(), &s.common);
  if (s.symbolic == nullptr)
    fail(cat("KLU: cannot analyse the pattern of ", s.n(), " rows and ", s.row.size(), " entries (status ",
             s.common.status, ")"));
  if (s.symbolic->structural_rank >= 0 && s.symbolic->structural_rank < s.n())
    fail(cat("KLU: every matrix on this pattern is singular: its structural rank is ",
             s.symbolic->structural_rank, " of ", s.n()));
}

std::string KluFactors::factor(double const* given) {
  auto& s = *state_;
  if (s.n() == 0) return "";
  auto* const values = const_cast<double*>(given);  // KLU only reads them
  if (s.numeric != nullptr) {
    constexpr double kWorse = 1e-3;  // growth that costs three more digits than with the pivots' own values
    if (klu_refactor(s.ptr.data(), s.row.data(), values, s.symbolic, s.numeric, &s.common) != 0 &&
        s.common.status == KLU_OK && s.reciprocal_growth(values) > kWorse * s.growth)
      return "";
    klu_free_numeric(&s.numeric, &s.common);
  }
  s.numeric = klu_factor(s.ptr.data(), s.row.data(), values, s.symbolic, &s.common);
  ++s.num_pivotings;
  if (s.numeric == nullptr || s.common.status != KLU_OK) {
    bool const singular = s.common.status == KLU_SINGULAR;
    auto const problem = singular ? cat("KLU: the matrix is singular: its rank is about ",
                                        s.common.numerical_rank, " of ", s.n())
                                  : cat("KLU: cannot factor the matrix (status ", s.common.status, ")");
    if (s.numeric != nullptr) klu_free_numeric(&s.numeric, &s.common);
    return problem;
  }
  s.growth = s.reciprocal_growth(values);
  return "";
}

void KluFactors::solve(double* b, int k, bool transposed) const {
  auto& s = *state_;
  if (s.n() == 0 || k == 0) return;
  if (s.numeric == nullptr) fail("KLU: solve before the matrix was factored");
  int const ok = transposed ? klu_solve(s.symbolic, s.numeric, s.n(), k, b, &s.common)
                            : klu_tsolve(s.symbolic, s.numeric, s.n(), k, b, &s.common);
  if (ok == 0) fail(cat("KLU: cannot solve (status ", s.common.status, ")"));
}

int KluFactors::num_rows() const { return state_->n(); }
int KluFactors::num_pivotings() const { return state_->num_pivotings; }

#else

bool have_klu() { return false; }

struct KluFactors::State {};
KluFactors::KluFactors(std::vector<int>, std::vector<int>) {
  fail(
      "direct solve: this Nacre was built without KLU; install SuiteSparse (Debian: libsuitesparse-dev) and "
      "configure with -DNACRE_ENABLE_KLU=ON");
}
std::string KluFactors::factor(double const*) { return ""; }
void KluFactors::solve(double*, int, bool) const {}
int KluFactors::num_rows() const { return 0; }
int KluFactors::num_pivotings() const { return 0; }

#endif

KluFactors::~KluFactors() = default;

}  // namespace nacre::solvers::detail
