#include "nearest.hpp"

#include <algorithm>

namespace nacre::apps {

namespace {

/// A beginning of a name is as good as one mistake; otherwise optimal string alignment distance; Damerau
/// (1964), Levenshtein (1966).
std::size_t distance(std::string const& a, std::string const& b) {
  if (!a.empty() && b.rfind(a, 0) == 0) return a == b ? 0 : 1;
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string const& given, std::vector<std::string> const& names) {
  std::string best;
  std::size_t least = 0;
  for (auto const& name : names)
    if (auto const d = distance(given, name); best.empty() || d < least) best = name, least = d;
  return best;
}

std::string join(std::vector<std::string> const& names) {
  std::string text;
  for (auto const& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace nacre::apps
