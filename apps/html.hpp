#pragma once

#include <string>
#include <vector>

/// \file
/// Text as HTML pages and drawings need it.

namespace nacre::apps {

/// How many colours curves and bars take turns with; styles `k0`, `f0`, `b0`, ... of the page.
inline constexpr std::size_t kColors = 8;

/// With `&`, `<`, `>` and `"` written as entities.
std::string escape(std::string const& text);

/// By a format of printf for one double.
std::string number(double value, char const* format);

/// A coordinate; it needs no more than a tenth of a pixel.
std::string px(double value);

/// Names with the colours they are drawn in.
/// \param first_color of the first name
std::string legend(std::vector<std::string> const& names, std::size_t first_color = 0);

}  // namespace nacre::apps
