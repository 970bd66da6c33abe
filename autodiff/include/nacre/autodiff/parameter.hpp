#pragma once

#include <initializer_list>
#include <vector>

#include <nacre/core/error.hpp>
#include <nacre/core/types.hpp>

/// \file
/// What optimisers work on.

namespace nacre::ad {

/// Whether an array is spread over ranks, each entry on one of them, or whether every rank has all of it.
enum class Ownership { owned, replicated };

/// An array to optimise and the gradient of the loss with respect to it; both are the caller's.
template <class Scalar, class Device = DefaultDevice>
struct Parameter {
  using Value = Kokkos::View<Scalar*, Device, Kokkos::MemoryUnmanaged>;
  using Gradient = Kokkos::View<Scalar const*, Device, Kokkos::MemoryUnmanaged>;

  /// \param v        any rank, contiguous
  /// \param gradient extents and layout of v
  /// \throws nacre::Error if the two do not match
  template <class V, class G>
  Parameter(V const& v, G const& gradient_of_v, Ownership whose = Ownership::owned)
      : value(v.data(), v.size()), gradient(gradient_of_v.data(), v.size()), ownership(whose) {
    static_assert(compat::kRank<V> == compat::kRank<G>, "a gradient has the shape of its parameter");
    static_assert(compat::kRank<V> <= 1 || std::is_same_v<typename V::array_layout, typename G::array_layout>,
                  "a gradient has the layout of its parameter");
    for (std::size_t d = 0; d < compat::kRank<V>; ++d)
      check_extent("Parameter", gradient_of_v, static_cast<int>(d), v.extent(d), "that of the parameter");
    if (!v.span_is_contiguous() || !gradient_of_v.span_is_contiguous())
      fail(cat("Parameter: view '", v.label(), "' or its gradient is not contiguous"));
  }

  Value value;        ///< all entries in memory order
  Gradient gradient;  ///< likewise
  Ownership ownership;
};

/// Several parameters, as a function argument: `{{w, w_bar}, {b, b_bar}}` or a vector of them. Refers to what it
/// was made from.
template <class Scalar, class Device = DefaultDevice>
class Parameters {
 public:
  using value_type = Parameter<Scalar, Device>;
  Parameters(std::initializer_list<value_type> list) : size_(list.size()) {
    first_ = list.begin();  // not an initialiser: the list outlives the call this is an argument of, no more
  }
  Parameters(std::vector<value_type> const& v) : first_(v.data()), size_(v.size()) {}

  std::size_t size() const { return size_; }
  value_type const& operator[](std::size_t a) const { return first_[a]; }
  value_type const* begin() const { return first_; }
  value_type const* end() const { return first_ + size_; }

 private:
  value_type const* first_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

/// One array of zeros for each parameter on the first call; later ones check that the parameters are the same.
template <class Scalar, class Device>
void match_state(char const* optimizer, char const* name, Parameters<Scalar, Device> const& parameters,
                 std::vector<Vector<Scalar, Device>>& state) {
  if (state.empty())
    for (auto const& p : parameters)
      state.emplace_back(cat("nacre::", optimizer, "::", name), p.value.extent(0));
  if (state.size() != parameters.size())
    fail(cat(optimizer, ": ", parameters.size(), " parameters, but the state is of ", state.size()));
  for (std::size_t a = 0; a < state.size(); ++a)
    if (state[a].extent(0) != parameters[a].value.extent(0))
      fail(cat(optimizer, ": parameter ", a, " has ", parameters[a].value.extent(0),
               " entries, but the state is of ", state[a].extent(0)));
}

/// \throws nacre::Error that names the option unless `holds`
inline void require_option(char const* optimizer, bool holds, char const* option, double found,
                           char const* expected) {
  if (!holds) fail(cat(optimizer, ": ", option, " = ", found, ", expected ", expected));
}

}  // namespace detail

}  // namespace nacre::ad
