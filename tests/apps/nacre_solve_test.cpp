// nacre_solve as its users see it: options, results, files, exit status.
#include "run_program.hpp"

#include <set>

namespace nacre::test {
namespace {

/// A sample use of every option; $D stands for a folder with A.mtx, S.mtx (symmetric) and b.mtx in it.
std::map<std::string, std::string> const kSamples{
    {"--help", "--help"},
    {"--version", "--version"},
    {"--matrix", "--matrix $D/S.mtx"},
    {"--problem", "--problem poisson2d --size 10"},
    {"--size", "--size 5"},
    {"--anisotropy", "--problem anisotropic --size 8 --anisotropy 0.1"},
    {"--contrast", "--problem jumps --size 8 --contrast 100"},
    {"--diffusion", "--problem convection-diffusion --size 8 --diffusion 0.1"},
    {"--random-numbering", "--problem tets --size 6 --random-numbering"},
    {"--rhs", "--matrix $D/S.mtx --rhs $D/b.mtx"},
    {"--transpose", "--matrix $D/A.mtx --solver gmres --preconditioner ilu0 --transpose"},
    {"--ainv-drop-tolerance", "--size 5 --preconditioner ainv --ainv-drop-tolerance 0.2"},
    {"--solver", "--size 5 --solver minres"},
    {"--preconditioner", "--size 5 --preconditioner chebyshev"},
    {"--tolerance", "--size 5 --tolerance 1e-4"},
    {"--max-iterations", "--size 5 --max-iterations 50"},
    {"--restart", "--size 8 --solver gmres --restart 5"},
    {"--flexible", "--size 5 --flexible"},
    {"--repeat", "--size 5 --repeat 2"},
    {"--precision", "--size 12 --precision double"},
    {"--amg-cycle", "--size 12 --amg-cycle W"},
    {"--amg-aggregation-radius", "--size 12 --amg-aggregation-radius 1"},
    {"--amg-smoother", "--size 12 --amg-smoother chebyshev"},
    {"--amg-sweeps", "--size 12 --amg-sweeps 2"},
    {"--amg-chebyshev-degree", "--size 12 --amg-smoother chebyshev --amg-chebyshev-degree 3"},
    {"--amg-max-levels", "--size 12 --amg-max-levels 2"},
    {"--amg-coarse-rows", "--size 12 --amg-coarse-rows 50"},
    {"--block-size", "--matrix $D/S.mtx --preconditioner block-jacobi --block-size 2"},
    {"--amg-threshold", "--size 12 --amg-threshold 0.08,0.04"},
    {"--solution", "--size 5 --solution $D/x.mtx"},
    {"--history", "--size 5 --history $D/h.csv"},
    {"--report", "--size 5 --report $D/r.html"},
    {"--vtu", "--size 5 --vtu $D/f.vtu"},
    {"--progress", "--size 5 --progress"},
    {"--demo", "--size 10 --demo"},
};

std::string in(Folder const& folder, std::string text) {
  for (auto at = text.find("$D/"); at != std::string::npos; at = text.find("$D/"))
    text.replace(at, 3, folder / "");
  return text;
}

void write_small_systems(Folder const& folder) {
  folder.write("A.mtx",
               "%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 4\n1 2 1\n2 1 -2\n2 2 3\n");
  folder.write("S.mtx", "%%MatrixMarket matrix coordinate real symmetric\n2 2 3\n1 1 4\n2 1 1\n2 2 3\n");
  folder.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n2\n");
}

/// The numbers in a Matrix Market array.
std::vector<double> numbers_of(std::string const& text) {
  std::istringstream lines(text);
  std::vector<double> numbers;
  bool sizes_seen = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '%') continue;
    if (sizes_seen) numbers.push_back(std::stod(line));
    sizes_seen = true;
  }
  return numbers;
}

TEST(NacreSolve, EveryOptionInTheHelpHasASample) {
  auto const help = nacre_solve(1, "--help");
  ASSERT_EQ(help.status, 0) << help.err;
  std::set<std::string> offered;
  std::istringstream lines(help.out);
  for (std::string line; std::getline(lines, line);)
    if (auto const at = line.find("--"); line.rfind("  -", 0) == 0)
      offered.insert(line.substr(at, line.find_first_of(" ,", at) - at));
  EXPECT_GT(offered.size(), 20u) << help.out;
  for (auto const& option : offered) EXPECT_EQ(kSamples.count(option), 1u) << "no sample of " << option;
  for (auto const& sample : kSamples)
    EXPECT_EQ(offered.count(sample.first), 1u) << "not in the help: " << sample.first;
}

