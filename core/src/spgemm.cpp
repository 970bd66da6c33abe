#include <nacre/core/spgemm.hpp>

#include <algorithm>
#include <limits>
#include <memory>

namespace nacre::detail {

namespace {

constexpr int kWordBits = 64;

/// Rows as bits: columns [64 word, 64 word + 64) of a row in one number.
struct CompressedRows {
  std::vector<Offset> ptr;           // [n+1]
  std::vector<Ordinal> word;         // ascending within a row
  std::vector<std::uint64_t> bits;
};

CompressedRows compress(HostPattern const& B) {
  CompressedRows c;
  c.ptr.resize(static_cast<std::size_t>(B.num_rows) + 1);
  auto const nnz = static_cast<std::size_t>(B.row_ptr[B.num_rows]);
  c.word.resize(nnz);
  c.bits.resize(nnz);
  std::size_t count = 0;
  for (Ordinal i = 0; i < B.num_rows; ++i) {
    c.ptr[static_cast<std::size_t>(i)] = static_cast<Offset>(count);
    Ordinal last = -1;
    for (Offset k = B.row_ptr[i]; k < B.row_ptr[i + 1]; ++k) {
      Ordinal const word = B.col[k] / kWordBits;
      std::uint64_t const bit = std::uint64_t(1) << (B.col[k] % kWordBits);
      if (word != last) {
        c.word[count] = word;
        c.bits[count] = bit;
        ++count;
        last = word;
      } else {
        c.bits[count - 1] |= bit;
      }
    }
  }
  c.ptr[static_cast<std::size_t>(B.num_rows)] = static_cast<Offset>(count);
  return c;
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

/// Columns of consecutive rows, grown as they come; new memory is not cleared.
struct Grown {
  std::unique_ptr<Ordinal[]> data;
  std::size_t size = 0, capacity = 0;
  void reserve(std::size_t more) {
    if (size + more <= capacity) return;
    capacity = std::max(size + more, capacity + capacity / 2);
    std::unique_ptr<Ordinal[]> larger(new Ordinal[capacity]);
    std::copy(data.get(), data.get() + size, larger.get());
    data = std::move(larger);
  }
};

/// The columns of rows [begin, end) of A B, and each row's length in row_ptr[i + 1].
void multiply_rows(HostPattern const& A, CompressedRows const& B, Ordinal num_cols, Ordinal begin, Ordinal end,
                   Grown& out, Offset* row_length) {
  auto const num_words = static_cast<std::size_t>(num_cols) / kWordBits + 1;
  std::vector<std::uint64_t> bits(num_words, 0);
  std::vector<Ordinal> words(num_words + 1);
  out.reserve(static_cast<std::size_t>(end - begin) * 8);
  for (Ordinal i = begin; i < end; ++i) {
    int count = 0;
    for (Offset k = A.row_ptr[i]; k < A.row_ptr[i + 1]; ++k) {
      auto const j = static_cast<std::size_t>(A.col[k]);
      for (Offset l = B.ptr[j]; l < B.ptr[j + 1]; ++l) {
        auto const at = static_cast<std::size_t>(l);
        Ordinal const word = B.word[at];
        words[static_cast<std::size_t>(count)] = word;
        count += bits[static_cast<std::size_t>(word)] == 0;  // no branch to mispredict
        bits[static_cast<std::size_t>(word)] |= B.bits[at];
      }
    }
    sort_words(words.data(), count);
    out.reserve(static_cast<std::size_t>(count) * kWordBits);
    Ordinal* const row = out.data.get() + out.size;
    std::size_t length = 0;
    for (int w = 0; w < count; ++w) {
      Ordinal const word = words[static_cast<std::size_t>(w)];
      std::uint64_t rest = bits[static_cast<std::size_t>(word)];
      bits[static_cast<std::size_t>(word)] = 0;
      for (; rest != 0; rest &= rest - 1) row[length++] = word * kWordBits + __builtin_ctzll(rest);
    }
    out.size += length;
    row_length[i] = static_cast<Offset>(length);
  }
}

}  // namespace

HostRows spgemm_symbolic(HostPattern const& A, HostPattern const& B) {
  using HostExec = Kokkos::DefaultHostExecutionSpace;
  HostExec const exec;
  CompressedRows const compressed = compress(B);
  HostRows C;
  auto const n = static_cast<std::size_t>(A.num_rows);
  C.row_ptr.assign(n + 1, 0);

  int const parts = std::max(1, std::min(static_cast<int>(exec.concurrency()), A.num_rows / 1024 + 1));
  auto const first_row = [&](int part) { return static_cast<Ordinal>(std::int64_t(A.num_rows) * part / parts); };
  std::vector<Grown> grown(static_cast<std::size_t>(parts));
  Kokkos::parallel_for("nacre::spgemm_symbolic", Kokkos::RangePolicy<HostExec>(exec, 0, parts), [&](int part) {
    multiply_rows(A, compressed, B.num_cols, first_row(part), first_row(part + 1),
                  grown[static_cast<std::size_t>(part)], C.row_ptr.data() + 1);
  });
  exec.fence();

  std::size_t total = 0;
  for (auto const& g : grown) total += g.size;
  if (total > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
    fail(cat("spgemm: the product of a ", A.num_rows, " by ", A.num_cols, " and a ", B.num_rows, " by ", B.num_cols,
             " matrix has ", total, " entries, more than the offset type counts; configure with NACRE_OFFSET_TYPE=std::size_t"));
  for (std::size_t i = 0; i < n; ++i) C.row_ptr[i + 1] += C.row_ptr[i];
  C.col = Kokkos::View<Ordinal*, Kokkos::HostSpace>(
      Kokkos::view_alloc("nacre::spgemm::col", Kokkos::WithoutInitializing), total);
  Kokkos::parallel_for("nacre::spgemm_symbolic::copy", Kokkos::RangePolicy<HostExec>(exec, 0, parts), [&](int part) {
    auto& g = grown[static_cast<std::size_t>(part)];
    std::copy(g.data.get(), g.data.get() + g.size,
              C.col.data() + C.row_ptr[static_cast<std::size_t>(first_row(part))]);
    g.data.reset();
  });
  exec.fence();
  return C;
}

}  // namespace nacre::detail
