#include <nacre/nn/graph_data.hpp>
#include <nacre/nn/row_normalize.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "support/backends.hpp"
#include "support/message_of.hpp"
#include "support/sparse.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace nacre::nn;
using nacre::cat;
using nacre::Comm;
using nacre::test::Dense;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;
using nacre::test::to_dense;
using Files = std::map<std::string, std::string>;

std::string const kMatrix = "%%MatrixMarket matrix coordinate ";

// The path 0 - 1 - 2 - 3 with three features, some files other than that.
Files graph(Files files = {}) {
  files.insert({{"adjacency.mtx", kMatrix + "pattern symmetric\n4 4 3\n2 1\n3 2\n4 3\n"},
                {"features.mtx", kMatrix + "pattern general\n4 3 5\n1 3\n1 1\n2 2\n4 2\n4 3\n"},
                {"labels.txt", "0\n2\n-1\n0\n"},
                {"split.txt", "train\nval\nnone\ntest\n"}});
  return files;
}

std::string write(TemporaryFolder const& folder, Files const& files) {
  auto const path = folder.file("path_graph");
  std::filesystem::create_directories(path);
  for (auto const& [name, content] : files) folder.file("path_graph/" + name, content);
  return path;
}

template <class Scalar>
struct GraphFolder : testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(GraphFolder, Scalars);

TYPED_TEST(GraphFolder, IsReadWithAllItsParts) {
  TemporaryFolder const folder;
  auto const path = write(folder, graph());

  auto const data = read_graph_folder<TypeParam>(Comm::self(), path);

  EXPECT_EQ(data.name, "path_graph");
  EXPECT_EQ(to_dense(data.adjacency.local()),
            (Dense{{0, 1, 0, 0}, {1, 0, 1, 0}, {0, 1, 0, 1}, {0, 0, 1, 0}}));
  EXPECT_EQ(to_dense(data.features), (Dense{{1, 0, 1}, {0, 1, 0}, {0, 0, 0}, {0, 1, 1}}));
  EXPECT_EQ(data.labels, (std::vector<int>{0, 2, -1, 0}));
  EXPECT_EQ(data.split, (std::vector<Split>{Split::train, Split::validation, Split::none, Split::test}));
  EXPECT_EQ(data.num_classes, 3);
  EXPECT_EQ(read_graph_folder<TypeParam>(Comm::self(), path + "/").name, "path_graph");
}

TYPED_TEST(GraphFolder, KeepsWeightsAndDirections) {
  TemporaryFolder const folder;
  auto const data = read_graph_folder<TypeParam>(
      Comm::self(),
      write(folder, graph({{"adjacency.mtx", kMatrix + "real general\n4 4 3\n2 1 .5\n2 1 2\n3 3 -1\n"},
                           {"features.mtx", kMatrix + "integer general\n4 2 1\n3 2 7\n"}})));

  EXPECT_EQ(to_dense(data.adjacency.local()),
            (Dense{{0, 0, 0, 0}, {2.5, 0, 0, 0}, {0, 0, -1, 0}, {0, 0, 0, 0}}));
  EXPECT_EQ(to_dense(data.features), (Dense{{0, 0}, {0, 0}, {0, 7}, {0, 0}}));
}

TYPED_TEST(GraphFolder, StaysOneWhereAPatternRepeatsAnEntry) {
  TemporaryFolder const folder;
  auto const data = read_graph_folder<TypeParam>(
      Comm::self(),
      write(folder, graph({{"adjacency.mtx", kMatrix + "pattern general\n4 4 3\n2 1\n2 1\n1 2\n"},
                           {"features.mtx", kMatrix + "pattern general\n4 1 3\n1 1\n1 1\n4 1\n"}})));

  EXPECT_EQ(to_dense(data.adjacency.local()),
            (Dense{{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}}));
  EXPECT_EQ(to_dense(data.features), (Dense{{1}, {0}, {0}, {1}}));
}

