#include <nacre/core/matrix_market.hpp>

#include <nacre/core/atomic_file.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <csignal>
#include <cstdlib>

#include "support/dense.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

using nacre::Comm;
using nacre::test::Dense;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;

Dense read(TemporaryFolder const& folder, std::string const& content) {
  return nacre::test::to_dense(nacre::read_matrix_market(Comm::self(), folder.file("m.mtx", content)));
}

void expect_equal(Dense const& a, std::vector<std::vector<double>> const& expected) {
  ASSERT_EQ(a.rows, static_cast<int>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(a.cols, static_cast<int>(expected[i].size()));
    for (std::size_t j = 0; j < expected[i].size(); ++j)
      EXPECT_EQ(a.at(static_cast<int>(i), static_cast<int>(j)), expected[i][j]) << "entry " << i << ", " << j;
  }
}

TEST(MatrixMarket, ReadsGeneralCoordinates) {
  TemporaryFolder const folder;
  expect_equal(read(folder,
                    "%%MatrixMarket matrix coordinate real general\n% a comment\n\n3 2 4\n"
                    "3 2 -4.5\n1 1 1e2\n 1\t2  +.25 \r\n2 1 7\n"),
               {{100, .25}, {7, 0}, {0, -4.5}});
}

TEST(MatrixMarket, SortsRowsAndSumsDuplicates) {
  TemporaryFolder const folder;
  auto const A = nacre::read_matrix_market(folder.file(
      "m.mtx",
      "%%MatrixMarket matrix coordinate real general\n2 3 6\n2 3 1\n2 1 2\n1 2 5\n2 3 10\n2 2 0\n2 3 100\n"));

  ASSERT_EQ(A.num_entries(), 4u);
  auto const col = nacre::host_view(A.pattern.col());
  auto const values = nacre::host_view(A.values);
  int const expected_col[] = {1, 0, 1, 2};
  double const expected[] = {5, 2, 0, 111};
  for (int k = 0; k < 4; ++k) {
    EXPECT_EQ(col(k), expected_col[k]);
    EXPECT_EQ(values(k), expected[k]);
  }
}

TEST(MatrixMarket, ExpandsSymmetricMatrices) {
  TemporaryFolder const folder;
  expect_equal(
      read(folder, "%%MatrixMarket MATRIX Coordinate Integer Symmetric\n3 3 3\n1 1 2\n3 1 -1\n3 2 5\n"),
      {{2, 0, -1}, {0, 0, 5}, {-1, 5, 0}});
  expect_equal(read(folder, "%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 3\n"),
               {{0, 3}, {3, 0}});
}

TEST(MatrixMarket, ExpandsSkewSymmetricMatrices) {
  TemporaryFolder const folder;
  expect_equal(read(folder, "%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 2\n2 1 2\n3 2 -1\n"),
               {{0, -2, 0}, {2, 0, 1}, {0, -1, 0}});
}

TEST(MatrixMarket, APatternIsAllOnes) {
  TemporaryFolder const folder;
  expect_equal(read(folder, "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 2\n2 1"),
               {{0, 1}, {1, 0}});
}

TEST(MatrixMarket, ReadsArrays) {
  TemporaryFolder const folder;
  std::string const head = "%%MatrixMarket matrix array real ";
  expect_equal(read(folder, head + "general\n2 3\n1\n2\n3\n0\n5\n6\n"), {{1, 3, 5}, {2, 0, 6}});
  expect_equal(read(folder, head + "general\n2 2\n1 2 3 4\n"), {{1, 3}, {2, 4}});
  expect_equal(read(folder, head + "symmetric\n3 3\n1\n2\n3\n4\n5\n6\n"), {{1, 2, 3}, {2, 4, 5}, {3, 5, 6}});
  expect_equal(read(folder, head + "skew-symmetric\n3 3\n1\n2\n3\n"), {{0, -1, -2}, {1, 0, -3}, {2, 3, 0}});
}

