// What nacre_gcn keeps when it is stopped, killed, or out of disk, and how it goes on from there.
#include <gtest/gtest.h>

#include "running_program.hpp"

namespace nacre::test {
namespace {

std::string const kSmall = "--nodes 300 --hidden 4 ";
std::string const kTemporary = "c.st.tmp";

/// The lines that say how good the networks are.
std::string outcome(Ended const& ended) {
  std::string text;
  for (char const* key :
       {"loss", "train_accuracy", "validation_accuracy", "test_accuracy_mean", "test_accuracies"})
    text += std::string(key) + "=" + ended[key] + "\n";
  return text;
}

/// Which epoch a checkpoint is of; that it can be said shows that it loads.
int epoch_of(std::string const& checkpoint, std::string const& options) {
  auto const ended = run_program("nacre_gcn", 1, options + " --epochs 1 --resume --checkpoint " + checkpoint);
  std::string const before = "' is of epoch ";
  auto const at = ended.err.find(before);
  if (at == std::string::npos) {
    EXPECT_EQ(ended.status, 0) << ended.err;
    return 1;
  }
  return std::atoi(ended.err.c_str() + at + before.size());
}

/// Training that goes on from the checkpoint must end exactly where one without a stop does.
void expect_same_end(Folder const& folder, std::string const& options) {
  auto const resumed = run_program(
      "nacre_gcn", 1,
      options + " --resume --checkpoint " + folder / "c.st" + " --history " + folder / "resumed.csv");
  auto const whole = run_program("nacre_gcn", 1, options + " --history " + folder / "whole.csv");
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  ASSERT_EQ(whole.status, 0) << whole.err;
  EXPECT_NE(resumed.err.find("resumed from"), std::string::npos) << resumed.err;
  EXPECT_EQ(outcome(resumed), outcome(whole));
  EXPECT_EQ(folder.read("resumed.csv"), folder.read("whole.csv"));
  EXPECT_GT(whole.number("loss"), 0);
}

/// Sends the signal when the checkpoint is there and says what `needle` looks for.
Ended stopped(Folder const& folder, int ranks, std::string const& options, int signal,
              std::string const& needle) {
  RunningProgram program("nacre_gcn", ranks,
                         options + " --checkpoint-every 0 --checkpoint " + folder / "c.st");
  EXPECT_TRUE(becomes_true([&] { return folder.read("c.st").find(needle) != std::string::npos; }));
  program.send(signal);
  return program.wait();
}

TEST(NacreGcnStopped, KeepsTheEpochsThatAreDone) {
  for (std::string const more : {"", "--precision double --recipe paper"})
    for (int const signal : {SIGTERM, SIGINT}) {
      Folder const folder;
      auto const options = kSmall + more + " --epochs 1000";

      auto const ended = stopped(folder, 1, options, signal, "accuracies");

      EXPECT_EQ(ended.status, 1) << ended.err;
      EXPECT_EQ(ended.out, "");
      EXPECT_EQ(ended.err.rfind("nacre_gcn: interrupted after epoch ", 0), 0u) << ended.err;
      EXPECT_NE(ended.err.find("--resume goes on from " + folder / "c.st"), std::string::npos) << ended.err;
      EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});
      auto const epoch = std::to_string(epoch_of(folder / "c.st", kSmall + more));
      EXPECT_NE(ended.err.find("after epoch " + epoch + " of network 1;"), std::string::npos)
          << epoch << ended.err;
      expect_same_end(folder, options);
    }
}

TEST(NacreGcnStopped, KeepsTheSecondNetworkToo) {
  auto const options = kSmall + "--seeds 3 --epochs 200";
  for (int attempt = 0; attempt < 5; ++attempt) {  // the network may be done before the signal arrives
    Folder const folder;
    auto const ended = stopped(folder, 1, options, SIGTERM, "\"accuracies\":\"0.");
    if (ended.err.find("of network 2") == std::string::npos) continue;
    EXPECT_EQ(ended.status, 1) << ended.err;
    expect_same_end(folder, options);
    return;
  }
  FAIL() << "it was never stopped in the second network";
}