TYPED_TEST(GraphFolder, MayBeWithoutNodesOrFeatures) {
  TemporaryFolder const folder;
  auto const data = read_graph_folder<TypeParam>(
      Comm::self(), write(folder, {{"adjacency.mtx", kMatrix + "pattern symmetric\n0 0 0\n"},
                                   {"features.mtx", kMatrix + "pattern general\n0 0 0\n"},
                                   {"labels.txt", ""},
                                   {"split.txt", "% nothing\n\n"}}));

  EXPECT_EQ(data.adjacency.pattern.rows().num_global(), 0);
  EXPECT_EQ(data.features.num_rows(), 0);
  EXPECT_EQ(data.num_classes, 0);
}

TEST(GraphFolderErrors, NameFileAndLine) {
  struct Case {
    char const *file, *content, *message;
  };
  Case const cases[] = {
      {"adjacency.mtx", "pattern general\n4 3 0\n", ": found a 4 by 3 matrix, expected a square one"},
      {"features.mtx", "pattern general\n5 3 0\n",
       ": found 5 rows, expected 4, one for each node of adjacency.mtx"},
      {"features.mtx", "pattern general\n4 2147483648 0\n",
       ": found 2147483648 features, expected at most 2147483647"},
      {"features.mtx", "real general\n4 3 1\n1 1 nan\n", ":3: found the value nan, expected a finite number"},
      {"features.mtx", "real general\n4 3 1\n1 1 -inf\n",
       ":3: found the value -inf, expected a finite number"},
      {"labels.txt", "0\n2\n0\n",
       ":3: found 3 of 4 labels at the end of the file, expected one for each node of adjacency.mtx"},
      {"labels.txt", "0\n\n2\n0\n0\n0\n",
       ":6: found one label more than adjacency.mtx has nodes, expected 4"},
      {"labels.txt", "0\n1.5\n0\n0\n",
       ":2: found '1.5', expected a class (a number from 0 to 99999) or -1 for none"},
      {"labels.txt", "0\n-2\n0\n0\n",
       ":2: found '-2', expected a class (a number from 0 to 99999) or -1 for none"},
      {"labels.txt", "0\n0\n100000\n0\n",
       ":3: found '100000', expected a class (a number from 0 to 99999) or -1 for none"},
      {"labels.txt", "0 1\n0\n0\n0\n", ":1: found '1', expected the end of the line"},
      {"split.txt", "train\n",
       ":1: found 1 of 4 words at the end of the file, expected one for each node of adjacency.mtx"},
      {"split.txt", "train\nval\nvalid\ntest\n", ":3: found 'valid', expected train, val, test or none"}};
  for (auto const& c : cases) {
    TemporaryFolder const folder;
    bool const is_matrix = std::string(c.file).find(".mtx") != std::string::npos;
    auto const path = write(folder, graph({{c.file, (is_matrix ? kMatrix : "") + c.content}}));

    EXPECT_EQ(message_of([&] { read_graph_folder(Comm::self(), path); }), cat(path, '/', c.file, c.message));
  }
}

TEST(GraphFolderErrors, ANodeToTrainOnNeedsALabel) {
  TemporaryFolder const folder;
  auto const path = write(folder, graph({{"split.txt", "# by hand\nnone\nnone\ntrain\nnone\n"}}));

  EXPECT_EQ(message_of([&] { read_graph_folder(Comm::self(), path); }),
            cat(path, "/split.txt:4: found 'train' for a node without a label (", path,
                "/labels.txt:3), expected a class to train with"));
}

TEST(GraphFolderErrors, SayWhatIsMissing) {
  TemporaryFolder const folder;
  auto const path = write(folder, graph());
  for (std::string const name : {"adjacency.mtx", "features.mtx", "labels.txt", "split.txt"}) {
    write(folder, graph());
    std::filesystem::remove(path + '/' + name);

    EXPECT_EQ(
        message_of([&] { read_graph_folder(Comm::self(), path); }),
        cat("cannot read '", path, '/', name, "': no such file; the folder of a graph has adjacency.mtx, ",
            "features.mtx, labels.txt and split.txt"));
  }
  EXPECT_EQ(message_of([&] { read_graph_folder(Comm::self(), path + "/none"); }),
            cat("cannot read the graph in '", path, "/none': no such folder"));
}