TEST(MatrixMarket, ReadsMatricesWithoutRowsOrEntries) {
  TemporaryFolder const folder;
  EXPECT_EQ(read(folder, "%%MatrixMarket matrix coordinate real general\n0 0 0\n").rows, 0);
  Dense const a = read(folder, "%%MatrixMarket matrix coordinate real general\n2 5 0\n");
  EXPECT_EQ(a.rows, 2);
  EXPECT_EQ(a.cols, 5);
}

TEST(MatrixMarket, NumbersAreRoundedCorrectly) {
  TemporaryFolder const folder;
  char const* const numbers[] = {"0.1",
                                 "1.7976931348623157e308",
                                 "-2.2250738585072014E-308",
                                 "4.9e-324",
                                 "123456789012345678901234567890",
                                 "9007199254740993",
                                 "1e22",
                                 "1e23",
                                 "3.14159265358979323846",
                                 "0.000000000000000000000000012345",
                                 "1.",
                                 "-.5",
                                 "+7e+2",
                                 "1e-400",
                                 "00012.50"};
  for (char const* number : numbers) {
    Dense const a = read(
        folder, std::string("%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 ") + number + "\n");
    EXPECT_EQ(a.at(0, 0), std::strtod(number, nullptr)) << number;
  }
  EXPECT_EQ(read(folder, "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 -1.25D+03\n").at(0, 0),
            -1250);
  EXPECT_EQ(
      read(folder, "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 0.12345678901234567890d-5\n")
          .at(0, 0),
      0.12345678901234567890e-5);
}

TEST(MatrixMarket, ReadsGzippedFiles) {
  TemporaryFolder const folder;
  std::string const text = "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 3\n2 2 4\n";
  std::string const path = folder.file("m.mtx.gz");
  gzFile const file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);

  expect_equal(nacre::test::to_dense(nacre::read_matrix_market(Comm::self(), path)), {{3, 0}, {0, 4}});

  std::string const whole = nacre::test::content_of(path);
  std::string const cut = folder.file("cut.mtx.gz", whole.substr(0, whole.size() - 12));
  EXPECT_NE(message_of([&] { nacre::read_matrix_market(cut); }).find("cut.mtx.gz: after line"),
            std::string::npos)
      << message_of([&] { nacre::read_matrix_market(cut); });
}

TEST(MatrixMarket, LinesMayBeLongerThanTheBufferAndFilesLongerThanThat) {
  TemporaryFolder const folder;
  int const n = 300000;
  std::string text = "%%MatrixMarket matrix coordinate real general\n%" + std::string(5000000, 'x') + "\n" +
                     std::to_string(n) + " " + std::to_string(n) + " " + std::to_string(n) + "\n";
  for (int i = 1; i <= n; ++i)
    text += std::to_string(i) + " " + std::to_string(n + 1 - i) + " " + std::to_string(i) + ".5\n";

  auto const A = nacre::read_matrix_market(folder.file("m.mtx", text));

  auto const col = nacre::host_view(A.pattern.col());
  auto const values = nacre::host_view(A.values);
  ASSERT_EQ(A.num_entries(), static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) ASSERT_TRUE(col(i) == n - 1 - i && values(i) == i + 1.5) << "row " << i;
}

struct Malformed {
  char const* name;
  char const* content;
  char const* message;
};
void PrintTo(Malformed const& m, std::ostream* os) { *os << m.name; }

struct MatrixMarketRejects : testing::TestWithParam<Malformed> {};

TEST_P(MatrixMarketRejects, WithFileAndLine) {
  TemporaryFolder const folder;
  std::string const path = folder.file("m.mtx", GetParam().content);

  std::string const message = message_of([&] { nacre::read_matrix_market<double>(path); });

  EXPECT_EQ(message, path + GetParam().message);
}

