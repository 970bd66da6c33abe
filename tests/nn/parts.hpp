#pragma once

#include <nacre/nn/module.hpp>

namespace nacre::test {

/// A module with whatever parts a test gives it.
template <class Scalar>
struct Parts : nn::Module<Scalar> {
  using nn::Module<Scalar>::add_parameter;
  using nn::Module<Scalar>::add_module;
};

}  // namespace nacre::test
