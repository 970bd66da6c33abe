// What nacre_datagen makes, also when it is stopped, killed, or out of disk, and how it goes on from there.
#include <gtest/gtest.h>

#include <filesystem>

#include <nacre/core/matrix_market.hpp>
#include <nacre/nn/system_file.hpp>

#include "../support/temporary_folder.hpp"
#include "kokkos_for_all.hpp"
#include "learning_problems.hpp"
#include "running_program.hpp"

namespace nacre::test {
namespace {

namespace fs = std::filesystem;

std::string const kSmall = "--problem heat-small --size 4 --size-min 3 ";

struct Datagen : testing::Test {
  void SetUp() override {
    if (!nn::have_hdf5()) GTEST_SKIP() << "built without HDF5";
  }
  TemporaryFolder folder;
  std::string const path = folder.file("s.h5"), parts = path + ".parts";

  Ended run(std::string const& options, int ranks = 1, std::string const& before = "") const {
    return run_program("nacre_datagen", ranks, options + " --output " + path, before);
  }
  /// What is wrong, in the program's words.
  std::string refusal(std::string const& options, int status) const {
    auto const ended = run_program("nacre_datagen", 1, options);
    EXPECT_EQ(ended.status, status) << ended.err;
    EXPECT_EQ(ended.out, "");
    return ended.err;
  }
  std::string bytes_of(std::string const& options) const {
    auto const ended = run_program("nacre_datagen", 1, options + " --output " + folder.file("whole.h5"));
    EXPECT_EQ(ended.status, 0) << ended.err;
    auto const bytes = content_of(folder.file("whole.h5"));
    fs::remove(folder.file("whole.h5"));
    return bytes;
  }
  int num_parts() const {
    std::error_code none;
    int n = 0;
    for (auto const& entry : fs::directory_iterator(parts, none))
      n += entry.path().extension() == ".h5" ? 1 : 0;
    return n;
  }
  bool is_joining(int count) const {
    if (num_parts() < count) return false;
    for (auto const& entry : fs::directory_iterator(folder.file("")))
      if (entry.path().filename().string().rfind("s.h5.tmp", 0) == 0) return true;
    return fs::exists(path);  // too late
  }
  /// The run must end with the file it would have made without a stop, and leave nothing else.
  void expect_same_end(std::string const& options, std::string const& whole, int ranks = 1) const {
    auto const ended = run(options + " --resume", ranks);
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_TRUE(content_of(path) == whole);
    EXPECT_EQ(folder.num_files(), 1);
  }
};

void expect_equal(LinearSystem const& found, LinearSystem const& expected) {
  auto const numbers = [](auto const& view) {
    auto const host = host_view(view);
    return std::vector<double>(host.data(), host.data() + host.size());
  };
  EXPECT_EQ(found.name, expected.name);
  EXPECT_EQ(numbers(found.A.pattern.col()), numbers(expected.A.pattern.col()));
  EXPECT_EQ(numbers(found.A.values), numbers(expected.A.values));
  EXPECT_EQ(numbers(found.features), numbers(expected.features));
  EXPECT_EQ(numbers(found.free), numbers(expected.free));
}

TEST_F(Datagen, MakesTheSameFileOnAnyNumberOfRanks) {
  std::string first;
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = run(kSmall + "--count 11 --seed 5", ranks);
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(ended.number("ranks"), ranks);
    EXPECT_EQ(ended["problem"], "heat-small");
    EXPECT_EQ(ended.number("systems"), 11);
    EXPECT_GE(ended.number("unknowns_min"), 27);
    EXPECT_LE(ended.number("unknowns_max"), 64);
    EXPECT_GT(ended.number("unknowns_mean"), ended.number("unknowns_min"));
    EXPECT_GT(ended.number("nonzeros_min"), 5 * 27);
    EXPECT_EQ(ended.number("prescribed_mean"), 0);
    EXPECT_EQ(folder.num_files(), 1);
    if (first.empty()) first = content_of(path);
    EXPECT_TRUE(content_of(path) == first) << ranks;
  }
  apps::LearningProblemOptions options;
  options.size = 4;
  options.size_min = 3;
  options.seed = 5;
  auto const problem = apps::make_learning_problem(options);
  nn::SystemFile const file(path);
  ASSERT_EQ(file.size(), 11);
  EXPECT_EQ(file.metadata().at("problem"), "heat-small");
  EXPECT_EQ(file.metadata().at("seed"), "5");
  for (int const i : {0, 4, 10}) expect_equal(file.read(i), apps::make_learning_system(problem, i));
}

TEST_F(Datagen, KnowsEveryProblem) {
  for (auto const& name : apps::learning_problem_names()) {
    SCOPED_TRACE(name);
    apps::LearningProblemOptions options;
    options.problem = name;
    if (name != "elasticity-small") options.size = name.rfind("elasticity", 0) == 0 ? 3 : 4;
    if (name.rfind("synthetic", 0) == 0) {
      options.size = 40;
      options.entry_density = .05;
    }
    options.steps = 3;
    auto const problem = apps::make_learning_problem(options);
    EXPECT_EQ(problem.name, name);
    EXPECT_EQ(problem.options.at("problem"), name);
    for (int const i : {0, 2}) {
      auto const system = apps::make_learning_system(problem, i);
      EXPECT_GT(system.num_nodes(), 0);
      validate(system);
      expect_equal(apps::make_learning_system(problem, i), system);
    }
  }
}

TEST_F(Datagen, TakesMeshesAndCoefficients) {
  auto const made = [](auto const& change) {
    apps::LearningProblemOptions options;
    options.problem = "heat";
    options.size = 5;
    change(options);
    return apps::make_learning_problem(options);
  };
  auto const positions = [](LinearSystem const& system) {
    auto const host = host_view(system.features);
    return std::vector<double>(host.data(), host.data() + host.size());
  };
  using Options = apps::LearningProblemOptions;
  auto const box = made([](Options& o) { o.mesh = "box"; });
  auto const jittered = made([](Options& o) { o.mesh = "jittered"; });
  auto const fixed = made([](Options& o) { o.mesh = "fixed"; });
  for (char const* shape : {"beam", "l-shape", "cylinder"}) {
    auto const of_shape = made([shape](Options& o) { o.mesh = shape; });
    EXPECT_GT(make_learning_system(of_shape, 0).num_nodes(), 50) << shape;
    EXPECT_NE(positions(make_learning_system(of_shape, 0)), positions(make_learning_system(of_shape, 1)))
        << shape;
  }
  for (auto const* problem : {&box, &jittered, &fixed})
    EXPECT_EQ(make_learning_system(*problem, 0).num_nodes(), 125);
  EXPECT_EQ(positions(make_learning_system(box, 0)), positions(make_learning_system(box, 1)));
  EXPECT_EQ(positions(make_learning_system(fixed, 0)), positions(make_learning_system(fixed, 1)));
  EXPECT_NE(positions(make_learning_system(fixed, 0)), positions(make_learning_system(box, 0)));
  EXPECT_NE(positions(make_learning_system(jittered, 0)), positions(make_learning_system(jittered, 1)));

  auto const constant = made([](Options& o) {
    o.mesh = "box";
    o.density_min = o.density_max = 1e-3;
  });
  auto const sum = [](LinearSystem const& system) {
    auto const host = host_view(system.A.values);
    double total = 0;
    for (std::size_t k = 0; k < host.size(); ++k) total += host.data()[k];
    return total;
  };
  // the cube is [-1, 1]^3, and the Laplacian of a constant is zero
  EXPECT_NEAR(sum(make_learning_system(constant, 3)), 1e-3 * 8, 1e-12);
  double const varying = sum(make_learning_system(box, 3));
  EXPECT_GT(varying, 1e-4 * 8);
  EXPECT_LT(varying, 5e-4 * 8);
}

TEST_F(Datagen, TakesAMeshFromAFile) {
  auto const mesh =
      folder.file("tet.msh",
                  "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n5\n1 0 0 0\n2 1 0 0\n3 0 1 0\n4 0 0 1\n"
                  "5 1 1 1\n$EndNodes\n$Elements\n2\n1 4 2 0 1 1 2 3 4\n2 4 2 0 1 2 3 4 5\n$EndElements\n");
  auto const options = "--problem heat --count 3 --mesh " + mesh;
  auto const ended = run(options);
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.number("unknowns_min"), 5);
  EXPECT_EQ(ended.number("nonzeros_max"), 23);  // all but (1, 5) and (5, 1)
  auto text = content_of(mesh);
  folder.file("tet.msh", text.replace(text.find("5 1 1 1"), 7, "5 1 1 2"));
  auto const other = run(options + " --resume");
  EXPECT_EQ(other.status, 3);
  EXPECT_NE(other.err.find("was made with mesh-checksum = '"), std::string::npos) << other.err;
  EXPECT_EQ(refusal("--problem heat --mesh no.msh --output " + path, 3),
            "nacre_datagen: cannot read 'no.msh', the --mesh\n");
}

