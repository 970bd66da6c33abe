#include <nacre/nn/losses.hpp>

namespace nacre::nn {

double accuracy(std::vector<std::vector<std::int64_t>> const& confusion) {
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < confusion.size(); ++i)
    for (std::size_t j = 0; j < confusion.size(); ++j) {
      all += confusion[i][j];
      if (i == j) right += confusion[i][j];
    }
  return all > 0 ? static_cast<double>(right) / static_cast<double>(all) : 0;
}

}  // namespace nacre::nn
