#include <nacre/nn/system_file.hpp>

#ifdef NACRE_HAVE_HDF5
#include <algorithm>
#include <filesystem>
#include <limits>
#include <type_traits>

#include <nacre/core/atomic_file.hpp>

#include "hdf5.hpp"
#endif

namespace nacre::nn {

#ifdef NACRE_HAVE_HDF5

namespace {

namespace h5 = detail::hdf5;

constexpr char const* kFormat = "nacre linear systems";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxText = 64000;     // of an attribute, in an object's header
constexpr hsize_t kChunkBytes = 1 << 20;    // of data that are compressed together
constexpr hsize_t kMostCompression = 1100;  // deflate's limit is 1032
constexpr unsigned kCompression = 1;        // more costs time, and gains little on such numbers

template <class T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
}
template <class T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_STD_I32LE;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_STD_I64LE;
}

std::string group_of(std::int64_t i) {
  std::string const digits = std::to_string(i);
  return "/systems/" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

template <class Extents>
std::string describe(Extents const& extents) {
  std::string text;
  for (auto const n : extents) text += (text.empty() ? "" : ", ") + std::to_string(n);
  return "[" + text + "]";
}

/// Files appear complete and do not change: nobody needs locks, which some file systems lack.
h5::Handle file_access() {
  auto access = h5::property_list(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);  // checksums of everything that is no data
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, false, true);
#endif
  return access;
}

/// How an object is created of which the file shall not say when.
h5::Handle timeless(hid_t kind) {
  auto list = h5::property_list(kind);
  H5Pset_obj_track_times(list, false);
  return list;
}

