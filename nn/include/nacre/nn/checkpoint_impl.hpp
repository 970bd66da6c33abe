#pragma once

#include <utility>

namespace nacre::nn {

namespace detail {

std::string to_string(std::vector<std::int64_t> const& shape);

template <class V>
std::vector<typename V::non_const_value_type> numbers_of(V const& v) {
  auto const h = host_view(v);
  return {h.data(), h.data() + h.size()};
}

inline std::vector<std::int64_t> shape_of(std::vector<std::size_t> const& extents) {
  return {extents.begin(), extents.end()};
}

template <class T, class Device>
void add_vectors(TensorFile& file, std::string const& prefix, std::vector<Vector<T, Device>> const& state) {
  for (std::size_t a = 0; a < state.size(); ++a)
    file.tensors.push_back(make_tensor(
        prefix + std::to_string(a), {static_cast<std::int64_t>(state[a].extent(0))}, numbers_of(state[a])));
}

template <class T>
void add_number(TensorFile& file, std::string const& name, T value) {
  file.tensors.push_back(make_tensor<T>(name, {}, {value}));
}

template <class T, class Device>
void assign(Vector<T, Device> const& to, std::vector<T> const& from) {
  Kokkos::deep_copy(
      to, Kokkos::View<T const*, Kokkos::HostSpace, Kokkos::MemoryUnmanaged>(from.data(), from.size()));
}

}  // namespace detail

template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, Module<Scalar, Device> const& module) {
  for (auto const& [name, parameter] : module.state())
    file.tensors.push_back(make_tensor(prefix + name, detail::shape_of(parameter->extents()),
                                       detail::numbers_of(parameter->value())));
}

template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, ad::Adam<Scalar, Device> const& adam) {
  detail::add_number<std::int64_t>(file, prefix + "steps", adam.state().steps);
  detail::add_vectors(file, prefix + "mean.", adam.state().mean);
  detail::add_vectors(file, prefix + "mean_square.", adam.state().mean_square);
}

template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, ad::Sgd<Scalar, Device> const& sgd) {
  detail::add_number<std::int64_t>(file, prefix + "steps", sgd.state().steps);
  detail::add_vectors(file, prefix + "momentum.", sgd.state().momentum);
}

template <class Scalar, class Device>
void add_state(TensorFile& file, std::string const& prefix, ad::Lbfgs<Scalar, Device> const& lbfgs) {
  auto const& state = lbfgs.state();
  detail::add_number<std::int64_t>(file, prefix + "num_pairs", state.num_pairs);
  detail::add_number<std::int64_t>(file, prefix + "newest", state.newest);
  if (state.num_pairs == 0) return;
  std::vector<std::int64_t> const shape{static_cast<std::int64_t>(state.steps.extent(1)),
                                        static_cast<std::int64_t>(state.steps.extent(0))};  // by columns
  file.tensors.push_back(make_tensor(prefix + "steps", shape, detail::numbers_of(state.steps)));
  file.tensors.push_back(make_tensor(prefix + "changes", shape, detail::numbers_of(state.changes)));
  file.tensors.push_back(
      make_tensor(prefix + "inner", {static_cast<std::int64_t>(state.inner.size())}, state.inner));
}

template <class T>
std::vector<T> StateLoader::numbers(std::string const& name, std::vector<std::int64_t> const& shape) const {
  Tensor const* const tensor = file_.find(name);
  if (!tensor) fail(cat("'", where_, "': there is no tensor '", name, "', which the model needs"));
  if (tensor->shape != shape)
    fail(cat("'", where_, "': tensor '", name, "' has the shape ", detail::to_string(tensor->shape),
             ", but the model needs ", detail::to_string(shape)));
  try {
    return values_of<T>(*tensor, conversion_);
  } catch (Error const& e) {
    fail(cat("'", where_, "': ", e.what()));
  }
}

inline std::int64_t StateLoader::count(std::string const& name) const {
  auto const n = numbers<std::int64_t>(name, {}).front();
  if (n < 0) fail(cat("'", where_, "': tensor '", name, "' is ", n, ", expected zero or more"));
  return n;
}

