// nacre_schwarz as its users run it.
#include <gtest/gtest.h>

#include <nacre/core/triangulation.hpp>

#include "running_program.hpp"

namespace nacre::test {
namespace {

/// A network and a training that take a second.
std::string const kTiny = "--meshes 12 --batch 4 --test-meshes 3 --grid 6 --blocks 1 --convs 2 ";
std::string const kSmall = kTiny + "--epochs 2 --width 8 ";

std::vector<double> losses(std::string const& csv) {
  std::istringstream in(csv);
  std::vector<double> found;
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "step,loss");
  while (std::getline(in, line)) found.push_back(std::strtod(line.c_str() + line.find(',') + 1, nullptr));
  return found;
}

struct NacreSchwarz : testing::Test {
  void SetUp() override {
    if (!have_delaunay()) GTEST_SKIP() << "built without Qhull";
  }
};

TEST_F(NacreSchwarz, KnowsTheGridOfTheLiteratureAndLearnsToBeatTheClassicalMethodOnMeshes) {
  auto const ended = run_program("nacre_schwarz", 1, "--meshes 40 --epochs 4 --test-meshes 8");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_NEAR(ended.number("rho_ras"), .5336, 1e-3);
  EXPECT_NEAR(ended.number("rho_oo0"), .2408, 1e-3);
  EXPECT_NEAR(ended.number("rho_oo2"), .0955, 1e-3);
  EXPECT_LE(ended.number("rho_direct"), .045);
  EXPECT_LT(ended.number("rho_learned"), .9 * ended.number("rho_ras"));
  EXPECT_LT(ended.number("mesh_rho_learned"), .85 * ended.number("mesh_rho_ras"));
  EXPECT_LT(ended.number("mesh_stationary_learned"), ended.number("mesh_stationary_ras"));
  for (char const* method : {"ras", "oo0", "oo2", "direct", "learned"}) {
    EXPECT_GT(ended.number("gmres_" + std::string(method)), 0);
    EXPECT_GE(ended.number("stationary_" + std::string(method)),
              ended.number("gmres_" + std::string(method)));
  }
}

TEST_F(NacreSchwarz, LearnsTheSameOnAnyNumberOfRanks) {
  Folder const folder;
  std::vector<double> alone;
  for (int const ranks : numbers_of_ranks(3)) {
    auto const ended = run_program("nacre_schwarz", ranks, kSmall + "--history " + folder / "h.csv");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended["ranks"], std::to_string(ranks));
    auto const found = losses(folder.read("h.csv"));
    ASSERT_EQ(found.size(), 6u);
    if (ranks == 1) alone = found;
    // the first is of the same network; then gradients in single precision are added up in other orders, and Adam divides
    // them by their size
    EXPECT_NEAR(found[0], alone[0], 1e-12);
    for (std::size_t i = 1; i < found.size(); ++i) EXPECT_NEAR(found[i], alone[i], 1e-4) << i;
  }
}

TEST_F(NacreSchwarz, GoesOnExactlyWhereItWasStopped) {
  for (int const signal : {SIGTERM, SIGINT}) {
    Folder const folder;
    auto const options = kTiny + "--width 8 --epochs 40 --checkpoint " + folder / "c.st";
    Ended stopped;
    {
      RunningProgram program("nacre_schwarz", 1, options + " --checkpoint-every 0");
      EXPECT_TRUE(becomes_true([&] { return !folder.read("c.st").empty(); }));
      program.send(signal);
      stopped = program.wait();
    }
    EXPECT_EQ(stopped.status, 1) << stopped.err;
    EXPECT_EQ(stopped.out, "");
    EXPECT_NE(stopped.err.find("--resume goes on from " + folder / "c.st"), std::string::npos) << stopped.err;
    EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});

    auto const resumed =
        run_program("nacre_schwarz", 1, options + " --resume --history " + folder / "resumed.csv");
    auto const whole =
        run_program("nacre_schwarz", 1, kTiny + "--width 8 --epochs 40 --history " + folder / "whole.csv");
    ASSERT_EQ(resumed.status, 0) << resumed.err;
    ASSERT_EQ(whole.status, 0) << whole.err;
    EXPECT_EQ(losses(folder.read("whole.csv")).size(), 120u);
    EXPECT_EQ(folder.read("resumed.csv"), folder.read("whole.csv"));
    for (char const* key : {"loss", "mesh_rho_learned", "rho_learned"})
      EXPECT_EQ(resumed[key], whole[key]) << key;
  }
}

TEST_F(NacreSchwarz, LeavesTheLastCheckpointOnAFullDisk) {
  Folder const folder;
  auto const options = kTiny + "--width 8 --epochs 2000 --checkpoint " + folder / "c.st";
  // files may have so many blocks and no more; the losses in the checkpoint grow with each step
  ASSERT_EQ(run_program("nacre_schwarz", 1, kSmall + "--checkpoint " + folder / "size").status, 0);
  auto const blocks = folder.read("size").size() / 512 + 2;
  unlink((folder / "size").c_str());
  auto const ended = run_program("nacre_schwarz", 1, options + " --checkpoint-every 0",
                                 "trap '' XFSZ; ulimit -f " + std::to_string(blocks) + "; ");
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.err, "nacre_schwarz: cannot write '" + folder / "c.st" + "': File too large\n");
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});

  RunningProgram program("nacre_schwarz", 1, options + " --resume");
  std::string const resumed = "resumed from " + folder / "c.st" + ", which is of step ";
  ASSERT_TRUE(becomes_true([&] { return program.err().find(resumed) != std::string::npos; }))
      << program.err();
  auto const err = program.err();
  EXPECT_GT(std::atoi(err.c_str() + err.find(resumed) + resumed.size()), 10) << err;
}

