// What nacre_solve says to input that is wrong: one message, the exit status, and no file left behind.
#include <nacre/core/config.hpp>

#include "run_program.hpp"

namespace nacre::test {
namespace {

constexpr char const* kHead = "%%MatrixMarket matrix coordinate real general\n";
constexpr char const* kIdentity = "2 2 2\n1 1 1\n2 2 1\n";

struct BadInput {
  char const* name;
  std::string matrix;     ///< text of matrix.mtx, which $M stands for
  char const* arguments;  ///< $D stands for a folder
  int status;
  char const* message;  ///< must be part of what is said
};

void PrintTo(BadInput const& input, std::ostream* out) { *out << input.arguments; }

std::string replaced(std::string text, std::string const& what, std::string const& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::vector<BadInput> const kBadInputs{
    // files
    {"MissingFile", "", "--matrix $D/nothing.mtx", 3, "nothing.mtx"},
    {"EmptyFile", "", "--matrix $M", 3, "matrix.mtx"},
    {"NotMatrixMarket", "hello\n", "--matrix $M", 3, "matrix.mtx:1"},
    {"ComplexMatrix", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n", "--matrix $M", 3,
     "complex"},
    {"TruncatedFile", std::string(kHead) + "2 2 2\n1 1 1\n", "--matrix $M", 3, "matrix.mtx"},
    {"TooManyEntries", std::string(kHead) + kIdentity + "1 2 3\n", "--matrix $M", 3, "matrix.mtx"},
    {"WordForANumber", std::string(kHead) + "2 2 2\n1 1 1\n2 2 one\n", "--matrix $M", 3, "matrix.mtx:4"},
    {"RowOutOfRange", std::string(kHead) + "2 2 2\n1 1 1\n3 2 1\n", "--matrix $M", 3, "matrix.mtx:4"},
    {"NaNInTheMatrix", std::string(kHead) + "2 2 2\n1 1 1\n2 2 nan\n", "--matrix $M", 3, "matrix.mtx"},
    {"NotSquare", std::string(kHead) + "2 3 2\n1 1 1\n2 2 1\n", "--matrix $M", 3, "2 by 3"},
    {"EmptyMatrix", std::string(kHead) + "0 0 0\n", "--matrix $M", 3, "matrix.mtx"},
    {"NotGzip", "hello\n", "--matrix $M.gz", 3, "matrix.mtx.gz"},
    {"Folder", "", "--matrix $D", 3, ""},
    // what the methods cannot take
    {"ZeroDiagonal", std::string(kHead) + "2 2 2\n1 2 1\n2 1 1\n", "--matrix $M --preconditioner jacobi", 3,
     "diagonal"},
    {"ZeroDiagonalForAmg", std::string(kHead) + "2 2 2\n1 2 1\n2 1 1\n", "--matrix $M --preconditioner amg",
     3, "diagonal"},
    {"MissingDiagonalForIlu", std::string(kHead) + "2 2 2\n1 2 1\n2 1 1\n",
     "--matrix $M --preconditioner ilu0", 3, "diagonal"},
    // right-hand sides
    {"MissingRhs", std::string(kHead) + kIdentity, "--matrix $M --rhs $D/none.mtx", 3, "none.mtx"},
    {"ShortRhs", std::string(kHead) + kIdentity, "--matrix $M --rhs $D/short.mtx", 3, "short.mtx"},
    {"ZeroRhs", std::string(kHead) + kIdentity, "--matrix $M --rhs $D/zero.mtx", 3, "zero"},
    {"NaNInTheRhs", std::string(kHead) + kIdentity, "--matrix $M --rhs $D/nan.mtx", 3, "nan.mtx"},
    // outputs
    {"UnwritableSolution", "", "--size 4 --solution $D/no/x.mtx", 3, "no/x.mtx"},
    {"UnwritableHistory", "", "--size 4 --history $D/no/h.csv", 3, "no/h.csv"},
    {"UnwritableReport", "", "--size 4 --report $D/no/r.html", 3, "no/r.html"},
    {"UnwritableField", "", "--size 4 --vtu $D/no/f.vtu", 3, "no/f.vtu"},
    {"FieldWithoutMesh", std::string(kHead) + kIdentity, "--matrix $M --vtu $D/f.vtu", 2, "--vtu"},
    // the command line
    {"UnknownOption", "", "--tolerence 1e-8", 2, "did you mean --tolerance?"},
    {"StrayArgument", "", "matrix.mtx", 2, "'matrix.mtx'"},
    {"MissingValue", "", "--size", 2, "--size"},
    {"WordForASize", "", "--size ten", 2, "ten"},
    {"ZeroSize", "", "--size 0", 2, "--size = 0"},
    {"NegativeSize", "", "--size -3", 2, "--size = -3"},
    {"NegativeTolerance", "", "--tolerance -1e-8", 2, "--tolerance = -1e-08"},
    {"NaNTolerance", "", "--tolerance nan", 2, "--tolerance"},
    {"ZeroMaxIterations", "", "--max-iterations 0", 2, "--max-iterations = 0"},
    {"NegativeRepeat", "", "--repeat -1", 2, "--repeat = -1"},
    {"ZeroRestart", "", "--solver gmres --restart 0", 2, "--restart = 0"},
    {"UnknownProblem", "", "--problem poisson4d", 2, "did you mean poisson2d?"},
    {"UnknownSolver", "", "--solver bicgstb", 2, "did you mean bicgstab?"},
    {"UnknownPreconditioner", "", "--preconditioner jacoby", 2, "did you mean jacobi?"},
#ifdef NACRE_HAVE_TRILINOS
    {"UnknownBelosSolver", "", "--size 4 --solver belos:nonsense", 3, "nonsense"},
    {"UnknownIfpack2", "", "--size 4 --preconditioner ifpack2:nonsense", 3, "nonsense"},
#else
    {"BelosWithoutTrilinos", "", "--size 4 --solver belos:CG", 2, "Trilinos"},
#endif
    {"UnknownSmoother", "", "--amg-smoother chebychev", 2, "did you mean chebyshev?"},
    {"UnknownCycle", "", "--amg-cycle K", 2, "--amg-cycle"},
    {"UnknownPrecision", "", "--precision half", 2, "--precision"},
    {"BadThreshold", "", "--amg-threshold 2", 2, "--amg-threshold"},
    {"NegativeBlockSize", "", "--preconditioner block-jacobi --block-size -2", 2, "--block-size = -2"},
    {"NegativeDropTolerance", "", "--preconditioner ainv --ainv-drop-tolerance -1", 2,
     "--ainv-drop-tolerance = -1"},
    {"DirectWithAPreconditioner", "", "--solver direct --preconditioner amg", 2, "direct"},
    {"TransposeWithBelos", "", "--solver belos:CG --transpose", 2, "transpose"},
    {"MatrixAndProblem", std::string(kHead) + kIdentity, "--matrix $M --problem poisson2d", 2, "--problem"},
};

struct BadInputTest : testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, GivesOneMessageAndLeavesNoFile) {
  for (int const ranks : numbers_of_ranks(2)) {
    Folder const folder;
    folder.write("matrix.mtx", GetParam().matrix);
    folder.write("matrix.mtx.gz", "\x1f\x8b and then nonsense");
    folder.write("short.mtx", "%%MatrixMarket matrix array real general\n1 1\n1\n");
    folder.write("zero.mtx", "%%MatrixMarket matrix array real general\n2 1\n0\n0\n");
    folder.write("nan.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\nnan\n");
    auto const before = folder.files();
    auto arguments = replaced(GetParam().arguments, "$M", folder / "matrix.mtx");
    arguments = replaced(arguments, "$D", folder / "");
    for (char const* output : {"solution", "history", "report"})
      if (arguments.find(output) == std::string::npos)
        arguments += std::string(" --") + output + " " + folder / output;

    auto const ended = nacre_solve(ranks, arguments);

    EXPECT_EQ(ended.status, GetParam().status) << "on " << ranks << " ranks\n" << ended.out << ended.err;
    EXPECT_NE(ended.err.find(GetParam().message), std::string::npos) << "on " << ranks << " ranks\n"
                                                                     << ended.err;
    EXPECT_EQ(ended.err.rfind("nacre_solve: ", 0), 0u) << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << "more than one line:\n"
                                                                       << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(folder.files(), before) << "left files behind";
    EXPECT_LT(ended.seconds, 20);
  }
}

INSTANTIATE_TEST_SUITE_P(NacreSolve, BadInputTest, testing::ValuesIn(kBadInputs),
                         [](auto const& input) { return std::string(input.param.name); });

}  // namespace
}  // namespace nacre::test