template <class Scalar = double>
Dense read_edges(std::string const& content, EdgeListOptions const& options = {}) {
  TemporaryFolder const folder;
  return to_dense(read_edge_list<Scalar>(Comm::self(), folder.file("edges", content), options).local());
}

EdgeListOptions directed() {
  EdgeListOptions options;
  options.undirected = false;
  return options;
}

TEST(EdgeList, GoesBothWaysAndCountsOnce) {
  EXPECT_EQ(read_edges("# from to\n0 1\n1\t0\r\n\n% more\n 3 , 1\n0,1\n2 2"),
            (Dense{{0, 1, 0, 0}, {1, 0, 0, 1}, {0, 0, 0, 0}, {0, 1, 0, 0}}));
}

TEST(EdgeList, MayBeDirectedWithWeightsAndLoops) {
  auto options = directed();
  options.keep_loops = true;
  std::string const edges = "0 2 .5\n2,0,-1e1\n1\t1\t+3\n0 2 0.5\n";

  EXPECT_EQ(read_edges<double>(edges, options), (Dense{{0, 0, .5}, {0, 3, 0}, {-10, 0, 0}}));
  EXPECT_EQ(read_edges<float>(edges, options), (Dense{{0, 0, .5}, {0, 3, 0}, {-10, 0, 0}}));
  options.keep_loops = false;
  EXPECT_EQ(read_edges(edges, options), (Dense{{0, 0, .5}, {0, 0, 0}, {-10, 0, 0}}));
}

TEST(EdgeList, AnUndirectedLoopIsOneEntry) {
  EdgeListOptions options;
  options.keep_loops = true;
  EXPECT_EQ(read_edges("1 1 4\n", options), (Dense{{0, 0}, {0, 4}}));
}

TEST(EdgeList, MayNumberNodesFromOneAndHaveMoreNodes) {
  EdgeListOptions options;
  options.first_node = 1;
  EXPECT_EQ(read_edges("1 2\n", options), (Dense{{0, 1}, {1, 0}}));
  options.num_nodes = 3;
  EXPECT_EQ(read_edges("1 2\n", options), (Dense{{0, 1, 0}, {1, 0, 0}, {0, 0, 0}}));
  EXPECT_EQ(read_edges("", options), (Dense{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}));
  EXPECT_EQ(read_edges("# none\n"), Dense{});
}

TEST(EdgeListErrors, NameFileAndLine) {
  EdgeListOptions from_one, five;
  from_one.first_node = 1;
  five.num_nodes = 5;
  struct Case {
    char const *content, *message;
    EdgeListOptions options;
  };
  Case const cases[] = {
      {"0 1\n2\n", ":2: found the end of the line, expected the number of a node", {}},
      {"source target\n", ":1: found 'source', expected the number of a node", {}},
      {"1.0 2\n", ":1: found '1.0', expected the number of a node", {}},
      {"99999999999999999999 2\n", ":1: found '99999999999999999999', expected the number of a node", {}},
      {"1,,2\n", ":1: found ',', expected the number of a node", {}},
      {"1,2,\n", ":1: found the end of the line, expected a weight", {}},
      {"1 2 heavy\n", ":1: found 'heavy', expected a weight", {}},
      {"1 2 nan\n", ":1: found the weight nan, expected a finite number", {}},
      {"1 2 3 4\n", ":1: found '4', expected the end of the line", {}},
      {"0 -1\n", ":1: found the node -1, expected one from 0", {}},
      {"#\n1 0\n", ":2: found the node 0, expected one from 1", from_one},
      {"0 5\n", ":1: found the node 5, expected one from 0 to 4", five},
      {"0 2147483647\n", ":1: found the node 2147483647, more than these ranks can number", {}},
      {"0 1 2\n\n1 2\n", ":3: found no weight, but there is one in line 1", {}},
      {"#\n0 1\n1 2 3\n", ":3: found a weight, but there is none in line 2", {}},
      {"2 1 5\n1 2 5\n1 2 6\n", ":3: found the weight 6 of the edge between 1 and 2, but it is 5 in line 1",
       from_one}};
  for (auto const& c : cases) {
    TemporaryFolder const folder;
    auto const path = folder.file("edges.csv", c.content);
    EXPECT_EQ(message_of([&] { read_edge_list(Comm::self(), path, c.options); }), path + c.message);
  }
  EXPECT_EQ(read_edges("1 2 5\n2 1 6\n", directed()), (Dense{{0, 0, 0}, {0, 0, 5}, {0, 6, 0}}));
}

