#include <nacre/core/neo_hookean.hpp>

#include <nacre/core/error.hpp>

namespace nacre {

namespace {

Point cross(Point const& a, Point const& b) {
  return {{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]}};
}
double dot(Point const& a, Point const& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

double squared_norm(Matrix3 const& F) { return dot(F[0], F[0]) + dot(F[1], F[1]) + dot(F[2], F[2]); }

/// dJ / dF
Matrix3 cofactors(Matrix3 const& F) { return {{cross(F[1], F[2]), cross(F[2], F[0]), cross(F[0], F[1])}}; }

Point scaled(Point const& a, double factor) { return {{factor * a[0], factor * a[1], factor * a[2]}}; }

/// F = U diag(s) V^T by columns of U and V, both rotations: one of s may be negative.
struct SingularFrame {
  Matrix3 U, V;
  Point s;
};

/// A unit vector along a, less its part along the unit vector u; any that is normal to u if nothing is left.
Point unit_normal(Point const& a, Point const& u) {
  double const along = dot(a, u);
  Point n{{a[0] - along * u[0], a[1] - along * u[1], a[2] - along * u[2]}};
  double length = std::sqrt(dot(n, n));
  if (!(length > 0)) {
    n = std::fabs(u[0]) < .7 ? Point{{0, -u[2], u[1]}} : Point{{-u[2], 0, u[0]}};
    length = std::sqrt(dot(n, n));
  }
  return scaled(n, 1 / length);
}

SingularFrame singular_frame(Matrix3 const& F) {
  detail::SquareMatrix<3> gram;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) gram[i][j] = dot(F[i], F[j]);
  SingularFrame frame;
  frame.V = detail::symmetric_eigen(gram).vectors;
  Matrix3 W{};  // F V, whose columns are orthogonal: the longer ones give U, the last is normal to them
  Point length;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t i = 0; i < 3; ++i) W[k][i] += F[j][i] * frame.V[k][j];
    length[k] = dot(W[k], W[k]);
  }
  std::size_t const a =
      length[0] >= length[1] ? (length[0] >= length[2] ? 0 : 2) : (length[1] >= length[2] ? 1 : 2);
  std::size_t const next = (a + 1) % 3, other = (a + 2) % 3;
  bool const in_turn = length[next] >= length[other];
  std::size_t const b = in_turn ? next : other, c = in_turn ? other : next;
  frame.U[a] = length[a] > 0 ? scaled(W[a], 1 / std::sqrt(length[a])) : Point{{1, 0, 0}};
  frame.U[b] = unit_normal(W[b], frame.U[a]);
  frame.U[c] = in_turn ? cross(frame.U[a], frame.U[b]) : cross(frame.U[b], frame.U[a]);
  for (std::size_t k = 0; k < 3; ++k) frame.s[k] = dot(frame.U[k], W[k]);
  return frame;
}

/// H += weight Q Q^T, Q = sum of C(i, j) u_i v_j^T
void add_direction(SingularFrame const& frame, Matrix3 const& C, double weight, Matrix9& H) {
  std::array<double, 9> q{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      if (C[i][j] == 0) continue;
      for (std::size_t p = 0; p < 9; ++p) q[p] += C[i][j] * frame.U[i][p % 3] * frame.V[j][p / 3];
    }
  for (std::size_t p = 0; p < 9; ++p)
    for (std::size_t r = 0; r <= p; ++r) H[p][r] = H[r][p] = H[p][r] + weight * (q[p] * q[r]);
}

}  // namespace

NeoHookean::NeoHookean(HyperelasticMaterial const& material) {
  double const E = material.young, nu = material.poisson_ratio;
  if (!(E > 0 && std::isfinite(E)) || !(nu > 0 && nu < .5) ||
      !(material.density > 0 && std::isfinite(material.density)))
    fail(cat("hyperelastic: a material with Young's modulus ", E, ", Poisson's ratio ", nu, " and density ",
             material.density, "; expected a positive one, one between 0 and 1/2, and a positive one"));
  mu = E / (2 * (1 + nu));
  lambda = E * nu / ((1 + nu) * (1 - 2 * nu));
  alpha = 1 + .75 * mu / lambda;
}

