#pragma once

#include <nacre/core/detail/fast_gelu.hpp>
#include <nacre/core/elementwise.hpp>

/// \file
/// Functions of one number for MapOp. At a kink the derivatives are those from the left, and second
/// derivatives zero.

namespace nacre {

/// tanh(x)
struct Tanh {
  static constexpr char const* name = "nacre::tanh";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::tanh(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T y) const {
    return 1 - y * y;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T y) const {
    return -2 * y * (1 - y * y);
  }
};

/// 1 / (1 + exp(-x)), without overflow.
struct Sigmoid {
  static constexpr char const* name = "nacre::sigmoid";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    T const e = compat::exp(-compat::fabs(x));
    return (x < 0 ? e : T(1)) / (1 + e);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T y) const {
    return y * (1 - y);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T y) const {
    return y * (1 - y) * (1 - 2 * y);
  }
};

/// max(x, 0)
struct Relu {
  static constexpr char const* name = "nacre::relu";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return x < 0 ? T(0) : x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return x > 0 ? T(1) : T(0);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T) const {
    return 0;
  }
};

/// x where positive, else slope x.
struct LeakyRelu {
  static constexpr char const* name = "nacre::leaky_relu";
  double slope = .01;
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return x > 0 ? x : static_cast<T>(slope) * x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return x > 0 ? T(1) : static_cast<T>(slope);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T) const {
    return 0;
  }
};

/// x where positive, else alpha (exp(x) - 1); Clevert, Unterthiner and Hochreiter (2016).
struct Elu {
  static constexpr char const* name = "nacre::elu";
  double alpha = 1;
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return x > 0 ? x : static_cast<T>(alpha) * compat::expm1(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T y) const {
    return x > 0 ? T(1) : y + static_cast<T>(alpha);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T y) const {
    return x > 0 ? T(0) : y + static_cast<T>(alpha);
  }
};

/// x Phi(x), Phi the cumulative normal distribution (not its approximation by tanh); Hendrycks and Gimpel
/// (2016).
struct Gelu {
  static constexpr char const* name = "nacre::gelu";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return detail::gelu_values(x).value;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return detail::gelu_values(x).derivative;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    return (2 - x * x) * detail::normal_values(x).density;
  }
};

/// log(1 + exp(x)), without overflow; exact also above 20, where PyTorch takes x.
struct Softplus {
  static constexpr char const* name = "nacre::softplus";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return (x < 0 ? T(0) : x) + compat::log1p(compat::exp(-compat::fabs(x)));
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return Sigmoid{}(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    T const s = Sigmoid{}(x);
    return s * (1 - s);
  }
};

/// exp(x)
struct Exp {
  static constexpr char const* name = "nacre::exp";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::exp(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T y) const {
    return y;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T y) const {
    return y;
  }
};

/// The natural logarithm.
struct Log {
  static constexpr char const* name = "nacre::log";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::log(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return 1 / x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    return -1 / (x * x);
  }
};

/// log(1 + x)
struct Log1p {
  static constexpr char const* name = "nacre::log1p";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::log1p(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return 1 / (1 + x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    return -1 / ((1 + x) * (1 + x));
  }
};

/// The logarithm to base 10.
struct Log10 {
  static constexpr char const* name = "nacre::log10";
  static constexpr double kLogE = 0.43429448190325182765;
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::log10(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return T(kLogE) / x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    return -T(kLogE) / (x * x);
  }
};

/// The square root; its derivative at 0 is infinite.
struct Sqrt {
  static constexpr char const* name = "nacre::sqrt";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::sqrt(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T y) const {
    return T(.5) / y;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T y) const {
    return T(-.25) / (x * y);
  }
};

/// |x|, with derivative 0 at 0.
struct Abs {
  static constexpr char const* name = "nacre::abs";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::fabs(x);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return x > 0 ? T(1) : x < 0 ? T(-1) : T(0);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T) const {
    return 0;
  }
};

/// x^2
struct Square {
  static constexpr char const* name = "nacre::square";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return x * x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return 2 * x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T) const {
    return 2;
  }
};

/// 1 / x
struct Reciprocal {
  static constexpr char const* name = "nacre::reciprocal";
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return 1 / x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T y) const {
    return -y * y;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T y) const {
    return 2 * y * y * y;
  }
};

/// x^exponent; x must be positive unless the exponent is a whole number.
struct Power {
  static constexpr char const* name = "nacre::power";
  double exponent = 1;
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return compat::pow(x, static_cast<T>(exponent));
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T x, T) const {
    return times_power(x, exponent, exponent - 1);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T x, T) const {
    return times_power(x, exponent * (exponent - 1), exponent - 2);
  }
  /// factor x^p, where 0 times infinity is 0
  template <class T>
  KOKKOS_INLINE_FUNCTION static T times_power(T x, double factor, double p) {
    return factor == 0 ? T(0) : static_cast<T>(factor) * compat::pow(x, static_cast<T>(p));
  }
};

/// factor x, the factor constant. (ScaleOp has it as an input.)
struct Scale {
  static constexpr char const* name = "nacre::scale";
  static constexpr Form form = Form::linear;
  double factor = 1;
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return static_cast<T>(factor) * x;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T) const {
    return static_cast<T>(factor);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T) const {
    return 0;
  }
};

/// x + constant
struct AddConstant {
  static constexpr char const* name = "nacre::add_constant";
  double constant = 0;
  template <class T>
  KOKKOS_INLINE_FUNCTION T operator()(T x) const {
    return x + static_cast<T>(constant);
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T) const {
    return 1;
  }
  template <class T>
  KOKKOS_INLINE_FUNCTION T second(T, T) const {
    return 0;
  }
};

using TanhOp = MapOp<Tanh>;
using SigmoidOp = MapOp<Sigmoid>;
using ReluOp = MapOp<Relu>;
using LeakyReluOp = MapOp<LeakyRelu>;
using EluOp = MapOp<Elu>;
using GeluOp = MapOp<Gelu>;
using SoftplusOp = MapOp<Softplus>;
using ExpOp = MapOp<Exp>;
using LogOp = MapOp<Log>;
using Log1pOp = MapOp<Log1p>;
using Log10Op = MapOp<Log10>;
using SqrtOp = MapOp<Sqrt>;
using AbsOp = MapOp<Abs>;
using SquareOp = MapOp<Square>;
using ReciprocalOp = MapOp<Reciprocal>;

/// y = x^exponent
inline MapOp<Power> power(double exponent) { return {{exponent}}; }
/// y = factor x
inline MapOp<Scale> scale_by(double factor) { return {{factor}}; }
/// y = -x
inline MapOp<Scale> negate() { return {{-1}}; }
/// y = x + constant
inline MapOp<AddConstant> add_constant(double constant) { return {{constant}}; }

}  // namespace nacre
