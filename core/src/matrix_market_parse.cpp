#include "matrix_market_parse.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <new>
#include <numeric>

#include <nacre/core/text_reader.hpp>

namespace nacre {

namespace detail {

namespace {

using Header = MatrixMarketHeader;
using Layout = Header::Layout;
using Field = Header::Field;
using Symmetry = Header::Symmetry;

std::string lower(std::string_view s) {
  std::string t(s);
  for (auto& c : t) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return t;
}

std::string counted(GlobalOrdinal n, char const* one, char const* many) {
  return cat(n, ' ', n == 1 ? one : many);
}

bool is_banner(TextReader const& file) { return lower(file.rest().substr(0, 14)) == "%%matrixmarket"; }

/// The next word, which must be one of the names; its index.
template <std::size_t N>
std::size_t one_of(TextReader& file, char const* const (&names)[N], std::string const& expected) {
  std::string const found = file.found();
  std::string const w = lower(file.word());
  for (std::size_t i = 0; i < N; ++i)
    if (w == names[i]) return i;
  file.fail_here(cat("found ", found, " in the header, expected ", expected));
}

GlobalOrdinal read_size(TextReader& file, char const* what) {
  std::string const found = file.found();
  std::int64_t n = 0;
  if (!file.read(n) || n < 0)
    file.fail_here(cat("found ", found, ", expected the ", what, " (a number that is not negative)"));
  return n;
}

void expect_line_end(TextReader& file) {
  if (!file.at_end()) file.fail_expecting("the end of the line");
}

/// Reads the banner, on whose line the file stands, and the line with the sizes.
Header read_header(TextReader& file) {
  file.word();
  Header h;
  static constexpr char const* kObject[] = {"matrix"};
  static constexpr char const* kLayout[] = {"coordinate", "array"};
  static constexpr char const* kField[] = {"real", "double", "integer", "pattern", "complex"};
  static constexpr char const* kSymmetry[] = {"general", "symmetric", "skew-symmetric", "hermitian"};
  one_of(file, kObject, "'matrix'");
  h.layout = one_of(file, kLayout, "'coordinate' or 'array'") == 0 ? Layout::coordinate : Layout::array;
  auto const field = one_of(file, kField, "'real', 'integer' or 'pattern'");
  auto const symmetry = one_of(file, kSymmetry, "'general', 'symmetric' or 'skew-symmetric'");
  if (field == 4 || symmetry == 3)
    file.fail_here("the matrix is complex; only real, integer and pattern matrices can be read");
  h.field = field < 2 ? Field::real : field == 2 ? Field::integer : Field::pattern;
  h.symmetry = symmetry == 0   ? Symmetry::general
               : symmetry == 1 ? Symmetry::symmetric
                               : Symmetry::skew_symmetric;
  expect_line_end(file);
  if (h.field == Field::pattern && h.layout == Layout::array)
    file.fail_here("found 'array pattern' in the header, but an array has values");
  if (h.field == Field::pattern && h.symmetry == Symmetry::skew_symmetric)
    file.fail_here("found 'pattern skew-symmetric' in the header, but a pattern has no signs");

  if (!file.next_content("%")) file.fail_here("the file ends before the line with the sizes");
  h.num_rows = read_size(file, "number of rows");
  h.num_cols = read_size(file, "number of columns");
  if (h.symmetry != Symmetry::general && h.num_rows != h.num_cols)
    file.fail_here(cat("found a ", h.num_rows, " by ", h.num_cols,
                       " matrix, expected a square one, because the header says ",
                       h.symmetry == Symmetry::symmetric ? "symmetric" : "skew-symmetric"));
  if (h.layout == Layout::coordinate) {
    h.num_stored = read_size(file, "number of entries");
  } else {
    double const all = static_cast<double>(h.num_rows) * static_cast<double>(h.num_cols);
    if (all > 1e15)
      file.fail_here(cat("an array of ", h.num_rows, " by ", h.num_cols, " numbers is too large"));
    h.num_stored = h.symmetry == Symmetry::general     ? h.num_rows * h.num_cols
                   : h.symmetry == Symmetry::symmetric ? h.num_rows * (h.num_rows + 1) / 2
                                                       : h.num_rows * (h.num_rows - 1) / 2;
  }
  expect_line_end(file);
  return h;
}

Header open_matrix(TextReader& file) {
  if (!file.next_line())
    fail(cat(file.path(), ": the file is empty, expected a header line that starts with %%MatrixMarket"));
  if (!is_banner(file)) file.fail_expecting("a header line that starts with %%MatrixMarket");
  return read_header(file);
}

template <class Scalar>
Scalar read_value(TextReader& file, Field field) {
  if (field == Field::integer) {
    std::int64_t n = 0;
    if (!file.read(n)) file.fail_expecting("an integer");
    return static_cast<Scalar>(n);
  }
  double v = 0;
  auto const before = file.rest();
  if (!file.read(v)) file.fail_expecting("a number");
  if (!std::isfinite(v) || !std::isfinite(static_cast<Scalar>(v))) {
    auto const first = before.find_first_not_of(" \t");
    auto const shown = before.substr(first, before.size() - first - file.rest().size());
    file.fail_here(cat("found the value ", shown, ", expected a finite number",
                       std::isfinite(v) ? " in the range of single precision" : ""));
  }
  return static_cast<Scalar>(v);
}

GlobalOrdinal read_index(TextReader& file, char const* what, GlobalOrdinal n) {
  std::int64_t i = 0;
  if (!file.read(i)) file.fail_expecting(cat("a ", what, " number"));
  if (i < 1 || i > n) file.fail_here(cat("found the ", what, " number ", i, ", expected one from 1 to ", n));
  return i - 1;
}

/// Hands every stored entry to `take(i, j, value)`, numbered from 0.
template <class Scalar, class Take>
void read_entries(TextReader& file, Header const& h, Take const& take) {
  if (h.layout == Layout::coordinate) {
    bool above = false, below = false;
    for (GlobalOrdinal k = 0; k < h.num_stored; ++k) {
      if (!file.next_content("%"))
        file.fail_here(
            cat("the file ends after ", counted(k, "entry", "entries"), ", expected ", h.num_stored));
      GlobalOrdinal const i = read_index(file, "row", h.num_rows);
      GlobalOrdinal const j = read_index(file, "column", h.num_cols);
      Scalar const value = h.field == Field::pattern ? Scalar(1) : read_value<Scalar>(file, h.field);
      if (!file.at_end()) file.fail_expecting("the end of the line");
      if (h.symmetry != Symmetry::general) {
        if (h.symmetry == Symmetry::skew_symmetric && i == j)
          file.fail_here(cat("found the diagonal entry (", i + 1, ", ", j + 1,
                             "), expected none in a skew-symmetric matrix"));
        above = above || j > i;
        below = below || j < i;
        if (above && below)
          file.fail_here(cat("found entry (", i + 1, ", ", j + 1,
                             "), expected entries of one triangle only, because the "
                             "header says symmetric"));
      }
      take(i, j, value);
    }
  } else {
    bool line_is_open = false;
    auto const next_value = [&](GlobalOrdinal k) {
      while (!line_is_open || file.at_end()) {
        if (!file.next_content("%"))
          file.fail_here(
              cat("the file ends after ", counted(k, "value", "values"), ", expected ", h.num_stored));
        line_is_open = true;
      }
      return read_value<Scalar>(file, h.field);
    };
    GlobalOrdinal k = 0;
    for (GlobalOrdinal j = 0; j < h.num_cols; ++j) {
      GlobalOrdinal const first = h.symmetry == Symmetry::general     ? 0
                                  : h.symmetry == Symmetry::symmetric ? j
                                                                      : j + 1;
      for (GlobalOrdinal i = first; i < h.num_rows; ++i) take(i, j, next_value(k++));
    }
    if (line_is_open && !file.at_end())
      file.fail_expecting(cat("the end of the file after ", counted(h.num_stored, "value", "values")));
  }
  if (file.next_content("%"))
    file.fail_expecting(cat("the end of the file after ", h.layout == Layout::coordinate
                                                              ? counted(h.num_stored, "entry", "entries")
                                                              : counted(h.num_stored, "value", "values")));
}

template <class Scalar>
struct Entries {
  std::vector<GlobalOrdinal> row, col;
  std::vector<Scalar> values;
  void reserve(std::size_t n) {
    row.reserve(n);
    col.reserve(n);
    values.reserve(n);
  }
  void add(GlobalOrdinal i, GlobalOrdinal j, Scalar v) {
    row.push_back(i);
    col.push_back(j);
    values.push_back(v);
  }
};

/// Sorts the entries of each row by column and sums duplicates.
template <class Scalar>
void sort_rows(GlobalRows<Scalar>& m) {
  std::vector<std::pair<GlobalOrdinal, Scalar>> row;
  Offset kept = 0;
  std::size_t const n = m.row_ptr.size() - 1;
  Offset begin = 0;
  for (std::size_t i = 0; i < n; ++i) {
    Offset const end = m.row_ptr[i + 1];
    auto const at = [](auto& v, Offset k) -> auto& { return v[static_cast<std::size_t>(k)]; };
    bool ascending = true;
    for (Offset k = begin + 1; k < end; ++k) ascending = ascending && at(m.col, k - 1) < at(m.col, k);
    if (ascending) {
      if (kept != begin)
        for (Offset k = begin; k < end; ++k) {
          at(m.col, kept + (k - begin)) = at(m.col, k);
          at(m.values, kept + (k - begin)) = at(m.values, k);
        }
      kept += end - begin;
    } else {
      row.clear();
      for (Offset k = begin; k < end; ++k) row.emplace_back(at(m.col, k), at(m.values, k));
      // duplicates are summed in the order of the file
      std::stable_sort(row.begin(), row.end(),
                       [](auto const& a, auto const& b) { return a.first < b.first; });
      Offset const first = kept;
      for (auto const& [j, v] : row) {
        if (kept > first && at(m.col, kept - 1) == j) {
          at(m.values, kept - 1) += v;
        } else {
          at(m.col, kept) = j;
          at(m.values, kept) = v;
          ++kept;
        }
      }
    }
    begin = end;
    m.row_ptr[i + 1] = kept;
  }
  m.col.resize(static_cast<std::size_t>(kept));
  m.values.resize(static_cast<std::size_t>(kept));
}

template <class Scalar>
GlobalRows<Scalar> to_rows(GlobalOrdinal num_rows, Entries<Scalar> const& e) {
  GlobalRows<Scalar> m;
  std::size_t const n = static_cast<std::size_t>(num_rows);
  m.row_ptr.assign(n + 1, 0);
  for (auto const i : e.row) ++m.row_ptr[static_cast<std::size_t>(i) + 1];
  for (std::size_t i = 0; i < n; ++i) m.row_ptr[i + 1] += m.row_ptr[i];
  m.col.resize(e.col.size());
  m.values.resize(e.col.size());
  std::vector<Offset> next(m.row_ptr.begin(), m.row_ptr.end() - 1);
  for (std::size_t k = 0; k < e.row.size(); ++k) {
    auto const at = static_cast<std::size_t>(next[static_cast<std::size_t>(e.row[k])]++);
    m.col[at] = e.col[k];
    m.values[at] = e.values[k];
  }
  sort_rows(m);
  return m;
}

/// new_number[i], by (part, i).
std::vector<GlobalOrdinal> renumber(std::string const& path, GlobalOrdinal n, std::vector<int> const& part,
                                    int num_parts, std::vector<GlobalOrdinal>& file_row) {
  if (static_cast<GlobalOrdinal>(part.size()) != n)
    fail(cat(path, ": the partition has ", part.size(), " entries, expected one for each of the ", n,
             " rows"));
  std::vector<GlobalOrdinal> next(static_cast<std::size_t>(num_parts) + 1, 0), number(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] < 0 || part[i] >= num_parts)
      fail(cat(path, ": the partition assigns row ", i, " to rank ", part[i], ", expected one from 0 to ",
               num_parts - 1));
    ++next[static_cast<std::size_t>(part[i]) + 1];
  }
  std::partial_sum(next.begin(), next.end(), next.begin());
  file_row.resize(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    number[i] = next[static_cast<std::size_t>(part[i])]++;
    file_row[static_cast<std::size_t>(number[i])] = static_cast<GlobalOrdinal>(i);
  }
  return number;
}

}  // namespace