double NeoHookean::density(Matrix3 const& F) const {
  double const I = squared_norm(F), J = dot(F[0], cross(F[1], F[2]));
  // (J - alpha)^2 - (1 - alpha)^2 and the logarithm are written such that little is lost near rest
  return .5 * (mu * (I - 3) + lambda * (J - 1) * (J + 1 - 2 * alpha) - mu * std::log1p((I - 3) / 4));
}

Matrix3 NeoHookean::stress(Matrix3 const& F) const {
  double const I = squared_norm(F), J = dot(F[0], cross(F[1], F[2]));
  double const shear = mu * (1 - 1 / (I + 1)), pressure = lambda * (J - alpha);
  Matrix3 P = cofactors(F);
  for (std::size_t j = 0; j < 3; ++j)
    for (std::size_t i = 0; i < 3; ++i) P[j][i] = shear * F[j][i] + pressure * P[j][i];
  return P;
}

Matrix9 NeoHookean::hessian(Matrix3 const& F) const {
  double const I = squared_norm(F), J = dot(F[0], cross(F[1], F[2]));
  double const shear = mu * (1 - 1 / (I + 1)), stretch = 2 * mu / ((I + 1) * (I + 1));
  double const pressure = lambda * (J - alpha);
  Matrix3 const g = cofactors(F);
  Matrix9 H;
  for (std::size_t p = 0; p < 9; ++p)
    for (std::size_t q = 0; q <= p; ++q)
      H[p][q] = H[q][p] =
          stretch * (F[p / 3][p % 3] * F[q / 3][q % 3]) + lambda * (g[p / 3][p % 3] * g[q / 3][q % 3]);
  for (std::size_t p = 0; p < 9; ++p) H[p][p] += shear;
  // d^2 J: the block of columns j and j + 1 is the matrix of w -> w x (column j + 2)
  for (std::size_t j = 0; j < 3; ++j)
    for (std::size_t i = 0; i < 3; ++i) {
      std::size_t const next = (j + 1) % 3, k = (i + 1) % 3;
      double const turn = pressure * F[(j + 2) % 3][(i + 2) % 3];
      auto const add = [&H](std::size_t p, std::size_t q, double value) {
        H[p][q] += value;
        H[q][p] = H[p][q];
      };
      add(3 * j + i, 3 * next + k, turn);
      add(3 * j + k, 3 * next + i, -turn);
    }
  return H;
}

Matrix9 NeoHookean::projected_hessian(Matrix3 const& F, double floor) const {
  auto const frame = singular_frame(F);
  Point const& s = frame.s;
  double const I = dot(s, s), J = s[0] * s[1] * s[2];
  double const shear = mu * (1 - 1 / (I + 1)), stretch = 2 * mu / ((I + 1) * (I + 1));
  double const pressure = lambda * (J - alpha);
  Matrix9 H = hessian(F);
  detail::SquareMatrix<3> stretches;  // second derivatives with respect to s
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t const j = (i + 1) % 3, k = (i + 2) % 3;
    stretches[i][i] = stretch * s[i] * s[i] + lambda * (s[j] * s[k]) * (s[j] * s[k]) + shear;
    stretches[i][j] = stretches[j][i] =
        stretch * s[i] * s[j] + lambda * (s[j] * s[k]) * (s[k] * s[i]) + pressure * s[k];
    for (double const sign : {1., -1.}) {  // u_i v_j + sign u_j v_i: shears and rotations
      double const value = shear - sign * pressure * s[k];
      if (!(value < floor)) continue;
      Matrix3 C{};
      C[i][j] = 1;
      C[j][i] = sign;
      add_direction(frame, C, (floor - value) / 2, H);
    }
  }
  if (detail::is_above(stretches, floor)) return H;
  auto const eigen = detail::symmetric_eigen(stretches);
  for (std::size_t e = 0; e < 3; ++e) {
    if (!(eigen.values[e] < floor)) continue;
    Matrix3 C{};
    for (std::size_t i = 0; i < 3; ++i) C[i][i] = eigen.vectors[e][i];
    add_direction(frame, C, floor - eigen.values[e], H);
  }
  return H;
}

}  // namespace nacre
