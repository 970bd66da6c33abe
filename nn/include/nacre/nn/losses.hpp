#pragma once

#include <vector>

#include <nacre/nn/pass.hpp>
#include <nacre/nn/rows.hpp>

/// \file
/// Losses of predictions for rows that may be spread over ranks: numbers that are the same on all of them.

namespace nacre::nn {

/// What to predict, for classification.
template <class Device = DefaultDevice>
struct Labels {
  Vector<int, Device> label;    ///< [n] class of each row of this rank, -1 where it does not count
  std::int64_t num_global = 0;  ///< how many count, on all ranks
  int num_classes = 0;          ///< all labels are below
};
/// \param labels [n] a class, or -1: unknown
/// \param counts [n] whether it does; all if empty
/// \throws nacre::Error on all ranks of `comm` if a class is outside [-1, num_classes), or none counts. Collective.
template <class Device = DefaultDevice>
Labels<Device> make_labels(Comm const& comm, std::vector<int> const& labels, int num_classes,
                           std::vector<bool> const& counts = {});

/// The mean over labelled rows of -log softmax(logits(i, :))(label(i)). Collective.
/// \param logits [n, classes] \throws nacre::Error if there are fewer columns than classes
template <class Scalar, class Device>
VectorVar<Scalar, Device> cross_entropy(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                        MatrixVar<Scalar, Device> const& logits,
                                        Labels<Device> const& labels);

/// The mean of (x - target)^2 over all entries. Collective.
template <class Scalar, class Device, class Target>
VectorVar<Scalar, Device> mse_loss(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                   MatrixVar<Scalar, Device> const& x, Target const& target);

/// The mean of |x - target| over all entries. Collective.
template <class Scalar, class Device, class Target>
VectorVar<Scalar, Device> l1_loss(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                  MatrixVar<Scalar, Device> const& x, Target const& target);

/// |x - target| / |target|, Euclidean norms of all entries; the target must not be zero. Collective.
template <class Scalar, class Device, class Target>
VectorVar<Scalar, Device> relative_loss(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                        MatrixVar<Scalar, Device> const& x, Target const& target);

/// A number of each rank summed over the ranks, on all of them; nothing is done on one rank.
template <class Scalar, class Device>
VectorVar<Scalar, Device> sum_over_ranks(Pass<Scalar, Device>& pass, Comm const& comm,
                                         VectorVar<Scalar, Device> const& x);

/// How often the largest logit of a labelled row is that of its label, on all ranks: [classes][classes] counts,
/// confusion[label][prediction]. Collective. \throws nacre::Error on all ranks if the extents do not fit the labels
template <class Logits, class Device>
std::vector<std::vector<std::int64_t>> confusion_matrix(Comm const& comm, Logits const& logits,
                                                        Labels<Device> const& labels);
/// The part of the counts on the diagonal; 0 if there are none.
double accuracy(std::vector<std::vector<std::int64_t>> const& confusion);

}  // namespace nacre::nn

#include <nacre/nn/losses_impl.hpp>
