#include <gtest/gtest.h>
#ifdef NACRE_TEST_HDF5
#include <hdf5.h>
#endif

#include <chrono>
#include <cmath>
#include <functional>
#include <limits>

#include <nacre/nn/system_file.hpp>

#include "support/message_of.hpp"
#include "support/sparse.hpp"
#include "support/temporary_folder.hpp"

namespace {

using namespace nacre;
using namespace nacre::nn;
using nacre::test::content_of;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;

template <class View>
void fill(View const& view, double first) {
  auto const host = Kokkos::create_mirror_view(view);
  for (std::size_t k = 0; k < host.size(); ++k) host.data()[k] = first + std::sqrt(static_cast<double>(k));
  Kokkos::deep_copy(view, host);
}

/// A chain of n nodes with b unknowns each and k features, the first node's first unknown prescribed.
LinearSystem chain(Ordinal n, int b, int k, double first = -3) {
  std::vector<Offset> row_ptr{0};
  std::vector<Ordinal> col;
  for (Ordinal i = 0; i < n; ++i) {
    for (Ordinal const j : {i - 1, i, i + 1})
      if (j >= 0 && j < n) col.push_back(j);
    row_ptr.push_back(static_cast<Offset>(col.size()));
  }
  auto const size = static_cast<std::size_t>(b);
  BsrMatrix<double> const A{
      CsrPattern<>(n, n, to_device<DefaultDevice>("row_ptr", row_ptr), to_device<DefaultDevice>("col", col)),
      Kokkos::View<double***, Kokkos::LayoutRight, DefaultDevice>("values", col.size(), size, size)};
  fill(A.values, first);
  RowMajor<double> const features("features", static_cast<std::size_t>(n), static_cast<std::size_t>(k));
  fill(features, first);
  auto const system = make_linear_system(cat("chain ", n), A, features);
  if (n > 0) {
    auto const free = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), system.free);
    free(0, 0) = 0;
    Kokkos::deep_copy(system.free, free);
  }
  return system;
}

template <class View>
std::vector<double> numbers(View const& view) {
  auto const host = host_view(view);
  return std::vector<double>(host.data(), host.data() + host.size());
}

void expect_equal(LinearSystem const& found, LinearSystem const& expected) {
  EXPECT_EQ(found.name, expected.name);
  EXPECT_EQ(found.num_nodes(), expected.num_nodes());
  EXPECT_EQ(found.block_size(), expected.block_size());
  EXPECT_EQ(found.features.extent(1), expected.features.extent(1));
  EXPECT_EQ(numbers(found.A.pattern.row_ptr()), numbers(expected.A.pattern.row_ptr()));
  EXPECT_EQ(numbers(found.A.pattern.col()), numbers(expected.A.pattern.col()));
  EXPECT_EQ(numbers(found.A.values), numbers(expected.A.values));
  EXPECT_EQ(numbers(found.features), numbers(expected.features));
  EXPECT_EQ(numbers(found.free), numbers(expected.free));
}

TEST(SystemFile, SaysWhatIsMissingWithoutHdf5) {
  if (have_hdf5()) GTEST_SKIP() << "built with HDF5";
  std::string const missing =
      "': this Nacre was built without HDF5; install it (Debian: libhdf5-dev) and configure with "
      "-DNACRE_ENABLE_HDF5=ON";
  EXPECT_EQ(message_of([] { SystemFile("s.h5"); }), "cannot read 's.h5" + missing);
  EXPECT_EQ(message_of([] { write_systems("s.h5", {}); }), "cannot write 's.h5" + missing);
}

struct SystemFileOfHdf5 : testing::Test {
  void SetUp() override {
    if (!have_hdf5()) GTEST_SKIP() << "built without HDF5";
  }
  TemporaryFolder folder;
  std::string const path = folder.file("s.h5");
};

TEST_F(SystemFileOfHdf5, HoldsWhatWasWritten) {
  for (int const b : {1, 3})
    for (int const k : {0, 1, 4}) {
      SCOPED_TRACE(cat("b = ", b, ", k = ", k));
      std::vector<LinearSystem> const systems{chain(5, b, k), chain(1, b, k, 2), chain(20011, b, k)};
      write_systems(path, systems, {{"problem", "chain"}, {"empty", ""}, {"grün", "ß"}});

      SystemFile const file(path);
      EXPECT_EQ(file.size(), 3);
      EXPECT_EQ(file.block_size(), b);
      EXPECT_EQ(file.metadata(),
                (std::map<std::string, std::string>{{"problem", "chain"}, {"empty", ""}, {"grün", "ß"}}));
      for (int const i : {2, 0, 1}) expect_equal(file.read(i), systems[static_cast<std::size_t>(i)]);
    }
  EXPECT_EQ(folder.num_files(), 1);
}

