#include <nacre/core/hyperelastic.hpp>

#include <algorithm>

#include <nacre/core/coo.hpp>

namespace nacre {

namespace {

/// grad phi_a of a tetrahedron: the inward normals of the faces opposite, over three volumes.
std::array<Point, 4> slopes(std::array<Point, 4> const& p, double volume) {
  std::array<Point, 4> slope{};
  for (std::size_t a = 1; a < 4; ++a) {
    Point u, v;
    for (std::size_t x = 0; x < 3; ++x) {
      u[x] = p[a % 3 + 1][x] - p[0][x];
      v[x] = p[(a + 1) % 3 + 1][x] - p[0][x];
    }
    for (std::size_t x = 0; x < 3; ++x) {
      std::size_t const y = (x + 1) % 3, z = (x + 2) % 3;
      slope[a][x] = (u[y] * v[z] - u[z] * v[y]) / (6 * volume);
      slope[0][x] -= slope[a][x];
    }
  }
  return slope;
}

/// B^T H for the point of this slope: row i, column 3 l + k is sum over j of slope_j H(3 j + i, 3 l + k).
std::array<std::array<double, 9>, 3> half_product(Point const& slope, Matrix9 const& H) {
  std::array<std::array<double, 9>, 3> rows;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t q = 0; q < 9; ++q)
      rows[i][q] = slope[0] * H[i][q] + slope[1] * H[3 + i][q] + slope[2] * H[6 + i][q];
  return rows;
}

std::size_t as_index(Ordinal i) { return static_cast<std::size_t>(i); }

}  // namespace

HyperelasticBody::HyperelasticBody(TetMesh mesh, HyperelasticMaterial const& material)
    : mesh_(std::move(mesh)), material_(material), density_(material) {
  auto const n = static_cast<Ordinal>(mesh_.points.size());
  std::vector<Ordinal> row, col;
  for (auto const& p : mesh_.points) rest_.insert(rest_.end(), p.begin(), p.end());
  for (std::size_t e = 0; e < mesh_.tets.size(); ++e) {
    Element element;
    std::array<Point, 4> p;
    for (std::size_t a = 0; a < 4; ++a) {
      Ordinal const i = mesh_.tets[e][a];
      if (i < 0 || i >= n)
        fail(cat("hyperelastic: tetrahedron ", e, " has the point ", i, ", but there are ", n));
      p[a] = mesh_.points[as_index(i)];
      for (Ordinal const j : mesh_.tets[e]) {
        row.push_back(i);
        col.push_back(j);
      }
    }
    element.volume = tet_volume(p[0], p[1], p[2], p[3]);
    if (!(element.volume > 0))
      fail(cat("hyperelastic: the volume of tetrahedron ", e, " is ", element.volume, ", must be positive"));
    element.slope = slopes(p, element.volume);
    elements_.push_back(element);
  }
  auto const order = detail::order_coo(n, n, row.size(), row.data(), col.data());
  row_ptr_ = order.row_ptr;
  col_ = order.col;
  for (Ordinal i = 0; i < n; ++i)
    if (row_ptr_[as_index(i)] == row_ptr_[as_index(i) + 1])
      fail(cat("hyperelastic: point ", i, " belongs to no tetrahedron"));
  pattern_ = CsrPattern<>(n, n, to_device<DefaultDevice>("nacre::hyperelastic::row_ptr", row_ptr_),
                          to_device<DefaultDevice>("nacre::hyperelastic::col", col_));
  mass_.assign(col_.size(), 0);
  for (std::size_t k = 0; k < col_.size(); ++k)
    for (Offset s = order.summand_ptr[k]; s < order.summand_ptr[k + 1]; ++s) {
      auto const place = static_cast<std::size_t>(order.summand[static_cast<std::size_t>(s)]);
      Element& element = elements_[place / 16];
      element.target[place % 16] = static_cast<Offset>(k);
      bool const diagonal = place % 16 / 4 == place % 4;
      mass_[k] += material.density * element.volume * (diagonal ? 2 : 1) / 20;
    }
}

void HyperelasticBody::check(char const* operation, std::vector<double> const& v) const {
  if (v.size() != rest_.size())
    fail(cat("hyperelastic: ", operation, " of ", v.size(), " numbers, expected 3 for each of the ",
             num_nodes(), " points"));
}

