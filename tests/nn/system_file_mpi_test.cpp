#include <gtest/gtest.h>

#include <nacre/nn/system_file.hpp>

#include "support/message_of.hpp"
#include "support/shared_folder.hpp"
#include "support/sparse.hpp"

namespace {

using namespace nacre;
using nacre::test::message_of;

TEST(SystemFileOnSeveralRanks, GivesEachRankItsOwnSystemsOrAllTheSameError) {
  if (!nn::have_hdf5()) GTEST_SKIP() << "built without HDF5";
  auto const comm = Comm::world();
  test::SharedFolder const folder(comm);
  auto const path = folder.file("s.h5");
  if (comm.rank() == 0) {
    std::vector<LinearSystem> systems;
    for (int i = 0; i < 4; ++i)
      systems.push_back(make_linear_system(
          cat("system ", i), as_blocks(test::from_dense<double, DefaultDevice>({{2, -1}, {-1, 2. + i}}, 2)),
          RowMajor<double>("features", 2, 0)));
    nn::write_systems(path, systems);
  }
  comm.barrier();

  auto const systems = nn::read_systems(comm, path, {comm.rank(), 3});

  ASSERT_EQ(systems.size(), 2u);
  EXPECT_EQ(systems[0].name, cat("system ", comm.rank()));
  EXPECT_EQ(test::to_host(systems[1].A.values)(3, 0, 0), 5);
  int const last = comm.size() - 1;
  auto const said_by = [&](int rank) { return comm.size() > 1 ? cat(" (rank ", rank, ")") : ""; };
  EXPECT_EQ(message_of([&] { nn::read_systems(comm, path, {comm.rank() == last ? 4 : 0}); }),
            "cannot read '" + path + "': there is no system 4; it has 4, counted from 0" + said_by(last));
  EXPECT_EQ(message_of([&] { nn::read_systems(comm, folder.file("none.h5"), {}); }),
            "cannot read '" + folder.file("none.h5") + "': there is no such file" + said_by(0));
}

}  // namespace