TEST(NacreGcnStopped, KeepsTheStateOfSeveralRanks) {
  for (int const ranks : numbers_of_ranks(2)) {
    Folder const folder;
    auto const ended = stopped(folder, ranks, kSmall + "--epochs 20000", SIGTERM, "accuracies");
    EXPECT_EQ(ended.status, 1) << ended.err;
    EXPECT_NE(ended.err.find("--resume goes on from " + folder / "c.st"), std::string::npos) << ended.err;
    EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});
    EXPECT_GE(epoch_of(folder / "c.st", kSmall), 1);  // on another number of ranks
  }
}

TEST(NacreGcnStopped, SaysThatNothingIsKeptWithoutACheckpoint) {
  RunningProgram program("nacre_gcn", 1, kSmall + "--epochs 100000000 --progress");
  EXPECT_TRUE(becomes_true([&] { return program.err().find(" left") != std::string::npos; }));
  program.send(SIGTERM);
  auto const ended = program.wait();
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.err.find("nothing is kept, since there is no --checkpoint\n"), std::string::npos)
      << ended.err;
  EXPECT_NE(ended.err.find("epoch "), std::string::npos);
  EXPECT_NE(ended.err.find(", loss "), std::string::npos);
  EXPECT_NE(ended.err.find(", validation accuracy "), std::string::npos);
}

TEST(NacreGcnKilled, AlwaysLeavesAFileThatLoads) {
  for (int const milliseconds : {0, 3, 11, 37, 90, 200}) {
    Folder const folder;
    {
      RunningProgram program("nacre_gcn", 1,
                             kSmall + "--epochs 100000 --checkpoint-every 0 --checkpoint " + folder / "c.st");
      ASSERT_TRUE(becomes_true([&] { return !folder.read("c.st").empty(); }));
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      program.send(SIGKILL);
      EXPECT_EQ(program.wait().status, 128 + SIGKILL);
    }
    for (auto const& file : folder.files())
      EXPECT_TRUE(file == "c.st" || file.rfind(kTemporary, 0) == 0) << file;
    int const epoch = epoch_of(folder / "c.st", kSmall);
    EXPECT_GE(epoch, 1);
    expect_same_end(folder, kSmall + "--epochs " + std::to_string(epoch + 3));
  }
}

TEST(NacreGcnOnAFullDisk, LeavesTheLastCheckpoint) {
  Folder const folder;
  // files may have so many blocks and no more; the learning curves in the checkpoint grow with each epoch
  auto const ended = run_program(
      "nacre_gcn", 1, kSmall + "--epochs 100000 --checkpoint-every 0 --checkpoint " + folder / "c.st",
      "trap '' XFSZ; ulimit -f 64; ");

  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.err, "nacre_gcn: cannot write '" + folder / "c.st" + "': File too large\n");
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});
  int const epoch = epoch_of(folder / "c.st", kSmall);
  EXPECT_GT(epoch, 10);
  expect_same_end(folder, kSmall + "--epochs " + std::to_string(epoch + 3));
}

TEST(NacreGcnResumed, BeginsIfThereIsNoFile) {
  Folder const folder;
  auto const ended =
      run_program("nacre_gcn", 1, kSmall + "--epochs 5 --resume --checkpoint " + folder / "c.st");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(epoch_of(folder / "c.st", kSmall), 5);
}

TEST(NacreGcnResumed, RepeatsTheResultsOfATrainingThatIsDone) {
  Folder const folder;
  auto const options = kSmall + "--seeds 2 --epochs 12 --checkpoint " + folder / "c.st";
  auto const first = run_program("nacre_gcn", 1, options);
  auto const file = folder.read("c.st");
  auto const again = run_program("nacre_gcn", 1, options + " --resume");
  ASSERT_EQ(first.status, 0) << first.err;
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(outcome(again), outcome(first));
  EXPECT_EQ(folder.read("c.st"), file);
  EXPECT_NE(first["epoch_seconds"], "");
  EXPECT_EQ(again["epoch_seconds"], "");  // no epoch was timed
}

