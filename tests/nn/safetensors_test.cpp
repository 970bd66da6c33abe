#include <nacre/nn/safetensors.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace {

using nacre::nn::Conversion;
using nacre::nn::DType;
using nacre::nn::make_tensor;
using nacre::nn::read_safetensors;
using nacre::nn::Tensor;
using nacre::nn::TensorFile;
using nacre::nn::values_of;
using nacre::nn::write_safetensors;
using nacre::test::content_of;
using nacre::test::message_of;
using nacre::test::TemporaryFolder;

/// The bytes of a file with that header, padded with `padding` spaces.
std::string file_content(std::string header, std::string const& data, std::size_t padding = 0) {
  header.append(padding, ' ');
  std::string length;
  for (int b = 0; b < 8; ++b) length += static_cast<char>(header.size() >> 8 * b & 255);
  return length + header + data;
}

/// What is wrong with a file of that content, without the words that all refusals begin with.
std::string refusal(std::string const& content) {
  TemporaryFolder const folder;
  std::string const path = folder.file("m.safetensors", content);
  std::string const prefix = "cannot read '" + path + "': ";
  std::string const message = message_of([&] { read_safetensors(path); });
  return message.compare(0, prefix.size(), prefix) == 0 ? message.substr(prefix.size()) : message;
}

/// What is wrong with a header whose only tensor `a` is described by `entry`, before eight bytes of data.
std::string refusal_of_entry(std::string const& entry) {
  return refusal(file_content("{\"a\":" + entry + "}", "12345678"));
}

void expect_equal(TensorFile const& found, TensorFile const& expected) {
  EXPECT_EQ(found.metadata, expected.metadata);
  ASSERT_EQ(found.tensors.size(), expected.tensors.size());
  for (std::size_t t = 0; t < expected.tensors.size(); ++t) {
    EXPECT_EQ(found.tensors[t].name, expected.tensors[t].name);
    EXPECT_EQ(found.tensors[t].dtype, expected.tensors[t].dtype) << "tensor " << t;
    EXPECT_EQ(found.tensors[t].shape, expected.tensors[t].shape) << "tensor " << t;
    EXPECT_EQ(found.tensors[t].data, expected.tensors[t].data) << "tensor " << t;
  }
}

template <class T>
void expect_same_values(Tensor const& tensor, std::vector<T> const& values) {
  EXPECT_EQ(values_of<T>(tensor), values) << tensor.name;
}

TEST(Safetensors, GivesBackEveryTypeBitForBit) {
  TemporaryFolder const folder;
  TensorFile file;
  for (DType const dtype :
       {DType::boolean, DType::u8, DType::i8, DType::u16, DType::i16, DType::f16, DType::bf16, DType::u32,
        DType::i32, DType::f32, DType::u64, DType::i64, DType::f64}) {
    Tensor tensor{std::string("of ") + to_string(dtype), dtype, {3, 1, 5}, {}};
    // all bits matter, those of signalling not-a-numbers, too
    for (std::size_t b = 0; b < 15 * size_of(dtype); ++b)
      tensor.data.push_back(static_cast<unsigned char>(b % 7 == 0 ? 255 : 37 * b + file.tensors.size()));
    file.tensors.push_back(tensor);
  }

  write_safetensors(folder.file("m"), file);

  expect_equal(read_safetensors(folder.file("m")), file);
  EXPECT_EQ(folder.num_files(), 1);
}

TEST(Safetensors, GivesBackValues) {
  TemporaryFolder const folder;
  using F = std::numeric_limits<float>;
  using D = std::numeric_limits<double>;
  std::vector<float> const f{0.1f, -0.f, F::infinity(), F::denorm_min(), F::max(), -3};
  std::vector<double> const d{0.1, D::max(), D::denorm_min(), -D::infinity()};
  std::vector<std::int32_t> const i{INT32_MIN, -1, INT32_MAX};
  std::vector<std::int64_t> const l{INT64_MIN, -1, INT64_MAX, 0x0102030405060708};
  std::vector<std::uint8_t> const u{0, 1, 255};

  write_safetensors(folder.file("m"),
                    {{make_tensor("u", {3}, u), make_tensor("f", {2, 3}, f), make_tensor("d", {4}, d),
                      make_tensor("i", {1, 3}, i), make_tensor("l", {4}, l)},
                     {}});
  auto const file = read_safetensors(folder.file("m"));

  expect_same_values(file.at("f"), f);
  EXPECT_TRUE(std::signbit(values_of<float>(file.at("f"))[1]));
  expect_same_values(file.at("d"), d);
  expect_same_values(file.at("i"), i);
  expect_same_values(file.at("l"), l);
  expect_same_values(file.at("u"), u);
}

