#include <nacre/core/spgemm.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace nacre::detail {

namespace {

constexpr int kWordBits = 64;

using HostOrdinals = Kokkos::View<Ordinal*, Kokkos::HostSpace>;

/// Rows of B as they are: each column is a word with one bit.
struct PlainRows {
  Offset const* ptr;
  Ordinal const* col;
  Ordinal word(Offset l) const { return col[l] / kWordBits; }
  std::uint64_t bits(Offset l) const { return std::uint64_t(1) << (col[l] % kWordBits); }
};

/// Rows of B as bits: columns [64 word, 64 word + 64) of a row in one number.
struct CompressedRows {
  Offset const* ptr;
  Ordinal const* words;
  std::uint64_t const* bit_sets;
  Ordinal word(Offset l) const { return words[l]; }
  std::uint64_t bits(Offset l) const { return bit_sets[l]; }
};

struct CompressedStorage {
  std::vector<Offset> ptr;
  std::vector<Ordinal> word;  // ascending within a row
  std::vector<std::uint64_t> bits;

  explicit CompressedStorage(HostPattern const& B) {
    ptr.reserve(static_cast<std::size_t>(B.num_rows) + 1);
    ptr.push_back(0);
    // memory that is not touched costs nothing
    word.reserve(static_cast<std::size_t>(B.row_ptr[B.num_rows]));
    bits.reserve(static_cast<std::size_t>(B.row_ptr[B.num_rows]));
    for (Ordinal i = 0; i < B.num_rows; ++i) {
      Ordinal last = -1;
      for (Offset k = B.row_ptr[i]; k < B.row_ptr[i + 1]; ++k) {
        Ordinal const w = B.col[k] / kWordBits;
        std::uint64_t const bit = std::uint64_t(1) << (B.col[k] % kWordBits);
        if (w != last) {
          word.push_back(w);
          bits.push_back(bit);
          last = w;
        } else {
          bits.back() |= bit;
        }
      }
      ptr.push_back(static_cast<Offset>(word.size()));
    }
  }
  CompressedRows rows() const { return {ptr.data(), word.data(), bits.data()}; }
};

/// Whether compressing B is repaid: its rows are long enough to shrink, and each is used often enough.
bool compression_pays(HostPattern const& A, HostPattern const& B) {
  auto const entries_of_a = static_cast<std::size_t>(A.row_ptr[A.num_rows]);
  auto const entries_of_b = static_cast<std::size_t>(B.row_ptr[B.num_rows]);
  auto const rows = static_cast<std::size_t>(B.num_rows);
  return entries_of_a >= 10 * rows && entries_of_b >= 10 * rows;
}

void sort_words(Ordinal* words, int n) {
  if (n > 32) {
    std::sort(words, words + n);
    return;
  }
  for (int i = 1; i < n; ++i) {
    Ordinal const w = words[i];
    int j = i;
    for (; j > 0 && words[j - 1] > w; --j) words[j] = words[j - 1];
    words[j] = w;
  }
}

/// Columns of consecutive rows. Their number is guessed from the first rows, so that memory is rarely moved;
/// the first touch of a page costs more than the work that is done in it.
struct Grown {
  explicit Grown(bool as_view) : as_view_(as_view) {}
  Ordinal* end() const { return data_ + size; }
  Ordinal* begin() const { return data_; }
  void make_room(std::size_t more, double part_done) {
    if (size + more <= capacity_) return;
    double const guess = 1.05 * static_cast<double>(size + more) / std::max(part_done, .02);
    reserve(std::max(size + more, static_cast<std::size_t>(guess)));
  }
  /// The columns as a view, without a copy, unless that would waste much memory or this runs on several
  /// threads.
  bool give_away(HostOrdinals& col) {
    if (!as_view_ || capacity_ > size + size / 4 + 1024) return false;
    col = Kokkos::subview(view_, std::make_pair(std::size_t(0), size));
    return true;
  }
  void release() {
    view_ = HostOrdinals();
    plain_.reset();
  }

  std::size_t size = 0;

 private:
  void reserve(std::size_t capacity) {
    HostOrdinals view;  // not made inside of parallel regions
    std::unique_ptr<Ordinal[]> plain;
    if (as_view_)
      view = HostOrdinals(Kokkos::view_alloc("nacre::spgemm::col", Kokkos::WithoutInitializing), capacity);
    else
      plain.reset(new Ordinal[capacity]);
    Ordinal* const to = as_view_ ? view.data() : plain.get();
    std::copy(data_, data_ + size, to);
    view_ = view;
    plain_ = std::move(plain);
    data_ = to;
    capacity_ = capacity;
  }