TEST(EdgeListErrors, AreAboutOptionsToo) {
  EdgeListOptions options;
  options.first_node = 2;
  EXPECT_EQ(message_of([&] { read_edges("0 1\n", options); }),
            "read_edge_list: first_node = 2, expected 0 or 1");
  options = {};
  options.num_nodes = -2;
  EXPECT_EQ(
      message_of([&] { read_edges("0 1\n", options); }),
      "read_edge_list: num_nodes = -2, expected one from 0 to 2147483647, or -1 for what the file needs");
  EXPECT_EQ(message_of([&] { read_edge_list<float>(Comm::self(), "none/edges"); }),
            "cannot read 'none/edges': No such file or directory");
}

// Neighbours of each node, on one rank.
std::vector<std::vector<int>> columns(nacre::CsrPattern<> const& pattern) {
  auto const row_ptr = nacre::host_view(pattern.row_ptr());
  auto const col = nacre::host_view(pattern.col());
  std::vector<std::vector<int>> rows;
  for (int i = 0; i < pattern.num_rows(); ++i)
    rows.emplace_back(&col(0) + row_ptr(i), &col(0) + row_ptr(i + 1));
  return rows;
}

TEST(StochasticBlockModel, IsAnUndirectedGraphWithoutLoopsOfTheGivenDegree) {
  StochasticBlockModelOptions options;
  options.num_nodes = 5003;
  options.average_degree = 7;
  auto const data = stochastic_block_model<float>(Comm::self(), options);

  auto const& pattern = data.adjacency.pattern.local();
  nacre::test::expect_well_formed(pattern);
  auto const neighbors = columns(pattern);
  double same = 0, count = 0;
  for (int i = 0; i < 5003; ++i)
    for (int const j : neighbors[static_cast<std::size_t>(i)]) {
      auto const& back = neighbors[static_cast<std::size_t>(j)];
      ASSERT_NE(i, j);
      ASSERT_TRUE(std::binary_search(back.begin(), back.end(), i)) << i << ' ' << j;
      same += data.labels[static_cast<std::size_t>(i)] == data.labels[static_cast<std::size_t>(j)];
      ++count;
    }
  // drawn twice: .3% of the edges inside a class, of the others fewer
  EXPECT_LE(count, 5003 * 7);
  EXPECT_GE(count, 5003 * 7 * .99);
  double const deviation = std::sqrt(.8 * .2 / (count / 2));
  EXPECT_NEAR(same / count, .8, 5 * deviation + .003);
  for (std::size_t k = 0; k < pattern.num_entries(); ++k)
    ASSERT_EQ(nacre::host_view(data.adjacency.values)(k), 1);
}