TEST(Safetensors, HoldsEmptyTensorsScalarsAnyNamesAndMetadata) {
  TemporaryFolder const folder;
  TensorFile const file{
      {make_tensor<float>("empty", {0}, {}), make_tensor<double>("scalar", {}, {2.5}),
       make_tensor<std::int64_t>("also empty", {3, 0, 7}, {}), make_tensor<float>("", {1}, {1}),
       make_tensor<float>("Gewicht \xC3\xBC\xE2\x88\x87\xF0\x9F\x8C\x8A", {2}, {1, 2}),
       make_tensor<float>("quote \" backslash \\ line\n zero" + std::string(1, '\0'), {1}, {3})},
      {{"step", "17"}, {"", ""}, {"\xC3\xBC", "line\nbreak \"quoted\""}}};

  write_safetensors(folder.file("m"), file);

  expect_equal(read_safetensors(folder.file("m")), file);
}

TEST(Safetensors, HoldsNothing) {
  TemporaryFolder const folder;
  write_safetensors(folder.file("m"), {});

  EXPECT_EQ(content_of(folder.file("m")), file_content("{}", "", 6));
  expect_equal(read_safetensors(folder.file("m")), {});
}

TEST(Safetensors, WritesTheBytesOfTheFormat) {
  TemporaryFolder const folder;
  TensorFile const file{{make_tensor<std::uint8_t>("b", {3}, {1, 2, 255}),
                         make_tensor<float>("w", {1, 2}, {1, -2}), make_tensor<std::int64_t>("n", {}, {258})},
                        {{"k", "v"}}};
  std::string const header = R"({"__metadata__":{"k":"v"},)"
                             R"("b":{"dtype":"U8","shape":[3],"data_offsets":[16,19]},)"
                             R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},)"
                             R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})";
  std::string const data(
      "\x02\x01\0\0\0\0\0\0"
      "\0\0\x80\x3F"
      "\0\0\0\xC0"
      "\x01\x02\xFF",
      19);
  std::string const content = file_content(header, data, (8 - header.size() % 8) % 8);

  write_safetensors(folder.file("m"), file);

  EXPECT_EQ(content_of(folder.file("m")), content);
  expect_equal(read_safetensors(folder.file("by hand", content)), file);
}

TEST(Safetensors, ReadsHeadersAsOthersWriteThem) {
  TemporaryFolder const folder;
  std::string const header =
      " \n{ \"z\" : {\"data_offsets\": [4, 8], \"shape\": [ 1 ], \"dtype\": \"F32\"},\n"
      "\"\\u00fc\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}, \"__metadata__\": {} }";
  std::string const data(
      "\0\0\x80\x3F"
      "\0\0\0\xC0",
      8);

  auto const file = read_safetensors(folder.file("m", file_content(header.substr(2), data, 3)));

  expect_equal(file, {{make_tensor<float>("z", {1}, {-2}), make_tensor<float>("\xC3\xBC", {1, 1}, {1})}, {}});
  EXPECT_EQ(refusal(file_content(header, data)),
            "the header does not begin with '{': it is not a safetensors file");
}

TEST(Safetensors, ConvertsFloatAndDoubleOnRequest) {
  auto const f = make_tensor<float>("f", {2}, {0.1f, 3});
  auto const d = make_tensor<double>("d", {3}, {0.1, -std::numeric_limits<double>::infinity(), 1e-300});
  auto const i = make_tensor<std::int64_t>("i", {1}, {3});
  auto const large = make_tensor<double>("large", {2}, {std::numeric_limits<float>::max(), 1e39});

  EXPECT_EQ(values_of<double>(f, Conversion::float_double), (std::vector<double>{0.1f, 3}));
  EXPECT_EQ(values_of<float>(d, Conversion::float_double),
            (std::vector<float>{0.1f, -std::numeric_limits<float>::infinity(), 0}));
  EXPECT_EQ(message_of([&] { values_of<double>(f); }), "values_of: tensor 'f' holds F32, expected F64");
  EXPECT_EQ(message_of([&] { values_of<float>(i, Conversion::float_double); }),
            "values_of: tensor 'i' holds I64, expected F32 or F64");
  EXPECT_EQ(message_of([&] { values_of<std::int64_t>(f, Conversion::float_double); }),
            "values_of: tensor 'f' holds F32, expected I64");
  EXPECT_EQ(message_of([&] { values_of<float>(large, Conversion::float_double); }),
            "values_of: number 1 of tensor 'large' is 1e+39, too large for a float");

  double const first_infinite = 0x1.ffffffp127;  // halfway from the largest float to the next there would be
  auto const last_finite = make_tensor<double>("d", {}, {-std::nextafter(first_infinite, 0)});
  EXPECT_EQ(values_of<float>(last_finite, Conversion::float_double),
            std::vector<float>{std::numeric_limits<float>::lowest()});
  EXPECT_EQ(message_of([&] {
              values_of<float>(make_tensor<double>("d", {}, {-first_infinite}), Conversion::float_double);
            }),
            "values_of: number 0 of tensor 'd' is -3.40282e+38, too large for a float");
}

