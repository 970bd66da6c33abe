#include <nacre/core/probe_loss.hpp>

namespace nacre {

namespace {

constexpr std::pair<char const*, ProbeLoss> kLosses[] = {{"relative_residual", ProbeLoss::relative_residual},
                                                         {"residual", ProbeLoss::residual},
                                                         {"absolute", ProbeLoss::absolute},
                                                         {"relative_error", ProbeLoss::relative_error},
                                                         {"cosine", ProbeLoss::cosine},
                                                         {"cosine_error", ProbeLoss::cosine_error},
                                                         {"line_search", ProbeLoss::line_search},
                                                         {"line_search_error", ProbeLoss::line_search_error},
                                                         {"projection", ProbeLoss::projection}};

}  // namespace

ProbeLoss probe_loss_by_name(std::string const& name) {
  std::string known;
  for (auto const& [text, loss] : kLosses) {
    if (name == text) return loss;
    known += cat(known.empty() ? "" : ", ", text);
  }
  fail(cat("'", name, "' is no loss of an approximate inverse; there are ", known));
}

char const* to_string(ProbeLoss loss) {
  for (auto const& [text, value] : kLosses)
    if (value == loss) return text;
  return "?";
}

}  // namespace nacre
