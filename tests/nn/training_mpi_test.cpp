// Losses and checkpoints on several ranks: as on one.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include <nacre/nn/checkpoint.hpp>
#include <nacre/nn/gradients.hpp>
#include <nacre/nn/linear.hpp>
#include <nacre/nn/losses.hpp>

#include "support/distributed.hpp"
#include "support/message_of.hpp"
#include "support/shared_folder.hpp"

namespace nacre::test {
namespace {

constexpr GlobalOrdinal kRows = 29;
constexpr std::size_t kClasses = 4;

/// The rows of this rank of a matrix that does not depend on the number of ranks.
RowMajor<double> scattered_rows(RowPartition const& rows, std::size_t width, unsigned seed) {
  RowMajor<double> const x("x", static_cast<std::size_t>(rows.num_owned()), width);
  auto const h = Kokkos::create_mirror(x);
  for (Ordinal i = 0; i < rows.num_owned(); ++i)
    for (std::size_t j = 0; j < width; ++j)
      h(i, j) = 2 * scattered(rows.begin() + i, static_cast<GlobalOrdinal>(j), seed);
  Kokkos::deep_copy(x, h);
  return x;
}

nn::Labels<> labels_of(Comm const& comm, RowPartition const& rows) {
  std::vector<int> label;
  std::vector<bool> counts;
  for (auto i = rows.begin(); i < rows.end(); ++i) {
    label.push_back(i % 7 == 3 ? -1 : static_cast<int>(i % 4));
    counts.push_back(i % 3 != 1);
  }
  // a rank without rows has no marks, which is the same to it as all
  return nn::make_labels(comm, label, static_cast<int>(kClasses), counts);
}

enum class Loss { cross_entropy, mse, l1, relative };

/// A linear layer's loss with its gradients: loss, those of the parameters, those of the features of all ranks.
std::vector<std::vector<double>> compute(Loss which, Comm const& comm, RowPartition const& partition) {
  nn::Linear<double> model(3, kClasses);
  model.initialize(4);
  nn::Gradients<double> gradients(model, comm);
  auto const rows = nn::plain_rows(partition.num_owned(), comm);
  auto const target = scattered_rows(partition, kClasses, 2);
  nn::Pass<double> pass;
  auto const leaf = pass.tape().leaf(scattered_rows(partition, 3, 1));
  auto const y = model.forward(pass, rows, leaf);
  auto const loss = [&]() -> nn::VectorVar<double> {
    switch (which) {
      case Loss::cross_entropy:
        return nn::cross_entropy(pass, rows, y, labels_of(comm, partition));
      case Loss::mse:
        return nn::mse_loss(pass, rows, y, target);
      case Loss::l1:
        return nn::l1_loss(pass, rows, y, target);
      case Loss::relative:
        break;
    }
    return nn::relative_loss(pass, rows, y, target);
  }();
  gradients.compute(pass, loss);
  std::vector<std::vector<double>> all{to_vector(loss.value)};
  for (auto const& p : gradients.parameters()) all.push_back(to_vector(p.gradient));
  all.push_back(comm.all_gather(to_vector(pass.tape().gradient(leaf))));
  return all;
}

/// Evenly, and with one rank that has all rows.
std::vector<RowPartition> partitions(Comm const& comm) {
  return {RowPartition::even(comm, kRows), RowPartition(comm, comm.rank() == comm.size() - 1 ? kRows : 0)};
}

TEST(DistributedLosses, AreThoseOfOneRankWithTheirGradients) {
  auto const comm = Comm::world();
  auto const serial = RowPartition::even(Comm::self(), kRows);
  for (auto const which : {Loss::cross_entropy, Loss::mse, Loss::l1, Loss::relative}) {
    auto const expected = compute(which, Comm::self(), serial);
    for (auto const& partition : partitions(comm)) {
      auto const found = compute(which, comm, partition);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t a = 0; a < found.size(); ++a) {
        ASSERT_EQ(found[a].size(), expected[a].size());
        for (std::size_t i = 0; i < found[a].size(); ++i)
          EXPECT_NEAR(found[a][i], expected[a][i], 1e-13 * (1 + std::fabs(expected[a][i])))
              << "loss " << static_cast<int>(which) << ", result " << a;
      }
    }
  }
}

TEST(DistributedLosses, CountConfusionsOnAllRanks) {
  auto const comm = Comm::world();
  auto const serial = RowPartition::even(Comm::self(), kRows);
  auto const expected = nn::confusion_matrix(Comm::self(), scattered_rows(serial, kClasses, 1),
                                             labels_of(Comm::self(), serial));
  for (auto const& partition : partitions(comm)) {
    auto const labels = labels_of(comm, partition);
    EXPECT_EQ(nn::confusion_matrix(comm, scattered_rows(partition, kClasses, 1), labels), expected);
    EXPECT_EQ(labels.num_global, labels_of(Comm::self(), serial).num_global);
  }
}

TEST(DistributedLosses, FailOnAllRanksIfOneRankIsWrong) {
  auto const comm = Comm::world();
  bool const last = comm.rank() == comm.size() - 1;
  EXPECT_NE(message_of([&] {
              nn::make_labels(comm, {0, last ? 9 : 1}, 2);
            }).find("label 9 of row 1"),
            std::string::npos);
  EXPECT_NE(message_of([&] { nn::make_labels(comm, {-1}, 2); }).find("no row has a label that counts"),
            std::string::npos);
  auto const labels = nn::make_labels(comm, {0, 1}, 2);
  RowMajor<double> const logits("logits", last ? 3 : 2, 2);
  EXPECT_NE(
      message_of([&] { nn::confusion_matrix(comm, logits, labels); }).find("3 rows, but there are 2 labels"),
      std::string::npos);
}

TEST(DistributedGradients, CountTheBytesOfARing) {
  auto const comm = Comm::world();
  nn::Linear<double> model(3, kClasses);
  auto const ranks = static_cast<std::size_t>(comm.size());
  EXPECT_EQ(nn::Gradients<double>(model, comm).reduced_bytes(), 2 * (ranks - 1) * 16 * 8 / ranks);
}

TEST(DistributedCheckpoint, HasTheSameBitsOnAllRanks) {
  auto const comm = Comm::world();
  SharedFolder const folder(comm);
  nn::TensorFile file;
  file.metadata = {{"epoch", "12"}, {"empty", ""}};
  nn::Linear<float> model(3, kClasses);
  model.initialize(comm.rank() == 0 ? 5 : 6);  // rank 0 writes
  nn::add_state(file, "model.", model);
  file.tensors.push_back(nn::make_tensor<std::int64_t>("steps", {}, {7}));
  file.tensors.push_back(nn::make_tensor<double>("nothing", {0, 3}, {}));
  auto const path = folder.file("checkpoint");
  nn::write_checkpoint(comm, path, file);
  auto const found = nn::read_checkpoint(comm, path);

  model.initialize(5);
  nn::TensorFile expected;
  nn::add_state(expected, "model.", model);
  ASSERT_EQ(found.tensors.size(), 4u);
  EXPECT_EQ(found.metadata, file.metadata);
  for (std::size_t t = 0; t < 2; ++t) {
    EXPECT_EQ(found.tensors[t].name, expected.tensors[t].name);
    EXPECT_EQ(found.tensors[t].shape, expected.tensors[t].shape);
    EXPECT_EQ(found.tensors[t].dtype, nn::DType::f32);
    EXPECT_EQ(found.tensors[t].data, expected.tensors[t].data);
  }
  EXPECT_EQ(nn::values_of<std::int64_t>(found.at("steps")), std::vector<std::int64_t>{7});
  EXPECT_EQ(found.at("nothing").shape, (std::vector<std::int64_t>{0, 3}));
  comm.barrier();
  EXPECT_EQ(folder.num_files(), comm.rank() == 0 ? 1 : 0);
}

TEST(DistributedCheckpoint, FailsOnAllRanks) {
  auto const comm = Comm::world();
  SharedFolder const folder(comm);
  auto const says = [](std::string const& message, std::string const& text) {
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  says(message_of([&] { nn::read_checkpoint(comm, folder.file("absent")); }), "absent");
  auto const cut = folder.file("cut", std::string("\x30\0\0\0\0\0\0\0{\"a\"", 12));
  says(message_of([&] { nn::read_checkpoint(comm, cut); }), "cut");
  nn::TensorFile file;
  file.tensors = {nn::make_tensor<double>("a", {}, {1}), nn::make_tensor<double>("a", {}, {2})};
  says(message_of([&] { nn::write_checkpoint(comm, folder.file("twice"), file); }), "'a'");
  file.tensors.pop_back();
  says(message_of([&] { nn::write_checkpoint(comm, folder.file("no/such/folder"), file); }),
       "no/such/folder");
  EXPECT_EQ(folder.num_files(), comm.rank() == 0 ? 1 : 0);
}

}  // namespace
}  // namespace nacre::test
