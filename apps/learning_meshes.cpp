#include "learning_meshes.hpp"

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include <nacre/core/elasticity_systems.hpp>
#include <nacre/core/mesh_files.hpp>
#include <nacre/core/random.hpp>
#include <nacre/core/tet_shapes.hpp>
#include <nacre/core/tet_systems.hpp>
#include <nacre/core/tetgen.hpp>

namespace nacre::apps {

namespace {

bool ends_with(std::string const& text, std::string const& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}
bool is_obj(std::string const& mesh) { return ends_with(mesh, ".obj") || ends_with(mesh, ".obj.gz"); }

/// What `make()` gives, made when it is asked for and kept.
template <class T, class Make>
std::function<T(std::uint64_t)> once(Make const& make) {
  auto const kept = std::make_shared<std::optional<T>>();
  return [kept, make](std::uint64_t) -> T {
    if (!*kept) *kept = make();
    return **kept;
  };
}

TetMesh read_tets(LearningProblemOptions const& o) {
  if (!is_obj(o.mesh)) return centred(read_msh(o.mesh));
  TetgenOptions tetgen;
  tetgen.switches = o.tetgen;
  return centred(tetrahedralise(read_obj(o.mesh), tetgen));
}

TetMesh shape(LearningProblemOptions const& o) {
  if (o.mesh == "beam") return beam_mesh(o.size);
  if (o.mesh == "l-shape") return tet_l_shape(o.size);
  if (o.mesh == "cylinder") return tet_cylinder(o.size, o.size);
  return tet_box({o.size, o.size, o.size}, {0, 0, 0}, {1, 1, 1});
}

}  // namespace

bool is_mesh_file(std::string const& mesh) {
  return is_obj(mesh) || ends_with(mesh, ".msh") || ends_with(mesh, ".msh.gz");
}

std::vector<std::string> tet_shape_names() {
  return {"random", "jittered", "fixed", "box", "beam", "l-shape", "cylinder"};
}
std::vector<std::string> surface_shape_names() { return {"random", "fixed"}; }

std::function<TetMesh(std::uint64_t index)> tet_meshes(LearningProblemOptions const& o) {
  auto const seed = static_cast<std::uint64_t>(o.seed);
  if (is_mesh_file(o.mesh)) return once<TetMesh>([o] { return read_tets(o); });
  if (o.mesh == "random")
    return [o, seed](std::uint64_t i) { return random_box(seed, i, {o.size_min, o.size, o.jitter}); };
  if (o.mesh == "box") return once<TetMesh>([o] { return centred(shape(o)); });
  if (o.mesh == "fixed")
    return once<TetMesh>(
        [o, seed] { return centred(jittered(shape(o), o.jitter, random_bits(seed, 0, 0))); });
  return [o, seed](std::uint64_t i) {
    return centred(jittered(shape(o), o.jitter, random_bits(seed, i + 1, 0)));
  };
}

std::function<SurfaceMesh(std::uint64_t index)> surface_meshes(LearningProblemOptions const& o) {
  auto const seed = static_cast<std::uint64_t>(o.seed);
  if (is_mesh_file(o.mesh)) return once<SurfaceMesh>([o] { return read_obj(o.mesh); });
  return [o, seed](std::uint64_t i) {
    SphereOptions sphere;
    sphere.subdivisions = o.size;
    sphere.seed = random_bits(seed, o.mesh == "fixed" ? 0 : i + 1, 0);
    return random_sphere(sphere);
  };
}

std::map<std::string, std::string> describe_mesh_file(LearningProblemOptions const& o) {
  std::ifstream in(o.mesh, std::ios::binary);
  if (!in) fail(cat("cannot read '", o.mesh, "', the --mesh"));
  std::uint64_t checksum = 0, size = 0;
  for (std::istreambuf_iterator<char> byte(in), end; byte != end; ++byte, ++size)
    checksum = random_bits(checksum, static_cast<unsigned char>(*byte));
  std::map<std::string, std::string> text{{"mesh-checksum", cat(size, '-', checksum)}};
  if (is_obj(o.mesh)) text["tetgen"] = o.tetgen;
  return text;
}

}  // namespace nacre::apps
