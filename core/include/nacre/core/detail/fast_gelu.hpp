#pragma once

#include <cstdint>
#include <cstring>

#include <nacre/core/types.hpp>

/// \file
/// The normal distribution and GELU without branches or calls, so that compilers vectorise loops over them.
///
/// With t = |x|: the density is phi(t) = 2^z / sqrt(2 pi), z = -t^2 / (2 log 2), where 2^(z - n), n the whole
/// number nearest to z, is a polynomial and 2^n the bits of an exponent; and the upper tail is phi(t) M(t), where
/// Mills' ratio M = (1 - Phi) / phi falls slowly, like 1 / t, and is a ratio of polynomials with positive
/// coefficients.
///
/// The coefficients were fitted in 50 digits. 2^s / sqrt(2 pi) on [-1/2, 1/2] is interpolated at Chebyshev's
/// points (degree 6: relative error 2.6e-9; degree 11: 4.3e-18). M(t) is fitted by least squares of the relative
/// error, P - M Q divided by the M Q of the pass before, at 90 or 120 points clustered at the ends of t / (t + 2),
/// with weights raised in proportion to the error for nine to twelve passes (Lawson): degrees 4 / 5 on [0, 13],
/// relative error 4.8e-9; degrees 9 / 10 on [0, 37.5], 4.8e-17.

namespace nacre::detail {

/// c_0 + c_1 x + c_2 x^2 + ...
template <class T>
KOKKOS_FORCEINLINE_FUNCTION T polynomial(T, T c) {
  return c;
}
template <class T, class... Rest>
KOKKOS_FORCEINLINE_FUNCTION T polynomial(T x, T c, Rest... rest) {
  return c + x * polynomial(x, rest...);
}

/// Constants of the formulas in one precision.
template <class T>
struct NormalFit;

template <>
struct NormalFit<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissa = 23;
  static constexpr float kToWhole = 12582912.f;  // 1.5 2^23: adding it rounds to a whole number
  static constexpr float kLargest = 13.f;  // the density there is barely above the smallest normal number
  KOKKOS_FORCEINLINE_FUNCTION static float power(float s) {
    return polynomial(s, 0.39894228040143267794f, 0.27652572729591125761f, 0.09583651140225457054f,
                      0.022142602007820098337f, 0.003837049464360848399f, 0.00053459973755336771207f,
                      0.000061682240063478102441f);
  }
  KOKKOS_FORCEINLINE_FUNCTION static float mills(float t) {
    float const p = polynomial(t, 1.2533141432182106158f, 1.0902438647368359637f, 0.45309777156699017906f,
                               0.099765018381140727588f, 0.010009161651744424405f);
    float const q = polynomial(t, 1.f, 1.667773649003857488f, 1.1922066060187046566f, 0.46293690558499149391f,
                               0.099772678267496887941f, 0.010009011283283089622f);
    return p / q;
  }
};

template <>
struct NormalFit<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissa = 52;
  static constexpr double kToWhole = 6755399441055744.;
  static constexpr double kLargest = 37.5;
  KOKKOS_FORCEINLINE_FUNCTION static double power(double s) {
    return polynomial(s, 0.39894228040143267672, 0.27652571686640818725, 0.09583651049913462733,
                      0.022142935682392858662, 0.0038370783593762567985, 0.00053193200927924971798,
                      0.000061451195694311316433, 6.0849604211067633981e-6, 5.2721947923681717011e-7,
                      4.0604573046365432106e-8, 2.8221952049630931488e-9, 1.7776141574051314904e-10);
  }
  KOKKOS_FORCEINLINE_FUNCTION static double mills(double t) {
    double const p = polynomial(t, 1.253314137315500193, 1.9396921989010004123, 1.4852442091505708077,
                                0.72252848696935395723, 0.24367461035583081078, 0.058839458552086629971,
                                0.010171115057555772939, 0.001217827851528237539, 0.000092340665040508353848,
                                3.427032961781576832e-6);
    double const q = polynomial(t, 1., 2.3455350190157250166, 2.5565196019984997382, 1.7094958550736524858,
                                0.77896681750580250047, 0.25366103159295242409, 0.060050432796992558576,
                                0.010263455710341060528, 0.0012212548847119861941, 0.000092340665038085851629,
                                3.4270329617935220559e-6);
    return p / q;
  }
};

template <class T>
struct NormalValues {
  T density, cumulative;
};

/// phi(x) and Phi(x) of the standard normal distribution, to within a few roundings of 1 (and relative to the
/// value of either to within a few x^2 roundings); zero or one beyond what an exponent holds.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION NormalValues<T> normal_values(T x) {
  using Fit = NormalFit<T>;
  using Bits = typename Fit::Bits;
  constexpr T log2_of_e_by_2 = static_cast<T>(0.72134752044448170368);
  T const size = x < 0 ? -x : x;
  bool const beyond = size > Fit::kLargest;
  T const t = beyond ? Fit::kLargest : size;
  T const z = -log2_of_e_by_2 * t * t;
  T const shifted = z + Fit::kToWhole;
  T const fraction = z - (shifted - Fit::kToWhole);
  // the last bits of `shifted` are the whole number; moved into the exponent of 1 they give its power of two
  T const one = 1;
  Bits bits, bits_of_one;
  std::memcpy(&bits, &shifted, sizeof(T));
  std::memcpy(&bits_of_one, &one, sizeof(T));
  bits = (bits << Fit::kMantissa) + bits_of_one;
  T scale;
  std::memcpy(&scale, &bits, sizeof(T));
  T const density = beyond ? T(0) : Fit::power(fraction) * scale;
  T const tail = density * Fit::mills(t);
  return {density, x < 0 ? tail : 1 - tail};
}

template <class T>
struct GeluValues {
  T value, derivative;
};

/// x Phi(x) and its derivative Phi(x) + x phi(x), also at infinity; NaN stays NaN.
template <class T>
KOKKOS_FORCEINLINE_FUNCTION GeluValues<T> gelu_values(T x) {
  NormalValues<T> const at = normal_values(x);
  // zero times infinity would not be the limit
  T const from_below = x < -2 * NormalFit<T>::kLargest ? -2 * NormalFit<T>::kLargest : x;
  T const within = from_below > 2 * NormalFit<T>::kLargest ? 2 * NormalFit<T>::kLargest : from_below;
  return {from_below * at.cumulative, at.cumulative + within * at.density};
}

}  // namespace nacre::detail