template <class Scalar>
WholeMatrix<Scalar> parse_matrix(std::string const& path, int num_ranks, std::vector<int> const* part_of_row,
                                 std::vector<GlobalOrdinal>* file_row) {
  TextReader file(path);
  Header const h = open_matrix(file);
  if (std::max(h.num_rows, h.num_cols) / num_ranks >= std::numeric_limits<Ordinal>::max())
    file.fail_here(cat("found a ", h.num_rows, " by ", h.num_cols, " matrix, more than ",
                       counted(num_ranks, "rank", "ranks"), " can number"));
  try {
    std::vector<GlobalOrdinal> number;
    if (part_of_row) {
      if (h.num_rows != h.num_cols)
        file.fail_here(
            cat("found a ", h.num_rows, " by ", h.num_cols, " matrix, expected a square one to partition"));
      number = renumber(path, h.num_rows, *part_of_row, num_ranks, *file_row);
    }
    Entries<Scalar> entries;
    bool const mirror = h.symmetry != Symmetry::general;
    // not more than the file can hold, whatever it claims
    auto const plausible = std::min(static_cast<std::size_t>(h.num_stored),
                                    file.size_guess() / (h.layout == Layout::array ? 2 : 4) + 1);
    entries.reserve(mirror ? 2 * plausible : plausible);
    bool const drop_zeros = h.layout == Layout::array;
    read_entries<Scalar>(file, h, [&](GlobalOrdinal i, GlobalOrdinal j, Scalar v) {
      if (drop_zeros && v == Scalar(0)) return;
      if (part_of_row) {
        i = number[static_cast<std::size_t>(i)];
        j = number[static_cast<std::size_t>(j)];
      }
      entries.add(i, j, v);
      if (mirror && i != j) entries.add(j, i, h.symmetry == Symmetry::symmetric ? v : -v);
    });
    if (entries.row.size() > static_cast<std::size_t>(std::numeric_limits<Offset>::max()))
      fail(cat(path, ": ", entries.row.size(),
               " entries are more than an Offset can count; configure with NACRE_OFFSET_TYPE=std::size_t"));
    return {h.num_rows, h.num_cols, to_rows(h.num_rows, entries)};
  } catch (std::bad_alloc const&) {
    fail(cat(path, ": not enough memory for a ", h.num_rows, " by ", h.num_cols, " matrix with ",
             h.num_stored, " stored entries"));
  }
}