TEST_F(SystemFileOfHdf5, HoldsASystemWithoutNodesAndMany) {
  std::vector<LinearSystem> systems{chain(0, 1, 2)};
  for (int i = 1; i < 101; ++i) systems.push_back(chain(i % 7 + 1, 1, 2, i));
  std::map<std::string, std::string> metadata;
  for (int i = 0; i < 40; ++i) metadata[cat("key ", i)] = cat("value ", i);
  write_systems(path, systems, metadata);
  SystemFile const file(path);
  ASSERT_EQ(file.size(), 101);
  EXPECT_EQ(file.metadata(), metadata);
  for (std::size_t i = 0; i < systems.size(); ++i)
    expect_equal(file.read(static_cast<std::int64_t>(i)), systems[i]);
}

TEST_F(SystemFileOfHdf5, HasTheSameBytesWheneverItIsWritten) {
  auto const write = [](std::string const& to) {
    write_systems(to, {chain(30, 3, 2), chain(5000, 3, 2)}, {{"a", "b"}});
  };
  write(path);
  auto const first = content_of(path);
  auto const second = std::chrono::steady_clock::now() + std::chrono::milliseconds(1100);
  while (std::chrono::steady_clock::now() < second) {  // times in files are of seconds
  }
  write(folder.file("again.h5"));
  EXPECT_GT(first.size(), 1000u);
  EXPECT_TRUE(content_of(folder.file("again.h5")) == first);
}

TEST_F(SystemFileOfHdf5, IsReadByEveryRankForItself) {
  write_systems(path, {chain(2, 1, 0), chain(3, 1, 0)});
  auto const systems = read_systems(Comm::self(), path, {1, 0, 1});
  ASSERT_EQ(systems.size(), 3u);
  EXPECT_EQ(systems[0].num_nodes(), 3);
  EXPECT_EQ(systems[1].num_nodes(), 2);
  EXPECT_EQ(message_of([&] {
              read_systems(Comm::self(), path, {0, 2});
            }),
            "cannot read '" + path + "': there is no system 2; it has 2, counted from 0");
  EXPECT_EQ(message_of([&] { SystemFile(path).read(-1); }),
            "cannot read '" + path + "': there is no system -1; it has 2, counted from 0");
}

TEST_F(SystemFileOfHdf5, IsNotWrittenWithWhatIsNoDataSet) {
  auto const cannot = "cannot write '" + path + "': ";
  folder.file("s.h5", "old");
  EXPECT_EQ(message_of([&] { write_systems(path, {}); }), cannot + "there are no systems");
  EXPECT_EQ(message_of([&] {
              write_systems(path, {chain(2, 1, 0), chain(2, 3, 0)});
            }),
            cannot + "system 'chain 2' has blocks of size 3, expected 1 as the first one");
  EXPECT_EQ(message_of([&] { write_systems(path, {chain(2, 1, 0, std::nan(""))}); }),
            "system 'chain 2': number 0 of its values is nan, expected finite numbers");
  EXPECT_EQ(message_of([&] {
              write_systems(path, {chain(2, 1, 0)}, {{"k", std::string(64001, 'x')}});
            }),
            cannot + "attribute 'k' has 64001 bytes, expected at most 64000");
  EXPECT_EQ(message_of([&] {
              write_systems(path, {chain(2, 1, 0)}, {{"k", std::string(2, '\0')}});
            }),
            cannot + "attribute 'k' is empty or has a zero in it");
  EXPECT_EQ(message_of([&] { write_systems(folder.file("no/s.h5"), {chain(2, 1, 0)}); }),
            "cannot write '" + folder.file("no/s.h5") + "': No such file or directory");
  EXPECT_EQ(message_of([&] { write_systems("/dev/null", {chain(2, 1, 0)}); }),
            "cannot write '/dev/null': it is not a regular file");
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(folder.num_files(), 1);
}

