#include "sparse_inverse_training.hpp"

#include <cmath>

#include <nacre/core/elementwise_binary.hpp>
#include <nacre/core/random.hpp>
#include <nacre/nn/checkpoint.hpp>

#include "samples.hpp"

namespace nacre::apps {

nn::SparseInverseSample make_training_sample(LinearSystem const& system,
                                             SparseInverseTrainingOptions const& o) {
  auto sample = nn::make_sparse_inverse_sample(system, o.network);
  DistributedCsr<double> const A{DistributedPattern<>(sample.A.pattern), sample.A.values};
  if (o.network.start == nn::FactorStart::fsai0)
    sample.start = fsai0_blocks(A, DistributedPattern<>(sample.pattern), o.network.block_size);
  return sample;
}

SparseInverseTraining::SparseInverseTraining(Comm const& comm, SparseInverseTrainingOptions const& o,
                                             std::vector<nn::SparseInverseSample> samples)
    : comm_(comm),
      options_(o),
      samples_(std::move(samples)),
      inverse_(o.network),
      gradients_(inverse_.network(), comm),
      adam_(ad::adamw_options(o.learning_rate, o.weight_decay)) {
  if (samples_.empty()) fail("training: there is no system to train with");
  inverse_.network().initialize(static_cast<std::uint64_t>(o.seed));
}

std::int64_t SparseInverseTraining::steps_per_epoch() const {
  return (num_samples() + options_.batch - 1) / options_.batch;
}

double SparseInverseTraining::step() {
  std::int64_t const epoch = steps_ / steps_per_epoch(), number = steps_ % steps_per_epoch();
  auto const seed = static_cast<std::uint64_t>(options_.seed);
  // a seed of 0 would be no permutation
  RandomPermutation const order(num_samples(), random_bits(seed + 1, static_cast<std::uint64_t>(epoch)) | 1);
  std::vector<nn::SparseInverseSample const*> mine;
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = number * options_.batch;
       i < std::min<std::int64_t>((number + 1) * options_.batch, num_samples()); ++i) {
    std::int64_t const s = order(i);
    if (s % comm_.size() != comm_.rank()) continue;
    mine.push_back(&samples_[static_cast<std::size_t>(s)]);
    seeds.push_back(
        random_bits(random_bits(seed, 2), static_cast<std::uint64_t>(steps_), static_cast<std::uint64_t>(s)));
  }
  auto& network = inverse_.network();
  network.train();
  double loss = 0;
  gradients_.clear(pass_.exec());
  auto const batch = nn::make_sparse_inverse_batch<float>(mine, options_.network, comm_);
  if (!mine.empty()) {
    pass_.begin();
    auto const F = network.forward(pass_, batch.input, options_.evaluation);
    auto value =
        nn::sparse_inverse_loss(pass_, batch, options_.network, F, seeds, probe_loss_by_name(options_.loss));
    if (options_.convergence > 0)
      value = pass_.tape().apply(
          LinearCombinationOp{1, options_.convergence}, value,
          nn::convergence_loss(pass_, batch, options_.network, F, seeds, options_.convergence_iterations));
    gradients_.accumulate(pass_, value);
    loss = static_cast<double>(host_view(value.value)(0));
  }
  gradients_.sum_over_ranks(pass_.exec());
  gradient_norm_ = gradients_.clip_by_norm(pass_.exec(), options_.max_gradient_norm);
  adam_.set_learning_rate(options_.learning_rate * std::pow(options_.rate_decay, static_cast<double>(epoch)));
  adam_.step(pass_.exec(), gradients_.parameters());
  ++steps_;
  return comm_.sum(loss);
}

namespace {

/// \throws nacre::Error unless the file's metadata have these values
void require_metadata(Metadata const& found, Metadata const& wanted, std::string const& path) {
  for (auto const& [key, value] : wanted)
    if (text_at(found, key.c_str()) != value)
      fail(cat("'", path, "' is of a training with ", key, " = ", text_at(found, key.c_str()), ", not ",
               value));
}

}  // namespace

void SparseInverseTraining::start_from(std::string const& path) {
  auto const file = nn::read_checkpoint(comm_, path);
  sparse_inverse_options(file.metadata, path);
  require_metadata(file.metadata, to_metadata(options_.network), path);
  nn::StateLoader loader(file, path);
  loader.add("model.", inverse_.network());
  loader.commit();
}

void SparseInverseTraining::keep_best() {
  best_ = {};
  nn::add_state(best_, "model.", inverse_.network());
}

void SparseInverseTraining::use_best() {
  if (best_.tensors.empty()) return;
  nn::StateLoader loader(best_, "the best network");
  loader.add("model.", inverse_.network());
  loader.commit();
}

void SparseInverseTraining::save(std::string const& path, Metadata metadata) const {
  nn::TensorFile file;
  file.metadata = std::move(metadata);
  for (auto const& [key, value] : to_metadata(options_.network)) file.metadata[key] = value;
  file.metadata["steps"] = std::to_string(steps_);
  if (best_.tensors.empty())
    nn::add_state(file, "model.", inverse_.network());
  else
    file.tensors = best_.tensors;
  nn::add_state(file, "training.model.", inverse_.network());
  nn::add_state(file, "training.adam.", adam_);
  nn::write_checkpoint(comm_, path, file);
}

Metadata SparseInverseTraining::load(std::string const& path, Metadata const& expected) {
  auto const file = nn::read_checkpoint(comm_, path);
  auto all = to_metadata(options_.network);
  for (auto const& [key, value] : expected) all[key] = value;
  sparse_inverse_options(file.metadata, path);
  require_metadata(file.metadata, all, path);
  nn::StateLoader loader(file, path);
  loader.add("training.model.", inverse_.network());
  loader.add("training.adam.", adam_, gradients_.parameters());
  LearnedInverse<float> best(options_.network);
  nn::StateLoader best_loader(file, path);
  best_loader.add("model.", best.network());
  best_loader.commit();
  loader.commit();
  best_ = {};
  nn::add_state(best_, "model.", best.network());
  steps_ = std::atoll(text_at(file.metadata, "steps").c_str());
  return file.metadata;
}

}  // namespace nacre::apps
