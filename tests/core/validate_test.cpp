#include <nacre/core/validate.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/backends.hpp"
#include "support/sparse.hpp"

namespace {

using nacre::test::expect_error;

template <class Device>
struct Validate : testing::Test {};
TYPED_TEST_SUITE(Validate, nacre::test::Backends);

template <class Device>
nacre::CsrPattern<Device> pattern(std::vector<nacre::Offset> const& row_ptr,
                                  std::vector<nacre::Ordinal> const& col) {
  return {static_cast<nacre::Ordinal>(row_ptr.size()) - 1, 4, nacre::to_device<Device>("row_ptr", row_ptr),
          nacre::to_device<Device>("col", col)};
}

TYPED_TEST(Validate, AcceptsWhatIsRight) {
  nacre::validate(nacre::CsrPattern<TypeParam>());
  nacre::validate(nacre::test::random_sparse<double, TypeParam>(37, 23, .2, 1));
  nacre::validate(nacre::test::random_sparse<float, TypeParam>(1023, 5, .2, 1));
}

TYPED_TEST(Validate, NamesRowAndColumn) {
  expect_error("row_ptr begins with 1, expected 0", [] { nacre::validate(pattern<TypeParam>({1, 1}, {0})); });
  expect_error("row 1 begins at entry 2 but ends at 1", [] {
    nacre::validate(pattern<TypeParam>({0, 2, 1}, {0, 1}));
  });
  expect_error("row_ptr ends with 1 but there are 2 columns", [] {
    nacre::validate(pattern<TypeParam>({0, 1}, {0, 1}));
  });
  expect_error("row 1 has an entry in column 4 (entry 1), but there are 4 columns", [] {
    nacre::validate(pattern<TypeParam>({0, 1, 2}, {0, 4}));
  });
  expect_error("row 0 has an entry in column -1", [] { nacre::validate(pattern<TypeParam>({0, 1}, {-1})); });
  expect_error("row 1 has column 2 twice (entries 1 and 2)", [] {
    nacre::validate(pattern<TypeParam>({0, 1, 3}, {0, 2, 2}));
  });
  expect_error("row 0 has column 1 after column 3", [] {
    nacre::validate(pattern<TypeParam>({0, 2}, {3, 1}));
  });
}

template <class Scalar, class Device>
void expect_rejects(double value, std::string const& printed) {
  nacre::CsrMatrix<Scalar, Device> const A{
      pattern<Device>({0, 1, 3}, {0, 2, 3}),
      nacre::to_device<Device>("values", std::vector<Scalar>{1, 2, static_cast<Scalar>(value)})};
  expect_error("row 1, column 3 has the value " + printed, [&] { nacre::validate(A); });
}

TYPED_TEST(Validate, NamesTheValueThatIsNotFinite) {
  expect_rejects<double, TypeParam>(std::nan(""), "nan");
  expect_rejects<float, TypeParam>(-HUGE_VAL, "-inf");
}

TYPED_TEST(Validate, CountsTheValues) {
  nacre::CsrMatrix<double, TypeParam> const A{pattern<TypeParam>({0, 1}, {0}),
                                              nacre::Vector<double, TypeParam>("v", 2)};
  expect_error("view 'v' has extent(0) = 2", [&] { nacre::validate(A); });
}

}  // namespace
