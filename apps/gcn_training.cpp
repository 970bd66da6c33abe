#include "gcn_training.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <nacre/core/error.hpp>
#include <nacre/core/on_first_rank.hpp>

#include "interruption.hpp"
#include "training.hpp"

namespace nacre::apps {

namespace {

Metadata to_metadata(GcnRecord const& record, int epochs) {
  return {{"accuracies", to_words(record.accuracies)},
          {"epochs", std::to_string(epochs)},
          {"loss", to_words(record.curves.loss)},
          {"validation_loss", to_words(record.curves.validation_loss)},
          {"validation_accuracy", to_words(record.curves.validation_accuracy)}};
}

}  // namespace

GcnTraining::GcnTraining(Comm const& comm, GcnTrainingOptions const& o, Gcn& gcn)
    : comm_(comm), o_(o), gcn_(gcn), progress_(comm, o.progress) {}

std::uint64_t GcnTraining::seed() const {
  return static_cast<std::uint64_t>(o_.seed) + record_.accuracies.size();
}

bool GcnTraining::run() {
  if (o_.resume) resume();
  Interruption const interruption;  // what comes before and after can just end
  start_ = saved_ = std::chrono::steady_clock::now();
  for (;;) {
    if (!train_one(interruption)) return false;
    scores_ = gcn_.evaluate();
    record_.accuracies.push_back(scores_.test_accuracy);
    if (static_cast<int>(record_.accuracies.size()) == o_.seeds) break;
    gcn_.start(seed());
    record_.curves = {};
  }
  progress_.clear();
  return true;
}

void GcnTraining::resume() {
  bool exists = false;
  on_first_rank(comm_, [&] { exists = std::filesystem::exists(o_.checkpoint); });
  if (comm_.max(static_cast<int>(exists)) == 0) return;
  auto const metadata = gcn_.load(o_.checkpoint);
  auto const numbers = [&](char const* key) { return to_numbers(text_at(metadata, key)); };
  record_.accuracies = numbers("accuracies");
  record_.curves = {numbers("loss"), numbers("validation_loss"), numbers("validation_accuracy")};

  auto const done = static_cast<std::size_t>(gcn_.epochs_done());
  for (auto const* curve :
       {&record_.curves.loss, &record_.curves.validation_loss, &record_.curves.validation_accuracy})
    if (curve->size() != done)
      fail(cat("'", o_.checkpoint, "' is of epoch ", done, ", but one of its learning curves has ",
               curve->size(), " numbers"));
  std::size_t const network = record_.accuracies.size() + 1;
  if (network > static_cast<std::size_t>(o_.seeds))
    fail(cat("'", o_.checkpoint, "' is of network ", network, ", but --seeds = ", o_.seeds));
  if (gcn_.epochs_done() > o_.epochs)
    fail(cat("'", o_.checkpoint, "' is of epoch ", done, ", but --epochs = ", o_.epochs));
  auto const epochs = text_at(metadata, "epochs");
  if (network > 1 && epochs != std::to_string(o_.epochs))
    fail(cat("'", o_.checkpoint, "' holds networks that were trained for ", epochs,
             " epochs, but --epochs = ", o_.epochs));
  if (comm_.rank() == 0)
    std::fprintf(stderr, "nacre_gcn: resumed from %s, which is of epoch %zu of network %zu\n",
                 o_.checkpoint.c_str(), done, network);
}

bool GcnTraining::train_one(Interruption const& interruption) {
  while (gcn_.epochs_done() < o_.epochs) {
    auto const before = std::chrono::steady_clock::now();
    double const loss = gcn_.train_epoch();
    record_.epoch_seconds.push_back(seconds_since(before));
    if (!std::isfinite(loss))
      fail(cat("the loss of epoch ", gcn_.epochs_done(), " is ", loss, "; a --learning-rate below ",
               o_.learning_rate, " may help"));
    auto const scores = gcn_.evaluate();
    record_.curves.loss.push_back(loss);
    record_.curves.validation_loss.push_back(scores.validation_loss);
    record_.curves.validation_accuracy.push_back(scores.validation_accuracy);
    show(loss, scores);
    if (interruption.requested(comm_)) {
      stop();
      return false;
    }
    bool const last = gcn_.epochs_done() == o_.epochs;
    if (!o_.checkpoint.empty() && (last || comm_.max(seconds_since(saved_)) > o_.checkpoint_every)) save();
  }
  return true;
}

void GcnTraining::save() {
  gcn_.save(o_.checkpoint, to_metadata(record_, o_.epochs));
  saved_ = std::chrono::steady_clock::now();
}

void GcnTraining::stop() {
  if (!o_.checkpoint.empty()) save();
  progress_.clear();
  if (comm_.rank() != 0) return;
  std::fprintf(stderr, "nacre_gcn: interrupted after epoch %d of network %zu; ", gcn_.epochs_done(),
               record_.accuracies.size() + 1);
  if (o_.checkpoint.empty())
    std::fputs("nothing is kept, since there is no --checkpoint\n", stderr);
  else
    std::fprintf(stderr, "--resume goes on from %s\n", o_.checkpoint.c_str());
}

void GcnTraining::show(double loss, GcnScores const& scores) {
  double const all = static_cast<double>(o_.seeds) * o_.epochs;
  auto const run = static_cast<double>(record_.epoch_seconds.size());
  double const finished = static_cast<double>(record_.accuracies.size()) * o_.epochs + gcn_.epochs_done();
  progress_.update([&] {  // at most 79 characters, since a longer line cannot be rewritten
    std::string const network =
        o_.seeds > 1 ? cat("network ", record_.accuracies.size() + 1, '/', o_.seeds, ", ") : "";
    return cat(network, "epoch ", gcn_.epochs_done(), '/', o_.epochs, ", loss ", to_text(loss, "%.4g"),
               ", validation accuracy ", to_text(scores.validation_accuracy, "%.3f"), ", ",
               time_text(seconds_since(start_) / run * (all - finished)), " left");
  });
}

}  // namespace nacre::apps
