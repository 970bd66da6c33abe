#include <nacre/nn/losses.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/distributed.hpp"
#include "support/message_of.hpp"

namespace nacre::test {
namespace {

constexpr std::size_t kColumns = 4;

template <class Scalar>
RowMajor<Scalar> scattered_rows(std::size_t n, unsigned seed) {
  RowMajor<Scalar> const x("x", n, kColumns);
  auto const h = Kokkos::create_mirror(x);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < kColumns; ++j)
      h(i, j) = static_cast<Scalar>(
          3 * scattered(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j), seed));
  Kokkos::deep_copy(x, h);
  return x;
}

using Numbers = std::vector<std::vector<double>>;

template <class View>
Numbers numbers(View const& v) {
  auto const h = to_host(v);
  Numbers all(h.extent(0));
  for (std::size_t i = 0; i < h.extent(0); ++i)
    for (std::size_t j = 0; j < h.extent(1); ++j) all[i].push_back(static_cast<double>(h(i, j)));
  return all;
}

/// A loss of x by the library, with its gradient, against `expected`, a plain loop, and its differences.
template <class Scalar, class Loss, class Expected>
void expect_loss(std::size_t n, Loss const& loss, Expected const& expected) {
  auto const x = scattered_rows<Scalar>(n, 1);
  auto const rows = nn::plain_rows(static_cast<Ordinal>(n));
  nn::Pass<Scalar> pass;
  auto const leaf = pass.tape().leaf(x);
  nn::VectorVar<Scalar> const y = loss(pass, rows, leaf);
  pass.tape().backward(y);

  double const tolerance = std::is_same_v<Scalar, double> ? 1e-13 : 1e-5;
  auto at = numbers(x);
  double const value = expected(at);
  EXPECT_NEAR(to_host(y.value)(0), value, tolerance * (1 + std::fabs(value)));
  auto const x_bar = numbers(pass.tape().gradient(leaf));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < kColumns; ++j) {
      double const before = at[i][j], h = 1e-6;
      at[i][j] = before + h;
      double const above = expected(at);
      at[i][j] = before - h;
      double const below = expected(at);
      at[i][j] = before;
      EXPECT_NEAR(x_bar[i][j], (above - below) / (2 * h), 1e-8 + tolerance) << i << ' ' << j;
    }
}

template <class Scalar>
struct Losses : testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(Losses, Scalars);

TYPED_TEST(Losses, CrossEntropyIsTheMeanOverRowsThatCount) {
  using T = TypeParam;
  for (std::size_t const n : {1u, 37u}) {
    std::vector<int> label(n);
    std::vector<bool> counts(n);
    for (std::size_t i = 0; i < n; ++i) {
      label[i] = i % 5 == 4 ? -1 : static_cast<int>(i % 4);
      counts[i] = i % 3 == 0;
    }
    for (bool const masked : {false, true}) {
      auto const mask = masked ? counts : std::vector<bool>();
      auto const labels = nn::make_labels(Comm::self(), label, 4, mask);
      expect_loss<T>(
          n,
          [&](auto& pass, auto const& rows, auto const& x) {
            return nn::cross_entropy(pass, rows, x, labels);
          },
          [&](Numbers const& x) {
            double sum = 0;
            int count = 0;
            for (std::size_t i = 0; i < n; ++i) {
              if (label[i] < 0 || (masked && !counts[i])) continue;
              double of_exp = 0;
              for (double const v : x[i]) of_exp += std::exp(v);
              sum += std::log(of_exp) - x[i][static_cast<std::size_t>(label[i])];
              ++count;
            }
            EXPECT_EQ(labels.num_global, count);
            return sum / count;
          });
    }
  }
}

/// The sum of `term(x, target)` over all entries.
template <class Term>
double sum_of(Numbers const& x, Numbers const& target, Term const& term) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x[i].size(); ++j) sum += term(x[i][j], target[i][j]);
  return sum;
}
double square_of_difference(double x, double t) { return (x - t) * (x - t); }

TYPED_TEST(Losses, AreMeansOverAllEntries) {
  using T = TypeParam;
  for (std::size_t const n : {1u, 23u}) {
    auto const target = scattered_rows<T>(n, 2);
    auto const t = numbers(target);
    auto const entries = static_cast<double>(n * kColumns);
    expect_loss<T>(
        n, [&](auto& pass, auto const& rows, auto const& x) { return nn::mse_loss(pass, rows, x, target); },
        [&](Numbers const& x) { return sum_of(x, t, square_of_difference) / entries; });
    expect_loss<T>(
        n, [&](auto& pass, auto const& rows, auto const& x) { return nn::l1_loss(pass, rows, x, target); },
        [&](Numbers const& x) {
          return sum_of(x, t, [](double a, double b) { return std::fabs(a - b); }) / entries;
        });
    expect_loss<T>(
        n,
        [&](auto& pass, auto const& rows, auto const& x) { return nn::relative_loss(pass, rows, x, target); },
        [&](Numbers const& x) {
          return std::sqrt(sum_of(x, t, square_of_difference) /
                           sum_of(x, t, [](double, double b) { return b * b; }));
        });
  }
}

