#include <nacre/core/mesh_files.hpp>

#include <nacre/core/tet_shapes.hpp>

#include "mesh_parts.hpp"

namespace nacre {

namespace {

using detail::read_count;
using detail::read_integer;

constexpr std::int64_t kTetrahedron = 4;  // in Gmsh's list of elements

void to_next(TextReader& file, char const* what) {
  if (!file.next_content("")) file.fail_here(cat("the file ends, expected ", what));
}
void expect_line(TextReader& file, std::string const& expected) {
  to_next(file, expected.c_str());
  if (file.word() != expected) file.fail_here(cat("expected '", expected, "' on a line of its own"));
}

class MshReader {
 public:
  explicit MshReader(std::string const& path) : file_(path) {}

  TetMesh read() {
    while (file_.next_content("")) {
      std::string const section(file_.word());
      if (section.empty() || section[0] != '$') file_.fail_here("expected a section, such as '$Nodes'");
      std::string const end = "$End" + section.substr(1);
      if (section == "$MeshFormat") {
        read_format();
      } else if (section == "$Nodes" || section == "$Elements") {
        if (version_ == 0) file_.fail_here(cat("found '", section, "', expected '$MeshFormat' before it"));
        read_blocks(section == "$Nodes");
      } else {
        while (file_.rest().substr(0, end.size()) != end)
          if (!file_.next_line()) file_.fail_here(cat("the file ends, expected '", end, "'"));
        continue;
      }
      expect_line(file_, end);
    }
    if (tets_.mesh().tets.empty())
      fail(cat(file_.path(), ": ", tets_.mesh().points.size(), " points but no tetrahedra of four points"));
    // without points that only other elements have
    return submesh(tets_.mesh(), [](Point const&) { return true; });
  }

 private:
  void read_format() {
    to_next(file_, "the version");
    double const version = detail::read_number(file_, "the version, 2 or 4.1");
    if (!(version >= 2 && version < 3) && version != 4.1)
      file_.fail_here(cat("found version ", version, ", expected 2 or 4.1"));
    if (read_integer(file_, "the type of the file") != 0)
      file_.fail_here("the file is binary, expected ASCII");
    version_ = version < 3 ? 2 : 4;
  }

  /// Version 2 has one block without a head of its own.
  void read_blocks(bool nodes) {
    to_next(file_, "the number of what follows");
    std::int64_t const count = read_count(file_, "how many there are");
    for (std::int64_t block = 0; block < (version_ == 2 ? 1 : count); ++block) {
      std::int64_t in_block = count, type = 0;
      if (version_ == 4) {
        to_next(file_, "a block");
        read_integer(file_, "a dimension");
        read_integer(file_, "the number of an entity");
        type = read_integer(file_, nodes ? "whether points are parametric" : "a type of elements");
        in_block = read_count(file_, "how many there are in the block");
      }
      if (nodes)
        read_nodes(in_block);
      else
        read_elements(in_block, type);
    }
  }

  void read_nodes(std::int64_t count) {
    std::vector<std::int64_t> names;  // version 4 has them before the points
    for (std::int64_t k = 0; version_ == 4 && k < count; ++k) {
      to_next(file_, "the number of a point");
      names.push_back(read_integer(file_, "the number of a point"));
    }
    for (std::int64_t k = 0; k < count; ++k) {
      to_next(file_, "a point");
      std::int64_t const name =
          version_ == 4 ? names[static_cast<std::size_t>(k)] : read_integer(file_, "the number of a point");
      tets_.add_point(file_, name, detail::read_point(file_));
    }
  }

  void read_elements(std::int64_t count, std::int64_t type) {
    for (std::int64_t k = 0; k < count; ++k) {
      to_next(file_, "an element");
      read_integer(file_, "the number of an element");
      if (version_ == 2) {
        type = read_integer(file_, "a type of elements");
        std::int64_t const tags = read_count(file_, "a number of tags");
        for (std::int64_t tag = 0; tag < tags; ++tag) read_integer(file_, "a tag");
      }
      if (type == kTetrahedron) tets_.read_tet(file_);
    }
  }

  TextReader file_;
  int version_ = 0;
  detail::NamedTets tets_;
};

}  // namespace

TetMesh read_msh(std::string const& path) { return MshReader(path).read(); }

}  // namespace nacre