struct OptionTest : testing::TestWithParam<std::pair<std::string const, std::string>> {};

TEST_P(OptionTest, Works) {
  Folder const folder;
  write_small_systems(folder);
  auto const ended = nacre_solve(1, in(folder, GetParam().second));
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
}

INSTANTIATE_TEST_SUITE_P(NacreSolve, OptionTest, testing::ValuesIn(kSamples), [](auto const& option) {
  std::string name = option.param.first.substr(2);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(NacreSolve, PrintsResultsThatParse) {
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = nacre_solve(ranks, "--problem poisson3d --size 12 --repeat 2");
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended["status"], "converged");
    EXPECT_EQ(ended["problem"], "poisson3d");
    EXPECT_EQ(ended["solver"], "pcg");
    EXPECT_EQ(ended["preconditioner"], "amg");
    EXPECT_EQ(ended.number("unknowns"), 12 * 12 * 12);
    EXPECT_EQ(ended.number("nonzeros"), 7 * 1728 - 6 * 144);
    EXPECT_EQ(ended.number("ranks"), ranks);
    EXPECT_GT(ended.number("iterations"), 0);
    EXPECT_LE(ended.number("relative_residual"), 1e-8);
    EXPECT_GE(ended.number("operator_complexity"), 1);
    for (char const* seconds : {"setup_seconds", "solve_seconds", "resetup_seconds"})
      EXPECT_GT(ended.number(seconds), 0);
    EXPECT_GT(ended.number("peak_rss_mb"), 1);
    EXPECT_EQ(ended.err, "");
  }
}

TEST(NacreSolve, LeavesOutTheSecondSetupWithoutRepeats) {
  EXPECT_EQ(nacre_solve(1, "--size 5")["resetup_seconds"], "");
}

TEST(NacreSolve, SolvesASmallSystemAndItsTranspose) {
  Folder const folder;
  write_small_systems(folder);
  std::string const method = "--matrix " + folder / "A.mtx" + " --rhs " + folder / "b.mtx" +
                             " --solver gmres " + "--preconditioner none --tolerance 1e-12 --solution ";
  for (int const ranks : numbers_of_ranks(3)) {  // a rank without rows among them
    EXPECT_EQ(nacre_solve(ranks, method + folder / "x.mtx").status, 0);
    EXPECT_EQ(nacre_solve(ranks, method + folder / "y.mtx --transpose").status, 0);

    auto const x = numbers_of(folder.read("x.mtx")), y = numbers_of(folder.read("y.mtx"));
    ASSERT_EQ(x.size(), 2u);
    ASSERT_EQ(y.size(), 2u);
    EXPECT_NEAR(x[0], 1. / 14, 1e-10);  // [4 1; -2 3] x = [1; 2]
    EXPECT_NEAR(x[1], 10. / 14, 1e-10);
    EXPECT_NEAR(y[0], 7. / 14, 1e-10);  // [4 -2; 1 3] y = [1; 2]
    EXPECT_NEAR(y[1], 7. / 14, 1e-10);
  }
}

TEST(NacreSolve, GivesTheSameSolutionOnAnyNumberOfRanks) {
  Folder const folder;
  std::vector<double> first;
  for (int const ranks : numbers_of_ranks(3)) {
    EXPECT_EQ(
        nacre_solve(ranks, "--size 9 --rhs random --tolerance 1e-11 --solution " + folder / "x.mtx").status,
        0);
    auto const x = numbers_of(folder.read("x.mtx"));
    ASSERT_EQ(x.size(), 729u);
    if (first.empty()) first = x;
    for (std::size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(x[i], first[i], 1e-9) << "row " << i << " on " << ranks;
  }
}

TEST(NacreSolve, SaysWhenItDidNotConverge) {
  for (int const ranks : numbers_of_ranks(2)) {
    auto const ended = nacre_solve(ranks, "--size 20 --preconditioner none --max-iterations 3");
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended["status"], "max_iterations");
    EXPECT_EQ(ended.number("iterations"), 3);
    EXPECT_GT(ended.number("relative_residual"), 1e-8);
  }
}

TEST(NacreSolve, DoesNotClaimToHaveSolvedAnIndefiniteSystemByPcg) {
  Folder const folder;
  auto const matrix =
      folder.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 2 -1\n");
  auto const ended = nacre_solve(1, "--preconditioner none --matrix " + matrix);
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended["status"], "indefinite") << ended.out;
  EXPECT_EQ(nacre_solve(1, "--solver minres --preconditioner none --matrix " + matrix).status, 0);
}

