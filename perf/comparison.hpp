#pragma once

#include <string>
#include <vector>

#include "result.hpp"

/// \file
/// Whether a result is worse than a baseline. Only ratios to what was measured in the same run are compared, so that
/// neither a busy machine nor another one of its class looks like a change of ours.

namespace nacre::perf {

enum class Verdict { same, improved, worse, missing, added };

struct Judgement {
  Verdict verdict = Verdict::same;
  MeasuredRow baseline, now;  ///< that which there is not is empty
  double tolerance = 0;       ///< relative change of the ratio that is taken for noise

  MeasuredRow const& row() const { return verdict == Verdict::missing ? baseline : now; }
  /// Relative change of the ratio.
  double change() const { return now.ratio / baseline.ratio - 1; }
};

/// The relative change of a ratio that may be chance: a floor (3 % for memory, 5 % for times beside a peer's, 10 %
/// beside the STREAM triad, which shares less with what it stands in for) and twice the combined spreads.
double tolerance(MeasuredRow const& baseline, MeasuredRow const& now);

/// Of two rows of the same name and problem.
Judgement judge(MeasuredRow const& baseline, MeasuredRow const& now);

/// Row by row: those of the baseline, then those that are new.
std::vector<Judgement> compare(Result const& baseline, Result const& now);

/// Rows of that verdict.
std::vector<Judgement> select(std::vector<Judgement> const& judgements, Verdict verdict);

/// What a person wants to know: worse, improved and missing rows by name, and how many there are of each.
std::string to_text(std::vector<Judgement> const& judgements);

}  // namespace nacre::perf