#define HEAD "%%MatrixMarket matrix coordinate real general\n"
Malformed const kMalformed[] = {
    {"AnEmptyFile", "", ": the file is empty, expected a header line that starts with %%MatrixMarket"},
    {"AFileWithoutHeader", "1 1 1\n1 1 5\n",
     ":1: found '1', expected a header line that starts with %%MatrixMarket"},
    {"AnUnknownObject", "%%MatrixMarket vector array real general\n",
     ":1: found 'vector' in the header, expected 'matrix'"},
    {"AnUnknownLayout", "%%MatrixMarket matrix sparse real general\n",
     ":1: found 'sparse' in the header, expected 'coordinate' or 'array'"},
    {"AnUnknownField", "%%MatrixMarket matrix coordinate quaternion general\n",
     ":1: found 'quaternion' in the header, expected 'real', 'integer' or 'pattern'"},
    {"AShortHeader", "%%MatrixMarket matrix coordinate real\n",
     ":1: found the end of the line in the header, expected 'general', 'symmetric' or 'skew-symmetric'"},
    {"ComplexMatrices", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n",
     ":1: the matrix is complex; only real, integer and pattern matrices can be read"},
    {"AMissingSizeLine", HEAD "% nothing\n", ":2: the file ends before the line with the sizes"},
    {"ANegativeSize", HEAD "2 -2 1\n",
     ":2: found '-2', expected the number of columns (a number that is not negative)"},
    {"ATooShortSizeLine", HEAD "2 2\n",
     ":2: found the end of the line, expected the number of entries (a number that is not negative)"},
    {"ANonSquareSymmetricMatrix", "%%MatrixMarket matrix coordinate real symmetric\n2 3 1\n",
     ":2: found a 2 by 3 matrix, expected a square one, because the header says symmetric"},
    {"ATruncatedFile", HEAD "2 2 3\n1 1 1\n2 2 1\n", ":4: the file ends after 2 entries, expected 3"},
    {"ALineCutShort", HEAD "2 2 2\n1 1 1\n2 2", ":4: found the end of the line, expected a number"},
    {"TooManyEntries", HEAD "2 2 1\n1 1 1\n\n2 2 1\n",
     ":5: found '2', expected the end of the file after 1 entry"},
    {"ARowOutOfRange", HEAD "2 2 1\n3 1 1\n", ":3: found the row number 3, expected one from 1 to 2"},
    {"AColumnOutOfRange", HEAD "2 2 1\n1 0 1\n", ":3: found the column number 0, expected one from 1 to 2"},
    {"GarbageForAnIndex", HEAD "2 2 1\n1 x 1\n", ":3: found 'x', expected a column number"},
    {"AFractionalIndex", HEAD "2 2 1\n1.5 1 1\n", ":3: found '1.5', expected a row number"},
    {"GarbageForAValue", HEAD "2 2 1\n1 1 1.2.3\n", ":3: found '1.2.3', expected a number"},
    {"AFractionAmongIntegers", "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 1.5\n",
     ":3: found '1.5', expected an integer"},
    {"BinaryGarbage", HEAD "2 2 1\n\x01\x02\xff 1\n", ":3: found '?\?\?', expected a row number"},
    {"ASurplusColumn", HEAD "2 2 1\n1 1 1 0\n", ":3: found '0', expected the end of the line"},
    {"NaN", HEAD "2 2 1\n1 1 nan\n", ":3: found the value nan, expected a finite number"},
    {"Infinity", HEAD "2 2 1\n1 1 -Inf\n", ":3: found the value -Inf, expected a finite number"},
    {"Overflow", HEAD "2 2 1\n1 1 1e999\n", ":3: found the value 1e999, expected a finite number"},
    {"BothTriangles", "%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 2 1\n2 1 1\n",
     ":4: found entry (2, 1), expected entries of one triangle only, because the header says symmetric"},
    {"ASkewDiagonal", "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 2 1\n",
     ":3: found the diagonal entry (2, 2), expected none in a skew-symmetric matrix"},
    {"AnArrayOfPatterns", "%%MatrixMarket matrix array pattern general\n1 1\n",
     ":1: found 'array pattern' in the header, but an array has values"},
    {"ATruncatedArray", "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n",
     ":5: the file ends after 3 values, expected 4"},
    {"ALongArray", "%%MatrixMarket matrix array real general\n2 1\n1\n2\n3\n",
     ":5: found '3', expected the end of the file after 2 values"},
    {"TooManyRows", HEAD "3000000000 1 0\n",
     ":2: found a 3000000000 by 1 matrix, more than 1 rank can number"},
};
#undef HEAD
INSTANTIATE_TEST_SUITE_P(, MatrixMarketRejects, testing::ValuesIn(kMalformed),
                         [](auto const& test) { return std::string(test.param.name); });