TEST(LossesOfNoRows, AreZero) {
  RowMajor<double> const x("x", 0, kColumns), target("target", 0, kColumns);
  auto const rows = nn::plain_rows(0);
  nn::Pass<double> pass;
  auto const leaf = pass.tape().leaf(x);
  EXPECT_EQ(to_host(nn::mse_loss(pass, rows, leaf, target).value)(0), 0);
  EXPECT_EQ(to_host(nn::l1_loss(pass, rows, leaf, target).value)(0), 0);
}

TEST(LossTargets, MustHaveTheShapeOfPredictions) {
  auto const x = scattered_rows<double>(3, 1);
  auto const target = scattered_rows<double>(4, 1);
  nn::Pass<double> pass;
  auto const leaf = pass.tape().leaf(x);
  EXPECT_NE(message_of([&] { nn::mse_loss(pass, nn::plain_rows(3), leaf, target); }).find("extent(0) = 4"),
            std::string::npos);
}

TEST(Labels, RejectWhatIsNoClass) {
  auto const self = Comm::self();
  EXPECT_EQ(message_of([&] {
              nn::make_labels(self, {0, 3, 1}, 3);
            }),
            "make_labels: label 3 of row 1, expected -1 or a class below 3");
  EXPECT_EQ(message_of([&] {
              nn::make_labels(self, {0, 1, -2}, 3);
            }),
            "make_labels: label -2 of row 2, expected -1 or a class below 3");
  EXPECT_EQ(message_of([&] {
              nn::make_labels(self, {0, 1}, 2, {true});
            }),
            "make_labels: 2 labels, but 1 marks of which count");
  EXPECT_EQ(message_of([&] {
              nn::make_labels(self, {-1, 1}, 2, {true, false});
            }),
            "make_labels: no row has a label that counts");
  EXPECT_EQ(message_of([&] { nn::make_labels(self, {}, 2); }), "make_labels: no row has a label that counts");
}

TEST(Labels, RejectLogitsOfFewerClasses) {
  auto const labels = nn::make_labels(Comm::self(), {0, 4, -1}, 5);
  auto const x = scattered_rows<double>(3, 1);
  nn::Pass<double> pass;
  auto const leaf = pass.tape().leaf(x);
  EXPECT_EQ(message_of([&] { nn::cross_entropy(pass, nn::plain_rows(3), leaf, labels); }),
            "cross_entropy: the logits have 4 columns, but the labels are of 5 classes");
  EXPECT_EQ(message_of([&] { nn::confusion_matrix(Comm::self(), x, labels); }),
            "confusion_matrix: the logits have 4 columns, but the labels are of 5 classes");
}

TEST(Confusion, CountsLargestLogitsByLabel) {
  auto const x = to_device<DefaultDevice>("x", std::vector<double>{2, 1, 0,    // 0
                                                                   0, 1, 1,    // 1: the first of equal ones
                                                                   0, 1, 2,    // 2
                                                                   5, 1, 2,    // 0
                                                                   9, 1, 2});  // does not count
  auto const labels = nn::make_labels(Comm::self(), {0, 1, 1, 2, -1}, 3);
  auto const confusion = nn::confusion_matrix(Comm::self(), RowMajor<double const>(x.data(), 5, 3), labels);
  EXPECT_EQ(confusion, (std::vector<std::vector<std::int64_t>>{{1, 0, 0}, {0, 1, 1}, {1, 0, 0}}));
  EXPECT_DOUBLE_EQ(nn::accuracy(confusion), 2. / 4);
  EXPECT_EQ(nn::accuracy({{0, 0}, {0, 0}}), 0);
}

TEST(RelativeLoss, HasGradientZeroAtTheTarget) {
  auto const x = scattered_rows<double>(3, 1);
  nn::Pass<double> pass;
  auto const leaf = pass.tape().leaf(x);
  auto const loss = nn::relative_loss(pass, nn::plain_rows(3), leaf, x);
  pass.tape().backward(loss);
  EXPECT_EQ(to_host(loss.value)(0), 0);
  for (auto const& row : numbers(pass.tape().gradient(leaf)))
    for (double const bar : row) EXPECT_EQ(bar, 0);
}

TEST(Confusion, RejectsLogitsOfOtherRows) {
  auto const labels = nn::make_labels(Comm::self(), {0, 1}, 2);
  EXPECT_EQ(message_of([&] { nn::confusion_matrix(Comm::self(), scattered_rows<double>(3, 1), labels); }),
            "confusion_matrix: the logits have 3 rows, but there are 2 labels");
}

}  // namespace
}  // namespace nacre::test
