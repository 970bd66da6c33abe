#include <algorithm>
#include <filesystem>
#include <limits>

#include <nacre/core/matrix_market.hpp>
#include <nacre/core/on_first_rank.hpp>
#include <nacre/core/text_reader.hpp>
#include <nacre/nn/graph_data.hpp>

// Graphs as folders of files.

namespace nacre::nn {

namespace {

constexpr std::int64_t kMaxLabel = 99999;  // a network has an output for each class

/// The files of a folder.
struct GraphFiles {
  std::string adjacency, features, labels, split;

  explicit GraphFiles(std::string const& folder) {
    auto const in = [&](char const* name) { return (std::filesystem::path(folder) / name).string(); };
    adjacency = in("adjacency.mtx");
    features = in("features.mtx");
    labels = in("labels.txt");
    split = in("split.txt");
  }

  void require(std::string const& folder) const {
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored))
      fail(cat("cannot read the graph in '", folder, "': no such folder"));
    for (auto const& file : {adjacency, features, labels, split})
      if (!std::filesystem::exists(file, ignored))
        fail(cat("cannot read '", file, "': no such file; the folder of a graph has adjacency.mtx, ",
                 "features.mtx, labels.txt and split.txt"));
  }
};

/// What rank 0 finds in the files besides the numbers of the matrices.
struct Outline {
  bool adjacency_is_pattern = false, features_is_pattern = false;
  std::vector<int> labels;
  std::vector<Split> split;
};

/// What `read(file)` makes of each line; there must be one for each node.
template <class T, class Read>
std::vector<T> read_lines(std::string const& path, char const* what, GlobalOrdinal num_nodes,
                          Read const& read, std::vector<std::int64_t>& line) {
  TextReader file(path);
  std::vector<T> values;
  while (file.next_content("#%")) {
    if (static_cast<GlobalOrdinal>(values.size()) == num_nodes)
      file.fail_here(cat("found one ", what, " more than adjacency.mtx has nodes, expected ", num_nodes));
    values.push_back(read(file));
    if (!file.at_end()) file.fail_expecting("the end of the line");
    line.push_back(file.line());
  }
  if (static_cast<GlobalOrdinal>(values.size()) != num_nodes)
    file.fail_here(cat("found ", values.size(), " of ", num_nodes, ' ', what,
                       "s at the end of the file, expected one for each node of adjacency.mtx"));
  return values;
}

int read_label(TextReader& file) {
  std::string const found = file.found();
  std::int64_t label = 0;
  if (!file.read(label) || label < -1 || label > kMaxLabel)
    file.fail_here(
        cat("found ", found, ", expected a class (a number from 0 to ", kMaxLabel, ") or -1 for none"));
  return static_cast<int>(label);
}

Split read_split(TextReader& file) {
  std::string const found = file.found();
  auto const word = file.word();
  if (word == "none") return Split::none;
  if (word == "train") return Split::train;
  if (word == "val") return Split::validation;
  if (word == "test") return Split::test;
  file.fail_here(cat("found ", found, ", expected train, val, test or none"));
}

Outline read_outline(GraphFiles const& files) {
  auto const adjacency = read_matrix_market_header(files.adjacency);
  auto const features = read_matrix_market_header(files.features);
  GlobalOrdinal const n = adjacency.num_rows;
  if (adjacency.num_cols != n)
    fail(cat(files.adjacency, ": found a ", n, " by ", adjacency.num_cols, " matrix, expected a square one"));
  if (features.num_rows != n)
    fail(cat(files.features, ": found ", features.num_rows, " rows, expected ", n,
             ", one for each node of adjacency.mtx"));
  if (features.num_cols > std::numeric_limits<Ordinal>::max())
    fail(cat(files.features, ": found ", features.num_cols, " features, expected at most ",
             std::numeric_limits<Ordinal>::max()));

  Outline outline;
  outline.adjacency_is_pattern = adjacency.field == MatrixMarketHeader::Field::pattern;
  outline.features_is_pattern = features.field == MatrixMarketHeader::Field::pattern;
  std::vector<std::int64_t> label_line, split_line;
  outline.labels = read_lines<int>(files.labels, "label", n, read_label, label_line);
  outline.split = read_lines<Split>(files.split, "word", n, read_split, split_line);
  for (std::size_t i = 0; i < outline.split.size(); ++i)
    if (outline.split[i] == Split::train && outline.labels[i] < 0)
      fail(cat(files.split, ':', split_line[i], ": found 'train' for a node without a label (", files.labels,
               ':', label_line[i], "), expected a class to train with"));
  return outline;
}

/// The same rows, columns by their global number and in their order.
template <class Scalar>
CsrMatrix<Scalar> with_all_columns(DistributedCsr<Scalar> const& A) {
  auto const row_ptr = host_view(A.pattern.local().row_ptr());
  auto const col = host_view(A.pattern.local().col());
  auto const values = host_view(A.values);
  std::vector<std::pair<Ordinal, Scalar>> row;
  std::vector<Ordinal> new_col;
  std::vector<Scalar> new_values;
  for (Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i) {
    row.clear();
    for (Offset k = row_ptr(i); k < row_ptr(i + 1); ++k)
      row.emplace_back(static_cast<Ordinal>(A.pattern.global_col(col(k))), values(k));
    std::sort(row.begin(), row.end());
    for (auto const& [j, v] : row) {
      new_col.push_back(j);
      new_values.push_back(v);
    }
  }
  return {
      CsrPattern<>(A.pattern.num_owned_rows(), static_cast<Ordinal>(A.pattern.cols().num_global()),
                   A.pattern.local().row_ptr(), to_device<DefaultDevice>("nacre::features::col", new_col)),
      to_device<DefaultDevice>("nacre::features", new_values)};
}

/// This rank's part of what rank 0 has.
template <class T>
std::vector<T> owned(RowPartition const& nodes, std::vector<T>& all) {
  nodes.comm().broadcast(all, 0);
  return {all.begin() + static_cast<std::ptrdiff_t>(nodes.begin()),
          all.begin() + static_cast<std::ptrdiff_t>(nodes.end())};
}

}  // namespace

template <class Scalar>
NodeData<Scalar> read_graph_folder(Comm const& comm, std::string const& path) {
  GraphFiles const files(path);
  Outline outline;
  on_first_rank(comm, [&] {
    files.require(path);
    outline = read_outline(files);
  });
  std::vector<char> is_pattern{outline.adjacency_is_pattern, outline.features_is_pattern};
  comm.broadcast(is_pattern, 0);

  NodeData<Scalar> data;
  data.name = (std::filesystem::path(path) / "").lexically_normal().parent_path().filename().string();
  data.adjacency = read_matrix_market<Scalar>(comm, files.adjacency);
  data.features = with_all_columns(read_matrix_market<Scalar>(comm, files.features));
  // entries that a file repeats were summed
  if (is_pattern[0]) Kokkos::deep_copy(data.adjacency.values, Scalar(1));
  if (is_pattern[1]) Kokkos::deep_copy(data.features.values, Scalar(1));
  data.labels = owned(data.adjacency.pattern.rows(), outline.labels);
  data.split = owned(data.adjacency.pattern.rows(), outline.split);
  data.num_classes =
      1 + comm.max(data.labels.empty() ? -1 : *std::max_element(data.labels.begin(), data.labels.end()));
  return data;
}

template NodeData<float> read_graph_folder<float>(Comm const&, std::string const&);
template NodeData<double> read_graph_folder<double>(Comm const&, std::string const&);

}  // namespace nacre::nn