TEST(MatrixMarket, NamesAFileThatCannotBeOpened) {
  EXPECT_EQ(message_of([] { nacre::read_matrix_market("/no/such/file.mtx"); }),
            "cannot read '/no/such/file.mtx': No such file or directory");
  TemporaryFolder const folder;
  EXPECT_EQ(message_of([&] { nacre::read_matrix_market(folder.file(".")); }),
            "cannot read '" + folder.file(".") + "': it is a directory");
}

TEST(MatrixMarket, SinglePrecisionHasASmallerRange) {
  TemporaryFolder const folder;
  std::string const path =
      folder.file("m.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 1e300\n");
  EXPECT_EQ(message_of([&] { nacre::read_matrix_market<float>(path); }),
            path + ":3: found the value 1e300, expected a finite number in the range of single precision");
  EXPECT_EQ(nacre::host_view(nacre::read_matrix_market<double>(path).values)(0), 1e300);
}

TEST(MatrixMarket, TheHeaderCanBeReadAlone) {
  TemporaryFolder const folder;
  auto const h = nacre::read_matrix_market_header(
      folder.file("m.mtx", "%%MatrixMarket matrix array integer skew-symmetric\n4 4\n"));
  using Header = nacre::MatrixMarketHeader;
  EXPECT_EQ(h.layout, Header::Layout::array);
  EXPECT_EQ(h.field, Header::Field::integer);
  EXPECT_EQ(h.symmetry, Header::Symmetry::skew_symmetric);
  EXPECT_EQ(h.num_rows, 4);
  EXPECT_EQ(h.num_stored, 6);
}

struct Known {
  char const* file;
  int n;
  int num_entries;
};
struct MatrixMarketData : testing::TestWithParam<Known> {};
TEST_P(MatrixMarketData, HasTheKnownSize) {
  char const* const folder = std::getenv("NACRE_DATA_DIR");
  if (!folder) GTEST_SKIP() << "needs NACRE_DATA_DIR, the folder with matrices/" << GetParam().file;
  std::string const path = std::string(folder) + "/matrices/" + GetParam().file;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "needs " << path;

  auto const A = nacre::read_matrix_market(path);

  EXPECT_EQ(A.num_rows(), GetParam().n);
  EXPECT_EQ(A.num_cols(), GetParam().n);
  EXPECT_EQ(A.num_entries(), static_cast<std::size_t>(GetParam().num_entries));
}
INSTANTIATE_TEST_SUITE_P(, MatrixMarketData,
                         testing::Values(Known{"bcsstk14.mtx", 1806, 63454},
                                         Known{"sherman3.mtx", 5005, 20033},
                                         Known{"wathen7400.mtx", 7400, 113632}),
                         [](auto const& test) {
                           return std::string(test.param.file, std::string(test.param.file).find('.'));
                         });