TEST_F(SystemFileOfHdf5, RefusesFilesThatAreNone) {
  auto const cannot = [&](char const* name) { return "cannot read '" + folder.file(name) + "': "; };
  EXPECT_EQ(message_of([&] { SystemFile(folder.file("none")); }), cannot("none") + "there is no such file");
  EXPECT_EQ(message_of([&] { SystemFile(folder.file(".")); }), cannot(".") + "it is not a regular file");
  EXPECT_EQ(message_of([&] { SystemFile(folder.file("text", "%%MatrixMarket")); }),
            cannot("text") + "it is not an HDF5 file");
}

TEST_F(SystemFileOfHdf5, RefusesFilesThatEndEarly) {
  write_systems(path, {chain(40, 1, 2), chain(40, 1, 2)});
  auto const whole = content_of(path);
  for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 7 : 397) {
    auto const cut = folder.file("cut.h5", whole.substr(0, size));
    auto const message = message_of([&] { SystemFile(cut).read(0); });
    ASSERT_EQ(message.rfind("cannot read '" + cut + "': ", 0), 0u) << size << message;
    EXPECT_TRUE(size < 200 || message.find("truncated file") != std::string::npos) << message;
  }
}

TEST_F(SystemFileOfHdf5, NeverReadsOtherNumbersThanWereWritten) {
  std::vector<LinearSystem> const systems{chain(20, 1, 2)};
  write_systems(path, systems, {{"key", "value"}});
  auto const whole = content_of(path);
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 11) {
    auto bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 0x15);
    auto const name = folder.file("bad.h5", bad);
    auto const message = message_of([&] { expect_equal(SystemFile(name).read(0), systems[0]); });
    refused += message != "(no nacre::Error was thrown)";
    if (HasFailure()) FAIL() << "byte " << at;
  }
  EXPECT_GT(refused, 50);  // the others are gaps
}

#ifdef NACRE_TEST_HDF5

/// A good file with two systems of 3 nodes that `change` makes a bad one; what SystemFile and reading system 1 say then.
std::string refusal(TemporaryFolder const& folder, std::function<void(hid_t)> const& change) {
  auto const path = folder.file("changed.h5");
  write_systems(path, {chain(3, 1, 2), chain(3, 1, 2)});
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  change(file);
  H5Fclose(file);
  auto const message = message_of([&] { SystemFile(path).read(1); });
  auto const before = "cannot read '" + path + "': ";
  EXPECT_EQ(message.substr(0, before.size()), before);
  return message.substr(std::min(message.size(), before.size()));
}

void set_integer(hid_t file, char const* object, char const* name, std::int64_t value) {
  hid_t const group = H5Gopen2(file, object, H5P_DEFAULT);
  hid_t const attribute = H5Aopen(group, name, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_INT64, &value);
  H5Aclose(attribute);
  H5Gclose(group);
}

void replace(hid_t file, char const* name, std::vector<hsize_t> const& extents, hid_t type,
             std::vector<double> const& data) {
  H5Ldelete(file, name, H5P_DEFAULT);
  hid_t const space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  hid_t const set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  if (!data.empty()) H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data());
  H5Dclose(set);
  H5Sclose(space);
}

TEST_F(SystemFileOfHdf5, RefusesOtherFormatsAndVersions) {
  EXPECT_EQ(refusal(folder, [](hid_t file) { H5Adelete(file, "format"); }), "/ has no attribute 'format'");
  EXPECT_EQ(refusal(folder,
                    [](hid_t file) {
                      hid_t const attribute = H5Aopen(file, "format", H5P_DEFAULT);
                      hid_t const type = H5Aget_type(attribute);
                      H5Awrite(attribute, type, "nacre linear sisters");
                      H5Tclose(type);
                      H5Aclose(attribute);
                    }),
            "its format is 'nacre linear sisters', expected 'nacre linear systems'");
  EXPECT_EQ(refusal(folder, [](hid_t file) { set_integer(file, "/", "version", 2); }),
            "it is of version 2 of the format, expected 1");
  EXPECT_EQ(
      refusal(folder, [](hid_t file) { set_integer(file, "/", "count", 0); }),
      "it says that it has 0 systems with blocks of size 1, expected at least one, and sizes from 1 to 1000");
  EXPECT_EQ(refusal(folder, [](hid_t file) { set_integer(file, "/", "count", 3); }),
            "/systems has 2 members, expected 3, the count");
  EXPECT_EQ(refusal(folder,
                    [](hid_t file) {
                      H5Adelete(file, "version");
                      hid_t const space = H5Screate(H5S_SCALAR);
                      H5Aclose(H5Acreate2(file, "version", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT));
                      H5Sclose(space);
                    }),
            "/, attribute 'version' is not an integer, as expected");
}

