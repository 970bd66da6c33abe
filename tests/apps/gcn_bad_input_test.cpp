// What nacre_gcn says to input that is wrong: one message, the exit status, and no file left behind.
#include <gtest/gtest.h>

#include "run_program.hpp"

namespace nacre::test {
namespace {

constexpr char const* kHead = "%%MatrixMarket matrix coordinate pattern general\n";

/// A graph folder that is right: a ring of six nodes, two classes.
std::map<std::string, std::string> good_graph() {
  return {{"adjacency.mtx",
           std::string(kHead) + "6 6 12\n1 2\n2 3\n3 4\n4 5\n5 6\n6 1\n2 1\n3 2\n4 3\n5 4\n6 5\n1 6\n"},
          {"features.mtx", std::string(kHead) + "6 3 6\n1 1\n2 2\n3 1\n4 3\n5 2\n6 3\n"},
          {"labels.txt", "0\n0\n0\n1\n1\n1\n"},
          {"split.txt", "train\nval\ntest\ntrain\nval\ntest\n"}};
}

/// Nothing but one message, with the exit status, on any number of ranks.
void expect_refusal(Folder const& inputs, std::string const& arguments, int status,
                    std::string const& message, int most_ranks = 2) {
  for (int const ranks : numbers_of_ranks(most_ranks)) {
    Folder const outputs;
    auto const before = inputs.files();
    auto all = arguments;
    for (char const* output : {"history", "report", "checkpoint"})
      if (arguments.find(output) == std::string::npos && arguments.find("--scaling") == std::string::npos &&
          arguments.find("--compare") == std::string::npos && arguments.find("--resume") == std::string::npos)
        all += std::string(" --") + output + " " + outputs / output;

    auto const ended = run_program("nacre_gcn", ranks, all);

    EXPECT_EQ(ended.status, status) << all << " on " << ranks << " ranks\n" << ended.out << ended.err;
    EXPECT_NE(ended.err.find(message), std::string::npos) << all << " on " << ranks << " ranks\n"
                                                          << ended.err;
    EXPECT_EQ(ended.err.rfind("nacre_gcn: ", 0), 0u) << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << "more than one line:\n"
                                                                       << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(outputs.files(), std::vector<std::string>()) << "left files behind";
    EXPECT_EQ(inputs.files(), before) << "left files behind";
    EXPECT_LT(ended.seconds, 20);
  }
}

struct BadGraph {
  char const* name;
  char const* file;     ///< that is wrong
  char const* text;     ///< of the file; null: there is none
  char const* message;  ///< must be part of what is said
};

void PrintTo(BadGraph const& graph, std::ostream* out) { *out << graph.name; }

constexpr char const* kEntry = "%%MatrixMarket matrix coordinate real general\n";

std::vector<BadGraph> const kBadGraphs{
    {"NoAdjacency", "adjacency.mtx", nullptr, "adjacency.mtx': no such file"},
    {"NoFeatures", "features.mtx", nullptr, "features.mtx': no such file"},
    {"NoLabels", "labels.txt", nullptr, "labels.txt': no such file"},
    {"NoSplit", "split.txt", nullptr, "split.txt': no such file"},
    {"EmptyAdjacency", "adjacency.mtx", "", "adjacency.mtx"},
    {"TextForAdjacency", "adjacency.mtx", "hello\n", "adjacency.mtx:1"},
    {"TruncatedAdjacency", "adjacency.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 6 3\n1 2\n",
     "adjacency.mtx"},
    {"NodeOutOfRange", "adjacency.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 6 2\n1 2\n7 1\n",
     "adjacency.mtx:4"},
    {"NotSquare", "adjacency.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 5 1\n1 2\n",
     "found a 6 by 5 matrix"},
    {"MoreNodesThanFeatures", "adjacency.mtx",
     "%%MatrixMarket matrix coordinate pattern general\n7 7 1\n1 2\n",
     "features.mtx: found 6 rows, expected 7"},
    {"NoNodes", "adjacency.mtx", "%%MatrixMarket matrix coordinate pattern general\n0 0 0\n", "expected"},
    {"MoreFeaturesThanNodes", "features.mtx",
     "%%MatrixMarket matrix coordinate pattern general\n8 3 1\n1 2\n",
     "features.mtx: found 8 rows, expected 6"},
    {"FeatureOutOfRange", "features.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 3 1\n1 4\n",
     "features.mtx:3"},
    {"NoFeature", "features.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 0 0\n",
     "has no features"},
    {"TruncatedFeatures", "features.mtx", "%%MatrixMarket matrix coordinate pattern general\n6 3 5\n1 2\n",
     "features.mtx"},
    {"NaNInTheFeatures", "features.mtx", "%%MatrixMarket matrix coordinate real general\n6 3 1\n1 2 nan\n",
     "features.mtx"},
    {"InfinityInTheFeatures", "features.mtx",
     "%%MatrixMarket matrix coordinate real general\n6 3 1\n1 2 inf\n", "features.mtx"},
    {"ComplexFeatures", "features.mtx", "%%MatrixMarket matrix coordinate complex general\n6 3 1\n1 2 1 0\n",
     "complex"},
    {"TooFewLabels", "labels.txt", "0\n0\n0\n1\n1\n", "labels.txt"},
    {"TooManyLabels", "labels.txt", "0\n0\n0\n1\n1\n1\n0\n", "labels.txt:7"},
    {"NegativeLabel", "labels.txt", "0\n0\n-2\n1\n1\n1\n", "labels.txt:3"},
    {"HugeLabel", "labels.txt", "0\n0\n0\n1\n1\n99999999999\n", "labels.txt:6"},
    {"LargeLabel", "labels.txt", "0\n0\n0\n1\n1\n99999\n", "labels up to 99999, expected at most 999"},
    {"WordForALabel", "labels.txt", "0\n0\nzero\n1\n1\n1\n", "labels.txt:3"},
    {"FractionForALabel", "labels.txt", "0\n0\n0.5\n1\n1\n1\n", "labels.txt:3"},
    {"NoLabelToTrainWith", "labels.txt", "-1\n0\n0\n1\n1\n1\n", "split.txt:1"},
    {"NoLabelToTestWith", "labels.txt", "0\n0\n-1\n1\n1\n-1\n", "has no test nodes with a label"},
    {"EmptyLabels", "labels.txt", "", "labels.txt"},
    {"UnknownWordInTheSplit", "split.txt", "train\nval\ntest\ntrain\nvalidate\ntest\n", "split.txt:5"},
    {"ShortSplit", "split.txt", "train\nval\ntest\n", "split.txt"},
    {"NothingToTrain", "split.txt", "none\nval\ntest\nnone\nval\ntest\n", "has no training nodes"},
    {"NothingToValidate", "split.txt", "train\ntest\ntest\ntrain\ntest\ntest\n", "has no validation nodes"},
};

struct NacreGcnBadGraph : testing::TestWithParam<BadGraph> {};

TEST_P(NacreGcnBadGraph, GivesOneMessageAndLeavesNoFile) {
  Folder const graph;
  for (auto const& [name, text] : good_graph())
    if (name != GetParam().file) graph.write(name, text);
  if (GetParam().text) graph.write(GetParam().file, GetParam().text);
  expect_refusal(graph, "--data " + graph / "", 3, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Graphs, NacreGcnBadGraph, testing::ValuesIn(kBadGraphs),
                         [](auto const& graph) { return std::string(graph.param.name); });

TEST(NacreGcnGraph, IsTakenIfItIsRight) {
  Folder const graph;
  for (auto const& [name, text] : good_graph()) graph.write(name, text);
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = run_program("nacre_gcn", ranks, "--epochs 5 --data " + graph / "");
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended["nodes"], "6");
    EXPECT_EQ(ended["edges"], "6");
    EXPECT_EQ(ended["classes"], "2");
  }
}

TEST(NacreGcnOptions, AreRefusedIfTheyAreWrong) {
  Folder const folder;
  for (auto const& [arguments, status, message] : std::vector<std::tuple<std::string, int, std::string>>{
           {"--epoch 3", 2, "did you mean --epochs?"},
           {"stray", 2, "'stray'"},
           {"--recipe kip", 2, "--recipe = 'kip' is not known; did you mean kipf?"},
           {"--features thin", 2, "--features = 'thin'"},
           {"--precision half", 2, "--precision = 'half'"},
           {"--epochs 0", 2, "--epochs = 0"},
           {"--epochs ten", 2, "ten"},
           {"--hidden 0", 2, "--hidden = 0"},
           {"--seeds 0", 2, "--seeds = 0"},
           {"--seed -1", 2, "--seed = -1"},
           {"--nodes 3", 2, "--nodes = 3"},
           {"--nodes 100 --degree 100", 2, "--degree = 100, expected at most 99"},
           {"--dropout 1", 2, "--dropout = 1"},
           {"--dropout nan", 2, "--dropout = nan"},
           {"--learning-rate 0", 2, "--learning-rate = 0"},
           {"--weight-decay -1", 2, "--weight-decay = -1"},
           {"--checkpoint-every -1", 2, "--checkpoint-every = -1"},
           {"--data ''", 2, "--data = ''"},
           {"--resume", 2, "--resume needs --checkpoint"},
           {"--scaling --compare-dense", 2, "do not go together"},
           {"--scaling --data " + folder / "", 2, "takes no --data"},
           {"--scaling --history " + folder / "h", 2, "takes no --checkpoint, --history or --report"},
           {"--compare-dense --report " + folder / "r", 2, "takes no --checkpoint, --history or --report"},
           {"--data " + folder / "none", 3, "none': no such folder"},
           {"--data " + folder / "", 3, "adjacency.mtx': no such file"},
           {"--checkpoint " + folder / "no/c.st", 3, "no/c.st"},
           {"--report " + folder / "no/r.html", 3, "no/r.html"},
           {"--history " + folder / "no/h.csv", 3, "no/h.csv"}})
    expect_refusal(folder, arguments, status, message, status == 3 || arguments == "stray" ? 2 : 1);
}

}  // namespace
}  // namespace nacre::test
