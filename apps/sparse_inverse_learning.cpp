#include "sparse_inverse_learning.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

#include <nacre/core/on_first_rank.hpp>

#include "interruption.hpp"

namespace nacre::apps {

std::array<double, 4> mean_iterations(std::vector<MethodResult> const& results) {
  std::array<double, 4> means{};
  for (std::size_t t = 0; t < means.size(); ++t)
    for (auto const& r : results)
      means[t] += (r.iterations[t] < 0 ? std::numeric_limits<double>::quiet_NaN() : r.iterations[t]) /
                  static_cast<double>(results.size());
  return means;
}

std::vector<std::vector<MethodResult>> compare_methods(Comm const& comm,
                                                       std::vector<std::string> const& methods,
                                                       std::vector<ComparedSystem> const& systems,
                                                       LearnedInverse<float>& network) {
  constexpr std::size_t kNumbers = 8;
  std::vector<std::vector<MethodResult>> results(methods.size(), std::vector<MethodResult>(systems.size()));
  std::vector<double> numbers(methods.size() * systems.size() * kNumbers, 0.);
  for (std::size_t s = 0; s < systems.size(); ++s)
    for (std::size_t m = 0; m < methods.size(); ++m) {
      if (s % static_cast<std::size_t>(comm.size()) != static_cast<std::size_t>(comm.rank())) continue;
      auto const r = methods[m] == "learned" ? run_learned("learned", network, systems[s])
                                             : run_method(methods[m], systems[s]);
      double* const to = &numbers[(m * systems.size() + s) * kNumbers];
      for (std::size_t t = 0; t < 4; ++t) to[t] = r.iterations[t];
      to[4] = r.setup_seconds;
      to[5] = r.solve_seconds;
      to[6] = static_cast<double>(r.nonzeros);
      to[7] = r.failure.empty() ? 0 : 1;
    }
  comm.all_reduce(numbers.data(), static_cast<int>(numbers.size()), ReduceOp::sum);
  for (std::size_t m = 0; m < methods.size(); ++m)
    for (std::size_t s = 0; s < systems.size(); ++s) {
      double const* const from = &numbers[(m * systems.size() + s) * kNumbers];
      auto& r = results[m][s];
      r.method = methods[m];
      for (std::size_t t = 0; t < 4; ++t) r.iterations[t] = static_cast<int>(from[t]);
      r.setup_seconds = from[4];
      r.solve_seconds = from[5];
      r.nonzeros = static_cast<GlobalOrdinal>(from[6]);
      if (from[7] != 0) r.failure = "failed";
    }
  return results;
}

SparseInverseLearning::SparseInverseLearning(Comm const& comm, SparseInverseLearningOptions const& o,
                                             std::vector<nn::SparseInverseSample> samples,
                                             std::vector<ComparedSystem> validation)
    : comm_(comm),
      o_(o),
      training_(comm, o, std::move(samples)),
      validation_(std::move(validation)),
      progress_(comm, o.progress) {}

bool SparseInverseLearning::is_over() const {
  if (training_.steps() >= o_.epochs * training_.steps_per_epoch()) return true;
  if (o_.minutes > 0 && comm_.max(seconds_before_ + seconds_since(start_)) >= 60 * o_.minutes) return true;
  if (o_.patience <= 0) return false;
  // only an epoch's end is followed by a validation
  std::int64_t const epoch = training_.steps() / training_.steps_per_epoch();
  return epoch - record_.best_epoch >= std::int64_t{o_.patience} * o_.validate_every;
}

bool SparseInverseLearning::run() {
  if (o_.resume) resume();
  Interruption const interruption;  // what comes before and after can just end
  start_ = std::chrono::steady_clock::now();
  auto saved = start_;
  std::vector<double> seconds;
  bool stopped = false;
  while (!stopped && !is_over()) {
    auto const before = std::chrono::steady_clock::now();
    double const loss = training_.step();
    seconds.push_back(seconds_since(before));
    if (!std::isfinite(loss))
      fail(cat("the loss of step ", training_.steps(), " is ", loss, "; a --learning-rate below ",
               o_.learning_rate, " may help"));
    losses_of_epoch_.push_back(loss);
    if (training_.steps() % training_.steps_per_epoch() == 0) {
      double sum = 0;
      for (double const l : losses_of_epoch_) sum += l;
      record_.losses.push_back(sum / static_cast<double>(losses_of_epoch_.size()));
      losses_of_epoch_.clear();
      std::int64_t const epoch = training_.steps() / training_.steps_per_epoch();
      if (epoch % o_.validate_every == 0 || epoch == o_.epochs) validate();
    }
    show(loss);
    stopped = interruption.requested(comm_);
    record_.seconds = comm_.max(seconds_before_ + seconds_since(start_));
    if (!o_.checkpoint.empty() && (stopped || comm_.max(seconds_since(saved)) > o_.checkpoint_every)) {
      save();
      saved = std::chrono::steady_clock::now();
    }
  }
  progress_.clear();
  step_seconds_ = median(seconds);
  if (stopped) {
    if (comm_.rank() == 0)
      std::fprintf(stderr, "nacre_train: interrupted after step %lld; %s%s\n",
                   static_cast<long long>(training_.steps()),
                   o_.checkpoint.empty() ? "nothing is kept, since there is no --checkpoint"
                                         : "--resume goes on from ",
                   o_.checkpoint.c_str());
    return false;
  }
  std::int64_t const epoch = training_.steps() / training_.steps_per_epoch();
  if (record_.validation_epochs.empty() || record_.validation_epochs.back() != static_cast<double>(epoch))
    validate();
  if (!o_.checkpoint.empty()) save();
  training_.use_best();
  return true;
}

void SparseInverseLearning::validate() {
  auto const results = compare_methods(comm_, {"learned"}, validation_, training_.inverse());
  double const mean = mean_iterations(results[0])[3];
  std::int64_t const epoch = training_.steps() / training_.steps_per_epoch();
  record_.validation_epochs.push_back(static_cast<double>(epoch));
  record_.validation_iterations.push_back(mean);
  if (record_.best_iterations == 0 || mean < record_.best_iterations) {
    record_.best_iterations = std::isfinite(mean) ? mean : 0;
    record_.best_epoch = epoch;
    training_.keep_best();
  }
}

Metadata SparseInverseLearning::metadata() const {
  return {
      {"losses", to_words(record_.losses)},
      {"losses_of_epoch", to_words(losses_of_epoch_)},
      {"validation_epochs", to_words(record_.validation_epochs)},
      {"validation_iterations", to_words(record_.validation_iterations)},
      {"best", to_words({record_.best_iterations, static_cast<double>(record_.best_epoch)})},
      {"seconds", to_words({record_.seconds})},
      {"training", cat(o_.data, ", seed ", o_.seed, ", systems ", training_.num_samples(), ", batch ",
                       o_.batch, ", learning rate ", o_.learning_rate, " times ", o_.rate_decay, ", decay ",
                       o_.weight_decay, ", clip ", o_.max_gradient_norm, ", loss ", o_.loss, ", convergence ",
                       o_.convergence, " of ", o_.convergence_iterations, " iterations")}};
}

void SparseInverseLearning::save() { training_.save(o_.checkpoint, metadata()); }

void SparseInverseLearning::resume() {
  int exists = 0;
  on_first_rank(comm_, [&] { exists = std::filesystem::exists(o_.checkpoint) ? 1 : 0; });
  if (comm_.max(exists) == 0) return;
  auto const found = training_.load(o_.checkpoint, {{"training", text_at(metadata(), "training")}});
  auto const numbers = [&](char const* key) { return to_numbers(text_at(found, key)); };
  record_.losses = numbers("losses");
  losses_of_epoch_ = numbers("losses_of_epoch");
  record_.validation_epochs = numbers("validation_epochs");
  record_.validation_iterations = numbers("validation_iterations");
  auto const best = numbers("best"), seconds = numbers("seconds");
  if (best.size() != 2 || seconds.size() != 1 ||
      record_.validation_epochs.size() != record_.validation_iterations.size())
    fail(cat("'", o_.checkpoint, "': its record of the training is incomplete"));
  record_.best_iterations = best[0];
  record_.best_epoch = static_cast<std::int64_t>(best[1]);
  seconds_before_ = record_.seconds = seconds[0];
  if (comm_.rank() == 0)
    std::fprintf(stderr, "nacre_train: resumed from %s, which is of step %lld\n", o_.checkpoint.c_str(),
                 static_cast<long long>(training_.steps()));
}

void SparseInverseLearning::show(double loss) {
  progress_.update([&] {
    double const spent = seconds_since(start_);
    auto const all = static_cast<double>(o_.epochs * training_.steps_per_epoch());
    double left = spent * (all / static_cast<double>(training_.steps()) - 1);
    if (o_.minutes > 0) left = std::min(left, std::max(0., 60 * o_.minutes - seconds_before_ - spent));
    return cat("epoch ", training_.steps() / training_.steps_per_epoch(), ", loss ", to_text(loss, "%.4g"),
               record_.validation_iterations.empty()
                   ? ""
                   : cat(", ", to_text(record_.validation_iterations.back(), "%.4g"), " iterations"),
               ", ", time_text(left), " left");
  });
}

}  // namespace nacre::apps
