#include "demo.hpp"

#include <cstdio>

#include <nacre/core/error.hpp>

namespace nacre::apps {

std::vector<Options> demo_choices(Options const& options) {
  std::vector<Options> choices(1, options);
  choices[0].solver = "pcg";
#ifdef NACRE_HAVE_TRILINOS
  choices.push_back(choices[0]);
  choices[1].solver = "belos:CG";
#endif
  return choices;
}

std::string demo_text(std::vector<Outcome> const& outcomes) {
  auto const& first = outcomes.front();
  std::string text = cat("Nacre ", NACRE_VERSION, " solved ", first.problem, ": ",
                         with_commas(first.unknowns), " unknowns, ", with_commas(first.nonzeros),
                         " nonzeros, on ", first.ranks, first.ranks == 1 ? " rank.\n" : " ranks.\n");
  text += cat("Preconditioner: ", first.description, "\n");
  char line[160];
  for (auto const& level : first.hierarchy.rows) {
    std::snprintf(line, sizeof line, "  level %s: %12s unknowns, %12s nonzeros\n", level[0].c_str(),
                  level[1].c_str(), level[2].c_str());
    text += line;
  }
  for (auto const& o : outcomes) {
    std::snprintf(line, sizeof line,
                  "%-9s %s after %d iterations, true relative residual %.1e, setup %.2f s, solve %.2f s\n",
                  (o.solver + ":").c_str(), to_string(o.info.status), o.info.iterations,
                  o.info.relative_residual, o.info.setup_seconds, o.info.solve_seconds);
    text += line;
  }
  return text + "Next: ./nacre run --help, and ./nacre run --problem elasticity --report report.html\n";
}

}  // namespace nacre::apps
