#pragma once

#include <nacre/core/dense_rows.hpp>
#include <nacre/core/layer_norm.hpp>
#include <nacre/core/segment_norm.hpp>

namespace nacre::nn {

namespace detail {

/// running = (1 - momentum) running + momentum of the batch, by column.
template <class T>
struct RenewStatistics {
  T const* statistics;  // [2, k]
  T *mean, *variance;
  std::int64_t width;
  double momentum, eps, unbiased;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t j) const {
    double const rstd = static_cast<double>(statistics[width + j]);
    double const of_batch = (1 / (rstd * rstd) - eps) * unbiased;
    mean[j] = static_cast<T>((1 - momentum) * static_cast<double>(mean[j]) +
                             momentum * static_cast<double>(statistics[j]));
    variance[j] = static_cast<T>((1 - momentum) * static_cast<double>(variance[j]) + momentum * of_batch);
  }
};

template <class T>
struct StatisticsOfRunning {
  T const *mean, *variance;
  T* statistics;
  std::int64_t width;
  double eps;
  KOKKOS_INLINE_FUNCTION void operator()(std::int64_t j) const {
    statistics[j] = mean[j];
    statistics[width + j] = static_cast<T>(1 / compat::sqrt(static_cast<double>(variance[j]) + eps));
  }
};

}  // namespace detail

template <class Scalar, class Device>
LayerNorm<Scalar, Device>::LayerNorm(std::size_t width, bool affine, double eps)
    : weight_(&this->add_parameter("weight", {width}, ones(), affine)),
      bias_(&this->add_parameter("bias", {width}, zeros(), affine)),
      eps_(eps) {}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> LayerNorm<Scalar, Device>::forward(Pass<Scalar, Device>& pass, Rows<Device> const&,
                                                             MatrixVar<Scalar, Device> const& x) const {
  return pass.tape().apply(LayerNormOp<Device>{eps_}, x, pass.vector(*weight_), pass.vector(*bias_));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> InstanceNorm<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                                Rows<Device> const& rows,
                                                                MatrixVar<Scalar, Device> const& x) const {
  SegmentStatisticsOp<Device> const statistics(rows.graphs, eps_);
  return pass.tape().apply(NormalizeSegmentsOp<Device>{rows.graphs.here()}, x,
                           pass.tape().apply(statistics, x));
}

template <class Scalar, class Device>
BatchNorm<Scalar, Device>::BatchNorm(std::size_t width, Options const& options)
    : weight_(&this->add_parameter("weight", {width}, ones())),
      bias_(&this->add_parameter("bias", {width}, zeros())),
      running_mean_(&this->add_parameter("running_mean", {width}, zeros(), false)),
      running_var_(&this->add_parameter("running_var", {width}, ones(), false)),
      running_("nacre::nn::BatchNorm", 2, width),
      options_(options) {
  if (!(options.momentum >= 0 && options.momentum <= 1))
    fail(cat("BatchNorm: momentum = ", options.momentum, ", expected a number in [0, 1]"));
}

template <class Scalar, class Device>
MatrixVar<Scalar, Device> BatchNorm<Scalar, Device>::forward(Pass<Scalar, Device>& pass,
                                                             Rows<Device> const& rows,
                                                             MatrixVar<Scalar, Device> const& x) const {
  auto& tape = pass.tape();
  std::size_t const width = running_mean_->size();
  auto const n = static_cast<double>(rows.num_global);
  MatrixVar<Scalar, Device> statistics;
  if (this->is_training()) {
    statistics = tape.apply(SegmentStatisticsOp<Device>(rows.batch, options_.eps), x);
    Kokkos::parallel_for(
        "nacre::nn::batch_norm::running", range_of_entries(pass.exec(), width),
        detail::RenewStatistics<Scalar>{statistics.value.data(), running_mean_->value().data(),
                                        running_var_->value().data(), static_cast<std::int64_t>(width),
                                        options_.momentum, options_.eps, n > 1 ? n / (n - 1) : 1.});
  } else {
    Kokkos::parallel_for(
        "nacre::nn::batch_norm::statistics", range_of_entries(pass.exec(), width),
        detail::StatisticsOfRunning<Scalar>{running_mean_->value().data(), running_var_->value().data(),
                                            running_.data(), static_cast<std::int64_t>(width), options_.eps});
    statistics = pass.constant(running_);
  }
  return tape.apply(AffineColumnsOp(),
                    tape.apply(NormalizeSegmentsOp<Device>{rows.batch.here()}, x, statistics),
                    pass.vector(*weight_), pass.vector(*bias_));
}

}  // namespace nacre::nn
