#include <nacre/core/edge_perceptron.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/backends.hpp"
#include "support/derivatives.hpp"
#include "support/matrices.hpp"

// The perceptron of the edges of a graph, and the formulas of GELU that it uses.

namespace {

using nacre::EdgePerceptronOp;
using nacre::EdgeResult;
using nacre::ExecOf;
using nacre::MultiVector;
using nacre::Offset;
using nacre::Ordinal;
using nacre::RowMajor;
using nacre::Vector;
using nacre::test::Dense;
using nacre::test::expect_correct_derivatives_within;
using nacre::test::expect_error;
using nacre::test::random_vector;
using nacre::test::to_host;

template <class Device>
struct EdgePerceptron : testing::Test {};
TYPED_TEST_SUITE(EdgePerceptron, nacre::test::Backends);

struct Case {
  Ordinal n, m;
  double density;
  std::size_t d, dh, hidden, out;
  EdgeResult result = EdgeResult::per_entry;
  int order = 0;         // of the three parts
  bool entries = false;  // of h elsewhere
};

template <template <class, class> class Matrix, class Scalar, class Device>
Matrix<Scalar, Device> random_matrix(std::size_t n, std::size_t k, unsigned seed) {
  Matrix<Scalar, Device> const x("x", n, k);
  Kokkos::deep_copy(Vector<Scalar, Device>(x.data(), n * k), random_vector<Scalar, Device>("v", n * k, seed));
  return x;
}

template <class Device>
EdgePerceptronOp<Device> make_op(Case const& c, bool layer_norm) {
  EdgePerceptronOp<Device> op{nacre::test::random_sparse<double, Device>(c.n, c.m, c.density, 1).pattern};
  op.result = c.result;
  op.layer_norm = layer_norm;
  std::size_t const size[3] = {c.d, c.d, c.dh};
  std::size_t* const at[3] = {&op.target_at, &op.source_at, &op.edge_at};
  int const orders[3][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}};
  std::size_t offset = 0;
  for (int const part : orders[c.order]) {
    *at[part] = offset;
    offset += size[part];
  }
  if (c.entries) {
    // every other row of h, from the last to the first
    std::vector<Offset> entry(op.pattern.num_entries());
    for (std::size_t k = 0; k < entry.size(); ++k) entry[k] = static_cast<Offset>(2 * (entry.size() - 1 - k));
    op.entry = nacre::to_device<Device>("entry", entry);
  }
  return op;
}

/// Calls `f(op, x, h, [gamma, beta,] W_0, b_0, ...)` for a case.
template <template <class, class> class Matrix, class Scalar, bool kNorm, int kHidden, class Device, class F>
void with_inputs(Case const& c, F const& f) {
  auto const op = make_op<Device>(c, kNorm);
  std::size_t const width = 2 * c.d + c.dh, hidden = c.hidden;
  auto const x = random_matrix<Matrix, Scalar, Device>(static_cast<std::size_t>(c.m), c.d, 2);
  auto const h =
      random_matrix<Matrix, Scalar, Device>(op.pattern.num_entries() * (c.entries ? 2 : 1), c.dh, 3);
  auto const gamma = random_vector<Scalar, Device>("gamma", width, 4),
             beta = random_vector<Scalar, Device>("beta", width, 5);
  auto const layer = [](std::size_t rows, std::size_t cols, unsigned seed) {
    return std::make_tuple(random_matrix<Matrix, Scalar, Device>(rows, cols, seed),
                           random_vector<Scalar, Device>("b", rows, seed + 1));
  };
  auto const call = [&](auto const&... weights) {
    if constexpr (kNorm)
      f(op, x, h, gamma, beta, weights...);
    else
      f(op, x, h, weights...);
  };
  if constexpr (kHidden == 1)
    std::apply(call, std::tuple_cat(layer(hidden, width, 6), layer(c.out, hidden, 8)));
  else
    std::apply(call, std::tuple_cat(layer(hidden, width, 6), layer(hidden + 2, hidden, 8),
                                    layer(c.out, hidden + 2, 10)));
}

