#include "comparison.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nacre/core/error.hpp>

namespace nacre::perf {

namespace {

std::string percent(double part) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.1f %%", 100 * part);
  return text;
}

std::string line(Judgement const& j) {
  if (j.verdict == Verdict::missing)
    return j.baseline.id() + ": was measured for the baseline, now it is not";
  if (j.verdict == Verdict::added) return j.now.id() + ": is not in the baseline";
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, ": ratio to %s %.3f -> %.3f, ", j.now.peer_name.c_str(),
                j.baseline.ratio, j.now.ratio);
  std::string text = j.now.id() + numbers + percent(j.change()) + " (noise: " + percent(j.tolerance) + ")";
  if (j.now.peer_name != j.baseline.peer_name) text += ", the best peer was " + j.baseline.peer_name;
  return text;
}

}  // namespace

double tolerance(MeasuredRow const& baseline, MeasuredRow const& now) {
  double const floor = now.unit == "MB" ? .03 : now.peer_name == "stream_triad" ? .10 : .05;
  return floor + 2 * std::hypot(baseline.spread, now.spread);
}

Judgement judge(MeasuredRow const& baseline, MeasuredRow const& now) {
  Judgement j;
  j.baseline = baseline;
  j.now = now;
  j.tolerance = tolerance(baseline, now);
  if (j.change() > j.tolerance) j.verdict = Verdict::worse;
  if (j.change() < -j.tolerance / (1 + j.tolerance)) j.verdict = Verdict::improved;  // as much, the other way
  return j;
}

std::vector<Judgement> compare(Result const& baseline, Result const& now) {
  std::vector<Judgement> judgements;
  for (auto const& before : baseline.rows) {
    if (auto const* const found = now.find(before)) {
      judgements.push_back(judge(before, *found));
    } else {
      judgements.emplace_back();
      judgements.back().verdict = Verdict::missing;
      judgements.back().baseline = before;
    }
  }
  for (auto const& row : now.rows)
    if (baseline.find(row) == nullptr) {
      Judgement j;
      j.verdict = Verdict::added;
      j.now = row;
      judgements.push_back(j);
    }
  return judgements;
}

std::vector<Judgement> select(std::vector<Judgement> const& judgements, Verdict verdict) {
  std::vector<Judgement> some;
  std::copy_if(judgements.begin(), judgements.end(), std::back_inserter(some),
               [verdict](auto const& j) { return j.verdict == verdict; });
  return some;
}

std::string to_text(std::vector<Judgement> const& judgements) {
  std::string text;
  std::string summary;
  for (auto const& [verdict, title] :
       {std::pair{Verdict::worse, "worse"}, std::pair{Verdict::improved, "improved"},
        std::pair{Verdict::missing, "missing"}, std::pair{Verdict::added, "new"}}) {
    auto const some = select(judgements, verdict);
    for (auto const& j : some) text += cat(title, ": ", line(j), '\n');
    summary += cat(some.size(), ' ', title, ", ");
  }
  return text + summary + cat(select(judgements, Verdict::same).size(), " the same\n");
}

}  // namespace nacre::perf
