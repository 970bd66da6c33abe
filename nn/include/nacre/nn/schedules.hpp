#pragma once

#include <cstdint>
#include <functional>

/// \file
/// Learning rates that change while a network learns.

namespace nacre::nn {

/// The factor that the learning rate has in step 0, 1, 2, ...: `adam.set_learning_rate(rate * schedule(step))`. Functions
/// of the step alone, so that nothing of them belongs into a checkpoint.
using Schedule = std::function<double(std::int64_t step)>;

/// 1
Schedule constant_schedule();
/// factor^(step / every), rounded down. \throws nacre::Error unless every > 0 and factor > 0
Schedule step_schedule(std::int64_t every, double factor = .1);
/// factor^step. \throws nacre::Error unless factor > 0
Schedule exponential_schedule(double factor);
/// From 1 to `last` by half a cosine over `steps` steps, then `last`; Loshchilov and Hutter (2017), "SGDR", eq. 5, without
/// restarts. PyTorch's goes up again after that. \throws nacre::Error unless steps > 0 and last is in [0, 1]
Schedule cosine_schedule(std::int64_t steps, double last = 0);
/// Linearly from 1 / steps to 1 in the first `steps` steps, then what `then` says, which counts from there.
/// \throws nacre::Error if steps is negative
Schedule warm_up(std::int64_t steps, Schedule then = constant_schedule());

}  // namespace nacre::nn
