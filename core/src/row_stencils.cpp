#include <nacre/core/row_stencils.hpp>

#include <algorithm>
#include <unordered_map>

#include "lanes.hpp"

namespace nacre::detail {

namespace {

/// Rows that are worth a stencil of their own; fewer share one that is known.
constexpr Ordinal kLongStretch = 8;
/// Entries in long stretches for each stretch from which on all is faster than with columns.
constexpr std::int64_t kEntriesPerStretch = 20;
/// Distinct stencils of short stretches that are kept: regular meshes have a few for each kind of boundary.
constexpr std::size_t kMostShortStencils = 64;

/// Whether a look at some pairs of rows makes stencils likely.
bool looks_regular(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col) {
  constexpr int kSamples = 64;
  int alike = 0;
  for (int s = 0; s < kSamples; ++s) {
    // by multiples of the golden ratio, which fall into step with no mesh
    auto const fraction = static_cast<double>(static_cast<std::uint32_t>(s) * 2654435769u) / 4294967296.;
    auto const i = static_cast<Ordinal>(fraction * (num_rows - 1));
    Offset const length = row_ptr[i + 1] - row_ptr[i];
    if (length == 0 || length != row_ptr[i + 2] - row_ptr[i + 1]) continue;
    Ordinal const *const a = col + row_ptr[i], *const b = col + row_ptr[i + 1];
    alike += std::equal(a, a + length, b, [](Ordinal x, Ordinal y) { return x + 1 == y; });
  }
  return 3 * alike >= kSamples;
}

/// Finds stretches from the first row to the last.
class StencilFinder {
 public:
  StencilFinder(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col)
      : n_(num_rows), row_ptr_(row_ptr), col_(col) {
    found_.begin.push_back(0);
  }

  RowStencils find() {
    // blocks read a little beyond the end of a row
    auto const readable = static_cast<std::int64_t>(row_ptr_[n_]) - kStencilOverrun;
    Ordinal usable = n_;
    while (usable > 0 && row_ptr_[usable] > readable) --usable;
    for (Ordinal i = 0; i < n_;) {
      Ordinal const end = i < usable ? std::min(end_of_stretch(i), usable) : n_;
      add(i, i < usable ? stencil_of(i, end - i) : kNoStencil);
      i = end;
    }
    found_.stretches.push_back({n_, kNoStencil, row_ptr_[n_]});
    std::int64_t const covered = num_covered();
    if (2 * covered < static_cast<std::int64_t>(row_ptr_[n_]) ||
        covered < kEntriesPerStretch * static_cast<std::int64_t>(found_.stretches.size()))
      return {};
    mark();
    return std::move(found_);
  }

 private:
  /// The end of the rows from i on that are like row i.
  Ordinal end_of_stretch(Ordinal i) {
    Offset const length = row_ptr_[i + 1] - row_ptr_[i];
    if (i >= equal_end_)
      for (equal_end_ = i + 1; equal_end_ < n_ && row_ptr_[equal_end_ + 1] - row_ptr_[equal_end_] == length;)
        ++equal_end_;
    Ordinal const* const a = col_ + row_ptr_[i];
    Ordinal const* const b = a + length;
    auto const entries = static_cast<std::int64_t>(equal_end_ - i - 1) * length;
    // whole groups first: without branches, hence fast
    constexpr int kGroup = 32;
    std::int64_t k = 0;
    for (; k + kGroup <= entries; k += kGroup) {
      Ordinal unlike = 0;
      for (int g = 0; g < kGroup; ++g) unlike |= b[k + g] ^ (a[k + g] + 1);
      if (unlike != 0) break;
    }
    while (k < entries && b[k] == a[k] + 1) ++k;
    return k >= entries ? equal_end_ : i + 1 + static_cast<Ordinal>(k / length);
  }

  Ordinal stencil_of(Ordinal i, Ordinal rows) {
    Offset const length = row_ptr_[i + 1] - row_ptr_[i];
    if (length == 0 || length > RowStencils::kLongest) return kNoStencil;
    if (last_ >= 0 && is(last_, i)) return last_;
    std::uint64_t hash = static_cast<std::uint64_t>(length);
    for (Offset k = row_ptr_[i]; k < row_ptr_[i + 1]; ++k)
      hash = (hash ^ static_cast<std::uint64_t>(col_[k] - i)) * 0x9E3779B97F4A7C15u;
    auto const same_hash = known_.equal_range(hash);
    for (auto s = same_hash.first; s != same_hash.second; ++s)
      if (is(s->second, i)) return s->second;
    if (rows < kLongStretch && num_short_++ >= kMostShortStencils) return kNoStencil;
    Ordinal const stencil = found_.num_stencils();
    for (Offset k = row_ptr_[i]; k < row_ptr_[i + 1]; ++k) found_.offsets.push_back(col_[k] - i);
    found_.begin.push_back(static_cast<Ordinal>(found_.offsets.size()));
    known_.emplace(hash, stencil);
    return stencil;
  }

  bool is(Ordinal stencil, Ordinal i) const {
    Ordinal const begin = found_.begin[static_cast<std::size_t>(stencil)],
                  end = found_.begin[static_cast<std::size_t>(stencil) + 1];
    if (end - begin != row_ptr_[i + 1] - row_ptr_[i]) return false;
    Ordinal const* const c = col_ + row_ptr_[i];
    for (Ordinal k = begin; k < end; ++k)
      if (found_.offsets[static_cast<std::size_t>(k)] != c[k - begin] - i) return false;
    return true;
  }

  /// Rows from i on; those without a stencil join the ones before.
  void add(Ordinal i, Ordinal stencil) {
    auto& stretches = found_.stretches;
    if (!stretches.empty() && stretches.back().stencil == kNoStencil && stencil == kNoStencil) return;
    stretches.push_back({i, stencil, row_ptr_[i]});
    if (stencil >= 0) last_ = stencil;
  }

  /// Entries in long stretches with a stencil.
  std::int64_t num_covered() const {
    std::int64_t covered = 0;
    for (std::size_t s = 0; s + 1 < found_.stretches.size(); ++s) {
      auto const &stretch = found_.stretches[s], &next = found_.stretches[s + 1];
      if (stretch.stencil != kNoStencil && next.first_row - stretch.first_row >= kLongStretch)
        covered += next.first_entry - stretch.first_entry;
    }
    return covered;
  }

  void mark() {
    auto const& stretches = found_.stretches;
    std::size_t s = 0;
    for (std::int64_t r = 0; r < n_; r += RowStencils::kRowsPerMark) {
      while (stretches[s + 1].first_row <= r) ++s;
      found_.first_stretch.push_back(static_cast<Ordinal>(s));
    }
  }

  Ordinal n_;
  Offset const* row_ptr_;
  Ordinal const* col_;
  RowStencils found_;
  std::unordered_multimap<std::uint64_t, Ordinal> known_;
  std::size_t num_short_ = 0;
  Ordinal last_ = -1;      // the stencil that was met last
  Ordinal equal_end_ = 0;  // end of the equally long rows that were met last
};

}  // namespace

RowStencils find_row_stencils(Ordinal num_rows, Offset const* row_ptr, Ordinal const* col) {
  if (!kHaveLanes || num_rows < 2 * kLongStretch || !looks_regular(num_rows, row_ptr, col)) return {};
  return StencilFinder(num_rows, row_ptr, col).find();
}

}  // namespace nacre::detail