TEST(MatrixMarket, WritesWhatItReadsBack) {
  TemporaryFolder const folder;
  std::string const text =
      "%%MatrixMarket matrix coordinate real general\n2 3 3\n1 3 0.1\n2 1 -1e-300\n2 2 0\n";

  auto const A = nacre::read_matrix_market(folder.file("in.mtx", text));
  nacre::write_matrix_market(folder.file("out.mtx"), A);

  EXPECT_EQ(nacre::test::content_of(folder.file("out.mtx")), text);
  EXPECT_EQ(folder.num_files(), 2);
}

TEST(MatrixMarket, WritesVectorsOneAfterTheOther) {
  TemporaryFolder const folder;
  nacre::RowPartition const rows(Comm::self(), 3);
  nacre::MultiVector<float> x("x", 3, 2);
  auto const h = Kokkos::create_mirror_view(x);
  for (int i = 0; i < 6; ++i) h(i % 3, i / 3) = static_cast<float>(i) + .1f;
  Kokkos::deep_copy(x, h);

  nacre::write_vectors(folder.file("x.mtx"), rows, x);

  EXPECT_EQ(nacre::test::content_of(folder.file("x.mtx")),
            "%%MatrixMarket matrix array real general\n3 2\n0.1\n1.1\n2.1\n3.1\n4.1\n5.1\n");
  auto const y = nacre::host_view(nacre::read_vectors<float>(rows, folder.file("x.mtx")));
  ASSERT_EQ(y.extent(1), 2u);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(y(i % 3, i / 3), static_cast<float>(i) + .1f);
}

TEST(MatrixMarket, ReadsVectorsFromCoordinatesAndPlainText) {
  TemporaryFolder const folder;
  nacre::RowPartition const rows(Comm::self(), 3);
  auto const sparse = nacre::host_view(nacre::read_vectors(
      rows, folder.file("s.mtx", "%%MatrixMarket matrix coordinate real general\n3 1 2\n3 1 7\n1 1 -2\n")));
  auto const plain = nacre::host_view(
      nacre::read_vectors(rows, folder.file("p.txt", "# a comment\n1.5\n\n % another\n-2\n3e1")));

  EXPECT_EQ(sparse(0, 0), -2);
  EXPECT_EQ(sparse(1, 0), 0);
  EXPECT_EQ(sparse(2, 0), 7);
  EXPECT_EQ(plain(0, 0), 1.5);
  EXPECT_EQ(plain(1, 0), -2);
  EXPECT_EQ(plain(2, 0), 30);
}

TEST(MatrixMarket, RejectsVectorsOfAnotherLengthAndGarbage) {
  TemporaryFolder const folder;
  nacre::RowPartition const rows(Comm::self(), 3);
  std::string const path = folder.file("p.txt", "1\n2\n");
  EXPECT_EQ(message_of([&] { nacre::read_vectors(rows, path); }),
            path + ": the vectors have 2 rows, expected 3, the rows of the matrix");
  folder.file("p.txt", "1\ntwo\n3\n");
  EXPECT_EQ(message_of([&] { nacre::read_vectors(rows, path); }),
            path + ":2: found 'two', expected a number");
  folder.file("p.txt", "1\n2\n3 4\n");
  EXPECT_EQ(message_of([&] { nacre::read_vectors(rows, path); }),
            path + ":3: found '4', expected the end of the line");
}

TEST(MatrixMarket, RefusesToWriteCompressedFiles) {
  TemporaryFolder const folder;
  EXPECT_EQ(
      message_of([&] { nacre::write_matrix_market(folder.file("m.mtx.gz"), nacre::CsrMatrix<double>()); }),
      "cannot write '" + folder.file("m.mtx.gz") +
          "': files are written uncompressed, choose a name without .gz");
  EXPECT_EQ(folder.num_files(), 0);
}

