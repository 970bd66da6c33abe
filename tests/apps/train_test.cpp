// nacre_train as its users run it: what it learns, what it keeps when it is stopped, and how it goes on from there.
#include <gtest/gtest.h>

#include <cmath>

#include "running_program.hpp"

namespace nacre::test {
namespace {

std::string const kSmall = "--problem heat-small --systems 20 ";

/// The losses in a file that --history has written.
std::vector<double> losses_of(std::string const& csv) {
  std::vector<double> losses;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "epoch,loss,iterations");
  while (std::getline(lines, line)) losses.push_back(std::strtod(line.c_str() + line.find(',') + 1, nullptr));
  return losses;
}

/// Of which step a checkpoint is; 0 if there is none.
int steps_of(std::string const& checkpoint) {
  std::string const before = "\"steps\":\"";
  auto const at = checkpoint.find(before);
  return at == std::string::npos ? 0 : std::atoi(checkpoint.c_str() + at + before.size());
}

TEST(NacreTrain, LearnsAPreconditioner) {
  Folder const folder;
  auto const ended = run_program(
      "nacre_train", 1,
      "--problem heat-small --epochs 10 --history " + folder / "h.csv" + " --report " + folder / "r.html");
  ASSERT_EQ(ended.status, 0) << ended.err;

  EXPECT_EQ(ended["systems"], "60");
  EXPECT_EQ(ended["validation_systems"], "15");
  EXPECT_EQ(ended["parameters"], "28105");
  EXPECT_EQ(ended["steps"], "150");
  EXPECT_LT(ended.number("loss"), .12);
  EXPECT_LT(ended.number("iterations_learned"), .95 * ended.number("iterations_jacobi"));
  EXPECT_LT(ended.number("iterations_jacobi"), .8 * ended.number("iterations_none"));
  auto const losses = losses_of(folder.read("h.csv"));
  ASSERT_EQ(losses.size(), 10u);
  EXPECT_GT(losses.front(), .8);
  EXPECT_NEAR(losses.back(), ended.number("loss"), 1e-5);

  auto const html = folder.read("r.html");
  for (char const* part :
       {"Loss of each epoch", "Iterations of conjugate gradients on the validation systems",
        "How many validation systems took how many iterations", "<path class=\"curve", "fsai0", "</html>"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  for (char const* part : {"nan", "<script", "http"}) EXPECT_EQ(html.find(part), std::string::npos) << part;
}

TEST(NacreTrain, DoesNotDependOnTheNumberOfRanks) {
  std::vector<std::vector<double>> losses;
  for (int const ranks : numbers_of_ranks(3)) {
    Folder const folder;
    auto const ended = run_program("nacre_train", ranks, kSmall + "--epochs 5 --history " + folder / "h.csv");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended["ranks"], std::to_string(ranks));
    losses.push_back(losses_of(folder.read("h.csv")));
    ASSERT_EQ(losses.back().size(), 5u);
    for (std::size_t epoch = 0; epoch < 5; ++epoch)
      EXPECT_NEAR(losses.back()[epoch], losses[0][epoch], 1e-5 * losses[0][epoch]) << ranks << ' ' << epoch;
  }
}

/// Training that goes on from the checkpoint must end exactly where one without a stop does.
void expect_same_end(Folder const& folder, std::string const& options) {
  auto const whole = run_program("nacre_train", 1, options + " --history " + folder / "whole.csv");
  auto const resumed = run_program(
      "nacre_train", 1,
      options + " --resume --checkpoint " + folder / "c.st" + " --history " + folder / "resumed.csv");
  ASSERT_EQ(whole.status, 0) << whole.err;
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("resumed from"), std::string::npos) << resumed.err;
  EXPECT_GT(losses_of(folder.read("whole.csv")).size(), 1u);
  EXPECT_EQ(folder.read("resumed.csv"), folder.read("whole.csv"));
  for (char const* key : {"steps", "epochs", "loss", "best_epoch", "iterations_learned"})
    EXPECT_EQ(resumed[key], whole[key]) << key;
}

TEST(NacreTrainStopped, GoesOnAsIfItHadNotBeen) {
  auto const options = kSmall + "--epochs 16 --validate-every 3";  // 64 steps
  for (int const signal : {SIGTERM, SIGINT}) {
    Folder const folder;
    RunningProgram program("nacre_train", 1,
                           options + " --checkpoint-every 0 --checkpoint " + folder / "c.st");
    ASSERT_TRUE(becomes_true([&] { return steps_of(folder.read("c.st")) >= 9; }));
    program.send(signal);
    auto const ended = program.wait();

    EXPECT_EQ(ended.status, 1) << ended.err;
    EXPECT_EQ(ended.out, "");
    int const steps = steps_of(folder.read("c.st"));
    EXPECT_LT(steps, 64);
    EXPECT_EQ(ended.err, "nacre_train: interrupted after step " + std::to_string(steps) +
                             "; --resume goes on from " + folder / "c.st" + "\n");
    EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});
    expect_same_end(folder, options);
  }
}