TEST(Safetensors, RefusesTensorsWhoseDataAreNotOfTheirShape) {
  EXPECT_EQ(message_of([] {
              make_tensor<float>("w", {2, 3}, {1, 2});
            }),
            "make_tensor: tensor 'w' is given 2 numbers, expected 6 for shape [2, 3] of F32");
  EXPECT_EQ(message_of([] { make_tensor<float>("w", {-1}, {1}); }),
            "make_tensor: tensor 'w' is given 1 numbers, expected a possible shape for shape [-1] of F32");
  EXPECT_EQ(message_of([] {
              values_of<double>(Tensor{"w", DType::f64, {2}, {1, 2, 3}});
            }),
            "values_of: tensor 'w' has 3 bytes, expected those of shape [2] of F64");
}

TEST(Safetensors, FindsTensorsByName) {
  TensorFile const file{{make_tensor<float>("a", {}, {1}), make_tensor<float>("b", {}, {2})}, {}};

  EXPECT_EQ(file.find("b"), &file.tensors[1]);
  EXPECT_EQ(&file.at("a"), &file.tensors[0]);
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_EQ(message_of([&] { file.at("c"); }), "there is no tensor 'c'; there are 'a', 'b'");
  EXPECT_EQ(message_of([&] { TensorFile().at("c"); }), "there is no tensor 'c'; there are none");
}

TEST(Safetensors, RefusesFilesThatEndEarlyWhereverTheyEnd) {
  TemporaryFolder const folder;
  write_safetensors(folder.file("m"), {{make_tensor<float>("a.weight", {100}, std::vector<float>(100))}, {}});
  std::string const whole = content_of(folder.file("m"));
  auto const header_end = static_cast<int>(whole.size()) - 400;

  EXPECT_EQ(refusal(whole), "(no nacre::Error was thrown)");
  for (int size = 0; size < static_cast<int>(whole.size()); ++size) {
    std::string const message = refusal(whole.substr(0, static_cast<std::size_t>(size)));
    if (size < 8)
      EXPECT_EQ(message, nacre::cat("the file has ", size,
                                    " bytes, expected 8 with the length of the header: it is truncated"));
    else if (size < header_end)
      EXPECT_EQ(message, nacre::cat("the header has ", header_end - 8, " bytes, but only ", size - 8,
                                    " follow its length: it is truncated"));
    else
      EXPECT_EQ(message, nacre::cat("tensor 'a.weight' ends at byte 400 of the data, but the file has only ",
                                    size - header_end, ": it is truncated"));
  }
}

TEST(Safetensors, RefusesWhatIsNoHeader) {
  std::string const not_json = "the header is not JSON: byte ";
  EXPECT_EQ(refusal("this is not a file of tensors"),
            "the length of the header is 2338328219631577204, but the format allows 100000000: it is not a "
            "safetensors file");
  EXPECT_EQ(refusal(file_content("", "")),
            "the header does not begin with '{': it is not a safetensors file");
  EXPECT_EQ(refusal(file_content("[1]", "")),
            "the header does not begin with '{': it is not a safetensors file");
  EXPECT_EQ(refusal(file_content("{\"a\":", "")), not_json + "5 of it is not what may stand there");
  EXPECT_EQ(refusal(file_content("{,}", "")), not_json + "1 of it is not what may stand there");
  EXPECT_EQ(refusal(file_content("{} {}", "")), not_json + "3 of it is not what may stand there");
  EXPECT_EQ(refusal(file_content(std::string("{}\0{", 4), "")), not_json + "2 of it is zero");
  EXPECT_EQ(refusal(file_content("{\"\xFF\":1}", "")), not_json + "2 of it is not what may stand there");
  std::string const deep = "{\"a\":" + std::string(1000000, '[');
  EXPECT_EQ(refusal(file_content(deep, "")),
            "the header nests deeper than 3 levels: it is not a safetensors file");
}

