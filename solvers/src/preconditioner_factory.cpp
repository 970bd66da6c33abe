#include <nacre/solvers/preconditioner_factory.hpp>

#include <functional>
#include <utility>

#include <nacre/solvers/amg.hpp>
#include <nacre/solvers/block_jacobi.hpp>
#include <nacre/solvers/fsai0.hpp>
#include <nacre/solvers/ic0.hpp>
#include <nacre/solvers/ilu0.hpp>
#include <nacre/solvers/jacobi.hpp>
#include <nacre/solvers/spai0.hpp>

namespace nacre::solvers {

namespace {

template <class Scalar, class Device>
struct Entry {
  char const* name;
  std::function<std::unique_ptr<Preconditioner<Scalar, Device>>(DistributedCsr<Scalar, Device> const&,
                                                                PreconditionerOptions const&)>
      make;
};

/// All there are; a new one needs a line here.
template <class S, class D>
std::vector<Entry<S, D>> const& entries() {
  using A = DistributedCsr<S, D> const&;
  using Options = PreconditionerOptions const&;
  using Made = std::unique_ptr<Preconditioner<S, D>>;
  static std::vector<Entry<S, D>> const list{
      {"none", [](A, Options) -> Made { return nullptr; }},
      {"jacobi", [](A a, Options) -> Made { return std::make_unique<Jacobi<S, D>>(a); }},
      {"block_jacobi",
       [](A a, Options o) -> Made { return std::make_unique<BlockJacobi<S, D>>(a, o.block_size); }},
      {"spai0", [](A a, Options) -> Made { return std::make_unique<Spai0<S, D>>(a); }},
      {"chebyshev", [](A a, Options o) -> Made { return std::make_unique<Chebyshev<S, D>>(a, o.chebyshev); }},
      {"gauss_seidel",
       [](A a, Options o) -> Made { return std::make_unique<GaussSeidel<S, D>>(a, o.gauss_seidel); }},
      {"ic0", [](A a, Options) -> Made { return std::make_unique<Ic0<S, D>>(a); }},
      {"ilu0", [](A a, Options) -> Made { return std::make_unique<Ilu0<S, D>>(a); }},
      {"fsai0", [](A a, Options) -> Made { return std::make_unique<Fsai0<S, D>>(a); }},
      {"ainv", [](A a, Options o) -> Made { return std::make_unique<Ainv<S, D>>(a, o.ainv); }},
      {"amg", [](A a, Options o) -> Made { return std::make_unique<Amg<S, D>>(a, o.amg); }},
  };
  return list;
}

}  // namespace

std::vector<std::string> const& preconditioner_names() {
  static std::vector<std::string> const names = [] {
    std::vector<std::string> n;
    for (auto const& entry : entries<double, DefaultDevice>()) n.push_back(entry.name);
    return n;
  }();
  return names;
}

template <class Scalar, class Device>
std::unique_ptr<Preconditioner<Scalar, Device>> make_preconditioner(std::string const& name,
                                                                    DistributedCsr<Scalar, Device> const& A,
                                                                    PreconditionerOptions const& options) {
  std::string known;
  for (auto const& entry : entries<Scalar, Device>()) {
    if (name == entry.name) return entry.make(A, options);
    known += cat(known.empty() ? "" : ", ", entry.name);
  }
  fail(cat("make_preconditioner: no preconditioner '", name, "'; there are ", known));
}

template std::unique_ptr<Preconditioner<double>> make_preconditioner<double>(std::string const&,
                                                                             DistributedCsr<double> const&,
                                                                             PreconditionerOptions const&);
template std::unique_ptr<Preconditioner<float>> make_preconditioner<float>(std::string const&,
                                                                           DistributedCsr<float> const&,
                                                                           PreconditionerOptions const&);

}  // namespace nacre::solvers
