#include <nacre/nn/graph_data.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "support/message_of.hpp"
#include "support/shared_folder.hpp"

namespace {

using namespace nacre::nn;
using nacre::cat;
using nacre::Comm;
using nacre::DistributedCsr;
using nacre::GlobalOrdinal;
using nacre::test::message_of;
using nacre::test::SharedFolder;

template <class T>
std::string on_all_ranks(Comm const& comm, std::vector<T> const& mine) {
  std::string text;
  for (auto const& v : comm.all_gather(mine)) text += cat(static_cast<double>(v), ' ');
  return text;
}

// Everything that a matrix holds, by global numbers.
template <class Scalar>
std::string describe(DistributedCsr<Scalar> const& A) {
  auto const row_ptr = nacre::host_view(A.pattern.local().row_ptr());
  auto const col = nacre::host_view(A.pattern.local().col());
  auto const values = nacre::host_view(A.values);
  std::vector<double> mine;
  for (nacre::Ordinal i = 0; i < A.pattern.num_owned_rows(); ++i) {
    std::map<GlobalOrdinal, double> row;  // the local order of columns depends on the ranks
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      row[A.pattern.global_col(col(k))] = static_cast<double>(values(k));
    mine.push_back(static_cast<double>(A.pattern.rows().begin() + i));
    for (auto const& [j, v] : row) mine.insert(mine.end(), {static_cast<double>(j), v});
  }
  return cat(A.pattern.rows().num_global(), " by ", A.pattern.cols().num_global(), ": ",
             on_all_ranks(A.comm(), mine));
}

template <class Scalar>
std::string describe(NodeData<Scalar> const& data) {
  Comm const comm = data.adjacency.comm();
  auto const row_ptr = nacre::host_view(data.features.pattern.row_ptr());
  auto const col = nacre::host_view(data.features.pattern.col());
  auto const values = nacre::host_view(data.features.values);
  std::vector<int> length, split;
  for (nacre::Ordinal i = 0; i < data.features.num_rows(); ++i)
    length.push_back(static_cast<int>(row_ptr(i + 1) - row_ptr(i)));
  for (auto const s : data.split) split.push_back(static_cast<int>(s));
  return cat(data.name, ' ', data.num_classes, ' ', data.features.num_cols(), '\n', describe(data.adjacency),
             '\n', on_all_ranks(comm, length), '\n',
             on_all_ranks(comm, std::vector<int>(col.data(), col.data() + col.extent(0))), '\n',
             on_all_ranks(comm, std::vector<Scalar>(values.data(), values.data() + values.extent(0))), '\n',
             on_all_ranks(comm, data.labels), '\n', on_all_ranks(comm, split));
}

// n nodes on a directed ring with chords, m features
void write_graph(SharedFolder const& folder, int n, int m) {
  std::string edges, words, labels, split;
  int num_edges = 0, num_words = 0;
  for (int i = 1; i <= n; ++i) {
    for (int const j : {i % n + 1, (3 * i) % n + 1}) {
      edges += cat(i, ' ', j, ' ', i, ".25\n");
      ++num_edges;
    }
    for (int j = m; j >= 1; --j)
      if ((i * j) % 4 == 1) {
        words += cat(i, ' ', j, ' ', j, ".5\n");
        ++num_words;
      }
    labels += cat(i % 4 - 1, '\n');
    split += i % 4 == 0 ? "none\n" : i % 3 == 0 ? "train\n" : i % 3 == 1 ? "val\n" : "test\n";
  }
  std::string const head = "%%MatrixMarket matrix coordinate real general\n";
  folder.file("adjacency.mtx", cat(head, n, ' ', n, ' ', num_edges, '\n', edges));
  folder.file("features.mtx", cat(head, n, ' ', m, ' ', num_words, '\n', words));
  folder.file("labels.txt", labels);
  folder.file("split.txt", split);
}

TEST(GraphFolderMpi, IsTheSameOnAnyNumberOfRanks) {
  Comm const comm = Comm::world();
  for (auto const& [n, m] : {std::pair<int, int>{1, 1}, {2, 7}, {37, 11}}) {
    SharedFolder const folder(comm);
    write_graph(folder, n, m);

    auto const data = read_graph_folder<double>(comm, folder.file(""));

    EXPECT_EQ(data.adjacency.pattern.rows(), nacre::RowPartition::even(comm, n));
    EXPECT_EQ(data.labels.size(), static_cast<std::size_t>(data.adjacency.pattern.num_owned_rows()));
    EXPECT_EQ(describe(data), describe(read_graph_folder<double>(Comm::self(), folder.file("")))) << n;
    EXPECT_EQ(describe(read_graph_folder<float>(comm, folder.file(""))), describe(data));
  }
}

TEST(GraphFolderMpi, AllRanksFailWithTheSameMessage) {
  Comm const comm = Comm::world();
  std::string const where = comm.size() > 1 ? " (rank 0)" : "";
  SharedFolder const folder(comm);
  write_graph(folder, 9, 3);
  folder.file("labels.txt", "x\n");
  EXPECT_EQ(message_of([&] { read_graph_folder(comm, folder.file("")); }),
            folder.file("labels.txt") +
                ":1: found 'x', expected a class (a number from 0 to 99999) or -1 for none" + where);
  EXPECT_EQ(message_of([&] { read_edge_list(comm, folder.file("split.txt")); }),
            folder.file("split.txt") + ":1: found 'val', expected the number of a node" + where);
}

TEST(EdgeListMpi, IsTheSameOnAnyNumberOfRanks) {
  Comm const comm = Comm::world();
  SharedFolder const folder(comm);
  std::string edges;
  for (int i = 0; i < 40; ++i)
    edges += cat((7 * i) % 23, ',', (i * i) % 19, ',', ((7 * i) % 23) * ((i * i) % 19), '\n');
  auto const path = folder.file("edges.csv", edges);
  for (bool const undirected : {false, true}) {
    EdgeListOptions options;
    options.undirected = undirected;
    auto const A = read_edge_list<double>(comm, path, options);

    EXPECT_EQ(A.pattern.rows(), nacre::RowPartition::even(comm, 23));
    EXPECT_EQ(describe(A), describe(read_edge_list<double>(Comm::self(), path, options)));
  }
  auto const pair = folder.file("pair", "0 1");
  EXPECT_EQ(describe(read_edge_list<float>(comm, pair)), "2 by 2: 0 1 1 1 0 1 ");
  EXPECT_EQ(describe(read_edge_list<float>(comm, folder.file("none", ""))), "0 by 0: ");
}

TEST(StochasticBlockModelMpi, IsTheSameOnAnyNumberOfRanks) {
  Comm const comm = Comm::world();
  for (int const n : {1, 2, 5, 301}) {
    StochasticBlockModelOptions options;
    options.num_nodes = n;
    options.num_classes = n == 301 ? 4 : 1;
    options.average_degree = n == 301 ? 6 : n - 1;
    options.train_per_class = 1;
    options.validation = options.test = n / 3;

    EXPECT_EQ(describe(stochastic_block_model<double>(comm, options)),
              describe(stochastic_block_model<double>(Comm::self(), options)))
        << n;
  }
}

struct Counts {
  char const* name;
  int nodes, edges, features, words, classes, train, unlabelled;
};

void expect_counts(Counts const& expected) {
  char const* const folder = std::getenv("NACRE_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "NACRE_DATA_DIR is not set";
  auto const path = cat(folder, "/graphs/", expected.name);
  if (!std::ifstream(path + "/adjacency.mtx").good()) GTEST_SKIP() << path << " does not exist";

  Comm const comm = Comm::world();
  auto const data = read_graph_folder<float>(comm, path);

  EXPECT_EQ(data.name, expected.name);
  EXPECT_EQ(data.adjacency.pattern.rows().num_global(), expected.nodes);
  EXPECT_EQ(data.adjacency.pattern.num_global_entries(), 2 * expected.edges);
  EXPECT_EQ(data.features.num_cols(), expected.features);
  EXPECT_EQ(comm.sum(static_cast<std::int64_t>(data.features.num_entries())), expected.words);
  EXPECT_EQ(data.num_classes, expected.classes);
  int count[4] = {}, unlabelled = 0;
  for (auto const s : data.split) ++count[static_cast<int>(s)];
  for (int const label : data.labels) unlabelled += label < 0;
  comm.all_reduce(count, 4, nacre::ReduceOp::sum);
  EXPECT_EQ(count[static_cast<int>(Split::train)], expected.train);
  EXPECT_EQ(count[static_cast<int>(Split::validation)], 500);
  EXPECT_EQ(count[static_cast<int>(Split::test)], 1000);
  EXPECT_EQ(comm.sum(unlabelled), expected.unlabelled);
}

TEST(RealGraphs, CoraHasItsPublishedSize) { expect_counts({"cora", 2708, 5278, 1433, 49216, 7, 140, 0}); }
TEST(RealGraphs, CiteSeerHasItsPublishedSize) {
  expect_counts({"citeseer", 3327, 4552, 3703, 105165, 6, 120, 15});
}

}  // namespace