TEST(NacreTrainStopped, SaysThatNothingIsKeptWithoutACheckpoint) {
  RunningProgram program("nacre_train", 1, kSmall + "--epochs 100000 --progress");
  EXPECT_TRUE(becomes_true([&] { return program.err().find(" left") != std::string::npos; }));
  program.send(SIGTERM);
  auto const ended = program.wait();
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("nothing is kept, since there is no --checkpoint\n"), std::string::npos)
      << ended.err;
}

TEST(NacreTrainKilled, LeavesAFileThatLoads) {
  Folder const folder;
  {
    RunningProgram program("nacre_train", 1,
                           kSmall + "--epochs 1000 --checkpoint-every 0 --checkpoint " + folder / "c.st");
    ASSERT_TRUE(becomes_true([&] { return steps_of(folder.read("c.st")) >= 5; }));
    program.send(SIGKILL);
    EXPECT_EQ(program.wait().status, 128 + SIGKILL);
  }
  int const epochs = steps_of(folder.read("c.st")) / 4 + 2;
  expect_same_end(folder, kSmall + "--epochs " + std::to_string(epochs));
}

TEST(NacreTrainOnAFullDisk, LeavesTheLastCheckpoint) {
  Folder const folder;
  auto const keep = kSmall + "--checkpoint-every 0 --checkpoint " + folder / "c.st";
  ASSERT_EQ(run_program("nacre_train", 1, keep + " --epochs 1").status, 0);
  auto const before = folder.read("c.st");
  auto const ended =
      run_program("nacre_train", 1, keep + " --epochs 3 --resume", "trap '' XFSZ; ulimit -f 64; ");
  EXPECT_EQ(ended.status, 3);
  EXPECT_NE(ended.err.find("nacre_train: cannot write '" + folder / "c.st" + "': File too large\n"),
            std::string::npos)
      << ended.err;
  EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});
  EXPECT_EQ(folder.read("c.st"), before);
}

TEST(NacreTrainResumed, RefusesAFileThatIsNotItsOwn) {
  Folder const folder;
  auto const keep = kSmall + "--resume --checkpoint " + folder / "c.st" + " --epochs ";
  ASSERT_EQ(run_program("nacre_train", 1, keep + "1").status, 0);  // it begins if there is no file
  auto const good = folder.read("c.st");
  struct Other {
    std::string file, options, message;
  };
  for (auto const& other : {Other{good, "2 --width 16", "width = 24, not 16"},
                            Other{good, "2 --factor lower", "pattern = full, not lower"},
                            Other{good, "2 --seed 43", "seed 42, "}, Other{good, "2 --batch 5", "batch 4, "},
                            Other{good, "2 --learning-rate 0.002", "learning rate 0.001 "},
                            Other{good.substr(0, good.size() - 1), "2", "c.st"},
                            Other{"Dear aunt,\n", "2", "c.st"}, Other{"", "2", "c.st"}}) {
    folder.write("c.st", other.file);
    auto const ended = run_program("nacre_train", 1, keep + other.options);
    EXPECT_EQ(ended.status, 3) << other.options << ended.err;
    EXPECT_EQ(ended.err.rfind("nacre_train: ", 0), 0u) << ended.err;
    EXPECT_NE(ended.err.find(other.message), std::string::npos) << other.options << '\n' << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(folder.read("c.st"), other.file);
  }
}

TEST(NacreTrain, RefusesWhatMakesNoSense) {
  struct Bad {
    std::string arguments;
    int status;
    char const* message;
  };
  for (auto const& bad :
       {Bad{"--resume", 2, "--resume needs --checkpoint"}, Bad{"--problem heet-small", 2, "heat-small"},
        Bad{"--start fsai0", 2, "it needs --factor lower"}, Bad{"--loss sai", 3, "sai"},
        Bad{"--epochs 0", 2, "--epochs = 0"}, Bad{"--systems 1", 2, "--systems = 1"},
        Bad{"--problem /nowhere.h5", 3, "/nowhere.h5"},
        Bad{"--report /nowhere/r.html", 3, "/nowhere/r.html"}}) {
    auto const ended = run_program("nacre_train", 1, bad.arguments);
    EXPECT_EQ(ended.status, bad.status) << bad.arguments << '\n' << ended.err;
    EXPECT_NE(ended.err.find(bad.message), std::string::npos) << bad.arguments << '\n' << ended.err;
    EXPECT_EQ(ended.out, "");
  }
}

}  // namespace
}  // namespace nacre::test