TEST_F(NacreSchwarz, OnlyComparesWhenItsTrainingIsComplete) {
  Folder const folder;
  auto const first = run_program("nacre_schwarz", 1, kSmall + "--checkpoint " + folder / "c.st");
  ASSERT_EQ(first.status, 0) << first.err;
  auto const kept = folder.read("c.st");
  auto const again = run_program("nacre_schwarz", 1, kSmall + "--resume --checkpoint " + folder / "c.st");
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again["mesh_rho_learned"], first["mesh_rho_learned"]);
  EXPECT_EQ(again["steps"], "6");
  EXPECT_NE(first["step_seconds"], "");
  EXPECT_EQ(again["step_seconds"], "");  // no step was timed
  EXPECT_TRUE(folder.read("c.st") == kept);
}

TEST_F(NacreSchwarz, RefusesCheckpointsOfOthers) {
  Folder const folder;
  auto const of = [&](std::string const& options) {
    return options + "--resume --checkpoint " + folder / "c.st";
  };
  ASSERT_EQ(run_program("nacre_schwarz", 1, kSmall + "--checkpoint " + folder / "c.st").status, 0);
  auto const kept = folder.read("c.st");
  struct Other {
    std::string options;
    char const* message;
  };
  for (auto const& other :
       {Other{"--width 16 ", "is of another network: width 8"}, Other{"--width 8 --seed 2 ", "seed 1"},
        Other{"--width 8 --power 4 ", "power 8"}, Other{"--width 8 --reaction identity ", "reaction mass"}}) {
    auto const ended = run_program("nacre_schwarz", 1, of(kTiny + "--epochs 2 " + other.options));
    EXPECT_EQ(ended.status, 3) << ended.err;
    EXPECT_NE(ended.err.find(other.message), std::string::npos) << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    EXPECT_TRUE(folder.read("c.st") == kept);
  }
  folder.write("c.st", kept.substr(0, kept.size() / 2));
  auto const truncated = run_program("nacre_schwarz", 1, of(kSmall));
  EXPECT_EQ(truncated.status, 3);
  EXPECT_NE(truncated.err.find("truncated"), std::string::npos) << truncated.err;
}

TEST_F(NacreSchwarz, WritesAPage) {
  Folder const folder;
  auto const ended = run_program("nacre_schwarz", 1, kSmall + "--report " + folder / "r.html");
  ASSERT_EQ(ended.status, 0) << ended.err;
  auto const html = folder.read("r.html");
  auto const count = [&](std::string const& what) {
    std::size_t n = 0;
    for (auto at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) ++n;
    return n;
  };
  for (std::string const tag : {"section", "svg", "text", "dl", "main", "body", "div", "figure"})
    EXPECT_EQ(count("<" + tag + " ") + count("<" + tag + ">"), count("</" + tag + ">")) << tag;
  EXPECT_GE(count("<path class=\"curve"), 5u);
  EXPECT_GE(count("<path class=\"dot\""), 10u);  // of the mesh
  EXPECT_EQ(count("nan") + count("inf,") + count("<script"), 0u);
}

TEST_F(NacreSchwarz, RefusesBadInput) {
  struct Bad {
    std::string arguments;
    int status;
    char const* message;
  };
  for (auto const& bad :
       {Bad{"--grid 1", 2, "--grid = 1"}, Bad{"--unknowns 7", 2, "--unknowns = 7"},
        Bad{"--reaction foo", 2, "--reaction = 'foo' is not known"},
        Bad{"--resume", 2, "--resume needs --checkpoint"}, Bad{"--epoch 3", 2, "did you mean --epochs?"},
        Bad{"--scaling --report r.html", 2, "takes no --checkpoint, --history or --report"},
        Bad{"--learning-rate 0", 2, "--learning-rate"}, Bad{"--report /nowhere/r.html", 3, "/nowhere/r.html"},
        Bad{"--checkpoint /nowhere/c.st", 3, "/nowhere/c.st"}}) {
    auto const ended = run_program("nacre_schwarz", 1, bad.arguments);
    EXPECT_EQ(ended.status, bad.status) << bad.arguments << '\n' << ended.err;
    EXPECT_NE(ended.err.find(bad.message), std::string::npos) << bad.arguments << '\n' << ended.err;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    EXPECT_EQ(ended.out, "");
  }
}

TEST_F(NacreSchwarz, HelpsItsUser) {
  auto const ended = run_program("nacre_schwarz", 1, "--help");
  EXPECT_EQ(ended.status, 0);
  for (char const* option : {"--grid", "--meshes", "--scaling", "--unknowns", "--checkpoint", "--report"})
    EXPECT_NE(ended.out.find(option), std::string::npos) << option;
}

}  // namespace
}  // namespace nacre::test
