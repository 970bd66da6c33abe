#include <gtest/gtest.h>

#include <nacre/core/comm.hpp>

namespace nacre {
namespace {

TEST(Comm, SeesThatAllRanksArrive) { EXPECT_TRUE(Comm::world().all_arrive_within(/*seconds=*/10)); }

TEST(Comm, SeesThatARankDoesNotArrive) {
  Comm const comm = Comm::world(), elsewhere = Comm::world();
  bool const late = comm.rank() == comm.size() - 1;
  if (late) elsewhere.barrier();  // which the others reach only after they have given up
  bool const all = comm.all_arrive_within(late ? 10. : .1);
  if (!late) elsewhere.barrier();
  EXPECT_EQ(all, late);
}

TEST(Comm, FailsOnAllRanksWithTheMessageOfTheFirstThatFailed) {
  Comm const comm = Comm::world();
  int const first = comm.size() > 1 ? 1 : 0;
  try {
    comm.fail_together(comm.rank() >= first ? cat("trouble on ", comm.rank()) : "");
    FAIL() << "nothing was thrown";
  } catch (Error const& e) {
    EXPECT_EQ(std::string(e.what()).rfind(cat("trouble on ", first), 0), 0u) << e.what();
  }
  EXPECT_NO_THROW(comm.fail_together(""));
}

}  // namespace
}  // namespace nacre
