#include "schwarz_learning.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <nacre/core/on_first_rank.hpp>
#include <nacre/nn/schedules.hpp>

#include "interruption.hpp"

namespace nacre::apps {

ReactionTerm SchwarzLearningOptions::reaction_term() const {
  return reaction == "mass" ? ReactionTerm::lumped_mass : ReactionTerm::identity;
}

std::uint64_t SchwarzLearningOptions::problem_seed(std::int64_t number) const {
  return random_bits(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(number));
}

SchwarzLearning::SchwarzLearning(Comm const& comm, SchwarzLearningOptions const& o)
    : comm_(comm), o_(o), training_(comm, o), progress_(comm, o.progress) {}

bool SchwarzLearning::run() {
  if (o_.resume) resume();
  make_meshes();
  Interruption const interruption;  // what comes before and after can just end
  auto const start = std::chrono::steady_clock::now();
  auto saved = start;
  std::int64_t const first = training_.steps();
  bool stopped = false;
  while (training_.steps() < all_steps() && !stopped) {
    step();
    progress_.update([&] {
      double const a_step = seconds_since(start) / static_cast<double>(training_.steps() - first);
      return cat("step ", training_.steps(), " of ", all_steps(), ", loss ", to_text(losses_.back(), "%.4f"),
                 ", ", time_text(a_step * static_cast<double>(all_steps() - training_.steps())), " left");
    });
    stopped = interruption.requested(comm_);
    bool const is_due = comm_.max(seconds_since(saved)) > o_.checkpoint_every;
    if (!o_.checkpoint.empty() && (stopped || is_due || training_.steps() == all_steps())) {
      training_.save(o_.checkpoint, metadata());
      saved = std::chrono::steady_clock::now();
    }
  }
  if (training_.steps() > first)
    step_seconds_ = seconds_since(start) / static_cast<double>(training_.steps() - first);
  progress_.clear();
  if (stopped && comm_.rank() == 0)
    std::fprintf(
        stderr, "nacre_schwarz: interrupted after step %lld; %s%s\n",
        static_cast<long long>(training_.steps()),
        o_.checkpoint.empty() ? "nothing is kept, since there is no --checkpoint" : "--resume goes on from ",
        o_.checkpoint.c_str());
  return !stopped;
}

/// The losses, and what a training that is to go on must agree on.
Metadata SchwarzLearning::metadata() const {
  return {
      {"losses", to_words(losses_)},
      {"training", cat("seed ", o_.seed, ", meshes ", o_.meshes, ", batch ", o_.batch, ", epochs ", o_.epochs,
                       ", directions ", o_.directions, ", power ", o_.power, ", learning rate ",
                       o_.learning_rate, ", clip ", o_.max_gradient_norm, ", reaction ", o_.reaction)}};
}

void SchwarzLearning::resume() {
  int exists = 0;
  on_first_rank(comm_, [&] { exists = std::filesystem::exists(o_.checkpoint) ? 1 : 0; });
  if (comm_.max(exists) == 0) return;
  auto const expected = metadata();
  auto const found = training_.load(o_.checkpoint, {{"training", text_at(expected, "training")}});
  losses_ = to_numbers(text_at(found, "losses"));
  if (comm_.rank() == 0)
    std::fprintf(stderr, "nacre_schwarz: resumed from %s, which is of step %lld\n", o_.checkpoint.c_str(),
                 static_cast<long long>(training_.steps()));
}

void SchwarzLearning::make_meshes() {
  if (training_.steps() >= all_steps()) return;
  progress_.stage("making meshes");
  for (int m = comm_.rank(); m < o_.meshes; m += comm_.size())
    samples_.push_back(
        std::make_unique<SchwarzSample>(make_training_problem(o_.problem_seed(m), o_.reaction_term())));
}

void SchwarzLearning::step() {
  std::int64_t const epoch = training_.steps() / steps_per_epoch(),
                     batch = training_.steps() % steps_per_epoch();
  // a seed of 0 would be no permutation
  RandomPermutation const order(
      o_.meshes, random_bits(static_cast<std::uint64_t>(o_.seed) + 1, static_cast<std::uint64_t>(epoch)) | 1);
  std::vector<std::pair<std::int64_t, SchwarzSample const*>> mine;
  for (std::int64_t i = batch * o_.batch; i < std::min<std::int64_t>((batch + 1) * o_.batch, o_.meshes);
       ++i) {
    std::int64_t const m = order(i);
    if (m % comm_.size() == comm_.rank())
      mine.emplace_back(m, samples_[static_cast<std::size_t>(m / comm_.size())].get());
  }
  training_.set_learning_rate(o_.learning_rate * nn::cosine_schedule(all_steps(), .01)(training_.steps()));
  losses_.push_back(training_.train_batch(mine));
  if (!std::isfinite(losses_.back()))
    fail(cat("the loss of step ", training_.steps(), " is ", losses_.back(), "; a --learning-rate below ",
             o_.learning_rate, " may help"));
}

}  // namespace nacre::apps
