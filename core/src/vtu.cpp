#include <nacre/core/vtu.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "ordered_writer.hpp"

namespace nacre {

namespace {

using detail::OrderedWriter;
using Bytes = std::vector<unsigned char>;

template <class T>
char const* vtk_type() {
  if constexpr (std::is_same_v<T, double>) return "Float64";
  if constexpr (std::is_same_v<T, float>) return "Float32";
  if constexpr (std::is_same_v<T, std::uint8_t>) return "UInt8";
  if constexpr (std::is_same_v<T, std::int32_t>) return "Int32";
  if constexpr (std::is_same_v<T, std::int64_t>) return "Int64";
}

void append_base64(std::string& text, unsigned char const* data, std::size_t n) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < n; i += 3) {
    std::uint32_t const three = static_cast<std::uint32_t>(data[i]) << 16 |
                                (i + 1 < n ? static_cast<std::uint32_t>(data[i + 1]) << 8 : 0) |
                                (i + 2 < n ? static_cast<std::uint32_t>(data[i + 2]) : 0);
    text += kDigits[three >> 18];
    text += kDigits[three >> 12 & 63];
    text += i + 1 < n ? kDigits[three >> 6 & 63] : '=';
    text += i + 2 < n ? kDigits[three & 63] : '=';
  }
}

std::string escaped(std::string const& name) {
  std::string s;
  for (char const c : name)
    s += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
  return s;
}

/// A part of a file: text, then the base64 of some bytes (if any).
struct Part {
  std::string text;
  Bytes bytes;
};
using MakePart = std::function<Part()>;

/// A DataArray whose numbers `value(i)` gives, i < n. Made when its turn comes: one at a time is in memory.
template <class T, class Value>
MakePart data_array(std::string const& name, int components, std::size_t n, Value const& value) {
  return [=] {
    Part part;
    part.text = cat("<DataArray type=\"", vtk_type<T>(), "\" Name=\"", escaped(name),
                    "\" NumberOfComponents=\"", components, "\" format=\"binary\">\n");
    part.bytes.resize(sizeof(std::uint64_t) + n * sizeof(T));
    std::uint64_t const size = n * sizeof(T);
    std::memcpy(part.bytes.data(), &size, sizeof(size));
    for (std::size_t i = 0; i < n; ++i) {
      T const v = value(i);
      std::memcpy(part.bytes.data() + sizeof(size) + i * sizeof(T), &v, sizeof(T));
    }
    return part;
  };
}

MakePart plain(std::string const& text) {
  return [text] { return Part{text, {}}; };
}

/// Writes parts in pieces of bounded length.
class PartStream {
 public:
  explicit PartStream(std::vector<MakePart> parts) : parts_(std::move(parts)) {}
  bool operator()(std::string& text) {
    static_assert(OrderedWriter::kPiece / 4 * 3 % 3 == 0,
                  "base64 goes on seamlessly after multiples of three bytes");
    constexpr std::size_t kBytes = OrderedWriter::kPiece / 4 * 3;
    while (text.size() < OrderedWriter::kPiece) {
      if (sent_ < current_.bytes.size()) {
        std::size_t const n = std::min(kBytes, current_.bytes.size() - sent_);
        append_base64(text, current_.bytes.data() + sent_, n);
        sent_ += n;
        if (sent_ == current_.bytes.size()) text += "\n</DataArray>\n";
        continue;
      }
      if (next_ == parts_.size()) return false;
      current_ = parts_[next_++]();
      sent_ = 0;
      text += current_.text;
    }
    return true;
  }

 private:
  std::vector<MakePart> parts_;
  Part current_;
  std::size_t next_ = 0, sent_ = 0;
};

/// Values of a field at this rank's points: [points, block_size], and zero on the boundary.
template <class Scalar>
class PointValues {
 public:
  PointValues(RowPartition const& rows, int block_size, Mesh const& mesh)
      : rows_(rows), block_size_(block_size), mesh_(mesh) {
    std::vector<GlobalOrdinal> ghosts;
    for (auto const u : mesh.unknown)
      for (int d = 0; d < block_size; ++d)
        if (u >= 0 && !rows.owns(block_size * u + d)) ghosts.push_back(block_size * u + d);
    std::sort(ghosts.begin(), ghosts.end());
    ghosts.erase(std::unique(ghosts.begin(), ghosts.end()), ghosts.end());
    halo_ = HaloExchange<HostDevice>(rows, ghosts);
  }
  /// Collective.
  std::vector<Scalar> operator()(MultiVector<Scalar> const& field, std::size_t column) const {
    auto const host = host_view(field);
    MultiVector<Scalar, HostDevice> x("nacre::vtu_field", field.extent(0), 1);
    for (std::size_t i = 0; i < field.extent(0); ++i) x(i, 0) = host(i, column);
    ExecOf<HostDevice> const exec;
    auto const ghosts = halo_.import_ghosts(exec, x);
    compat::fence(exec, "nacre::vtu");
    std::vector<Scalar> values;
    values.reserve(mesh_.points.size() * static_cast<std::size_t>(block_size_));
    for (auto const u : mesh_.unknown)
      for (int d = 0; d < block_size_; ++d) {
        GlobalOrdinal const row = block_size_ * u + d;
        if (u < 0)
          values.push_back(0);
        else if (rows_.owns(row))
          values.push_back(x(row - rows_.begin(), 0));
        else
          values.push_back(ghosts(
              std::lower_bound(halo_.ghosts().begin(), halo_.ghosts().end(), row) - halo_.ghosts().begin(),
              0));
      }
    return values;
  }