TEST_F(Datagen, GoesOnAfterItWasKilledWheneverThatWas) {
  auto const options = kSmall + "--count 40";
  auto const whole = bytes_of(options);
  for (int const done : {0, 1, 9, 25, 40}) {
    SCOPED_TRACE(done);
    fs::remove_all(path);
    {
      RunningProgram program("nacre_datagen", 1, options + " --output " + path);
      ASSERT_TRUE(becomes_true([&] { return done < 40 ? num_parts() >= done : is_joining(40); }));
      program.send(SIGKILL);
      auto const status = program.wait().status;
      EXPECT_TRUE(status == 128 + SIGKILL || (done == 40 && status == 0)) << status;
    }
    expect_same_end(options, whole, done % 2 == 1 ? numbers_of_ranks(2).back() : 1);
  }
}

TEST_F(Datagen, GoesOnAfterASignal) {
  auto const options = kSmall + "--count 2000";
  for (int const ranks : numbers_of_ranks(2))
    for (int const signal : {SIGTERM, SIGINT}) {
      fs::remove_all(parts);
      RunningProgram program("nacre_datagen", ranks, options + " --output " + path);
      ASSERT_TRUE(becomes_true([&] { return num_parts() >= 3; }));
      program.send(signal);
      auto const ended = program.wait();

      EXPECT_EQ(ended.status, 1) << ended.err;
      EXPECT_EQ(ended.out, "");
      auto const message = cat("nacre_datagen: interrupted after ", num_parts(),
                               " of 2000 systems; --resume goes on from ", parts, "\n");
      EXPECT_NE(ended.err.find(message), std::string::npos) << ended.err;
      EXPECT_EQ(folder.num_files(), 1);
    }
  int const there = num_parts();
  ASSERT_GE(there, 3);
  auto const few = kSmall + cat("--count ", there + 4);
  auto const whole = bytes_of(few);
  expect_same_end(few, whole);
}

