#pragma once

#include <string>
#include <vector>

#include "result.hpp"

/// \file
/// The history of results as a page.

namespace nacre::perf {

/// One HTML file that needs nothing else: for each row its newest numbers and its ratios over time, drawn as inline SVG.
/// Results of other classes of machines than the newest one's are left out, and the page says so.
/// \param history at least one, the oldest first
std::string history_page(std::vector<Result> const& history);

}  // namespace nacre::perf