 private:
  RowPartition rows_;
  int block_size_;
  Mesh const& mesh_;
  HaloExchange<HostDevice> halo_;
};

template <class Scalar>
std::string find_problem(RowPartition const& rows, int block_size, Mesh const& mesh,
                         std::vector<PointField<Scalar>> const& fields) {
  for (auto const& f : fields)
    if (static_cast<Ordinal>(f.values.extent(0)) != rows.num_owned())
      return cat("write_vtu: field '", f.name, "' has extent(0) = ", f.values.extent(0),
                 " but this rank owns ", rows.num_owned(), " rows");
  if (mesh.unknown.size() != mesh.points.size())
    return cat("write_vtu: the mesh has ", mesh.points.size(), " points but ", mesh.unknown.size(),
               " numbers of unknowns");
  for (auto const u : mesh.unknown)
    if (u < -1 || block_size * (u + 1) > rows.num_global())
      return cat("write_vtu: the mesh has the unknown ", u, " of ", block_size, " rows but there are ",
                 rows.num_global(), " rows");
  for (auto const v : mesh.vertices)
    if (v < 0 || static_cast<std::size_t>(v) >= mesh.points.size())
      return cat("write_vtu: a cell has the point ", v, " but the mesh has ", mesh.points.size());
  return "";
}

}  // namespace

template <class Scalar>
void write_vtu(std::string const& path, RowPartition const& rows, int block_size, Mesh const& mesh,
               std::vector<PointField<Scalar>> const& fields) {
  Comm const& comm = rows.comm();
  comm.fail_together(find_problem(rows, block_size, mesh, fields));
  OrderedWriter file(comm, path);

  std::size_t const corners = static_cast<std::size_t>(vertices_of(mesh.shape));
  std::size_t const num_cells = mesh.vertices.size() / corners;
  PointValues<Scalar> const at_points(rows, block_size, mesh);
  std::vector<MakePart> parts;
  parts.push_back(plain(cat("<Piece NumberOfPoints=\"", mesh.points.size(), "\" NumberOfCells=\"", num_cells,
                            "\">\n<Points>\n")));
  parts.push_back(data_array<double>("Points", 3, 3 * mesh.points.size(),
                                     [&](std::size_t i) { return mesh.points[i / 3][i % 3]; }));
  parts.push_back(plain("</Points>\n<Cells>\n"));
  parts.push_back(data_array<std::int32_t>("connectivity", 1, mesh.vertices.size(),
                                           [&](std::size_t i) { return mesh.vertices[i]; }));
  parts.push_back(data_array<std::int64_t>(
      "offsets", 1, num_cells, [=](std::size_t i) { return static_cast<std::int64_t>((i + 1) * corners); }));
  parts.push_back(data_array<std::uint8_t>(
      "types", 1, num_cells, [&](std::size_t) { return static_cast<std::uint8_t>(mesh.shape); }));
  parts.push_back(plain("</Cells>\n<CellData>\n"));
  parts.push_back(data_array<std::int32_t>("rank", 1, num_cells, [&](std::size_t) { return comm.rank(); }));
  parts.push_back(plain("</CellData>\n<PointData>\n"));
  for (auto const& field : fields)
    for (std::size_t c = 0; c < field.values.extent(1); ++c) {
      // messages now, on all ranks at once; the text later, rank after rank
      auto const values = std::make_shared<std::vector<Scalar> const>(at_points(field.values, c));
      std::string const name = field.values.extent(1) == 1 ? field.name : cat(field.name, '_', c);
      parts.push_back(data_array<Scalar>(name, block_size, values->size(),
                                         [values](std::size_t i) { return (*values)[i]; }));
    }
  parts.push_back(plain("</PointData>\n</Piece>\n"));
  if (num_cells == 0) parts.clear();

  std::uint16_t const one = 1;
  bool const little = *reinterpret_cast<unsigned char const*>(&one) == 1;
  file.write(cat("<?xml version=\"1.0\"?>\n<VTKFile type=\"UnstructuredGrid\" version=\"1.0\" byte_order=\"",
                 little ? "LittleEndian" : "BigEndian", "\" header_type=\"UInt64\">\n<UnstructuredGrid>\n"));
  file.write_in_rank_order(PartStream(std::move(parts)));
  file.write("</UnstructuredGrid>\n</VTKFile>\n");
  file.commit();
}

template <class Scalar>
void write_vtu(std::string const& path, Problem<Scalar> const& problem,
               std::vector<PointField<Scalar>> const& fields) {
  if (!problem.make_mesh) fail(cat("write_vtu: the problem '", problem.name, "' has no mesh"));
  write_vtu(path, problem.A.pattern.rows(), problem.block_size, problem.make_mesh(), fields);
}

template void write_vtu<double>(std::string const&, RowPartition const&, int, Mesh const&,
                                std::vector<PointField<double>> const&);
template void write_vtu<float>(std::string const&, RowPartition const&, int, Mesh const&,
                               std::vector<PointField<float>> const&);
template void write_vtu<double>(std::string const&, Problem<double> const&,
                                std::vector<PointField<double>> const&);
template void write_vtu<float>(std::string const&, Problem<float> const&,
                               std::vector<PointField<float>> const&);

}  // namespace nacre
