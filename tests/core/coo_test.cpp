#include <nacre/core/coo.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

template <class Device>
struct Coo : testing::Test {};
TYPED_TEST_SUITE(Coo, nacre::test::Backends);

template <class Scalar>
nacre::CooEntries<Scalar> random_entries(int n, int m, int count, unsigned seed) {
  std::mt19937 generator(seed);
  nacre::CooEntries<Scalar> entries;
  for (int e = 0; e < count; ++e) {
    auto const i = static_cast<int>(generator() % static_cast<unsigned>(n));
    auto const j = static_cast<int>(generator() % static_cast<unsigned>(m));
    entries.add(i, j, static_cast<Scalar>(static_cast<double>(generator()) / 4294967296. - .5));
  }
  return entries;
}

template <class Scalar, class Device>
void expect_assembled(int n, int m, int count) {
  SCOPED_TRACE(nacre::cat(n, " by ", m, ", ", count, " entries"));
  auto const entries = random_entries<Scalar>(n, m, count, 1);
  auto const A = nacre::assemble<Device>(n, m, entries);
  nacre::test::expect_well_formed(A.pattern);
  nacre::test::Dense expected(static_cast<std::size_t>(n),
                              std::vector<double>(static_cast<std::size_t>(m), 0.));
  for (std::size_t e = 0; e < entries.row.size(); ++e)
    expected[static_cast<std::size_t>(entries.row[e])][static_cast<std::size_t>(entries.col[e])] +=
        static_cast<double>(entries.values[e]);
  nacre::test::expect_near<Scalar>(nacre::test::to_dense(A), expected, 20);
}

TYPED_TEST(Coo, SumsEntriesOfTheSamePlace) {
  for (auto const& [n, m, count] :
       {std::array<int, 3>{1, 1, 0}, {1, 1, 5}, {37, 23, 300}, {23, 37, 5000}, {1023, 10, 2000}}) {
    expect_assembled<double, TypeParam>(n, m, count);
    expect_assembled<float, TypeParam>(n, m, count);
  }
}

TYPED_TEST(Coo, OfAnEmptyMatrixIsEmpty) {
  auto const A = nacre::assemble<TypeParam>(0, 0, nacre::CooEntries<double>());
  EXPECT_EQ(A.num_rows(), 0);
  EXPECT_EQ(A.num_entries(), 0u);
}

TYPED_TEST(Coo, AssemblesNewValuesOnOldPlaces) {
  auto const entries = random_entries<double>(30, 30, 400, 2);
  nacre::CooAssembly<TypeParam> const assembly(30, 30, entries.row, entries.col);
  auto twice = entries;
  for (auto& v : twice.values) v *= 2;
  nacre::ExecOf<TypeParam> const exec;
  nacre::Vector<double, TypeParam> const once("once", assembly.pattern().num_entries()),
      doubled("doubled", once.extent(0));
  assembly.assemble(exec, nacre::to_device<TypeParam>("values", entries.values), once);
  assembly.assemble(exec, nacre::to_device<TypeParam>("values", twice.values), doubled);
  auto const a = nacre::test::to_host(once), b = nacre::test::to_host(doubled);
  for (std::size_t k = 0; k < a.extent(0); ++k) EXPECT_EQ(b(k), 2 * a(k));
}

TYPED_TEST(Coo, RejectsPlacesOutsideTheMatrix) {
  nacre::CooEntries<double> entries;
  entries.add(1, 1, 1.);
  entries.add(2, 7, 1.);
  nacre::test::expect_error("coo: entry 1 is at row 2, column 7 of a 3 by 3 matrix",
                            [&] { nacre::assemble<TypeParam>(3, 3, entries); });
  entries.row.pop_back();
  nacre::test::expect_error("coo: 1 row numbers but 2 column numbers",
                            [&] { nacre::assemble<TypeParam>(3, 3, entries); });
}

}  // namespace