TEST_F(Datagen, GoesOnInTheMiddleOfASeries) {
  std::string const options = "--problem elasticity-twist --size 4 --size-min 3 --steps 5";
  auto const whole = bytes_of(options);
  ASSERT_EQ(run(options).number("systems"), 10);
  EXPECT_TRUE(content_of(path) == whole);
  fs::remove(path);
  fs::create_directory(parts);
  {
    RunningProgram program("nacre_datagen", 1, options + " --output " + path);
    ASSERT_TRUE(becomes_true([&] { return num_parts() >= 7 || fs::exists(path); }));
    program.send(SIGKILL);
    program.wait();
  }
  fs::remove(parts + "/000001.h5");  // whoever did that: it is made again
  expect_same_end(options, whole, numbers_of_ranks(2).back());
}

TEST_F(Datagen, SaysOfAFinishedSetWhatItIsWhenResumed) {
  auto const options = kSmall + "--count 5";
  auto const first = run(options);
  auto const bytes = content_of(path);
  auto const again = run(options + " --resume");
  ASSERT_EQ(again.status, 0) << again.err;
  for (char const* key : {"systems", "unknowns_mean", "nonzeros_max"}) EXPECT_EQ(again[key], first[key]);
  EXPECT_TRUE(content_of(path) == bytes);

  auto const other = run(options + " --seed 2 --resume");
  EXPECT_EQ(other.status, 3);
  EXPECT_EQ(other.err,
            "nacre_datagen: '" + path +
                "' was made with seed = '1', but this run has '2'; remove it or use other options\n");
  auto const more = kSmall + "--count 7";
  auto const whole = bytes_of(more);
  expect_same_end(more, whole);
}