template <class View>
std::vector<double> row_of(View const& x, std::size_t i) {
  std::vector<double> row(x.extent(1));
  for (std::size_t c = 0; c < row.size(); ++c) row[c] = static_cast<double>(x(i, c));
  return row;
}
template <class View>
std::vector<double> numbers_of(View const& v) {
  auto const h = to_host(v);
  return {h.data(), h.data() + h.extent(0)};
}

/// (c - mean) rstd gamma + beta
void normalize(std::vector<double>& c, double eps, std::vector<double> const& gamma,
               std::vector<double> const& beta) {
  auto const width = static_cast<double>(c.size());
  double const mean = std::accumulate(c.begin(), c.end(), 0.) / width;
  double variance = 0;
  for (double const e : c) variance += (e - mean) * (e - mean) / width;
  for (std::size_t i = 0; i < c.size(); ++i)
    c[i] = (c[i] - mean) / std::sqrt(variance + eps) * gamma[i] + beta[i];
}

/// W z + b, then GELU unless it is the last layer
template <class W, class B>
void apply_layer(std::vector<double>& z, W const& w, B const& b, bool is_last) {
  auto const wh = to_host(w);
  auto next = numbers_of(b);
  for (std::size_t r = 0; r < next.size(); ++r) {
    for (std::size_t c = 0; c < z.size(); ++c) next[r] += static_cast<double>(wh(r, c)) * z[c];
    if (!is_last) next[r] *= .5 * std::erfc(-next[r] / std::sqrt(2.));
  }
  z = next;
}
inline void apply_layers(std::vector<double>&) {}
template <class W, class B, class... Rest>
void apply_layers(std::vector<double>& z, W const& w, B const& b, Rest const&... rest) {
  apply_layer(z, w, b, sizeof...(Rest) == 0);
  apply_layers(z, rest...);
}
template <class First, class Second, class... Rest>
void apply_all(std::vector<double>& z, double eps, First const& first, Second const& second,
               Rest const&... rest) {
  if constexpr (nacre::compat::kRank<First> == 1) {
    normalize(z, eps, numbers_of(first), numbers_of(second));
    apply_layers(z, rest...);
  } else {
    apply_layers(z, first, second, rest...);
  }
}

/// The result by plain loops.
template <class Op, class X, class H, class... Weights>
Dense expected_result(Op const& op, X const& x, H const& h, Weights const&... weights) {
  auto const extents = op.output_extents(x, h, weights...);
  Dense y(extents[0], std::vector<double>(extents[1], 0.));
  auto const xh = to_host(x);
  auto const hh = to_host(h);
  auto const row_ptr = to_host(op.pattern.row_ptr());
  auto const col = to_host(op.pattern.col());
  auto const entry = to_host(op.entry);
  for (Ordinal i = 0; i < op.pattern.num_rows(); ++i)
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k) {
      auto const of_h = row_of(hh, static_cast<std::size_t>(entry.extent(0) > 0 ? entry(k) : k));
      auto const target = row_of(xh, static_cast<std::size_t>(i)),
                 source = row_of(xh, static_cast<std::size_t>(col(k)));
      std::vector<double> z(2 * target.size() + of_h.size());
      std::copy(target.begin(), target.end(), z.begin() + static_cast<std::ptrdiff_t>(op.target_at));
      std::copy(source.begin(), source.end(), z.begin() + static_cast<std::ptrdiff_t>(op.source_at));
      std::copy(of_h.begin(), of_h.end(), z.begin() + static_cast<std::ptrdiff_t>(op.edge_at));
      apply_all(z, op.eps, weights...);
      auto& out = y[static_cast<std::size_t>(op.result == EdgeResult::summed_by_row ? i : k)];
      for (std::size_t c = 0; c < out.size(); ++c)
        out[c] += z[c] + (op.result == EdgeResult::per_entry_with_residual ? of_h[c] : 0);
    }
  return y;
}

