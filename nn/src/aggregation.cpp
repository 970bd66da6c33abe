#include <nacre/nn/aggregation.hpp>

namespace nacre::nn {

Aggregation aggregation_by_name(std::string const& name) {
  if (name == "sum") return Aggregation::sum;
  if (name == "mean") return Aggregation::mean;
  if (name == "max") return Aggregation::max;
  fail(cat("there is no aggregation '", name, "'; there are: sum, mean, max"));
}

}  // namespace nacre::nn
