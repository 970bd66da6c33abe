#include "system_generation.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <nacre/core/on_first_rank.hpp>

#include "interruption.hpp"
#include "training.hpp"

namespace nacre::apps {

namespace {

namespace fs = std::filesystem;

std::string part_name(std::int64_t i) {
  std::string const digits = std::to_string(i);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits + ".h5";
}

bool is_number(std::string const& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// What a killed process leaves of an AtomicFile `name`.
bool is_temporary_of(std::string const& name, std::string const& file) {
  std::string const before = name + ".tmp";
  return file.rfind(before, 0) == 0 && is_number(file.substr(before.size()));
}

/// The number of a part, or -1.
std::int64_t number_of_part(std::string const& file) {
  auto const digits = file.substr(0, file.find('.'));
  return is_number(digits) && digits.size() < 18 && part_name(std::stoll(digits)) == file ? std::stoll(digits)
                                                                                          : -1;
}

/// \throws nacre::Error that names the first difference
void require_same_options(std::string const& path, Metadata const& found, Metadata const& expected) {
  for (auto const& [key, value] : expected)
    if (auto const there = found.find(key); there == found.end() || there->second != value)
      fail(cat("'", path, "' was made with ", key, " = '", there == found.end() ? "" : there->second,
               "', but this run has '", value, "'; remove it or use other options"));
  for (auto const& [key, value] : found)
    if (expected.count(key) == 0)
      fail(cat("'", path, "' was made with ", key, " = '", value, "', which this run does not have"));
}

class Generation {
 public:
  Generation(Comm const& comm, GenerationOptions const& o, LearningProblem const& problem)
      : comm_(comm), o_(o), problem_(problem), folder_(o.output + ".parts"), progress_(comm, o.progress) {
    metadata_ = problem.options;
    metadata_["nacre_version"] = NACRE_VERSION;
  }

  bool run(SystemStatistics& statistics) {
    bool complete = false;
    on_first_rank(comm_, [&] {
      complete = o_.resume && is_complete(statistics);
      prepare_folder(complete);
    });
    if (comm_.max(static_cast<int>(complete)) != 0) return true;
    Interruption const interruption;
    agree_on_parts();
    make_parts(interruption);
    if (interruption.requested(comm_)) return stop();
    int joined = 1;
    on_first_rank(comm_, [&] { joined = join(interruption, statistics) ? 1 : 0; });
    progress_.clear();
    return comm_.min(joined) == 1 || stop();
  }

 private:
  std::string part(std::int64_t i) const { return folder_ + "/" + part_name(i); }
  std::int64_t num_present() const { return std::count(present_.begin(), present_.end(), char(1)); }

  /// Whether the output is there already, of the same options and size.
  bool is_complete(SystemStatistics& statistics) const {
    if (!fs::exists(o_.output)) return false;
    nn::SystemFile const file(o_.output);
    require_same_options(o_.output, file.metadata(), metadata_);
    if (file.size() != o_.count) return false;
    for (std::int64_t i = 0; i < file.size(); ++i) statistics.add(file.read(i));
    return true;
  }

  void prepare_folder(bool complete) const {
    if (o_.resume) {
      auto const parent = fs::path(o_.output).parent_path();
      remove_temporaries(parent.empty() ? "." : parent, [&](std::string const& file) {
        return is_temporary_of(fs::path(o_.output).filename().string(), file);
      });
    }
    if (fs::exists(folder_) && !fs::is_directory(folder_))
      fail(cat("'", folder_, "' is in the way: it is not a folder"));
    if (!o_.resume && fs::exists(folder_) && !fs::is_empty(folder_))
      fail(cat("'", folder_,
               "' holds systems of a run that was stopped; --resume goes on with them, else remove it"));
    if (complete) {
      remove_folder();
      return;
    }
    std::error_code error;
    fs::create_directory(folder_, error);
    if (error) fail(cat("cannot make the folder '", folder_, "': ", error.message()));
    remove_temporaries(folder_, [](std::string const& file) {
      auto const end = file.find(".h5.tmp");
      return end != std::string::npos && is_temporary_of(file.substr(0, end + 3), file) &&
             number_of_part(file.substr(0, end + 3)) >= 0;
    });
  }

  template <class IsOurs>
  static void remove_temporaries(fs::path const& folder, IsOurs const& is_ours) {
    std::vector<fs::path> names;
    for (auto const& entry : fs::directory_iterator(folder))
      if (is_ours(entry.path().filename().string())) names.push_back(entry.path());
    for (auto const& name : names) fs::remove(name);
  }

  /// Only what is ours.
  void remove_folder() const {
    if (!fs::exists(folder_)) return;
    remove_temporaries(folder_, [](std::string const& file) { return number_of_part(file) >= 0; });
    std::error_code not_empty;
    fs::remove(folder_, not_empty);
  }

  void agree_on_parts() {
    on_first_rank(comm_, [&] {
      present_.assign(static_cast<std::size_t>(o_.count), 0);
      for (auto const& entry : fs::directory_iterator(folder_)) {
        auto const i = number_of_part(entry.path().filename().string());
        if (i < 0 || i >= o_.count) continue;
        require_same_options(entry.path().string(), nn::SystemFile(entry.path().string()).metadata(),
                             metadata_of_part(i));
        present_[static_cast<std::size_t>(i)] = 1;
      }
    });
    comm_.broadcast(present_, 0);
    found_ = num_present();
    if (comm_.rank() == 0 && found_ > 0)
      std::fprintf(stderr, "%s: resumed with %lld of %lld systems from %s\n", o_.program.c_str(),
                   static_cast<long long>(found_), static_cast<long long>(o_.count), folder_.c_str());
  }

  Metadata metadata_of_part(std::int64_t i) const {
    auto metadata = metadata_;
    metadata["system"] = std::to_string(i);
    return metadata;
  }

  /// Ranks share the series of which something is missing; none waits for another.
  void make_parts(Interruption const& interruption) {
    start_ = std::chrono::steady_clock::now();
    std::int64_t const length = problem_.series_length;
    std::int64_t missing = 0;
    for (std::int64_t series = 0; series * length < o_.count; ++series) {
      std::int64_t const end = std::min(o_.count, (series + 1) * length);
      auto const first = present_.begin() + static_cast<std::ptrdiff_t>(series * length);
      auto const last = present_.begin() + static_cast<std::ptrdiff_t>(end);
      if (std::find(first, last, char(0)) == last) continue;
      if (missing++ % comm_.size() != comm_.rank()) continue;
      if (!make_series(series, end, interruption)) return;
    }
  }

  bool make_series(std::int64_t series, std::int64_t end, Interruption const& interruption) {
    std::int64_t i = series * problem_.series_length;
    try {
      auto const next = problem_.start(series);
      for (; i < end; ++i) {
        if (interruption.requested()) return false;
        auto const system = next();
        if (present_[static_cast<std::size_t>(i)] != 0) continue;
        nn::write_systems(part(i), {system}, metadata_of_part(i));
        show();
      }
    } catch (Error const& e) {
      fail(cat("system ", i, ": ", e.what()));
    }
    return true;
  }

  void show() {
    progress_.update([&] {
      auto const entries = fs::directory_iterator(folder_);
      auto const there = static_cast<double>(
          std::count_if(fs::begin(entries), fs::end(entries), [](fs::directory_entry const& entry) {
            return number_of_part(entry.path().filename().string()) >= 0;
          }));
      double const made = std::max(1., there - static_cast<double>(found_));
      return cat("system ", there, '/', o_.count, ", ",
                 time_text(seconds_since(start_) / made * (static_cast<double>(o_.count) - there)), " left");
    });
  }

  bool join(Interruption const& interruption, SystemStatistics& statistics) {
    nn::SystemFileWriter writer(o_.output, metadata_);
    for (std::int64_t i = 0; i < o_.count; ++i) {
      if (interruption.requested()) return false;
      auto const system = nn::SystemFile(part(i)).read(0);
      statistics.add(system);
      writer.add(system);
      progress_.update([&] { return cat("joining system ", i + 1, '/', o_.count); });
    }
    writer.commit();
    remove_folder();
    return true;
  }

  bool stop() {
    progress_.clear();
    if (comm_.rank() != 0) return false;
    std::int64_t there = 0;
    for (auto const& entry : fs::directory_iterator(folder_))
      there += number_of_part(entry.path().filename().string()) >= 0 ? 1 : 0;
    std::fprintf(stderr, "%s: interrupted after %lld of %lld systems; --resume goes on from %s\n",
                 o_.program.c_str(), static_cast<long long>(there), static_cast<long long>(o_.count),
                 folder_.c_str());
    return false;
  }

  Comm const& comm_;
  GenerationOptions const& o_;
  LearningProblem const& problem_;
  std::string folder_;
  Progress progress_;
  Metadata metadata_;
  std::vector<char> present_;  // [count] whether the part was there at the start
  std::int64_t found_ = 0;     // how many were
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

void SystemStatistics::Range::add(double value, bool first) {
  min = first ? value : std::min(min, value);
  max = first ? value : std::max(max, value);
  sum += value;
}

void SystemStatistics::add(LinearSystem const& system) {
  double const b = system.block_size();
  unknowns_.add(system.num_unknowns(), count_ == 0);
  nonzeros_.add(static_cast<double>(system.A.pattern.num_entries()) * b * b, count_ == 0);
  auto const free = host_view(system.free);
  for (std::size_t k = 0; k < free.size(); ++k) prescribed_ += 1 - free.data()[k];
  ++count_;
}

Results SystemStatistics::results() const {
  Results results{{"systems", std::to_string(count_)}};
  auto const n = static_cast<double>(std::max<std::int64_t>(count_, 1));
  auto const add = [&](std::string const& name, Range const& range) {
    results.emplace_back(name + "_min", to_text(range.min, "%.0f"));
    results.emplace_back(name + "_mean", to_text(range.sum / n, "%.8g"));
    results.emplace_back(name + "_max", to_text(range.max, "%.0f"));
  };
  add("unknowns", unknowns_);
  add("nonzeros", nonzeros_);
  results.emplace_back("prescribed_mean", to_text(prescribed_ / n, "%.8g"));
  return results;
}

bool generate(Comm const& comm, GenerationOptions const& options, LearningProblem const& problem,
              SystemStatistics& statistics) {
  return Generation(comm, options, problem).run(statistics);
}

}  // namespace nacre::apps