template <class Scalar>
WholeVectors<Scalar> parse_vectors(std::string const& path) {
  TextReader file(path);
  WholeVectors<Scalar> v;
  bool const has_lines = file.next_line();
  if (has_lines && is_banner(file)) {
    Header const h = read_header(file);
    v.num_rows = h.num_rows;
    v.num_vectors = h.num_cols;
    if (h.symmetry != Symmetry::general) file.fail_here("found a symmetric matrix, expected vectors");
    if (h.layout == Layout::coordinate &&
        static_cast<double>(h.num_rows) * static_cast<double>(h.num_cols) > 1e10)
      file.fail_here(
          cat("found a ", h.num_rows, " by ", h.num_cols, " matrix, too large to be read as vectors"));
    v.values.reserve(std::min(static_cast<std::size_t>(h.num_stored), file.size_guess()));
    if (h.layout == Layout::coordinate)
      v.values.assign(static_cast<std::size_t>(h.num_rows * h.num_cols), Scalar(0));
    read_entries<Scalar>(file, h, [&](GlobalOrdinal i, GlobalOrdinal j, Scalar value) {
      if (h.layout == Layout::array)
        v.values.push_back(value);
      else
        v.values[static_cast<std::size_t>(j * h.num_rows + i)] += value;
    });
    return v;
  }
  v.num_vectors = 1;
  for (bool more = has_lines; more; more = file.next_line()) {
    if (file.at_end() || file.rest()[0] == '%' || file.rest()[0] == '#') continue;
    v.values.push_back(read_value<Scalar>(file, Field::real));
    expect_line_end(file);
  }
  v.num_rows = static_cast<GlobalOrdinal>(v.values.size());
  return v;
}

template WholeMatrix<double> parse_matrix<double>(std::string const&, int, std::vector<int> const*,
                                                  std::vector<GlobalOrdinal>*);
template WholeMatrix<float> parse_matrix<float>(std::string const&, int, std::vector<int> const*,
                                                std::vector<GlobalOrdinal>*);
template WholeVectors<double> parse_vectors<double>(std::string const&);
template WholeVectors<float> parse_vectors<float>(std::string const&);

}  // namespace detail

MatrixMarketHeader read_matrix_market_header(std::string const& path) {
  TextReader file(path);
  return detail::open_matrix(file);
}

}  // namespace nacre
