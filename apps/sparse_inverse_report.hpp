#pragma once

#include <string>
#include <vector>

#include "sparse_inverse_learning.hpp"

/// \file
/// What a training of sparse approximate inverses brought.

namespace nacre::apps {

/// A page with learning curves, the validation's iterations beside those of other methods, and histograms of them.
/// \param results of each method on each validation system; the first method is the network
Report make_training_report(std::string const& command, Results const& facts,
                            SparseInverseRecord const& record,
                            std::vector<std::vector<MethodResult>> const& results);

/// `epoch,loss,iterations`; iterations where there was a validation.
std::string history_csv(SparseInverseRecord const& record);

}  // namespace nacre::apps