/// What `forward(y)` writes.
template <class Matrix, class Forward>
auto result_by(std::array<std::size_t, 2> const& extents, Forward const& forward) {
  Matrix const y("y", extents[0], extents[1]);
  Kokkos::deep_copy(y, 99);
  forward(y);
  return to_host(y);
}

template <class Y>
void expect_result(Y const& y, Dense const& expected, double tolerance) {
  ASSERT_EQ(y.extent(0), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::size_t c = 0; c < expected[i].size(); ++c)
      ASSERT_NEAR(static_cast<double>(y(i, c)), expected[i][c], tolerance * (1 + std::abs(expected[i][c])))
          << "at " << i << ", " << c;
}

constexpr Case kCases[] = {
    {13, 13, .3, 3, 5, 9, 4},
    {13, 17, .3, 3, 5, 9, 5, EdgeResult::per_entry_with_residual, 1},
    {13, 17, .3, 3, 5, 9, 4, EdgeResult::summed_by_row, 2},
    {9, 14, .3, 8, 8, 8, 8, EdgeResult::per_entry_with_residual, 0, true},
    {9, 14, .3, 2, 1, 7, 3, EdgeResult::summed_by_row, 1, true},
    {9, 14, .3, 0, 6, 5, 1},
    {9, 14, .3, 0, 6, 5, 2, EdgeResult::summed_by_row, 0, true},
    {9, 9, .3, 4, 0, 5, 1, EdgeResult::per_entry, 2},
    {1, 1, 1.1, 1, 3, 1, 1, EdgeResult::summed_by_row},
    {5, 5, 0, 3, 2, 4, 2, EdgeResult::summed_by_row},
    {0, 0, 0, 3, 2, 4, 2},
};

template <template <class, class> class Matrix, class Scalar, bool kNorm, int kHidden, class Device>
void expect_all_right(Case const& c) {
  SCOPED_TRACE(
      nacre::cat(c.n, " by ", c.m, ", d = ", c.d, ", dh = ", c.dh, ", result ", static_cast<int>(c.result)));
  with_inputs<Matrix, Scalar, kNorm, kHidden, Device>(c, [](auto const& op, auto const&... in) {
    ExecOf<Device> const exec;
    auto const y = result_by<Matrix<Scalar, Device>>(op.output_extents(in...),
                                                     [&](auto const& out) { op.forward(exec, out, in...); });
    bool const is_double = std::is_same_v<Scalar, double>;
    expect_result(y, expected_result(op, in...), is_double ? 1e-12 : 1e-5);
    expect_correct_derivatives_within(is_double ? 1e-6 : 5e-2, exec, op, in...);
  });
}

TYPED_TEST(EdgePerceptron, ResultsAndDerivativesAreRight) {
  for (auto const& c : kCases) expect_all_right<RowMajor, double, true, 1, TypeParam>(c);
}
TYPED_TEST(EdgePerceptron, TwoHiddenLayersWithoutNormalisationAreRight) {
  for (auto const& c : kCases) expect_all_right<RowMajor, double, false, 2, TypeParam>(c);
}
TYPED_TEST(EdgePerceptron, SinglePrecisionIsRight) {
  for (auto const& c : kCases) expect_all_right<RowMajor, float, true, 2, TypeParam>(c);
}
TYPED_TEST(EdgePerceptron, MatricesByColumnsAreRight) {
  for (auto const& c : kCases) expect_all_right<MultiVector, double, true, 1, TypeParam>(c);
}

/// Results and cotangents of one hidden layer with normalisation.
template <class Device>
struct Outputs {
  RowMajor<double, Device> y, x_bar, h_bar, w0_bar, w1_bar;
  Vector<double, Device> gamma_bar, beta_bar, b0_bar, b1_bar;