TEST(AtomicFile, LeavesTheOldFileUntilTheNewOneIsComplete) {
  TemporaryFolder const folder;
  std::string const path = folder.file("f.txt", "old");
  {
    nacre::AtomicFile abandoned(path);
    abandoned.write("half");
    EXPECT_EQ(nacre::test::content_of(path), "old");
    EXPECT_EQ(folder.num_files(), 2);
  }
  EXPECT_EQ(nacre::test::content_of(path), "old");
  EXPECT_EQ(folder.num_files(), 1);

  nacre::write_file(path, "new");
  EXPECT_EQ(nacre::test::content_of(path), "new");
  EXPECT_EQ(folder.num_files(), 1);
}

TEST(AtomicFile, FollowsLinksAndWritesDevicesInPlace) {
  TemporaryFolder const folder;
  std::string const path = folder.file("f.txt", "old");
  std::filesystem::create_symlink(path, folder.file("link"));

  nacre::write_file(folder.file("link"), "new");
  nacre::write_file("/dev/null", "gone");

  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(nacre::test::content_of(path), "new");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFile, NamesTheFileAndTheReason) {
  TemporaryFolder const folder;
  EXPECT_EQ(message_of([&] { nacre::AtomicFile(folder.file("none/f.txt")); }),
            "cannot write '" + folder.file("none/f.txt") + "': No such file or directory");
  EXPECT_EQ(message_of([&] { nacre::AtomicFile(folder.file(".")); }),
            "cannot write '" + folder.file(".") + "': it is a directory");
  if (std::filesystem::exists("/dev/full")) {
    EXPECT_EQ(message_of([&] { nacre::write_file("/dev/full", std::string(1000000, 'x')); }),
              "cannot write '/dev/full': No space left on device");
  }
}

/// While it lives, files of this process cannot grow beyond `bytes`: a full disk that needs none.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_action_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit const limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_action_);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;

 private:
  rlimit old_{};
  void (*old_action_)(int);
};

TEST(AtomicFile, LeavesTheOldFileIfTheNewOneDoesNotFit) {
  TemporaryFolder const folder;
  std::string const path = folder.file("f.txt", "old");
  std::string buffered, unbuffered;
  int files_after_commit = 0, files_after_write = 0;
  {
    FileSizeLimit const limit(1000);
    nacre::AtomicFile small(path);
    small.write(std::string(1500, 'x'));  // stays in the buffer, so that only commit() can notice
    buffered = message_of([&] { small.commit(); });
    files_after_commit = folder.num_files();

    nacre::AtomicFile large(path);
    unbuffered = message_of([&] { large.write(std::string(1000000, 'x')); });
    files_after_write = folder.num_files();
    EXPECT_EQ(message_of([&] { large.commit(); }),
              "cannot write '" + path + "': it was committed or given up before");
  }

  EXPECT_EQ(buffered, "cannot write '" + path + "': File too large");
  EXPECT_EQ(unbuffered, "cannot write '" + path + "': File too large");
  EXPECT_EQ(files_after_commit, 1);
  EXPECT_EQ(files_after_write, 1);
  EXPECT_EQ(nacre::test::content_of(path), "old");
}

TEST(AtomicFile, LeavesNothingIfTheNameIsTakenMeanwhile) {
  TemporaryFolder const folder;
  nacre::AtomicFile file(folder.file("f.txt"));
  file.write("new");
  std::filesystem::create_directory(folder.file("f.txt"));

  EXPECT_EQ(message_of([&] { file.commit(); }),
            "cannot rename to '" + folder.file("f.txt") + "': Is a directory");
  EXPECT_EQ(folder.num_files(), 1);
}

TEST(AtomicFile, RefusesWhatComesAfterCommit) {
  TemporaryFolder const folder;
  std::string const path = folder.file("f.txt");
  std::string const refusal = "cannot write '" + path + "': it was committed or given up before";
  nacre::AtomicFile file(path);
  file.write("all");
  file.commit();

  EXPECT_EQ(message_of([&] { file.write("more"); }), refusal);
  EXPECT_EQ(message_of([&] { file.commit(); }), refusal);
  EXPECT_EQ(nacre::test::content_of(path), "all");
}

}  // namespace