TEST_F(Datagen, RefusesPartsThatAreNotItsOwn) {
  auto const options = kSmall + "--count 400";
  {
    RunningProgram program("nacre_datagen", 1, options + " --output " + path);
    ASSERT_TRUE(becomes_true([&] { return num_parts() >= 2; }));
    program.send(SIGTERM);
    ASSERT_EQ(program.wait().status, 1);
  }
  auto const few = kSmall + "--count 3 --output " + path;
  EXPECT_EQ(refusal(few, 3),
            "nacre_datagen: '" + parts +
                "' holds systems of a run that was stopped; --resume goes on with them, else remove it\n");
  auto const other = refusal(few + " --density-max 7e-4 --resume", 3);
  EXPECT_NE(other.find(".h5' was made with density-max = '0.0005"), std::string::npos) << other;
  EXPECT_NE(other.find("but this run has '0.000699"), std::string::npos) << other;
  fs::rename(parts + "/000000.h5", parts + "/000001.h5");
  auto const swapped = refusal(few + " --resume", 3);
  EXPECT_NE(swapped.find("000001.h5' was made with system = '0', but this run has '1'"), std::string::npos)
      << swapped;
  folder.file("s.h5.parts/000001.h5", "text");
  EXPECT_EQ(refusal(few + " --resume", 3),
            "nacre_datagen: cannot read '" + parts + "/000001.h5': it is not an HDF5 file\n");
}

TEST_F(Datagen, KeepsTheSystemsThatFitOnAFullDisk) {
  auto const options = kSmall + "--count 30";
  auto const whole = bytes_of(options);
  // files may have so many blocks and no more: the parts fit, not all of them together
  auto const ended = run(options, 1, "trap '' XFSZ; ulimit -f 100; ");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.err, "nacre_datagen: cannot write '" + path + "': File too large\n");
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(num_parts(), 30);
  EXPECT_EQ(folder.num_files(), 1);
  expect_same_end(options, whole);
}

TEST_F(Datagen, TakesMatricesAndGivesThemBack) {
  std::string const problem = "--problem elasticity-small --count 2 --export-mtx " + folder.file("mtx");
  auto const made = run(problem);
  ASSERT_EQ(made.status, 0) << made.err;
  nn::SystemFile const file(path);
  auto const A = read_matrix_market<double>(folder.file("mtx/000001.mtx"));
  auto const expected = constrained_matrix(file.read(1));
  ASSERT_EQ(A.num_entries(), expected.num_entries());
  for (std::size_t k = 0; k < A.num_entries(); ++k)
    ASSERT_EQ(host_view(A.values)(k), host_view(expected.values)(k));
  auto const free = read_matrix_market<double>(folder.file("mtx/000001_free.mtx"));
  EXPECT_EQ(free.num_rows(), A.num_rows());
  EXPECT_LT(free.num_entries(), static_cast<std::size_t>(A.num_rows()));

  auto const own = folder.file("own.h5");
  auto const imported = run_program("nacre_datagen", 1,
                                    "--block-size 3 --output " + own + " --import-mtx " +
                                        folder.file("mtx/000001.mtx") + " " + folder.file("mtx/000000.mtx"));
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_EQ(imported.number("systems"), 2);
  auto const system = nn::SystemFile(own).read(0);
  EXPECT_EQ(system.name, "000001.mtx");
  EXPECT_EQ(system.block_size(), 3);
  auto const back = constrained_matrix(system);
  ASSERT_EQ(back.num_rows(), A.num_rows());
  EXPECT_EQ(system.features.extent(1), 0u);

  auto const again = folder.file("again");
  ASSERT_EQ(run_program("nacre_datagen", 1, "--input " + own + " --export-mtx " + again).status, 0);
  EXPECT_TRUE(content_of(again + "/000001.mtx") == content_of(folder.file("mtx/000000.mtx")));
}