  template <class Op, class X, class H, class G, class W0, class B0, class W1, class B1>
  Outputs(Op const& op, X const& x, H const& h, G const& gamma, G const& beta, W0 const& w0, B0 const& b0,
          W1 const& w1, B1 const& b1)
      : x_bar("x_bar", x.extent(0), x.extent(1)),
        h_bar("h_bar", h.extent(0), h.extent(1)),
        w0_bar("w0_bar", w0.extent(0), w0.extent(1)),
        w1_bar("w1_bar", w1.extent(0), w1.extent(1)),
        gamma_bar("gamma_bar", gamma.extent(0)),
        beta_bar("beta_bar", beta.extent(0)),
        b0_bar("b0_bar", b0.extent(0)),
        b1_bar("b1_bar", b1.extent(0)) {
    auto const extents = op.output_extents(x, h, gamma, beta, w0, b0, w1, b1);
    y = RowMajor<double, Device>("y", extents[0], extents[1]);
  }
  std::vector<std::vector<double>> numbers() const {
    using nacre::test::to_vector;
    return {to_vector(y),        to_vector(x_bar),  to_vector(h_bar),
            to_vector(w0_bar),   to_vector(w1_bar), to_vector(gamma_bar),
            to_vector(beta_bar), to_vector(b0_bar), to_vector(b1_bar)};
  }
};

nacre::detail::DenseRef<double const> constant(nacre::detail::DenseRef<double> const& r) {
  return {r.data, r.rows, r.cols, r.leading, r.by_rows};
}

/// `f(data)` with what the operation would pass on to the kernels of these inputs and outputs.
template <class Device, class F, class YBar, class X, class H, class G, class W0, class B0, class W1,
          class B1>
void with_data(F const& f, Outputs<Device> const& out, YBar const& y_bar, EdgePerceptronOp<Device> const& op,
               X const& x, H const& h, G const& gamma, G const& beta, W0 const& w0, B0 const& b0,
               W1 const& w1, B1 const& b1) {
  using nacre::detail::dense_ref;
  nacre::detail::PerceptronLayer<double> const layers[] = {
      {constant(dense_ref(w0)), b0.data(), dense_ref(out.w0_bar), out.b0_bar.data()},
      {constant(dense_ref(w1)), b1.data(), dense_ref(out.w1_bar), out.b1_bar.data()}};
  auto const& t = nacre::transposed(op.pattern);
  nacre::detail::EdgePerceptronData<double> data{};
  data.num_rows = op.pattern.num_rows();
  data.num_nodes = op.pattern.num_cols();
  data.num_entries = static_cast<std::int64_t>(op.pattern.num_entries());
  data.row_ptr = op.pattern.row_ptr().data();
  data.col = op.pattern.col().data();
  data.col_ptr = t.pattern.row_ptr().data();
  data.col_entry = t.entry.data();
  data.entry = op.entry.extent(0) > 0 ? op.entry.data() : nullptr;
  data.x = constant(dense_ref(x));
  data.h = constant(dense_ref(h));
  data.gamma = gamma.data();
  data.beta = beta.data();
  data.eps = op.eps;
  data.target_at = static_cast<std::int64_t>(op.target_at);
  data.source_at = static_cast<std::int64_t>(op.source_at);
  data.edge_at = static_cast<std::int64_t>(op.edge_at);
  data.result = op.result;
  data.layers = layers;
  data.num_layers = 2;
  data.y = dense_ref(out.y);
  data.y_bar = constant(dense_ref(y_bar));
  data.x_bar = dense_ref(out.x_bar);
  data.h_bar = dense_ref(out.h_bar);
  data.gamma_bar = out.gamma_bar.data();
  data.beta_bar = out.beta_bar.data();
  f(data);
}