void HyperelasticBody::apply_mass(std::vector<double> const& v, std::vector<double>& out) const {
  check("the mass matrix", v);
  out.assign(v.size(), 0);
  for (std::size_t i = 0; i + 1 < row_ptr_.size(); ++i)
    for (auto k = static_cast<std::size_t>(row_ptr_[i]); k < static_cast<std::size_t>(row_ptr_[i + 1]); ++k)
      for (std::size_t x = 0; x < 3; ++x) out[3 * i + x] += mass_[k] * v[3 * as_index(col_[k]) + x];
}

Matrix3 HyperelasticBody::deformation(std::size_t e, std::vector<double> const& positions) const {
  // the slopes sum to zero: differences with one corner do not see where the body is
  Matrix3 F{};
  std::size_t const origin = 3 * as_index(mesh_.tets[e][0]);
  for (std::size_t a = 1; a < 4; ++a) {
    std::size_t const at = 3 * as_index(mesh_.tets[e][a]);
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t i = 0; i < 3; ++i)
        F[j][i] += (positions[at + i] - positions[origin + i]) * elements_[e].slope[a][j];
  }
  return F;
}

double HyperelasticBody::energy(std::vector<double> const& positions) const {
  check("the energy", positions);
  double sum = 0;
  for (std::size_t e = 0; e < elements_.size(); ++e)
    sum += elements_[e].volume * density_.density(deformation(e, positions));
  return sum;
}

void HyperelasticBody::gradient(std::vector<double> const& positions, std::vector<double>& out) const {
  check("the gradient", positions);
  out.assign(positions.size(), 0);
  for (std::size_t e = 0; e < elements_.size(); ++e) {
    Matrix3 const P = density_.stress(deformation(e, positions));
    for (std::size_t a = 0; a < 4; ++a) {
      std::size_t const at = 3 * as_index(mesh_.tets[e][a]);
      Point const& slope = elements_[e].slope[a];
      for (std::size_t i = 0; i < 3; ++i)
        out[at + i] += elements_[e].volume * (P[0][i] * slope[0] + P[1][i] * slope[1] + P[2][i] * slope[2]);
    }
  }
}

void HyperelasticBody::hessian(std::vector<double> const& positions, std::vector<double>& values,
                               Convexity convexity) const {
  check("the second derivatives", positions);
  values.assign(9 * col_.size(), 0);
  for (std::size_t e = 0; e < elements_.size(); ++e) {
    Element const& element = elements_[e];
    Matrix3 const F = deformation(e, positions);
    Matrix9 const H = convexity == Convexity::projected ? density_.projected_hessian(F, kSmallestCurvature)
                                                        : density_.hessian(F);
    for (std::size_t a = 0; a < 4; ++a) {
      auto const rows = half_product(element.slope[a], H);
      for (std::size_t b = a; b < 4; ++b) {
        Point const& slope = element.slope[b];
        double* const block = &values[9 * static_cast<std::size_t>(element.target[4 * a + b])];
        double* const mirror = &values[9 * static_cast<std::size_t>(element.target[4 * b + a])];
        for (std::size_t i = 0; i < 3; ++i)
          for (std::size_t k = a == b ? i : 0; k < 3; ++k) {
            double const value = element.volume * (rows[i][k] * slope[0] + rows[i][3 + k] * slope[1] +
                                                   rows[i][6 + k] * slope[2]);
            block[3 * i + k] += value;
            if (a != b || i != k) mirror[3 * k + i] += value;
          }
      }
    }
  }
}

void HyperelasticBody::mass_plus(double factor, std::vector<double> const& positions,
                                 std::vector<double>& values, Convexity convexity) const {
  hessian(positions, values, convexity);
  for (double& value : values) value *= factor;
  for (std::size_t k = 0; k < mass_.size(); ++k)
    for (std::size_t i = 0; i < 3; ++i) values[9 * k + 4 * i] += mass_[k];
}

BsrMatrix<double> HyperelasticBody::matrix(std::vector<double> const& values) const {
  if (values.size() != 9 * col_.size())
    fail(cat("hyperelastic: a matrix of ", values.size(), " numbers, expected 9 for each of the ",
             col_.size(), " blocks of the pattern"));
  BsrMatrix<double> const A{pattern_, Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice>(
                                          Kokkos::view_alloc(std::string("nacre::hyperelastic::values"),
                                                             Kokkos::WithoutInitializing),
                                          col_.size(), 3, 3)};
  auto const numbers = Kokkos::create_mirror_view(A.values);
  std::copy(values.begin(), values.end(), numbers.data());
  Kokkos::deep_copy(A.values, numbers);
  return A;
}

}  // namespace nacre
