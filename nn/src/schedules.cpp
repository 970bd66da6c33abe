#include <nacre/nn/schedules.hpp>

#include <algorithm>
#include <cmath>

#include <nacre/core/error.hpp>

namespace nacre::nn {

Schedule constant_schedule() {
  return [](std::int64_t) { return 1.; };
}

Schedule step_schedule(std::int64_t every, double factor) {
  if (every <= 0 || !(factor > 0))
    fail(cat("step_schedule: every = ", every, ", factor = ", factor, ", expected positive numbers"));
  return [=](std::int64_t step) { return std::pow(factor, static_cast<double>(step / every)); };
}

Schedule exponential_schedule(double factor) {
  if (!(factor > 0)) fail(cat("exponential_schedule: factor = ", factor, ", expected a positive number"));
  return [=](std::int64_t step) { return std::pow(factor, static_cast<double>(step)); };
}

Schedule cosine_schedule(std::int64_t steps, double last) {
  if (steps <= 0 || !(last >= 0 && last <= 1))
    fail(cat("cosine_schedule: steps = ", steps, ", last = ", last,
             ", expected a positive number and one in [0, 1]"));
  return [=](std::int64_t step) {
    double const part = static_cast<double>(std::min(step, steps)) / static_cast<double>(steps);
    return last + (1 - last) * .5 * (1 + std::cos(3.14159265358979323846 * part));
  };
}

Schedule warm_up(std::int64_t steps, Schedule then) {
  if (steps < 0) fail(cat("warm_up: steps = ", steps, ", expected zero or more"));
  return [steps, then = std::move(then)](std::int64_t step) {
    return step < steps ? static_cast<double>(step + 1) / static_cast<double>(steps) : then(step - steps);
  };
}

}  // namespace nacre::nn