template <class Scalar, class Device>
void StateLoader::add(std::string const& prefix, Module<Scalar, Device> const& module) {
  for (auto const& [name, parameter] : module.state())
    assignments_.push_back([to = parameter->value(),
                            from = numbers<Scalar>(prefix + name, detail::shape_of(parameter->extents()))] {
      detail::assign(to, from);
    });
}

template <class Scalar, class Device>
void StateLoader::add_vectors(std::string const& prefix, std::vector<Vector<Scalar, Device>>& state,
                              std::vector<ad::Parameter<Scalar, Device>> const& parameters) {
  std::vector<Vector<Scalar, Device>> made;
  for (std::size_t a = 0; a < parameters.size(); ++a) {
    std::size_t const n = parameters[a].value.extent(0);
    made.emplace_back("nacre::nn::optimizer_state", n);
    detail::assign(made.back(), numbers<Scalar>(prefix + std::to_string(a), {static_cast<std::int64_t>(n)}));
  }
  assignments_.push_back([&state, made] { state = made; });
}

template <class Scalar, class Device>
void StateLoader::add(std::string const& prefix, ad::Adam<Scalar, Device>& adam,
                      std::vector<ad::Parameter<Scalar, Device>> const& parameters) {
  auto& state = adam.state();
  auto const steps = count(prefix + "steps");
  assignments_.push_back([&state, steps] {
    state = {};
    state.steps = steps;
  });
  if (steps == 0) return;
  add_vectors(prefix + "mean.", state.mean, parameters);
  add_vectors(prefix + "mean_square.", state.mean_square, parameters);
}

template <class Scalar, class Device>
void StateLoader::add(std::string const& prefix, ad::Sgd<Scalar, Device>& sgd,
                      std::vector<ad::Parameter<Scalar, Device>> const& parameters) {
  auto& state = sgd.state();
  auto const steps = count(prefix + "steps");
  assignments_.push_back([&state, steps] {
    state = {};
    state.steps = steps;
  });
  if (steps > 0 && sgd.options().momentum != 0) add_vectors(prefix + "momentum.", state.momentum, parameters);
}

template <class Scalar, class Device>
void StateLoader::add(std::string const& prefix, ad::Lbfgs<Scalar, Device>& lbfgs,
                      std::vector<ad::Parameter<Scalar, Device>> const& parameters) {
  auto& state = lbfgs.state();
  auto const num_pairs = numbers<std::int64_t>(prefix + "num_pairs", {}).front();
  auto const newest = numbers<std::int64_t>(prefix + "newest", {}).front();
  if (num_pairs == 0) {
    assignments_.push_back([&state] { state = {}; });
    return;
  }
  std::int64_t const memory = lbfgs.options().memory;
  std::int64_t n = 0;
  for (auto const& p : parameters) n += static_cast<std::int64_t>(p.value.extent(0));
  if (num_pairs < 0 || num_pairs > memory || newest < 0 || newest >= memory)
    fail(cat("'", where_, "': ", prefix, " holds ", num_pairs, " pairs of which number ", newest,
             " is the newest, but the memory is of ", memory));
  using Columns = MultiVector<Scalar, Device>;
  auto const columns = [&](std::string const& name) {
    auto const from = numbers<Scalar>(prefix + name, {memory, n});
    Columns const made("nacre::nn::lbfgs", static_cast<std::size_t>(n), static_cast<std::size_t>(memory));
    detail::assign(Vector<Scalar, Device>(made.data(), made.size()), from);
    return made;
  };
  auto const steps = columns("steps"), changes = columns("changes");
  auto const inner = numbers<double>(prefix + "inner", {memory});
  assignments_.push_back([&state, num_pairs, newest, steps, changes, inner] {
    state = {};
    state.num_pairs = static_cast<int>(num_pairs);
    state.newest = static_cast<int>(newest);
    state.steps = steps;
    state.changes = changes;
    state.inner = inner;
  });
}

}  // namespace nacre::nn
