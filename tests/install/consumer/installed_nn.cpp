// Writes parameters to a file and reads them back; exit status 0 if they are the same.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <nacre/nn/safetensors.hpp>

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "nacre_installed_nn_XXXXXX").string();
  if (!mkdtemp(folder.data())) return 1;
  std::string const path = folder + "/model.safetensors";
  std::vector<double> const weight{0.1, -2, 3e300, 0, 5, 6};
  nacre::nn::write_safetensors(path,
                               {{nacre::nn::make_tensor("layer.weight", {2, 3}, weight)}, {{"epoch", "7"}}});
  auto const file = nacre::nn::read_safetensors(path);
  std::filesystem::remove_all(folder);

  bool const same = nacre::nn::values_of<double>(file.at("layer.weight")) == weight &&
                    file.at("layer.weight").shape == std::vector<std::int64_t>{2, 3} &&
                    file.metadata.at("epoch") == "7";
  std::printf("parameters are %s\n", same ? "the same" : "different");
  return same ? 0 : 1;
}