/// What is put into one file, with its name in the messages.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {}

  [[noreturn]] void refuse(std::string const& what) const { fail(cat("cannot write '", path_, "': ", what)); }
  h5::Handle checked(h5::Handle handle) const {
    if (!handle.is_valid()) refuse(h5::last_error());
    return handle;
  }
  void check(bool done) const {
    if (!done) refuse(h5::last_error());
  }

  void attribute(hid_t object, char const* name, std::int64_t value) const {
    auto const space = h5::space_of(0, nullptr);
    auto attribute = checked(
        {H5Acreate2(object, name, file_type<std::int64_t>(), space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose});
    check(H5Awrite(attribute, memory_type<std::int64_t>(), &value) >= 0 && attribute.close());
  }
  void attribute(hid_t object, std::string const& name, std::string const& value) const {
    if (name.empty() || name.find('\0') != std::string::npos || value.find('\0') != std::string::npos)
      refuse(cat("attribute '", name.c_str(), "' is empty or has a zero in it"));
    if (value.size() > kMaxText)
      refuse(cat("attribute '", name, "' has ", value.size(), " bytes, expected at most ", kMaxText));
    auto const type = h5::string_type(std::max<std::size_t>(value.size(), 1));
    auto const space = h5::space_of(0, nullptr);
    auto names = h5::property_list(H5P_ATTRIBUTE_CREATE);
    H5Pset_char_encoding(names, H5T_CSET_UTF8);
    auto attribute = checked({H5Acreate2(object, name.c_str(), type, space, names, H5P_DEFAULT), H5Aclose});
    check(H5Awrite(attribute, type, value.c_str()) >= 0 && attribute.close());
  }

  template <class T>
  void array(hid_t group, char const* name, std::vector<hsize_t> const& extents, T const* data) const {
    auto const space = h5::space_of(static_cast<int>(extents.size()), extents.data());
    auto const creation = timeless(H5P_DATASET_CREATE);
    hsize_t row_bytes = sizeof(T);
    for (std::size_t d = 1; d < extents.size(); ++d) row_bytes *= extents[d];
    if (row_bytes > 0 && extents[0] > 0) {
      auto chunk = extents;
      chunk[0] = std::min(extents[0], std::max<hsize_t>(1, kChunkBytes / row_bytes));
      H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
      if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) {
        H5Pset_shuffle(creation);
        H5Pset_deflate(creation, kCompression);
      }
      H5Pset_fletcher32(creation);
    }
    auto set = checked(
        {H5Dcreate2(group, name, file_type<T>(), space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose});
    check(H5Dwrite(set, memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0 && set.close());
  }

 private:
  std::string path_;
};

/// What is read from one file, with its name in the messages.
class Input {
 public:
  explicit Input(std::string path) : path_(std::move(path)) {}

  [[noreturn]] void refuse(std::string const& what) const { fail(cat("cannot read '", path_, "': ", what)); }
  /// \param where the object in the file, for messages
  h5::Handle checked(h5::Handle handle, std::string const& where) const {
    if (!handle.is_valid()) refuse(cat(where, ": ", h5::last_error()));
    return handle;
  }

  h5::Handle group(hid_t file, std::string const& where) const {
    if (H5Lexists(file, where.c_str(), H5P_DEFAULT) <= 0) refuse(cat("there is no group ", where));
    return checked({H5Gopen2(file, where.c_str(), H5P_DEFAULT), H5Gclose}, where);
  }

  std::int64_t integer(hid_t object, std::string const& where, char const* name) const {
    auto const attribute = open_attribute(object, where, name, H5T_INTEGER, "an integer");
    std::int64_t value = 0;
    if (H5Aread(attribute, memory_type<std::int64_t>(), &value) < 0)
      refuse(cat(where, ", attribute '", name, "': ", h5::last_error()));
    return value;
  }
  std::string text(hid_t object, std::string const& where, std::string const& name) const {
    auto const attribute = open_attribute(object, where, name, H5T_STRING, "a string");
    h5::Handle const type(H5Aget_type(attribute), H5Tclose);
    bool read = false;
    std::string value;
    if (H5Tis_variable_str(type) > 0) {  // as others write them
      char* allocated = nullptr;
      read = H5Aread(attribute, type, &allocated) >= 0;
      if (read && allocated) value = allocated;
      H5free_memory(allocated);
    } else {
      value.resize(H5Tget_size(type));
      read = H5Aread(attribute, type, value.data()) >= 0;
      value.resize(std::min(value.size(), value.find('\0')));
    }
    if (!read) refuse(cat(where, ", attribute '", name, "': ", h5::last_error()));
    return value;
  }

  /// The numbers of an array of these extents; -1 stands for any.
  template <class T>
  std::vector<T> array(hid_t group, std::string const& group_name, char const* name,
                       std::vector<std::int64_t> expected, std::vector<std::int64_t>* found = nullptr) const {
    std::string const where = group_name + "/" + name;
    if (H5Lexists(group, name, H5P_DEFAULT) <= 0) refuse(cat("there is no data set ", where));
    auto const set = checked({H5Dopen2(group, name, H5P_DEFAULT), H5Dclose}, where);
    h5::Handle const type(H5Dget_type(set), H5Tclose);
    bool const real = std::is_floating_point_v<T>;
    if (H5Tget_class(type) != (real ? H5T_FLOAT : H5T_INTEGER))
      refuse(cat(where, " does not hold ", real ? "real numbers" : "integers", ", as expected"));

    h5::Handle const space(H5Dget_space(set), H5Sclose);
    int const rank = std::max(0, H5Sget_simple_extent_ndims(space));
    std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    bool matches = extents.size() == expected.size();
    for (std::size_t d = 0; matches && d < expected.size(); ++d)
      matches = expected[d] < 0 || extents[d] == static_cast<hsize_t>(expected[d]);
    if (!matches)
      refuse(cat(where, " has the extents ", describe(extents), ", expected ", describe(expected)));

    hsize_t size = 1, most = H5Dget_storage_size(set) * kMostCompression / sizeof(T);
    bool possible = true;
    for (hsize_t const n : extents) {
      possible = possible && (n == 0 || size <= std::numeric_limits<hsize_t>::max() / n);
      size *= n;
    }
    if (!possible || size > most)
      refuse(cat(where, " has the extents ", describe(extents), ", more numbers than the ",
                 H5Dget_storage_size(set), " bytes that are there can hold"));
    std::vector<T> values(static_cast<std::size_t>(size));
    if (H5Dread(set, memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      refuse(cat(where, ": ", h5::last_error()));
    if (found) found->assign(extents.begin(), extents.end());
    return values;
  }

 private:
  h5::Handle open_attribute(hid_t object, std::string const& where, std::string const& name, H5T_class_t kind,
                            char const* expected) const {
    if (H5Aexists(object, name.c_str()) <= 0) refuse(cat(where, " has no attribute '", name, "'"));
    auto attribute = checked({H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose}, where);
    h5::Handle const type(H5Aget_type(attribute), H5Tclose);
    h5::Handle const space(H5Aget_space(attribute), H5Sclose);
    if (H5Tget_class(type) != kind || H5Sget_simple_extent_npoints(space) != 1)
      refuse(cat(where, ", attribute '", name, "' is not ", expected, ", as expected"));
    return attribute;
  }

  std::string path_;
};

template <class View>
std::vector<hsize_t> extents_of(View const& view) {
  std::vector<hsize_t> extents;
  for (unsigned d = 0; d < static_cast<unsigned>(View::rank); ++d) extents.push_back(view.extent(d));
  return extents;
}

template <class View>
void fill(View const& view, std::vector<double> const& values) {
  auto const host = Kokkos::create_mirror_view(view);
  std::copy(values.begin(), values.end(), host.data());
  Kokkos::deep_copy(view, host);
}

}  // namespace

bool have_hdf5() { return true; }

struct SystemFileWriter::State {
  State(std::string const& path) : target(path), output(path) {}
  AtomicFile target;
  Output output;
  h5::Handle file, systems;
  std::int64_t count = 0;
  int block_size = 0;
};

SystemFileWriter::SystemFileWriter(std::string const& path,
                                   std::map<std::string, std::string> const& metadata)
    : state_(std::make_unique<State>(path)) {
  h5::Quiet const quiet;
  auto& s = *state_;
  auto const& out = s.output;
  s.file = out.checked(
      {H5Fcreate(s.target.writable_name().c_str(), H5F_ACC_TRUNC, timeless(H5P_FILE_CREATE), file_access()),
       H5Fclose});
  out.attribute(s.file, std::string("format"), kFormat);
  out.attribute(s.file, "version", kVersion);
  auto const like_this = timeless(H5P_GROUP_CREATE);
  h5::Handle const described =
      out.checked({H5Gcreate2(s.file, "/metadata", H5P_DEFAULT, like_this, H5P_DEFAULT), H5Gclose});
  for (auto const& [key, value] : metadata) out.attribute(described, key, value);
  s.systems = out.checked({H5Gcreate2(s.file, "/systems", H5P_DEFAULT, like_this, H5P_DEFAULT), H5Gclose});
}

SystemFileWriter::~SystemFileWriter() {
  h5::Quiet const quiet;
  state_.reset();
}
SystemFileWriter::SystemFileWriter(SystemFileWriter&&) noexcept = default;
SystemFileWriter& SystemFileWriter::operator=(SystemFileWriter&&) noexcept = default;

void SystemFileWriter::add(LinearSystem const& system) {
  h5::Quiet const quiet;
  auto& s = *state_;
  auto const& out = s.output;
  validate(system);
  if (s.count == 0) s.block_size = system.block_size();
  if (system.block_size() != s.block_size)
    out.refuse(cat("system '", system.name, "' has blocks of size ", system.block_size(), ", expected ",
                   s.block_size, " as the first one"));
  h5::Handle const group = out.checked(
      {H5Gcreate2(s.file, group_of(s.count).c_str(), H5P_DEFAULT, timeless(H5P_GROUP_CREATE), H5P_DEFAULT),
       H5Gclose});
  out.attribute(group, std::string("name"), system.name);
  out.attribute(group, "num_nodes", system.num_nodes());
  auto const offsets = host_view(system.A.pattern.row_ptr());
  std::vector<std::int64_t> const row_ptr(offsets.data(), offsets.data() + offsets.size());
  auto const cols = host_view(system.A.pattern.col());
  std::vector<std::int32_t> const col(cols.data(), cols.data() + cols.size());
  out.array(group, "row_ptr", {row_ptr.size()}, row_ptr.data());
  out.array(group, "col", {col.size()}, col.data());
  out.array(group, "values", extents_of(system.A.values), host_view(system.A.values).data());
  out.array(group, "features", extents_of(system.features), host_view(system.features).data());
  out.array(group, "free", extents_of(system.free), host_view(system.free).data());
  ++s.count;
}

void SystemFileWriter::commit() {
  h5::Quiet const quiet;
  auto& s = *state_;
  if (s.count == 0) s.output.refuse("there are no systems");
  s.output.attribute(s.file, "count", s.count);
  s.output.attribute(s.file, "block_size", s.block_size);
  s.output.check(s.systems.close() && s.file.close());
  s.target.commit();
}

struct SystemFile::State {
  State(std::string const& path) : input(path) {}
  Input input;
  h5::Handle file;
  std::int64_t count = 0;
  int block_size = 0;
  std::map<std::string, std::string> metadata;
};

SystemFile::SystemFile(std::string const& path) {
  h5::Quiet const quiet;
  auto const state = std::make_shared<State>(path);
  auto const& in = state->input;
  if (!std::filesystem::exists(path)) in.refuse("there is no such file");
  if (!std::filesystem::is_regular_file(path)) in.refuse("it is not a regular file");
  if (H5Fis_hdf5(path.c_str()) <= 0) in.refuse("it is not an HDF5 file");
  auto const access = file_access();  // closing it before a failure is looked at would clear what HDF5 says
  state->file = h5::Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
  if (!state->file.is_valid()) in.refuse(h5::last_error());
  hid_t const file = state->file;

  auto const format = in.text(file, "/", "format");
  if (format != kFormat) in.refuse(cat("its format is '", format, "', expected '", kFormat, "'"));
  auto const version = in.integer(file, "/", "version");
  if (version != kVersion)
    in.refuse(cat("it is of version ", version, " of the format, expected ", kVersion));
  state->count = in.integer(file, "/", "count");
  auto const block_size = in.integer(file, "/", "block_size");
  if (state->count < 1 || block_size < 1 || block_size > 1000)
    in.refuse(cat("it says that it has ", state->count, " systems with blocks of size ", block_size,
                  ", expected at least one, and sizes from 1 to 1000"));
  state->block_size = static_cast<int>(block_size);

  auto const described = in.group(file, "/metadata");
  std::vector<std::string> keys;
  hsize_t first = 0;
  H5Aiterate2(
      described, H5_INDEX_NAME, H5_ITER_INC, &first,
      [](hid_t, char const* name, H5A_info_t const*, void* out) -> herr_t {
        static_cast<std::vector<std::string>*>(out)->push_back(name);
        return 0;
      },
      &keys);
  for (auto const& key : keys) state->metadata[key] = in.text(described, "/metadata", key);
  auto const systems = in.group(file, "/systems");
  H5G_info_t info{};
  H5Gget_info(systems, &info);
  if (info.nlinks != static_cast<hsize_t>(state->count))
    in.refuse(cat("/systems has ", info.nlinks, " members, expected ", state->count, ", the count"));
  state_ = state;
}

std::int64_t SystemFile::size() const { return state_->count; }
int SystemFile::block_size() const { return state_->block_size; }
std::map<std::string, std::string> const& SystemFile::metadata() const { return state_->metadata; }

LinearSystem SystemFile::read(std::int64_t i) const {
  h5::Quiet const quiet;
  auto const& in = state_->input;
  if (i < 0 || i >= size()) in.refuse(cat("there is no system ", i, "; it has ", size(), ", counted from 0"));
  auto const where = group_of(i);
  auto const group = in.group(state_->file, where);
  std::string const name = in.text(group, where, "name");
  std::int64_t const n = in.integer(group, where, "num_nodes"), b = block_size();
  if (n < 0 || n > std::numeric_limits<Ordinal>::max() / b)
    in.refuse(cat(where, " has ", n, " nodes, expected from 0 to ", std::numeric_limits<Ordinal>::max() / b));

  auto const offsets = in.array<std::int64_t>(group, where, "row_ptr", {n + 1});
  std::vector<std::int64_t> extents;
  auto const col = in.array<std::int32_t>(group, where, "col", {-1}, &extents);
  auto const num_blocks = extents[0];
  if (num_blocks > static_cast<std::int64_t>(std::numeric_limits<Offset>::max()) / (b * b))
    in.refuse(cat(where, " has ", num_blocks, " blocks, more than can be numbered"));
  for (auto const offset : offsets)
    if (offset < 0 || offset > num_blocks)
      in.refuse(cat(where, "/row_ptr has an offset ", offset, ", expected from 0 to ", num_blocks));
  auto const values = in.array<double>(group, where, "values", {num_blocks, b, b});
  auto const features = in.array<double>(group, where, "features", {n, -1}, &extents);
  auto const free = in.array<double>(group, where, "free", {n, b});

  std::vector<Offset> const row_ptr(offsets.begin(), offsets.end());
  std::vector<Ordinal> const columns(col.begin(), col.end());
  auto const nodes = static_cast<std::size_t>(n), size = static_cast<std::size_t>(b);
  LinearSystem const system{
      name,
      {CsrPattern<>(static_cast<Ordinal>(n), static_cast<Ordinal>(n),
                    to_device<DefaultDevice>("nacre::system_file::row_ptr", row_ptr),
                    to_device<DefaultDevice>("nacre::system_file::col", columns)),
       Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice>(
           "nacre::system_file::values", static_cast<std::size_t>(num_blocks), size, size)},
      RowMajor<double>("nacre::system_file::features", nodes, static_cast<std::size_t>(extents[1])),
      RowMajor<double>("nacre::system_file::free", nodes, size)};
  fill(system.A.values, values);
  fill(system.features, features);
  fill(system.free, free);
  try {
    validate(system);
  } catch (Error const& e) {
    in.refuse(cat(where, ": ", e.what()));
  }
  return system;
}

#else

namespace {

[[noreturn]] void fail_without_hdf5(char const* what, std::string const& path) {
  fail(cat("cannot ", what, " '", path,
           "': this Nacre was built without HDF5; install it (Debian: libhdf5-dev) and configure with "
           "-DNACRE_ENABLE_HDF5=ON"));
}

}  // namespace

bool have_hdf5() { return false; }

struct SystemFileWriter::State {};
struct SystemFile::State {};

SystemFileWriter::SystemFileWriter(std::string const& path, std::map<std::string, std::string> const&) {
  fail_without_hdf5("write", path);
}
SystemFileWriter::~SystemFileWriter() = default;
SystemFileWriter::SystemFileWriter(SystemFileWriter&&) noexcept = default;
SystemFileWriter& SystemFileWriter::operator=(SystemFileWriter&&) noexcept = default;
void SystemFileWriter::add(LinearSystem const& system) { fail_without_hdf5("write", system.name); }
void SystemFileWriter::commit() { fail_without_hdf5("write", ""); }

SystemFile::SystemFile(std::string const& path) { fail_without_hdf5("read", path); }
std::int64_t SystemFile::size() const { return 0; }
int SystemFile::block_size() const { return 0; }
std::map<std::string, std::string> const& SystemFile::metadata() const { fail_without_hdf5("read", ""); }
LinearSystem SystemFile::read(std::int64_t) const { fail_without_hdf5("read", ""); }

#endif

void write_systems(std::string const& path, std::vector<LinearSystem> const& systems,
                   std::map<std::string, std::string> const& metadata) {
  SystemFileWriter writer(path, metadata);
  for (auto const& system : systems) writer.add(system);
  writer.commit();
}

std::vector<LinearSystem> read_systems(Comm const& comm, std::string const& path,
                                       std::vector<std::int64_t> const& which) {
  std::vector<LinearSystem> systems;
  std::string problem;
  try {
    SystemFile const file(path);
    for (auto const i : which) systems.push_back(file.read(i));
  } catch (std::exception const& e) {
    problem = e.what();
  }
  comm.fail_together(problem);
  return systems;
}

}  // namespace nacre::nn