TEST(StochasticBlockModel, HasClassesAndASplitOfTheGivenSizes) {
  StochasticBlockModelOptions options;
  options.num_nodes = 100;
  options.num_classes = 3;
  options.train_per_class = 4;
  options.validation = 20;
  options.test = 30;
  auto const data = stochastic_block_model<double>(Comm::self(), options);

  int count[4] = {}, size[3] = {}, train[3] = {};
  for (std::size_t i = 0; i < 100; ++i) {
    ++count[static_cast<int>(data.split[i])];
    ++size[data.labels[i]];
    if (data.split[i] == Split::train) ++train[data.labels[i]];
  }
  EXPECT_EQ(data.num_classes, 3);
  EXPECT_EQ(count[static_cast<int>(Split::train)], 12);
  EXPECT_EQ(count[static_cast<int>(Split::validation)], 20);
  EXPECT_EQ(count[static_cast<int>(Split::test)], 30);
  EXPECT_EQ(size[0], 34);
  for (int const n : train) EXPECT_EQ(n, 4);
}

// The class whose words are most frequent in the rows of some nodes; ties: the first.
int guess(std::vector<std::vector<int>> const& words, std::vector<int> const& nodes, int num_classes) {
  std::vector<int> votes(static_cast<std::size_t>(num_classes), 0);
  for (int const i : nodes)
    for (int const w : words[static_cast<std::size_t>(i)]) ++votes[static_cast<std::size_t>(w % num_classes)];
  return static_cast<int>(std::max_element(votes.begin(), votes.end()) - votes.begin());
}

TEST(StochasticBlockModel, NeighboursTellMoreThanANodesOwnWords) {
  StochasticBlockModelOptions const options;
  auto const data = stochastic_block_model<double>(Comm::self());

  auto const neighbors = columns(data.adjacency.pattern.local()), words = columns(data.features.pattern);
  double alone = 0, together = 0;
  std::size_t num_words = 0;
  for (int i = 0; i < options.num_nodes; ++i) {
    auto const at = static_cast<std::size_t>(i);
    auto nodes = neighbors[at];
    nodes.push_back(i);
    alone += guess(words, {i}, 5) == data.labels[at];
    together += guess(words, nodes, 5) == data.labels[at];
    num_words += words[at].size();
    ASSERT_LE(words[at].size(), 10u);
  }
  alone /= static_cast<double>(options.num_nodes);
  together /= static_cast<double>(options.num_nodes);
  // a word is of the own class with the probability .2 + .8 / 5, and .16 of each other
  EXPECT_GT(alone, .4);
  EXPECT_LT(alone, .7);
  EXPECT_GT(together, alone + .15);
  EXPECT_GT(num_words, 9.7 * static_cast<double>(options.num_nodes));
  nacre::test::expect_well_formed(data.features.pattern);
  EXPECT_EQ(data.features.num_cols(), 500);
}

TEST(StochasticBlockModel, DependsOnTheSeedAlone) {
  StochasticBlockModelOptions options;
  auto const a = stochastic_block_model<double>(Comm::self(), options);
  auto const b = stochastic_block_model<double>(Comm::self(), options);
  options.seed = 2;
  auto const c = stochastic_block_model<double>(Comm::self(), options);

  EXPECT_EQ(columns(a.adjacency.pattern.local()), columns(b.adjacency.pattern.local()));
  EXPECT_EQ(columns(a.features.pattern), columns(b.features.pattern));
  EXPECT_NE(columns(a.adjacency.pattern.local()), columns(c.adjacency.pattern.local()));
  EXPECT_NE(columns(a.features.pattern), columns(c.features.pattern));
}

TEST(StochasticBlockModel, MayBeAsSmallAsOneNode) {
  StochasticBlockModelOptions options;
  options.num_nodes = options.num_classes = 1;
  options.average_degree = options.num_features = options.words_per_node = options.train_per_class = 0;
  options.validation = 0;
  options.test = 1;
  auto const data = stochastic_block_model<double>(Comm::self(), options);
  EXPECT_EQ(data.adjacency.pattern.num_global_entries(), 0);
  EXPECT_EQ(data.features.num_entries(), 0u);
  EXPECT_EQ(data.split, std::vector<Split>{Split::test});
}