/// \param tolerance relative to the largest number of each view
void expect_same(std::vector<std::vector<double>> const& found,
                 std::vector<std::vector<double>> const& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t v = 0; v < found.size(); ++v) {
    double largest = 0;
    for (double const e : expected[v]) largest = std::max(largest, std::abs(e));
    ASSERT_EQ(found[v].size(), expected[v].size());
    for (std::size_t i = 0; i < found[v].size(); ++i)
      ASSERT_NEAR(found[v][i], expected[v][i], tolerance * largest) << "view " << v << " at " << i;
  }
}

/// The operation, the operations of single numbers that a device runs, and the steps of several threads.
template <class Device, class... In>
void expect_same_by_all_ways(EdgePerceptronOp<Device> const& op, In const&... in) {
  using Data = nacre::detail::EdgePerceptronData<double>;
  ExecOf<Device> const exec;
  Outputs<Device> const out(op, in...), by_operations(op, in...);
  auto const y_bar = random_matrix<RowMajor, double, Device>(out.y.extent(0), out.y.extent(1), 20);
  op.forward(exec, out.y, in...);
  op.adjoint(exec, out.y, y_bar, in..., out.x_bar, out.h_bar, out.gamma_bar, out.beta_bar, out.w0_bar,
             out.b0_bar, out.w1_bar, out.b1_bar);
  with_data(
      [&](Data const& data) {
        nacre::detail::EdgePerceptronOnDevice<double, Device> const pass(
            op.pattern, data, op.work, nacre::LayerNormOp<Device>{op.eps, op.norm_work});
        pass.forward(exec);
        pass.adjoint(exec);
      },
      by_operations, y_bar, op, in...);
  expect_same(out.numbers(), by_operations.numbers(), 1e-12);
  if constexpr (nacre::kOnHost<Device>) {
    Outputs<Device> const by_threads(op, in...);
    with_data(
        [&](Data const& data) {
          using Pass = nacre::detail::EdgePerceptronPass<double>;
          for (bool const adjoint : {false, true})
            nacre::detail::run_edge_perceptron(exec, "nacre::edge_perceptron", Pass(data, adjoint), op.work);
        },
        by_threads, y_bar, op, in...);
    expect_same(by_threads.numbers(), out.numbers(), 0);
  }
}

TYPED_TEST(EdgePerceptron, ManyTilesAreAsPlainOperationsAndAsWithThreads) {
  // some thousand edges: several parts, and tiles that no row ends with
  for (auto const& c :
       {Case{170, 201, .1, 3, 5, 9, 4}, Case{170, 201, .1, 3, 17, 9, 4, EdgeResult::summed_by_row, 1},
        Case{170, 201, .1, 9, 5, 24, 5, EdgeResult::per_entry_with_residual, 2, true}}) {
    ASSERT_GT(make_op<TypeParam>(c, true).pattern.num_entries(), 3000u);
    with_inputs<RowMajor, double, true, 1, TypeParam>(
        c, [](auto const&... all) { expect_same_by_all_ways<TypeParam>(all...); });
  }
}

