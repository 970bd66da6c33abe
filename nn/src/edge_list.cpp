#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <tuple>

#include <nacre/core/on_first_rank.hpp>
#include <nacre/core/text_reader.hpp>
#include <nacre/nn/graph_data.hpp>

#include "edge_rows.hpp"

// Graphs as lists of edges.

namespace nacre::nn {

namespace {

struct Edge {
  GlobalOrdinal i, j;
  double weight;
  std::int64_t line;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Numbers in a line with blanks, and at most one comma, between them.
class Numbers {
 public:
  explicit Numbers(TextReader const& file)
      : file_(file), at_(file.rest().data()), end_(at_ + file.rest().size()) {}

  bool at_end() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
    return at_ == end_;
  }
  void pass_comma() {
    if (!at_end() && *at_ == ',') ++at_;
  }
  template <class T>
  T read(char const* expected) {
    bool const given = !at_end();
    char const* const begin = given && *at_ == '+' && at_ + 1 != end_ && at_[1] != '-' ? at_ + 1 : at_;
    T value = 0;
    auto const [after, code] = std::from_chars(begin, end_, value);
    if (!given || code != std::errc() || (after != end_ && *after != ',' && !is_blank(*after)))
      fail_expecting(expected);
    at_ = after;
    return value;
  }
  [[noreturn]] void fail_expecting(char const* expected) {
    auto const ends_here = [](char c) { return c == ',' || is_blank(c); };
    std::string shown;
    for (char const* c = at_; c != end_ && shown.size() < 40; ++c) {
      if (ends_here(*c) && !shown.empty()) break;
      shown += *c >= 32 && *c < 127 ? *c : '?';
      if (ends_here(*c)) break;
    }
    file_.fail_here(
        cat("found ", shown.empty() ? "the end of the line" : '\'' + shown + '\'', ", expected ", expected));
  }

 private:
  TextReader const& file_;
  char const *at_, *end_;
};

class EdgeList {
 public:
  EdgeList(std::string const& path, EdgeListOptions const& options, GlobalOrdinal max_nodes)
      : file_(path),
        options_(options),
        max_nodes_(max_nodes),
        num_nodes_(std::max<GlobalOrdinal>(0, options.num_nodes)) {}

  /// All edges, sorted, each once; of undirected ones i <= j.
  template <class Scalar>
  std::vector<Edge> read() {
    std::vector<Edge> edges;
    std::int64_t first_line = 0;
    bool weighted = false;
    while (file_.next_content("#%")) {
      Numbers numbers(file_);
      Edge e{read_node(numbers), 0, 1, file_.line()};
      numbers.pass_comma();
      e.j = read_node(numbers);
      bool const has_weight = !numbers.at_end();
      if (has_weight) {
        numbers.pass_comma();
        e.weight = numbers.read<double>("a weight");
        if (!std::isfinite(static_cast<Scalar>(e.weight)))
          file_.fail_here(cat("found the weight ", e.weight, ", expected a finite number"));
        if (!numbers.at_end()) numbers.fail_expecting("the end of the line");
      }
      if (first_line == 0) {
        first_line = file_.line();
        weighted = has_weight;
      }
      if (has_weight != weighted)
        file_.fail_here(cat("found ", has_weight ? "a weight" : "no weight", ", but there is ",
                            weighted ? "one" : "none", " in line ", first_line));
      if (e.i == e.j && !options_.keep_loops) continue;
      if (options_.undirected && e.i > e.j) std::swap(e.i, e.j);
      edges.push_back(e);
    }
    drop_repeated(edges);
    return edges;
  }
  GlobalOrdinal num_nodes() const { return num_nodes_; }

 private:
  GlobalOrdinal read_node(Numbers& numbers) {
    auto const number = numbers.read<GlobalOrdinal>("the number of a node");
    GlobalOrdinal const first = options_.first_node;
    if (number < first) file_.fail_here(cat("found the node ", number, ", expected one from ", first));
    if (options_.num_nodes >= 0 && number - first >= options_.num_nodes)
      file_.fail_here(cat("found the node ", number, ", expected one from ", first, " to ",
                          options_.num_nodes - 1 + first));
    if (number - first >= max_nodes_)
      file_.fail_here(cat("found the node ", number, ", more than these ranks can number"));
    num_nodes_ = std::max(num_nodes_, number - first + 1);
    return number - first;
  }

  void drop_repeated(std::vector<Edge>& edges) const {
    std::sort(edges.begin(), edges.end(), [](Edge const& a, Edge const& b) {
      return std::tie(a.i, a.j, a.line) < std::tie(b.i, b.j, b.line);
    });
    auto const same = [&](Edge const& a, Edge const& b) {
      if (a.i != b.i || a.j != b.j) return false;
      if (a.weight != b.weight)
        fail(cat(file_.path(), ':', b.line, ": found the weight ", b.weight, " of the edge between ",
                 a.i + options_.first_node, " and ", a.j + options_.first_node, ", but it is ", a.weight,
                 " in line ", a.line));
      return true;
    };
    edges.erase(std::unique(edges.begin(), edges.end(), same), edges.end());
  }

  TextReader file_;
  EdgeListOptions options_;
  GlobalOrdinal max_nodes_, num_nodes_;
};

}  // namespace

template <class Scalar>
DistributedCsr<Scalar> read_edge_list(Comm const& comm, std::string const& path,
                                      EdgeListOptions const& options) {
  std::vector<Edge> edges;
  std::vector<GlobalOrdinal> num_nodes;
  on_first_rank(comm, [&] {
    GlobalOrdinal const max_nodes =
        static_cast<GlobalOrdinal>(std::numeric_limits<Ordinal>::max()) * comm.size();
    if (options.first_node != 0 && options.first_node != 1)
      fail(cat("read_edge_list: first_node = ", options.first_node, ", expected 0 or 1"));
    if (options.num_nodes < -1 || options.num_nodes > max_nodes)
      fail(cat("read_edge_list: num_nodes = ", options.num_nodes, ", expected one from 0 to ", max_nodes,
               ", or -1 for what the file needs"));
    EdgeList list(path, options, max_nodes);
    edges = list.read<Scalar>();
    num_nodes.push_back(list.num_nodes());
  });
  comm.broadcast(num_nodes, 0);
  comm.broadcast(edges, 0);
  detail::EdgeRows<Scalar> rows(RowPartition::even(comm, num_nodes[0]));
  for (auto const& e : edges) {
    rows.add(e.i, e.j, static_cast<Scalar>(e.weight));
    if (options.undirected) rows.add(e.j, e.i, static_cast<Scalar>(e.weight));
  }
  return rows.matrix();
}

template DistributedCsr<float> read_edge_list<float>(Comm const&, std::string const&, EdgeListOptions const&);
template DistributedCsr<double> read_edge_list<double>(Comm const&, std::string const&,
                                                       EdgeListOptions const&);

}  // namespace nacre::nn