TEST(NacreSolve, WritesTheResidualOfEachIteration) {
  Folder const folder;
  auto const ended = nacre_solve(1, "--size 9 --history " + folder / "h.csv");
  std::istringstream lines(folder.read("h.csv"));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "iteration,relative_residual");
  int expected = 0;
  double residual = 0;
  for (; std::getline(lines, line); ++expected) {
    EXPECT_EQ(std::stoi(line), expected);
    residual = std::stod(line.substr(line.find(',') + 1));
    if (expected == 0) {
      EXPECT_DOUBLE_EQ(residual, 1);
    }
  }
  EXPECT_EQ(expected, ended.number("iterations") + 1);
  EXPECT_LE(residual, 1e-8);
}

TEST(NacreSolve, WritesAReportOfOneFile) {
  Folder const folder;
  EXPECT_EQ(nacre_solve(1, "--size 16 --amg-coarse-rows 100 --repeat 1 --report " + folder / "r.html").status,
            0);
  auto const html = folder.read("r.html");
  for (char const* part :
       {"poisson3d, 4,096 unknowns", "<svg", "Hierarchy", "converged", "new values", "</html>"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_EQ(html.find("http"), std::string::npos);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"r.html"});
}

TEST(NacreSolve, ReplacesAFileOnlyByACompleteOne) {
  Folder const folder;
  folder.write("x.mtx", "old");
  EXPECT_EQ(
      nacre_solve(1, "--size 4 --solution " + folder / "x.mtx" + " --report " + folder / "no/r.html").status,
      3);
  EXPECT_EQ(folder.read("x.mtx"), "old");
  EXPECT_EQ(nacre_solve(1, "--size 4 --solution " + folder / "x.mtx").status, 0);
  EXPECT_EQ(numbers_of(folder.read("x.mtx")).size(), 64u);
}

struct Method {
  char const *name, *arguments;
};
void PrintTo(Method const& method, std::ostream* out) { *out << method.arguments; }
struct MethodTest : testing::TestWithParam<Method> {};

TEST_P(MethodTest, SolvesOnSeveralRanks) {
  for (int const ranks : numbers_of_ranks(2)) {
    auto const ended = nacre_solve(ranks, GetParam().arguments);
    EXPECT_EQ(ended.status, 0) << "on " << ranks << " ranks\n" << ended.out << ended.err;
    EXPECT_LE(ended.number("relative_residual"), 1e-8 * (1 + 1e-6));
  }
}

INSTANTIATE_TEST_SUITE_P(
    NacreSolve, MethodTest,
    testing::Values(
        Method{"Poisson2dPcgJacobi", "--problem poisson2d --size 20 --preconditioner jacobi"},
        Method{"Poisson27PcgGaussSeidel", "--problem poisson27 --size 10 --preconditioner gauss-seidel"},
        Method{"AnisotropicPcgIc0", "--problem anisotropic --size 10 --preconditioner ic0"},
        Method{"JumpsPcgFsai0", "--problem jumps --size 10 --preconditioner fsai0"},
        Method{"TetsPcgAinv", "--problem tets --size 10 --preconditioner ainv --ainv-drop-tolerance 0.05"},
        Method{"ElasticityPcgAmg", "--problem elasticity --size 6"},
        Method{"ElasticityPcgBlockJacobi", "--problem elasticity --size 6 --preconditioner block-jacobi"},
        Method{"TetsPcgChebyshev", "--problem tets --size 10 --preconditioner chebyshev"},
        // not the default smoother, which is Chebyshev on parallel devices: that is for symmetric matrices
        Method{"ConvectionDiffusion", "--problem convection-diffusion --size 12 --amg-smoother spai0"},
        Method{"ConvectionDiffusionGmresIlu0",
               "--problem convection-diffusion --size 12 --solver gmres --preconditioner ilu0"},
        Method{"PoissonMinresSpai0", "--size 10 --solver minres --preconditioner spai0"},
        Method{"PoissonBicgstabAmg", "--size 10 --solver bicgstab"},
        Method{"TransposedConvectionDiffusion",
               "--problem convection-diffusion --size 10 --solver gmres --preconditioner ilu0 --transpose"}),
    [](auto const& method) { return std::string(method.param.name); });

}  // namespace
}  // namespace nacre::test