TYPED_TEST(EdgePerceptron, RejectsWhatDoesNotFit) {
  Case const c{13, 17, .3, 3, 5, 9, 5, EdgeResult::per_entry_with_residual};
  with_inputs<RowMajor, double, true, 1, TypeParam>(
      c, [](auto op, auto const& x, auto const& h, auto const& g, auto const& b, auto const& w0,
            auto const& b0, auto const& w1, auto const& b1) {
        using Matrix = RowMajor<double, TypeParam>;
        ExecOf<TypeParam> const exec;
        auto const extents = op.output_extents(x, h, g, b, w0, b0, w1, b1);
        Matrix const y("y", extents[0], extents[1]);
        auto const call = [&](auto const& of, auto const& nodes, auto const& edges, auto const& matrix) {
          of.forward(exec, y, nodes, edges, g, b, matrix, b0, w1, b1);
        };
        call(op, x, h, w0);
        expect_error("view 'x' has extent(0) = 16 but the pattern's number of columns is 17",
                     [&] { call(op, Matrix("x", 16, 3), h, w0); });
        expect_error("view 'h' has extent(0) = 2 but the pattern's number of entries is",
                     [&] { call(op, x, Matrix("h", 2, 5), w0); });
        expect_error("view 'W' has extent(1) = 10 but the width of what the matrix is applied to is 11",
                     [&] { call(op, x, h, Matrix("W", 9, 10)); });
        expect_error("view 'W' has extent(1) = 11 but the width of what the matrix is applied to is 8", [&] {
          op.forward(exec, y, x, h, g, b, Matrix("W", 8, 11), Vector<double, TypeParam>("b", 8),
                     Matrix("W", 5, 11), b1);
        });
        expect_error("results have 4 columns but h, which they are added to, has 5", [&] {
          op.forward(exec, y, x, h, g, b, w0, b0, Matrix("W", 4, 9), Vector<double, TypeParam>("b", 4));
        });
        expect_error("layer_norm is set, but gamma and beta are not among the inputs",
                     [&] { op.forward(exec, y, x, h, w0, b0, w1, b1); });
        auto changed = op;
        changed.layer_norm = false;
        expect_error("layer_norm is not set, but gamma and beta are among the inputs",
                     [&] { call(changed, x, h, w0); });
        changed = op;
        changed.source_at = 2;
        expect_error("parts of 3, 3 and 5 numbers at 0, 2 and 6 are not one vector of 11",
                     [&] { call(changed, x, h, w0); });
        changed = op;
        changed.entry = nacre::to_device<TypeParam>("entry", std::vector<Offset>{0});
        expect_error("view 'entry' has extent(0) = 1 but the pattern's number of entries is",
                     [&] { call(changed, x, h, w0); });
        changed = op;
        changed.pattern = nacre::test::random_sparse<double, TypeParam>(5, 4, .5, 1).pattern;
        expect_error("the pattern has 5 rows but 4 columns", [&] { call(changed, x, h, w0); });
      });
}

/// \param tolerance of value and derivative, relative to max(1, |x|)
template <class T>
void expect_gelu_as_in_libm(double tolerance) {
  for (int i = -40000; i <= 40000; ++i) {
    auto const x = static_cast<T>(i * 1e-3);
    auto const found = nacre::detail::gelu_values(x);
    double const at = static_cast<double>(x), cumulative = .5 * std::erfc(-at / std::sqrt(2.)),
                 density = std::exp(-.5 * at * at) / std::sqrt(2 * std::acos(-1.));
    double const bound = tolerance * std::max(1., std::abs(at));
    ASSERT_NEAR(static_cast<double>(found.value), at * cumulative, bound) << at;
    ASSERT_NEAR(static_cast<double>(found.derivative), cumulative + at * density, bound) << at;
  }
  auto const gelu = [](double x) { return nacre::detail::gelu_values(static_cast<T>(x)); };
  double const infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(gelu(infinity).value, std::numeric_limits<T>::infinity());
  EXPECT_EQ(gelu(infinity).derivative, 1);
  EXPECT_EQ(gelu(-infinity).value, 0);
  EXPECT_EQ(gelu(-infinity).derivative, 0);
  EXPECT_EQ(gelu(1e30).value, static_cast<T>(1e30));
  EXPECT_EQ(gelu(-1e30).value, 0);
  EXPECT_EQ(gelu(0).value, 0);
  EXPECT_EQ(gelu(0).derivative, T(.5));
  EXPECT_TRUE(std::isnan(gelu(std::nan("")).value));
  EXPECT_TRUE(std::isnan(gelu(std::nan("")).derivative));
}
TEST(FastGelu, IsAsInLibmInDoublePrecision) { expect_gelu_as_in_libm<double>(1e-15); }
TEST(FastGelu, IsAsInLibmInSinglePrecision) { expect_gelu_as_in_libm<float>(3e-7); }

}  // namespace
