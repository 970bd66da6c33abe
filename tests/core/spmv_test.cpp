#include <nacre/core/spmv.hpp>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/views.hpp"

namespace {

using nacre::test::to_host;

template <class Device>
struct Spmv : testing::Test {};
TYPED_TEST_SUITE(Spmv, nacre::test::Backends);

template <class Device>
nacre::CsrMatrix<double, Device> small_matrix() {  // [1 . 2; . . .; . 3 .; 4 . 5]
  return {nacre::CsrPattern<Device>(4, 3, nacre::to_device<Device>("row_ptr", std::vector<nacre::Offset>{0, 2, 2, 3, 5}),
                                    nacre::to_device<Device>("col", std::vector<nacre::Ordinal>{0, 2, 1, 0, 2})),
          nacre::to_device<Device>("values", std::vector<double>{1, 2, 3, 4, 5})};
}

TYPED_TEST(Spmv, MatchesAProductByHand) {
  auto const A = small_matrix<TypeParam>();
  auto const x = nacre::to_device<TypeParam>("x", std::vector<double>{1, 10, 100});
  nacre::Vector<double, TypeParam> y("y", 4);

  nacre::spmv(nacre::ExecOf<TypeParam>(), A.pattern, A.values, x, y);

  auto const h = to_host(y);
  EXPECT_EQ(h(0), 201);
  EXPECT_EQ(h(1), 0);
  EXPECT_EQ(h(2), 30);
  EXPECT_EQ(h(3), 504);
}

TYPED_TEST(Spmv, RejectsAShortX) {
  auto const A = small_matrix<TypeParam>();
  nacre::Vector<double, TypeParam> x("x", 2), y("y", 4);

  try {
    nacre::spmv(nacre::ExecOf<TypeParam>(), A.pattern, A.values, x, y);
    FAIL() << "expected nacre::Error";
  } catch (nacre::Error const& e) {
    EXPECT_NE(std::string(e.what()).find("view 'x' has extent(0) = 2"), std::string::npos) << e.what();
  }
}

}  // namespace