TEST(Safetensors, RefusesNamesThatOccurTwice) {
  std::string const entry = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_EQ(
      refusal(file_content("{\"a\":" + entry + ",\"b\":" + entry + ",\"\\u0061\":" + entry + "}", "1234")),
      "the header has 'a' twice");
  EXPECT_EQ(refusal(file_content(R"({"__metadata__":{},"__metadata__":{}})", "")),
            "the header has '__metadata__' twice");
  EXPECT_EQ(refusal(file_content(R"({"__metadata__":{"k":"1","k":"2"}})", "")),
            "'__metadata__' has 'k' twice");
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,8]})"),
            "'a' has 'dtype' twice");
}

TEST(Safetensors, RefusesEntriesThatDoNotDescribeATensor) {
  std::string const expected = ", expected dtype, shape and data_offsets";
  EXPECT_EQ(refusal_of_entry("7"), "tensor 'a' is described by 7" + expected);
  EXPECT_EQ(refusal_of_entry(R"({"dtype":"F64","shape":[1]})"),
            R"(tensor 'a' is described by {"dtype":"F64","shape":[1]})" + expected);
  EXPECT_EQ(
      refusal_of_entry(R"({"data_offsets":[0,8],"dtype":"F64","scale":2,"shape":[1]})"),
      R"(tensor 'a' is described by {"data_offsets":[0,8],"dtype":"F64","scale":2,"shape":[1]})" + expected);
  EXPECT_EQ(refusal_of_entry("\"" + std::string(200, 'x') + "\""),
            "tensor 'a' is described by \"" + std::string(99, 'x') + "..." + expected);
  EXPECT_EQ(
      refusal_of_entry(R"({"dtype":"F8","shape":[8],"data_offsets":[0,8]})"),
      "tensor 'a' has the dtype \"F8\", expected one of BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, "
      "U64, I64, F64");
  EXPECT_EQ(refusal(file_content(R"({"__metadata__":["k"]})", "")),
            R"(the metadata is ["k"], expected strings by name)");
  EXPECT_EQ(refusal(file_content(R"({"__metadata__":{"k":1}})", "")),
            "the metadata 'k' is 1, expected a string");
}

TEST(Safetensors, RefusesShapesThatAreNone) {
  auto const of_shape = [](std::string const& shape) {
    return refusal_of_entry(R"({"dtype":"F64","shape":)" + shape + R"(,"data_offsets":[0,8]})");
  };
  std::string const expected = ", expected a list of integers from 0 on";
  for (std::string const shape : {"1", "[-1]", "[1.5]", "[\"1\"]", "[9223372036854775808]", "{\"1\":1}"})
    EXPECT_EQ(of_shape(shape), "tensor 'a' has the shape " + shape + expected);
  EXPECT_EQ(of_shape("[2]"), "tensor 'a' has 8 bytes of data, but its shape [2] of F64 is 16 bytes");
  EXPECT_EQ(of_shape("[0]"), "tensor 'a' has 8 bytes of data, but its shape [0] of F64 is 0 bytes");
  // products that are 1 and 0 modulo 2^64
  EXPECT_EQ(of_shape("[274177,67280421310721]"),
            "tensor 'a' has shape [274177, 67280421310721] of F64, more bytes than any file has");
  EXPECT_EQ(of_shape("[4294967296,4294967296]"),
            "tensor 'a' has shape [4294967296, 4294967296] of F64, more bytes than any file has");
}

TEST(Safetensors, RefusesOffsetsThatAreNone) {
  auto const of_offsets = [](std::string const& offsets) {
    return refusal_of_entry(R"({"dtype":"F64","shape":[1],"data_offsets":)" + offsets + "}");
  };
  EXPECT_EQ(of_offsets("[-8,0]"),
            "tensor 'a' has the data_offsets [-8,0], expected a list of integers from 0 on");
  for (std::string const offsets : {"[]", "[0]", "[0,8,8]", "[8,0]"})
    EXPECT_EQ(of_offsets(offsets),
              "tensor 'a' has the data_offsets " + offsets + ", expected where it begins and ends");
  EXPECT_EQ(of_offsets("[8,16]"),
            "tensor 'a' begins at byte 8 of the data, expected 0: what is before it belongs to no tensor");
}