TEST_F(Datagen, RefusesMatricesThatAreNotSymmetricAndPositive) {
  auto const with = [&](std::string const& entries) {
    auto const file = folder.file("A.mtx", "%%MatrixMarket matrix coordinate real general\n" + entries);
    auto const message = refusal("--import-mtx " + file + " --output " + path, 3);
    auto const before = "nacre_datagen: '" + file + "': ";
    EXPECT_EQ(message.rfind(before, 0), 0u) << message;
    return message.substr(std::min(before.size(), message.size()));
  };
  EXPECT_EQ(with("2 3 1\n1 1 1\n"), "2 by 3, expected a square matrix\n");
  EXPECT_EQ(with("2 2 1\n1 1 1\n"), "the diagonal entry of row 1 is 0, expected a positive one\n");
  EXPECT_EQ(with("2 2 4\n1 1 1\n2 2 1\n1 2 .5\n2 1 .25\n"),
            "entry (0, 1) is 0.5 but (1, 0) is 0.25, expected a symmetric matrix\n");
  EXPECT_EQ(with("2 2 3\n1 1 1\n2 2 1\n1 2 .5\n"),
            "column 0 has not the entries of row 0, expected a symmetric matrix\n");
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Datagen, SaysWhatIsWrongWithItsOptions) {
  auto const says = [&](std::string const& options) { return refusal(options, 2); };
  auto const program = std::string("nacre_datagen: ");
  EXPECT_EQ(says("--count 3"), program + "--output is missing, which names the file to make\n");
  EXPECT_EQ(says("--problem haet --output x.h5"),
            program + "--problem = 'haet' is not known; did you mean heat?\n");
  EXPECT_EQ(says("--mesh bax --problem heat --output x.h5"),
            program + "--mesh = 'bax' is not known; did you mean box?\n");
  EXPECT_EQ(says("--mesh box --output x.h5"),
            program + "--problem heat-small takes no --mesh: it has its own\n");
  EXPECT_EQ(says("--size 4 --size-min 5 --output x.h5"),
            program + "--size-min = 5, expected from 2 to 4, the --size\n");
  EXPECT_EQ(says("--density-min 1 --output x.h5"),
            program + "--density-min = 1, expected at most 0.0005, the --density-max\n");
  EXPECT_EQ(says("--problem elasticity-twist --steps 4 --count 5 --output x.h5"),
            program +
                "--count = 5, but --problem elasticity-twist has 4 systems with these --steps, --size and "
                "--size-min\n");
  EXPECT_EQ(says("--input x.h5"), program + "--input needs --export-mtx, which names a folder\n");
  EXPECT_EQ(says("--import-mtx A.mtx --resume --output x.h5"),
            program + "--import-mtx does not go with --problem or --resume\n");
  EXPECT_EQ(refusal(kSmall + "--output " + folder.file("no/x.h5"), 3),
            program + "cannot write '" + folder.file("no/x.h5") + "': No such file or directory\n");
}

}  // namespace
}  // namespace nacre::test
