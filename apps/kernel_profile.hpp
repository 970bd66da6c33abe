#pragma once

#include <map>
#include <string>

/// \file
/// What a piece of a program spends its time with.

namespace nacre::apps {

/// Seconds in each kernel of Kokkos by its label, while it lives; one at a time. Kernels within kernels count as the outer one.
/// What a kernel of a device does is waited for.
class KernelProfile {
 public:
  KernelProfile();
  ~KernelProfile();
  KernelProfile(KernelProfile const&) = delete;
  KernelProfile& operator=(KernelProfile const&) = delete;

  std::map<std::string, double> seconds() const;
};

}  // namespace nacre::apps
