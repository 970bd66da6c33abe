#pragma once

#include <memory>
#include <vector>

#include <nacre/core/entries.hpp>
#include <nacre/core/shared_buffer.hpp>
#include <nacre/solvers/detail/band_lu.hpp>
#include <nacre/solvers/detail/klu_factors.hpp>
#include <nacre/solvers/schwarz_decomposition.hpp>

/// \file
/// The factors of the subdomains' matrices, and what is done with them.

namespace nacre::solvers::detail {

/// out(i) = in(i)
template <class T, class U>
struct ConvertEntry {
  T const* in;
  U* out;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t i) const { out[i] = static_cast<U>(in[i]); }
};

/// M = sum over i of R~_i^T A_i^-1 R_i with A_i = R_i A R_i^T + scale L_i: factors of all A_i for the values they were
/// last made for, products with M, and powers of T = I - M A with their adjoints.
///
/// Dense arrays are passed by their strides, and worked on kColumnsAtOnce columns at a time.
template <class Scalar, class Device>
class SchwarzState {
 public:
  using Exec = ExecOf<Device>;
  using Values = Vector<Scalar const, Device>;
  using Read = nacre::detail::Strided<Scalar const>;
  using Write = nacre::detail::Strided<Scalar>;

  /// \param A_values [nnz] referred to, not copied
  SchwarzState(SchwarzDecomposition<Device> const& decomposition, Values const& A_values,
               double interface_scale);

  SchwarzDecomposition<Device> const& decomposition() const { return decomposition_; }
  std::size_t num_unknowns() const { return static_cast<std::size_t>(decomposition_.num_unknowns()); }

  /// Offers interface values to prepare(). \param L [nnz], in any precision
  template <class T>
  void offer(Exec const& exec, T const* L) {
    nacre::detail::for_each_entry(exec, "nacre::schwarz::offer", offered_.extent(0),
                                  ConvertEntry<T, Scalar>{L, offered_.data()});
  }
  /// Factors the subdomains' matrices for the values that were offered last, unless they are factored for them.
  /// \throws nacre::Error, naming the subdomain, if one is singular or not finite
  void prepare(Exec const& exec);
  /// New values of A, whose factors prepare() makes.
  void set_matrix(Values const& A_values);
  /// How often the matrices have been factored.
  int num_factorings() const { return num_factorings_; }

  /// Memory for a cotangent of interface values that are in another precision: set to zero, and again.
  Vector<Scalar, Device> const& zero_interface_bar(Exec const& exec) {
    if (interface_bar_.extent(0) != offered_.extent(0))
      interface_bar_ = Vector<Scalar, Device>("nacre::schwarz::interface_bar", offered_.extent(0));
    set_all(exec, interface_bar_, 0);
    return interface_bar_;
  }
  Vector<Scalar, Device> const& interface_bar() const { return interface_bar_; }

  /// y = M x or M^T x for k columns.
  void apply(Exec const& exec, bool transposed, std::size_t k, Read const& x, Write const& y) const;
  /// y = T^power e for k columns.
  void power(Exec const& exec, int power, std::size_t k, Read const& e, Write const& y) const;
  /// interface_bar += the cotangent of the interface values, e_bar += (T^power)^T y_bar; null: not wanted.
  /// \param interface_bar [nnz]
  void power_adjoint(Exec const& exec, int power, std::size_t k, Read const& e, Read const& y_bar,
                     Scalar* interface_bar, Write const& e_bar) const;

 private:
  static constexpr std::size_t kColumnsAtOnce = kOnHost<Device> ? 64 : 512;
  using Block = Kokkos::View<Scalar**, Kokkos::LayoutRight, Device, Kokkos::MemoryUnmanaged>;
  using ConstBlock = Kokkos::View<Scalar const**, Kokkos::LayoutRight, Device, Kokkos::MemoryUnmanaged>;

  /// Memory of one block of columns.
  struct Work {
    Block e, r;     // [n, k]
    Block local;    // [local unknowns, k]
    Scalar* outer;  // [stages][outer unknowns, k]
  };
  Work work(std::size_t k, int stages) const;
  BandMatrices<Scalar> matrices() const;
  std::string factor_sparse(Exec const& exec);
  void solve(Exec const& exec, bool transposed, Block const& x) const;
  void solve_sparse(Exec const& exec, bool transposed, Block const& x) const;
  void step(Exec const& exec, Work const& w, Scalar* outer) const;

  SchwarzDecomposition<Device> decomposition_;
  Values A_values_;
  double scale_;
  Vector<Scalar, Device> offered_, known_, interface_bar_, storage_;
  Vector<Ordinal, Device> pivot_, reach_;
  std::vector<std::unique_ptr<KluFactors>> sparse_factors_;
  bool ready_ = false;
  int num_factorings_ = 0;
  nacre::detail::SharedBuffer<typename Device::memory_space> memory_;
  nacre::detail::SharedBuffer<Kokkos::HostSpace> host_memory_, host_columns_;
};

extern template class SchwarzState<double, DefaultDevice>;
extern template class SchwarzState<float, DefaultDevice>;

}  // namespace nacre::solvers::detail
