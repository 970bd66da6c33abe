#pragma once

#include <string>
#include <vector>

/// \file
/// Which of the valid names somebody meant.

namespace nacre::apps {

/// The name that takes the fewest insertions, deletions, replacements and swaps of neighbours to turn
/// `given` into it, or of which `given` is the beginning; the first of equals; empty if there are no names.
std::string nearest(std::string const& given, std::vector<std::string> const& names);

/// "a, b, c"
std::string join(std::vector<std::string> const& names);

}  // namespace nacre::apps