TEST(NacreGcnResumed, TakesMoreEpochsAndMoreNetworks) {
  Folder const folder;
  auto const keep = " --checkpoint " + folder / "c.st";
  ASSERT_EQ(run_program("nacre_gcn", 1, kSmall + "--epochs 10" + keep).status, 0);
  expect_same_end(folder, kSmall + "--epochs 15");
  expect_same_end(folder, kSmall + "--epochs 15 --seeds 3");
}

TEST(NacreGcnResumed, RefusesAFileThatIsNotItsOwn) {
  Folder const folder;
  auto const path = folder / "c.st";
  std::string const same =
      "--nodes 300 --hidden 4 --epochs 10 --seeds 2 --seed 1 --recipe kipf --precision float "
      "--dropout .5 --learning-rate .01 --weight-decay .0005 --checkpoint " +
      path;
  ASSERT_EQ(run_program("nacre_gcn", 1, same).status, 0);
  auto const good = folder.read("c.st");
  auto const refused = [&](std::string const& file, std::string const& options, std::string const& message,
                           int most_ranks = 2) {
    for (int const ranks : numbers_of_ranks(most_ranks)) {
      folder.write("c.st", file);
      auto const ended = run_program("nacre_gcn", ranks, options + " --resume --history " + folder / "h.csv");
      EXPECT_EQ(ended.status, 3) << options << ended.out << ended.err;
      EXPECT_EQ(ended.err.rfind("nacre_gcn: ", 0), 0u) << ended.err;
      EXPECT_NE(ended.err.find(message), std::string::npos) << options << '\n' << ended.err;
      EXPECT_NE(ended.err.find(path), std::string::npos) << ended.err;
      EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
      EXPECT_EQ(ended.out, "");
      EXPECT_EQ(folder.files(), std::vector<std::string>{"c.st"});
      EXPECT_TRUE(folder.read("c.st") == file) << "changed the file";
    }
  };
  struct Other {
    std::string option, value, message;
  };
  for (auto const& other :
       {Other{"--recipe kipf", "--recipe paper", "recipe = kipf, not paper"},
        Other{"--hidden 4", "--hidden 5", "hidden = 4, not 5"},
        Other{"--precision float", "--precision double", "precision = float, not double"},
        Other{"--seed 1", "--seed 3", "seed = 1, not 3"},
        Other{"--dropout .5", "--dropout 0", "dropout = 0.5, not 0"},
        Other{"--learning-rate .01", "--learning-rate .1", "learning_rate = 0.01, not 0.1"},
        Other{"--weight-decay .0005", "--weight-decay 0", "weight_decay = 0.0005, not 0"},
        Other{"--nodes 300", "--nodes 301", "is of a training with edges = "},
        Other{"--seeds 2", "--seeds 1", "is of network 2, but --seeds = 1"},
        Other{"--epochs 10", "--epochs 9", "is of epoch 10, but --epochs = 9"},
        Other{"--epochs 10", "--epochs 11", "trained for 10 epochs, but --epochs = 11"}}) {
    auto options = same;
    options.replace(options.find(other.option), other.option.size(), other.value);
    refused(good, options, other.message, 1);
  }
  refused(good, same.substr(0, same.find("--hidden 4")) + "--hidden 6" + same.substr(same.find(" --epochs")),
          "hidden = 4, not 6");
  refused("", same, "");
  refused("This is a letter to my aunt, not a checkpoint.\n", same, "");
  refused(good.substr(0, good.size() / 2), same, "");
  refused(good.substr(0, good.size() - 1), same, "");
  refused(good.substr(0, 100), same, "");
  std::string const header = "{\"__metadata__\":{\"of\":\"somebody\"}}       ";
  refused(std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header, same,
          "is not a checkpoint of nacre_gcn");
}

}  // namespace
}  // namespace nacre::test
