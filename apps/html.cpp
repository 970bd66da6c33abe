#include "html.hpp"

#include <cstdio>

#include <nacre/core/error.hpp>

namespace nacre::apps {

std::string escape(std::string const& text) {
  std::string out;
  for (char const c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string number(double value, char const* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string px(double value) { return number(value, "%.1f"); }

std::string legend(std::vector<std::string> const& names, std::size_t first_color) {
  std::string html = "<div class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i)
    html += cat("<span><i class=\"b", (first_color + i) % kColors, "\"></i>", escape(names[i]), "</span>");
  return html + "</div>\n";
}

}  // namespace nacre::apps