  bool as_view_;
  HostOrdinals view_;
  std::unique_ptr<Ordinal[]> plain_;
  Ordinal* data_ = nullptr;
  std::size_t capacity_ = 0;
};

/// The columns of rows [begin, end) of A B, and each row's length in row_length[i].
template <class Rows>
void multiply_rows(HostPattern const& A, Rows const& B, Ordinal num_cols, Ordinal begin, Ordinal end,
                   Grown& out, Offset* row_length) {
  auto const num_words = static_cast<std::size_t>(num_cols) / kWordBits + 1;
  std::vector<std::uint64_t> bit_sets(num_words, 0);
  std::vector<Ordinal> word_list(num_words + 1);
  std::uint64_t* const bits = bit_sets.data();
  Ordinal* const words = word_list.data();
  for (Ordinal i = begin; i < end; ++i) {
    int count = 0;
    for (Offset k = A.row_ptr[i]; k < A.row_ptr[i + 1]; ++k) {
      Ordinal const j = A.col[k];
      for (Offset l = B.ptr[j]; l < B.ptr[j + 1]; ++l) {
        Ordinal const word = B.word(l);
        words[count] = word;
        count += bits[word] == 0;  // no branch to mispredict
        bits[word] |= B.bits(l);
      }
    }
    sort_words(words, count);
    out.make_room(static_cast<std::size_t>(count) * kWordBits,
                  static_cast<double>(i - begin) / (end - begin));
    Ordinal* const row = out.end();
    std::size_t length = 0;
    for (int w = 0; w < count; ++w) {
      Ordinal const word = words[w];
      std::uint64_t rest = bits[word];
      bits[word] = 0;
      for (; rest != 0; rest &= rest - 1) row[length++] = word * kWordBits + __builtin_ctzll(rest);
    }
    out.size += length;
    row_length[i] = static_cast<Offset>(length);
  }
}

/// Runs work(part) for each part. A single part runs outside of any kernel: it makes Views and lets them go, which
/// waits for the kernel it would be in.
template <class Exec, class Work>
void for_each_part(Exec const& exec, char const* label, int parts, Work const& work) {
  if (parts == 1) {
    work(0);
    return;
  }
  Kokkos::parallel_for(label, Kokkos::RangePolicy<Exec>(exec, 0, parts), work);
  exec.fence();
}

template <class Rows>
HostRows multiply_patterns(HostPattern const& A, Rows const& B, Ordinal num_cols) {
  using HostExec = Kokkos::DefaultHostExecutionSpace;
  HostExec const exec;
  HostRows C;
  auto const n = static_cast<std::size_t>(A.num_rows);
  C.row_ptr.assign(n + 1, 0);

  int const parts = std::max(1, std::min(static_cast<int>(exec.concurrency()), A.num_rows / 1024 + 1));
  auto const first_row = [&](int part) {
    return static_cast<Ordinal>(std::int64_t(A.num_rows) * part / parts);
  };
  std::vector<Grown> grown;
  for (int part = 0; part < parts; ++part) grown.emplace_back(parts == 1);
  for_each_part(exec, "nacre::spgemm_symbolic", parts, [&](int part) {
    multiply_rows(A, B, num_cols, first_row(part), first_row(part + 1), grown[static_cast<std::size_t>(part)],
                  C.row_ptr.data() + 1);
  });

  std::size_t total = 0;
  for (auto const& g : grown) total += g.size;
  if (total > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
    fail(cat("spgemm: the product of a ", A.num_rows, " by ", A.num_cols, " and a ", A.num_cols, " by ",
             num_cols, " matrix has ", total,
             " entries, more than the offset type counts; configure with NACRE_OFFSET_TYPE=std::size_t"));
  for (std::size_t i = 0; i < n; ++i) C.row_ptr[i + 1] += C.row_ptr[i];
  if (grown[0].give_away(C.col)) return C;
  C.col = HostOrdinals(Kokkos::view_alloc("nacre::spgemm::col", Kokkos::WithoutInitializing), total);
  for_each_part(exec, "nacre::spgemm_symbolic::copy", parts, [&](int part) {
    auto& g = grown[static_cast<std::size_t>(part)];
    std::copy(g.begin(), g.end(), C.col.data() + C.row_ptr[static_cast<std::size_t>(first_row(part))]);
    g.release();
  });
  return C;
}

}  // namespace

HostRows spgemm_symbolic(HostPattern const& A, HostPattern const& B) {
  if (compression_pays(A, B)) return multiply_patterns(A, CompressedStorage(B).rows(), B.num_cols);
  return multiply_patterns(A, PlainRows{B.row_ptr, B.col}, B.num_cols);
}

}  // namespace nacre::detail
