#pragma once

#include <memory>
#include <string>

#include <nacre/core/types.hpp>

/// \file
/// Memory of work that the copies of an operation share.

namespace nacre::detail {

/// Memory of work that grows on demand and never shrinks; copies of a SharedBuffer are the same memory. What
/// get() gave before is no longer valid after a call that asks for more.
///
/// A tape copies operations, so what they need between calls is shared, and from the second step on nothing is
/// allocated.
template <class Space>
class SharedBuffer {
 public:
  /// n numbers of any content.
  template <class T>
  T* get(std::size_t n) const {
    std::size_t const bytes = n * sizeof(T);
    if (memory_->extent(0) < bytes)
      *memory_ =
          Memory(Kokkos::view_alloc(std::string("nacre::shared_buffer"), Kokkos::WithoutInitializing), bytes);
    return reinterpret_cast<T*>(memory_->data());
  }

 private:
  using Memory = Kokkos::View<unsigned char*, Space>;
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
};

}  // namespace nacre::detail
