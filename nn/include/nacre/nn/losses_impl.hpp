#pragma once

#include <nacre/core/comm_ops.hpp>
#include <nacre/core/cross_entropy.hpp>
#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/elementwise_functions.hpp>
#include <nacre/core/norms.hpp>
#include <nacre/core/sums.hpp>

namespace nacre::nn {

template <class Device>
Labels<Device> make_labels(Comm const& comm, std::vector<int> const& labels, int num_classes,
                           std::vector<bool> const& counts) {
  Labels<Device> made;
  made.num_classes = num_classes;
  std::vector<int> mine(labels.size(), -1);
  std::string problem;
  if (!counts.empty() && counts.size() != labels.size())
    problem = cat("make_labels: ", labels.size(), " labels, but ", counts.size(), " marks of which count");
  for (std::size_t i = 0; i < labels.size() && problem.empty(); ++i) {
    if (labels[i] < -1 || labels[i] >= num_classes)
      problem = cat("make_labels: label ", labels[i], " of row ", i, ", expected -1 or a class below ",
                    num_classes);
    if (counts.empty() || counts[i]) mine[i] = labels[i];
    made.num_global += mine[i] >= 0;
  }
  comm.fail_together(problem);
  made.num_global = comm.sum(made.num_global);
  if (made.num_global == 0) fail("make_labels: no row has a label that counts");
  made.label = to_device<Device>("nacre::nn::label", mine);
  return made;
}

template <class Scalar, class Device>
VectorVar<Scalar, Device> sum_over_ranks(Pass<Scalar, Device>& pass, Comm const& comm,
                                         VectorVar<Scalar, Device> const& x) {
  return comm.size() == 1 ? x : pass.tape().apply(SumOverRanksOp(comm), x);
}

namespace detail {

/// Why there are no predictions for all classes in the columns of logits; empty if there are.
template <class Logits, class Device>
std::string why_too_narrow(char const* where, Logits const& logits, Labels<Device> const& labels) {
  if (logits.extent(1) >= static_cast<std::size_t>(labels.num_classes)) return "";
  return cat(where, ": the logits have ", logits.extent(1), " columns, but the labels are of ",
             labels.num_classes, " classes");
}

}  // namespace detail

template <class Scalar, class Device>
VectorVar<Scalar, Device> cross_entropy(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                        MatrixVar<Scalar, Device> const& logits,
                                        Labels<Device> const& labels) {
  if (auto const problem = detail::why_too_narrow("cross_entropy", logits.value, labels); !problem.empty())
    fail(problem);
  CrossEntropyOp<Device> const op{labels.label, 1. / static_cast<double>(labels.num_global)};
  return sum_over_ranks(pass, rows.comm(), pass.tape().apply(op, logits));
}

namespace detail {

/// The square root, with the derivative 0 at 0: the subgradient of least norm of what it is the norm of.
struct RootOfSquares : Sqrt {
  template <class T>
  KOKKOS_INLINE_FUNCTION T first(T, T y) const {
    return y > 0 ? T(.5) / y : T(0);
  }
};

/// 1 / the number of entries that all ranks have in `width` columns.
template <class Device>
double one_over_entries(Rows<Device> const& rows, std::size_t width) {
  auto const n = static_cast<double>(rows.num_global) * static_cast<double>(width);
  return n > 0 ? 1 / n : 0;
}

}  // namespace detail

template <class Scalar, class Device, class Target>
VectorVar<Scalar, Device> mse_loss(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                   MatrixVar<Scalar, Device> const& x, Target const& target) {
  auto& tape = pass.tape();
  return sum_over_ranks(pass, rows.comm(),
                        tape.apply(SquaredNormOp{detail::one_over_entries(rows, x.value.extent(1))},
                                   tape.apply(LinearCombinationOp{1, -1}, x, target)));
}

template <class Scalar, class Device, class Target>
VectorVar<Scalar, Device> l1_loss(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                  MatrixVar<Scalar, Device> const& x, Target const& target) {
  auto& tape = pass.tape();
  auto const difference = tape.apply(AbsOp(), tape.apply(LinearCombinationOp{1, -1}, x, target));
  return sum_over_ranks(pass, rows.comm(),
                        tape.apply(scale_by(detail::one_over_entries(rows, x.value.extent(1))),
                                   tape.apply(SumOp(), difference)));
}

template <class Scalar, class Device, class Target>
VectorVar<Scalar, Device> relative_loss(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                        MatrixVar<Scalar, Device> const& x, Target const& target) {
  auto& tape = pass.tape();
  auto const norm = [&](auto const& v) {
    return tape.apply(MapOp<detail::RootOfSquares>(),
                      sum_over_ranks(pass, rows.comm(), tape.apply(SquaredNormOp(), v)));
  };
  return tape.apply(DivideOp(), norm(tape.apply(LinearCombinationOp{1, -1}, x, target)), norm(target));
}

template <class Logits, class Device>
std::vector<std::vector<std::int64_t>> confusion_matrix(Comm const& comm, Logits const& logits,
                                                        Labels<Device> const& labels) {
  auto problem = detail::why_too_narrow("confusion_matrix", logits, labels);
  if (logits.extent(0) != labels.label.extent(0))
    problem = cat("confusion_matrix: the logits have ", logits.extent(0), " rows, but there are ",
                  labels.label.extent(0), " labels");
  comm.fail_together(problem);
  auto const x = host_view(logits);
  auto const label = host_view(labels.label);
  auto const num_classes = x.extent(1);
  std::vector<std::int64_t> counts(num_classes * num_classes);
  for (std::size_t i = 0; i < label.extent(0); ++i) {
    if (label(i) < 0) continue;
    std::size_t best = 0;
    for (std::size_t c = 1; c < num_classes; ++c)
      if (x(i, c) > x(i, best)) best = c;
    ++counts[static_cast<std::size_t>(label(i)) * num_classes + best];
  }
  comm.all_reduce(counts.data(), static_cast<int>(counts.size()), ReduceOp::sum);
  std::vector<std::vector<std::int64_t>> confusion;
  for (std::size_t c = 0; c < num_classes; ++c)
    confusion.emplace_back(counts.begin() + static_cast<std::ptrdiff_t>(c * num_classes),
                           counts.begin() + static_cast<std::ptrdiff_t>((c + 1) * num_classes));
  return confusion;
}

}  // namespace nacre::nn
