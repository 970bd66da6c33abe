#pragma once

#include <array>
#include <functional>
#include <utility>
#include <vector>

#include <nacre/autodiff/parameter.hpp>
#include <nacre/core/comm.hpp>

/// \file
/// Minimisation by a quasi-Newton method of limited memory.

namespace nacre::ad {

/// Why a minimisation stopped. The same on all ranks.
enum class MinimizeStatus {
  converged,           ///< the gradient is small enough
  max_iterations,      ///< the limit was reached first
  line_search_failed,  ///< no lower loss was found; at the rounding level of the loss that is all one can get
  not_finite,          ///< loss or gradient is not finite at the start
  stopped              ///< the caller's on_iteration said so
};

/// `converged`, `max_iterations`, ...: the enumerator's name.
char const* to_string(MinimizeStatus status);

/// Where a minimisation is.
struct MinimizeProgress {
  int iteration = 0;    ///< 0: the start
  int evaluations = 0;  ///< of loss and gradient, so far
  double loss = 0;
  double gradient_norm = 0;  ///< Euclidean
  double step = 0;           ///< the last step over the quasi-Newton one
};

struct MinimizeResult {
  MinimizeStatus status = MinimizeStatus::max_iterations;
  int iterations = 0, evaluations = 0;
  double initial_loss = 0, loss = 0;
  double initial_gradient_norm = 0, gradient_norm = 0;
  std::vector<double> history;  ///< the loss at the start and after each iteration

  bool converged() const { return status == MinimizeStatus::converged; }
};

struct LbfgsOptions {
  int max_iterations = 100;          ///< > 0
  int memory = 10;                   ///< pairs of steps and gradient changes that are kept, > 0
  double gradient_tolerance = 1e-6;  ///< on the norm of the gradient over that at the start, >= 0
  double sufficient_decrease = 1e-4, curvature = .9;  ///< of Wolfe's conditions: 0 < c1 < c2 < 1
  int max_evaluations_per_search = 25;                ///< > 1
  /// Called on every rank at the start and after each iteration; `false` ends the minimisation.
  std::function<bool(MinimizeProgress const&)> on_iteration = nullptr;
};

/// Limited-memory BFGS with a line search for Wolfe's strong conditions.
///
/// Nocedal and Wright (2006), "Numerical optimization", algorithms 7.4 and 7.5 (two-loop recursion), 3.5 and 3.6 (line
/// search). Near the minimum, where rounding hides the decrease of the loss, the search goes by slopes: Hager and
/// Zhang (2005), "A new conjugate gradient method with guaranteed descent", eq. 4.1. A step to where loss or gradient
/// is not finite is shortened.
///
/// On several ranks: inner products of owned parameters are summed over the communicator, those of replicated ones
/// counted once; the loss must be the same on all ranks. Every decision then is, too.
template <class Scalar, class Device = DefaultDevice>
class Lbfgs {
 public:
  using Exec = ExecOf<Device>;
  /// What a checkpoint must hold besides the parameters; empty before the first minimize(). All parameters are in one
  /// vector, one after the other.
  struct State {
    int num_pairs = 0, newest = -1;                           ///< newest: the column of the newest pair
    MultiVector<Scalar, Device> steps, changes;               ///< [n, memory] s and y
    std::vector<double> inner;                                ///< [memory] s . y
    Vector<Scalar, Device> start, start_gradient, direction;  ///< [n] of the line search
  };

  /// \throws nacre::Error if an option is out of range
  explicit Lbfgs(LbfgsOptions options = {}, Comm comm = Comm::self());

  /// Minimises over `parameters`. Collective; allocates in the first call only.
  ///
  /// \param parameters     in/out: the start, then the best that was found
  /// \param loss_and_gradient computes the loss at the parameters' values, which it returns, and the gradient, which it
  ///        leaves in the parameters' gradient views
  /// \throws nacre::Error if the parameters are not those of the first call, and what loss_and_gradient throws
  MinimizeResult minimize(Exec const& exec, Parameters<Scalar, Device> const& parameters,
                          std::function<double()> const& loss_and_gradient);

  LbfgsOptions const& options() const { return options_; }
  State const& state() const { return state_; }
  State& state() { return state_; }
  /// Forgets the pairs: the next step is one of steepest descent.
  void reset() { state_.num_pairs = 0; }

 private:
  using Segment = Kokkos::View<Scalar*, Device, Kokkos::MemoryUnmanaged>;
  struct Point {  // of the line search
    double step = 0, loss = 0, slope = 0;
  };
  struct Search;

  void match_state(Parameters<Scalar, Device> const& parameters);
  Segment segment(Scalar* data, std::size_t a) const {
    return Segment(data + offset_[a], offset_[a + 1] - offset_[a]);
  }
  Scalar* column(MultiVector<Scalar, Device> const& v, int c) const {
    return v.data() + static_cast<std::size_t>(c) * n_;
  }
  template <std::size_t kCount, class Factors>
  std::array<double, kCount> inner_products(Exec const& exec, Parameters<Scalar, Device> const& parameters,
                                            Factors const& factors) const;
  /// The inner product of two vectors of all parameters; collective.
  double inner(Exec const& exec, Parameters<Scalar, Device> const& parameters, Scalar const* x,
               Scalar const* y) const;
  /// The gradient with itself and with the direction.
  void gradient_inner(Exec const& exec, Parameters<Scalar, Device> const& parameters, double& squared_norm,
                      double& slope) const;
  void make_direction(Exec const& exec, Parameters<Scalar, Device> const& parameters);
  bool add_pair(Exec const& exec, Parameters<Scalar, Device> const& parameters, double step);

  LbfgsOptions options_;
  Comm comm_;
  State state_;
  std::vector<std::size_t> offset_{0};  // of each parameter in the vectors
  std::size_t n_ = 0;
  Vector<double, Device> products_;
  typename Vector<double, Device>::HostMirror products_on_host_;
  std::vector<double> coefficient_;  // alpha of the two-loop recursion
};

extern template class Lbfgs<double>;
extern template class Lbfgs<float>;

}  // namespace nacre::ad

#include <nacre/autodiff/lbfgs_impl.hpp>
