#include "interface_search.hpp"

#include <nacre/autodiff/functions.hpp>
#include <nacre/autodiff/lbfgs.hpp>

#include "samples.hpp"

namespace nacre::apps {

namespace {

/// Random directions, or the columns of the identity where that are not more.
RowMajor<double> make_directions(std::size_t n, InterfaceSearchOptions const& o) {
  auto const wanted = static_cast<std::size_t>(o.directions);
  RowMajor<double> const x("directions", n, std::min(n, wanted));
  if (wanted < n) {
    fill_random_directions(ExecOf<DefaultDevice>(), static_cast<std::uint64_t>(o.seed), x,
                           Vector<double>("squared_norms", x.extent(1)));
    return x;
  }
  auto const h = Kokkos::create_mirror_view(x);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < n; ++c) h(i, c) = i == c ? 1 : 0;
  Kokkos::deep_copy(x, h);
  return x;
}

}  // namespace

Vector<double> search_interface_values(solvers::SchwarzDecomposition<> const& decomposition,
                                       Vector<double const> const& A_values,
                                       Vector<double const> const& start, InterfaceSearchOptions const& o) {
  auto const x = make_directions(static_cast<std::size_t>(decomposition.num_unknowns()), o);
  Vector<double> const values("interface_values", start.extent(0)), gradient("gradient", start.extent(0));
  Kokkos::deep_copy(values, start);
  ad::Tape<> tape;
  for (int power = 1; power <= o.largest_power; power *= 2) {
    solvers::SchwarzErrorOp<> const errors(decomposition, A_values, {o.interface_scale, power});
    ad::LbfgsOptions options;
    options.max_iterations = o.iterations;
    ad::Lbfgs<double>(options).minimize(tape.exec(), {{values, gradient}}, [&] {
      tape.clear();
      auto const L = tape.leaf(values);
      auto const left =
          tape.apply(SquaredNormOp{1. / static_cast<double>(x.extent(1))}, tape.apply(errors, L, x));
      auto const loss = tape.apply(scale_by(.5 / power), tape.apply(map(Log{}), left));
      tape.backward(loss);
      Kokkos::deep_copy(tape.exec(), gradient, tape.gradient(L));
      return read_scalar(loss.value);
    });
  }
  return values;
}

}  // namespace nacre::apps