TEST_F(SystemFileOfHdf5, RefusesSystemsOfOtherShapesAndTypes) {
  auto const of = [&](std::function<void(hid_t)> const& change) { return refusal(folder, change); };
  std::string const at = "/systems/000001";
  EXPECT_EQ(
      of([](hid_t file) { H5Lmove(file, "/systems/000001", file, "/systems/1", H5P_DEFAULT, H5P_DEFAULT); }),
      "there is no group " + at);
  EXPECT_EQ(of([](hid_t file) { H5Ldelete(file, "/systems/000001/free", H5P_DEFAULT); }),
            "there is no data set " + at + "/free");
  EXPECT_EQ(of([](hid_t file) { set_integer(file, "/systems/000001", "num_nodes", 4); }),
            at + "/row_ptr has the extents [4], expected [5]");
  EXPECT_EQ(of([](hid_t file) { set_integer(file, "/systems/000001", "num_nodes", -1); }),
            at + " has -1 nodes, expected from 0 to 2147483647");
  EXPECT_EQ(of([](hid_t file) { set_integer(file, "/", "block_size", 3); }),
            at + "/values has the extents [7, 1, 1], expected [7, 3, 3]");
  EXPECT_EQ(of([](hid_t file) {
              replace(file, "/systems/000001/values", {7}, H5T_IEEE_F64LE, std::vector<double>(7));
            }),
            at + "/values has the extents [7], expected [7, 1, 1]");
  EXPECT_EQ(of([](hid_t file) {
              replace(file, "/systems/000001/col", {7}, H5T_IEEE_F64LE, std::vector<double>(7));
            }),
            at + "/col does not hold integers, as expected");
  EXPECT_EQ(of([](hid_t file) {
              replace(file, "/systems/000001/free", {3, 1}, H5T_STD_I64LE, {1, 1, 1});
            }),
            at + "/free does not hold real numbers, as expected");
  EXPECT_EQ(
      of([](hid_t file) {
        replace(file, "/systems/000001/features", {3, hsize_t{1} << 50}, H5T_IEEE_F64LE, {});
      }),
      at +
          "/features has the extents [3, 1125899906842624], more numbers than the 0 bytes that are there can "
          "hold");
}

TEST_F(SystemFileOfHdf5, RefusesSystemsThatAreNotValid) {
  auto const with = [&](char const* name, std::vector<hsize_t> const& extents, hid_t type,
                        std::vector<double> const& data) {
    return refusal(folder, [&](hid_t file) { replace(file, name, extents, type, data); });
  };
  std::string const at = "/systems/000001";
  double const nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(with("/systems/000001/values", {7, 1, 1}, H5T_IEEE_F64LE, {1, 2, 3, 4, 5, 6, nan}),
            at + ": system 'chain 3': number 6 of its values is nan, expected finite numbers");
  EXPECT_EQ(with("/systems/000001/free", {3, 1}, H5T_IEEE_F64LE, {1, .5, 1}),
            at + ": system 'chain 3': number 1 of its mask is 0.5, expected 0 or 1");
  EXPECT_EQ(with("/systems/000001/col", {7}, H5T_STD_I32LE, {0, 1, 0, 1, 2, 0, 2}),
            at + ": system 'chain 3': its pattern is not that of a symmetric matrix");
  EXPECT_NE(with("/systems/000001/col", {7}, H5T_STD_I32LE, {0, 1, 0, 1, 2, 1, 3}).find("column 3"),
            std::string::npos);
  EXPECT_NE(with("/systems/000001/col", {7}, H5T_STD_I32LE, {0, 1, 0, 1, 2, 1, -1}).find("column -1"),
            std::string::npos);
  EXPECT_EQ(with("/systems/000001/row_ptr", {4}, H5T_STD_I64LE, {0, 2, 5, 1e15}),
            at + "/row_ptr has an offset 1000000000000000, expected from 0 to 7");
  EXPECT_NE(with("/systems/000001/row_ptr", {4}, H5T_STD_I64LE, {0, 5, 2, 7}).find(at + ": "),
            std::string::npos);
}

#endif

}  // namespace