TEST(StochasticBlockModel, ClassesOfOneNodeHaveEdgesToOthersOnly) {
  StochasticBlockModelOptions options;
  options.num_nodes = options.num_classes = 4;
  options.average_degree = 3;
  options.train_per_class = 1;
  options.validation = options.test = 0;
  options.homophily = 1;
  EXPECT_EQ(stochastic_block_model<double>(Comm::self(), options).adjacency.pattern.num_global_entries(), 0);
  options.homophily = 0;
  auto const data = stochastic_block_model<double>(Comm::self(), options);
  EXPECT_GT(data.adjacency.pattern.num_global_entries(), 0);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(to_dense(data.adjacency.local())[i][i], 0);
}

TEST(StochasticBlockModel, RejectsOptionsOutOfRange) {
  auto const message = [](auto const& change) {
    StochasticBlockModelOptions options;
    change(options);
    return message_of([&] { stochastic_block_model<double>(Comm::self(), options); });
  };
  std::string const name = "stochastic_block_model: ";
  using Options = StochasticBlockModelOptions;
  EXPECT_EQ(message([](Options& o) { o.num_nodes = 0; }), name + "num_nodes = 0, expected at least 1");
  EXPECT_EQ(message([](Options& o) { o.num_classes = 2001; }),
            name + "num_classes = 2001, expected one from 1 to the number of nodes, 2000");
  EXPECT_EQ(message([](Options& o) { o.average_degree = std::nan(""); }),
            name + "average_degree = nan, expected one from 0 to 1999, the other nodes");
  EXPECT_EQ(message([](Options& o) { o.homophily = 1.5; }),
            name + "homophily = 1.5, expected one from 0 to 1");
  EXPECT_EQ(message([](Options& o) { o.num_features = 4; }),
            name + "num_features = 4, expected at least one for each of the 5 classes");
  EXPECT_EQ(message([](Options& o) { o.words_per_node = -1; }),
            name + "words_per_node = -1, expected at least 0");
  EXPECT_EQ(message([](Options& o) { o.own_words = -.5; }),
            name + "own_words = -0.5, expected one from 0 to 1");
  EXPECT_EQ(message([](Options& o) { o.test = -1; }),
            name + "train_per_class = 20, validation = 300, test = -1, expected numbers of nodes");
  EXPECT_EQ(message([](Options& o) { o.test = 1601; }),
            name + "100 nodes to train, 300 to validate and 1601 to test are more than the 2000 nodes");
  EXPECT_EQ(message([](Options& o) { o.num_nodes = 1000000000; }),
            name + "1000000000 nodes with 10 words need more ranks than 1");
}

template <class Device>
struct RowNormalize : testing::Test {};
TYPED_TEST_SUITE(RowNormalize, nacre::test::Backends);

template <class Scalar, class Device>
void expect_rows_divided_by_their_sums() {
  using nacre::test::from_dense;
  nacre::ExecOf<Device> const exec;
  auto const A = from_dense<Scalar, Device>({{1, 0, 3, 4}, {0, 0, 0, 0}, {0, 2, -2, 0}, {-1, 0, 0, 0}}, 4);

  row_normalize(exec, A);

  exec.fence();
  EXPECT_EQ(to_dense(A), (Dense{{.125, 0, .375, .5}, {0, 0, 0, 0}, {0, 2, -2, 0}, {1, 0, 0, 0}}));
  row_normalize(exec, from_dense<Scalar, Device>({}, 0));
}

TYPED_TEST(RowNormalize, DividesRowsByTheirSums) {
  expect_rows_divided_by_their_sums<float, TypeParam>();
  expect_rows_divided_by_their_sums<double, TypeParam>();
}

TYPED_TEST(RowNormalize, RejectsValuesThatDoNotFit) {
  nacre::CsrMatrix<double, TypeParam> A = nacre::test::from_dense<double, TypeParam>({{1, 2}}, 2);
  A.values = nacre::Vector<double, TypeParam>("values", 3);
  EXPECT_EQ(message_of([&] { row_normalize(nacre::ExecOf<TypeParam>(), A); }),
            "row_normalize: view 'values' has extent(0) = 3 but the pattern's number of entries is 2");
}

}  // namespace