TEST(Safetensors, AsksForNoMoreMemoryThanTheFileIsLarge) {
  EXPECT_EQ(
      refusal_of_entry(
          R"({"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]})"),
      "tensor 'a' ends at byte 9223372036854775807 of the data, but the file has only 8: it is truncated");
}

TEST(Safetensors, RefusesDataThatDoNotBelongToOneTensorEach) {
  auto const of_ranges = [](std::string const& a, std::string const& b, std::string const& data) {
    std::string const begin = R"({"dtype":"F32","shape":[1],"data_offsets":)";
    return refusal(file_content("{\"b\":" + begin + b + "},\"a\":" + begin + a + "}}", data));
  };
  EXPECT_EQ(of_ranges("[0,4]", "[4,8]", "12345678"), "(no nacre::Error was thrown)");
  EXPECT_EQ(of_ranges("[0,4]", "[2,6]", "12345678"),
            "tensor 'b' begins at byte 2 of the data, expected 4, where tensor 'a' ends: they overlap");
  EXPECT_EQ(
      of_ranges("[0,4]", "[6,10]", "1234567890"),
      "tensor 'b' begins at byte 6 of the data, expected 4, where tensor 'a' ends: what is before it belongs "
      "to no tensor");
  EXPECT_EQ(
      of_ranges("[0,4]", "[4,8]", "1234567890"),
      "the file has 10 bytes of data, but the tensors end at byte 8: what follows belongs to no tensor");
  EXPECT_EQ(refusal(file_content("{}", "1")),
            "the file has 1 bytes of data, but the tensors end at byte 0: what follows belongs to no tensor");
}

TEST(Safetensors, NamesFilesThatCannotBeRead) {
  TemporaryFolder const folder;
  EXPECT_EQ(message_of([&] { read_safetensors(folder.file("none")); }),
            "cannot read '" + folder.file("none") + "': No such file or directory");
  EXPECT_EQ(message_of([&] { read_safetensors(folder.file(".")); }),
            "cannot read '" + folder.file(".") + "': it is a directory");
  EXPECT_EQ(message_of([&] { read_safetensors("/dev/null"); }),
            "cannot read '/dev/null': it is not a regular file");
}

TEST(Safetensors, LeavesTheOldFileIfTheNewOneCannotBeWritten) {
  TemporaryFolder const folder;
  std::string const path = folder.file("m", "old");
  auto const refusal_to_write = [&](std::vector<Tensor> tensors,
                                    std::map<std::string, std::string> metadata = {}) {
    return message_of([&] { write_safetensors(path, {std::move(tensors), std::move(metadata)}); });
  };
  std::string const cannot = "cannot write '" + path + "': ";
  auto const named = [](std::string const& name) { return make_tensor<float>(name, {1}, {1}); };

  EXPECT_EQ(refusal_to_write({named("a"), named("b"), named("a")}), cannot + "two tensors are named 'a'");
  EXPECT_EQ(refusal_to_write({named("__metadata__")}),
            cannot + "tensor 0 is named '__metadata__', as only the metadata may be");
  EXPECT_EQ(refusal_to_write({named("a"), named("\xFF")}), cannot + "the name of tensor 1 is not UTF-8");
  EXPECT_EQ(refusal_to_write({}, {{"k", "\xC3"}}), cannot + "the metadata 'k' is not UTF-8");
  EXPECT_EQ(refusal_to_write({}, {{"\xC3", "v"}}), cannot + "a key of the metadata is not UTF-8");
  EXPECT_EQ(refusal_to_write({Tensor{"a", DType::f32, {2}, {1, 2, 3}}}),
            cannot + "tensor 'a' has 3 bytes, but its shape [2] of F32 is 8 bytes");
  EXPECT_EQ(refusal_to_write({Tensor{"a", DType::f32, {-2}, {}}}),
            cannot + "tensor 'a' has 0 bytes, but its shape [-2] of F32 is impossible");
  std::filesystem::create_directory(path + ".tmp" + std::to_string(getpid()));
  EXPECT_EQ(refusal_to_write({named("a")}), cannot + "Is a directory");

  EXPECT_EQ(content_of(path), "old");
}

TEST(Safetensors, ReportsAFullDevice) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full here";
  EXPECT_EQ(message_of([] {
              write_safetensors("/dev/full", {{make_tensor<float>("a", {1}, {1})}, {}});
            }),
            "cannot write '/dev/full': No space left on device");
}

}  // namespace
