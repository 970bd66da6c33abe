#include "beam_stepping.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "../support/message_of.hpp"
#include "kokkos_for_all.hpp"

namespace nacre::apps {
namespace {

using test::message_of;

/// What the step after the beam's present state starts from, at free points.
std::vector<double> predicted(BeamSimulation const& beam, BeamOptions const& options) {
  auto u = beam.positions();
  for (std::size_t k = 0; k < u.size(); ++k) {
    u[k] += options.dt * beam.velocities()[k];
    if (k % 3 == 2) u[k] -= options.dt * options.dt * options.gravity;
  }
  return u;
}

double norm(std::vector<double> const& v) {
  double sum = 0;
  for (double const x : v) sum += x * x;
  return std::sqrt(sum);
}

/// Takes a step and looks at everything that is promised about it, `ends` being where prescribed points must be.
void expect_good_step(BeamSimulation& beam, BeamOptions const& options, std::vector<double> const& ends) {
  auto const before = beam.positions();
  auto prediction = predicted(beam, options);
  for (Ordinal const i : beam.prescribed())
    for (std::size_t x = 0; x < 3; ++x) {
      std::size_t const k = 3 * static_cast<std::size_t>(i) + x;
      prediction[k] = ends[k];
    }
  auto const system = beam.step();
  validate(system);
  auto const& u = beam.positions();

  // it is a minimum among positions with these ends
  auto const& body = beam.body();
  auto const force = [&](std::vector<double> const& at) {
    std::vector<double> difference(at), inertia, gradient;
    for (std::size_t k = 0; k < at.size(); ++k) difference[k] -= prediction[k];
    body.apply_mass(difference, inertia);
    body.gradient(at, gradient);
    for (std::size_t k = 0; k < at.size(); ++k)
      inertia[k] = host_view(system.free).data()[k] * (inertia[k] + options.dt * options.dt * gradient[k]);
    return inertia;
  };
  EXPECT_GT(norm(force(prediction)), 0);
  EXPECT_LE(norm(force(u)), 3.01e-4 * norm(force(prediction)));
  auto const& report = beam.last_step();
  EXPECT_GE(report.newton_steps, 1);
  EXPECT_GE(report.pcg_iterations, report.newton_steps);
  ASSERT_EQ(report.objective.size(), static_cast<std::size_t>(report.newton_steps) + 1);
  for (std::size_t s = 1; s < report.objective.size(); ++s)
    EXPECT_LT(report.objective[s], report.objective[s - 1]);

  // prescribed points are where they must be, to the last bit, and the mask is theirs
  auto const free = host_view(system.free);
  double sum = 0;
  for (std::size_t k = 0; k < free.size(); ++k) sum += free.data()[k];
  EXPECT_EQ(sum, static_cast<double>(u.size() - 3 * beam.prescribed().size()));
  for (Ordinal const i : beam.prescribed())
    for (std::size_t x = 0; x < 3; ++x) {
      std::size_t const k = 3 * static_cast<std::size_t>(i) + x;
      EXPECT_EQ(u[k], ends[k]);
      EXPECT_EQ(free.data()[k], 0);
    }

  // the matrix is that at the prediction, the features are those after the step
  std::vector<double> values;
  body.mass_plus(options.dt * options.dt, prediction, values);
  auto const found = host_view(system.A.values);
  for (std::size_t k = 0; k < values.size(); ++k)
    ASSERT_NEAR(found.data()[k], values[k], 1e-7 * std::fabs(values[k]) + 1e-9);
  auto const features = host_view(system.features);
  for (std::size_t k = 0; k < u.size(); ++k) {
    EXPECT_EQ(features(k / 3, k % 3), u[k] - body.rest()[k]);
    EXPECT_EQ(features(k / 3, 3 + k % 3), body.rest()[k]);
    EXPECT_DOUBLE_EQ(beam.velocities()[k], (u[k] - before[k]) / options.dt);
  }
}

TEST(BeamTwist, TurnsItsEndByTheTime) {
  auto const options = beam_options(BeamMotion::twist, 3);
  BeamSimulation beam(options);
  EXPECT_EQ(beam.prescribed().size(), 18u);
  for (int s = 1; s <= 20; ++s) {
    expect_good_step(beam, options, twisted(beam.body().mesh(), s * options.dt));
    EXPECT_EQ(beam.num_steps(), s);
    EXPECT_DOUBLE_EQ(beam.time(), .01 * s);
  }
  // waves cross the beam in a fraction of a step, so it is twisted evenly: at x = 20/11 by 20/44 of the angle
  std::size_t const corner = 3 * (5 * 9 + 8);
  double const y = beam.positions()[corner + 1], z = beam.positions()[corner + 2];
  EXPECT_NEAR(std::atan2(z, y) - std::atan(1.), .2 * 20 / 44, .02 * .2);
}

TEST(BeamBend, Falls) {
  auto const options = beam_options(BeamMotion::bend, 3);
  BeamSimulation beam(options);
  EXPECT_EQ(beam.prescribed().size(), 9u);
  EXPECT_EQ(beam.body().material().density, 1000);
  std::size_t const tip = 3 * (11 * 9 + 4);
  double height = 0;
  for (int s = 1; s <= 10; ++s) {
    expect_good_step(beam, options, beam.body().rest());
    EXPECT_LT(beam.positions()[tip + 2], height);
    height = beam.positions()[tip + 2];
  }
  // that far the end has hardly felt that the beam is held: implicit Euler falls by g dt^2 s (s + 1) / 2
  EXPECT_NEAR(height, -9.8e-4 * 55, .1 * 9.8e-4 * 55);
  EXPECT_NEAR(beam.positions()[tip], 4, .02);
}

TEST(BeamSimulation, IsTheSameInEveryRunAndWithOtherPreconditioners) {
  auto options = beam_options(BeamMotion::twist, 2);
  BeamSimulation first(options), again(options);
  options.preconditioner = "jacobi";
  options.tolerance = options.pcg_tolerance = 1e-8;
  BeamSimulation exact(options);
  for (int s = 0; s < 5; ++s) {
    auto const a = first.step(), b = again.step();
    exact.step();
    EXPECT_EQ(first.positions(), again.positions());
    auto const x = host_view(a.A.values), y = host_view(b.A.values);
    EXPECT_TRUE(std::equal(x.data(), x.data() + x.size(), y.data()));
    EXPECT_EQ(a.name, cat("twist/2/", s + 1));
  }
  for (std::size_t k = 0; k < first.positions().size(); ++k)
    EXPECT_NEAR(first.positions()[k], exact.positions()[k], 1e-4);
}

TEST(BeamSimulation, SaysWhatDoesNotConvergeAndStaysWhereItWas) {
  auto options = beam_options(BeamMotion::twist, 2);
  options.max_newton_steps = 1;
  options.tolerance = 1e-13;
  BeamSimulation beam(options);
  auto const message = message_of([&] { beam.step(); });
  EXPECT_EQ(message.find("beam: step 1: Newton's method did not converge in 1 steps; the forces are "), 0u)
      << message;
  EXPECT_EQ(beam.positions(), beam.body().rest());
  EXPECT_EQ(beam.num_steps(), 0);

  auto const refused = [&](auto const& change) {
    auto wrong = beam_options(BeamMotion::bend, 2);
    change(wrong);
    return message_of([&] { BeamSimulation(wrong).step(); });
  };
  EXPECT_EQ(refused([](BeamOptions& o) { o.dt = -1; }),
            "beam: dt is -1 and gravity 9.8; expected a positive and a finite number");
  EXPECT_NE(refused([](BeamOptions& o) { o.tolerance = 0; }).find("beam: tolerances 0 and 0.001"),
            std::string::npos);
  EXPECT_NE(refused([](BeamOptions& o) { o.preconditioner = "luck"; }).find("luck"), std::string::npos);
}

}  // namespace
}  // namespace nacre::apps
