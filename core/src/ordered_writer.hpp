#pragma once

#include <charconv>
#include <memory>
#include <optional>
#include <string>

#include <nacre/core/atomic_file.hpp>
#include <nacre/core/comm.hpp>

/// \file
/// One file out of what all ranks have, without ever holding all of it on one.

namespace nacre::detail {

inline void append(std::string& text, double value) {
  char digits[32];  // the shortest that give the same number back
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}
inline void append(std::string& text, float value) {
  char digits[32];
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}
inline void append(std::string& text, std::int64_t value) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

/// A file that rank 0 writes. All members are collective, and what goes wrong is thrown on all ranks: by the
/// constructor if the file cannot be created, else by commit().
class OrderedWriter {
 public:
  OrderedWriter(Comm const& comm, std::string const& path) : comm_(comm) {
    guarded([&] { file_.emplace(path); });
    comm_.fail_together(problem_);
  }
  /// Text of rank 0 alone.
  void write(std::string const& text) {
    guarded([&] { file_->write(text); });
  }
  /// Text of all ranks, one after the other, in pieces: each rank's `piece(text)` appends to `text` and says
  /// whether it has more to come.
  template <class Piece>
  void write_in_rank_order(Piece&& piece) {
    for (int r = 0; r < comm_.size(); ++r)
      for (int more = 1; more != 0;) {
        text_.clear();
        bool const mine_more = comm_.rank() == r && piece(text_);
        if (comm_.size() > 1) {
          auto const all = comm_.gather(std::vector<char>(text_.begin(), text_.end()), 0);
          guarded([&] { file_->write({all.data(), all.size()}); });
        } else {
          guarded([&] { file_->write(text_); });
        }
        more = comm_.max(mine_more ? 1 : 0);
      }
  }
  void commit() {
    guarded([&] { file_->commit(); });
    file_.reset();
    comm_.fail_together(problem_);
  }
  /// How long a piece should be, about.
  static constexpr std::size_t kPiece = std::size_t{1} << 20;

 private:
  template <class Action>
  void guarded(Action const& action) {
    if (comm_.rank() > 0 || !problem_.empty()) return;
    try {
      action();
    } catch (std::exception const& e) {
      problem_ = e.what();
    }
  }
  Comm comm_;
  std::optional<AtomicFile> file_;
  std::string text_, problem_;
};

}  // namespace nacre::detail
