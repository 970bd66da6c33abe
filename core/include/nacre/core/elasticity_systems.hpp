#pragma once

#include <cstdint>

#include <nacre/core/hyperelastic.hpp>
#include <nacre/core/linear_system.hpp>

/// \file
/// Systems of implicit time steps of elastic beams.

namespace nacre {

/// The beam [0, 4] x [-1/2, 1/2]^2 of 4 r by r by r points, see tet_box().
/// \throws nacre::Error if r < 2
TetMesh beam_mesh(int resolution);

enum class BeamEnds { left, both };
/// The points of a beam with x = 0 and, if asked for, x = 4, ascending.
std::vector<Ordinal> end_points(TetMesh const& beam, BeamEnds ends);

/// [3 n] positions of a beam's points with (y, z) turned about the x axis by the angle (radian) times x / 4.
std::vector<double> twisted(TetMesh const& beam, double angle);

/// [n, 6]: how far each point has moved from rest, and its place at rest.
RowMajor<double> deformation_features(HyperelasticBody const& body, std::vector<double> const& positions);

/// The matrix of a Newton step of implicit Euler, M + dt^2 K with K projected, before the conditions at prescribed points.
/// \param positions  [3 n] where K is taken, and of the features; see deformation_features()
/// \param prescribed points, all three unknowns of which are prescribed
/// \throws nacre::Error if dt is not positive, there is no such point, or the number of positions is wrong
LinearSystem elasticity_system(std::string name, HyperelasticBody const& body,
                               std::vector<double> const& positions, double dt,
                               std::vector<Ordinal> const& prescribed);

/// A beam of resolution r, `coarsest` to `finest`, that is twisted() by an angle in [0, 5), its ends held: E = 3e6, nu = 0.4,
/// rho = 1, dt = 0.01. Inner points are moved by noise with a standard deviation of 0.02 / (r - 1) in each direction.
/// A function of the arguments alone.
/// \throws nacre::Error if there can be a resolution below two
LinearSystem elasticity_small(std::uint64_t seed, std::uint64_t index, int coarsest = 3, int finest = 5);

}  // namespace nacre
