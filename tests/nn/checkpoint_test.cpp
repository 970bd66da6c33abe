#include <nacre/nn/checkpoint.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include <nacre/nn/gradients.hpp>
#include <nacre/nn/losses.hpp>
#include <nacre/nn/mlp.hpp>

#include "support/distributed.hpp"
#include "support/message_of.hpp"
#include "support/temporary_folder.hpp"

namespace nacre::test {
namespace {

ad::AdamOptions quick_adam() {
  ad::AdamOptions options;
  options.learning_rate = .02;
  return options;
}
ad::SgdOptions sgd_with_momentum() {
  ad::SgdOptions options;
  options.learning_rate = .05;
  options.momentum = .9;
  return options;
}
ad::LbfgsOptions few_iterations(int memory = 4) {
  ad::LbfgsOptions options;
  options.max_iterations = 5;
  options.memory = memory;
  options.gradient_tolerance = 0;
  return options;
}

/// A network that learns a fixed function of 30 rows, with dropout and statistics that are part of its state.
template <class Scalar>
struct Training {
  explicit Training(std::uint64_t seed, std::size_t hidden = 8, double dropout = .2)
      : model(), gradients(build(hidden, dropout)) {
    model.initialize(seed);
  }
  nn::RowSequential<Scalar>& build(std::size_t hidden, double dropout) {
    model.template add<nn::Linear<Scalar>>(2u, hidden);
    if (dropout > 0) model.template add<nn::BatchNorm<Scalar>>(hidden);
    model.template add<nn::ActivationLayer<Scalar>>(nn::Activation::tanh);
    if (dropout > 0) model.template add<nn::Dropout<Scalar>>(dropout);
    model.template add<nn::Linear<Scalar>>(hidden, 1u);
    auto const fill = [](RowMajor<Scalar> const& v, unsigned seed) {
      auto const h = Kokkos::create_mirror(v);
      for (std::size_t i = 0; i < v.extent(0); ++i)
        for (std::size_t j = 0; j < v.extent(1); ++j)
          h(i, j) = static_cast<Scalar>(
              scattered(static_cast<GlobalOrdinal>(i), static_cast<GlobalOrdinal>(j), seed));
      Kokkos::deep_copy(v, h);
    };
    fill(x, 1);
    fill(y, 2);
    return model;
  }
  double loss_and_gradient(std::uint64_t step) {
    pass.begin(random_bits(7, step));
    auto const loss = nn::mse_loss(pass, rows, model.forward(pass, rows, pass.constant(x)), y);
    gradients.compute(pass, loss);
    return static_cast<double>(to_host(loss.value)(0));
  }
  template <class Optimizer>
  void run(Optimizer& optimizer, std::uint64_t first, std::uint64_t last) {
    for (auto step = first; step < last; ++step) {
      loss_and_gradient(step);
      optimizer.step({}, gradients.parameters());
    }
  }
  void run(ad::Lbfgs<Scalar>& lbfgs, std::uint64_t, std::uint64_t) {
    lbfgs.minimize({}, gradients.parameters(), [this] { return loss_and_gradient(0); });
  }
  nn::TensorFile state() const {
    nn::TensorFile file;
    nn::add_state(file, "model.", model);
    return file;
  }
  template <class Optimizer>
  nn::TensorFile state(Optimizer const& optimizer) const {
    auto file = state();
    nn::add_state(file, "optimizer.", optimizer);
    return file;
  }
  template <class Optimizer>
  void load(nn::TensorFile const& file, Optimizer& optimizer, nn::Conversion how = nn::Conversion::none) {
    nn::StateLoader loader(file, "file", how);
    loader.add("model.", model);
    loader.add("optimizer.", optimizer, gradients.parameters());
    loader.commit();
  }

  nn::Rows<> rows = nn::plain_rows(30);
  RowMajor<Scalar> x{"x", 30, 2}, y{"y", 30, 1};
  nn::RowSequential<Scalar> model;
  nn::Gradients<Scalar> gradients;
  nn::Pass<Scalar> pass;
};

void expect_same_bits(nn::TensorFile const& a, nn::TensorFile const& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (std::size_t t = 0; t < a.tensors.size(); ++t) {
    EXPECT_EQ(a.tensors[t].name, b.tensors[t].name);
    EXPECT_EQ(a.tensors[t].shape, b.tensors[t].shape);
    EXPECT_EQ(a.tensors[t].dtype, b.tensors[t].dtype);
    EXPECT_EQ(a.tensors[t].data, b.tensors[t].data) << a.tensors[t].name;
  }
}

/// Ten steps, a file, ten more by fresh objects, and by ones that have a past of their own.
template <class Scalar, class Optimizer, class Options>
void expect_resumable(Options const& options, double dropout = .2) {
  Training<Scalar> through(1, 8, dropout);
  Optimizer of_through(options);
  through.run(of_through, 0, 10);
  TemporaryFolder const folder;
  auto const path = folder.file("state.safetensors");
  nn::write_safetensors(path, through.state(of_through));
  auto const half = through.state(of_through);
  through.run(of_through, 10, 20);
  auto const expected = through.state(of_through);
  ASSERT_NE(expected.tensors.front().data, half.tensors.front().data);

  for (bool const used : {false, true}) {
    Training<Scalar> resumed(99, 8, dropout);
    Optimizer of_resumed(options);
    if (used) resumed.run(of_resumed, 0, 3);
    resumed.load(nn::read_safetensors(path), of_resumed);
    expect_same_bits(resumed.state(of_resumed), half);
    resumed.run(of_resumed, 10, 20);
    expect_same_bits(resumed.state(of_resumed), expected);
  }
}

TEST(Checkpoint, GoesOnWithAdamAsIfNothingHadHappened) {
  expect_resumable<double, ad::Adam<double>>(quick_adam());
  expect_resumable<float, ad::Adam<float>>(ad::adamw_options(.02, .1));
}

TEST(Checkpoint, GoesOnWithSgdAsIfNothingHadHappened) {
  expect_resumable<double, ad::Sgd<double>>(sgd_with_momentum());
  expect_resumable<float, ad::Sgd<float>>(sgd_with_momentum());
  ad::SgdOptions plain;
  plain.learning_rate = .05;
  expect_resumable<double, ad::Sgd<double>>(plain);
}

TEST(Checkpoint, GoesOnWithLbfgsAsIfNothingHadHappened) {
  expect_resumable<double, ad::Lbfgs<double>>(few_iterations(), 0);
  expect_resumable<float, ad::Lbfgs<float>>(few_iterations(7), 0);
}

TEST(Checkpoint, OfTheStartBringsBackTheStart) {
  auto const check = [](auto optimizer, auto fresh) {
    Training<double> start(1, 8, 0), other(2, 8, 0);
    other.run(optimizer, 0, 3);
    other.load(start.state(fresh), optimizer);
    start.run(fresh, 0, 5);
    other.run(optimizer, 0, 5);
    expect_same_bits(other.state(optimizer), start.state(fresh));
  };
  check(ad::Adam<double>(quick_adam()), ad::Adam<double>(quick_adam()));
  check(ad::Sgd<double>(sgd_with_momentum()), ad::Sgd<double>(sgd_with_momentum()));
  check(ad::Lbfgs<double>(few_iterations()), ad::Lbfgs<double>(few_iterations()));
}

/// A file that is refused, and what the message must say.
template <class Scalar, class Optimizer>
void expect_refused(Training<Scalar>& training, Optimizer& optimizer, nn::TensorFile const& file,
                    std::string const& message, nn::Conversion how = nn::Conversion::none) {
  auto const before = training.state(optimizer);
  EXPECT_EQ(message_of([&] { training.load(file, optimizer, how); }), message);
  expect_same_bits(training.state(optimizer), before);
}

nn::Tensor& tensor(nn::TensorFile& file, std::string const& name) {
  for (auto& t : file.tensors)
    if (t.name == name) return t;
  fail(cat("no tensor ", name));
}
nn::TensorFile without(nn::TensorFile file, std::string const& name) {
  tensor(file, name);
  for (auto t = file.tensors.begin(); t != file.tensors.end(); ++t)
    if (t->name == name) {
      file.tensors.erase(t);
      break;
    }
  return file;
}
template <class T>
nn::TensorFile with(nn::TensorFile file, std::string const& name, std::vector<std::int64_t> const& shape,
                    std::vector<T> const& values) {
  tensor(file, name) = nn::make_tensor(name, shape, values);
  return file;
}

TEST(Checkpoint, RefusesFilesOfOtherThingsAndChangesNothing) {
  Training<double> source(1), target(2);
  ad::Adam<double> of_source(quick_adam()), of_target(quick_adam());
  source.run(of_source, 0, 3);
  target.run(of_target, 0, 2);
  auto const file = source.state(of_source);
  auto const refuse = [&](nn::TensorFile const& f, std::string const& message) {
    expect_refused(target, of_target, f, "'file': " + message);
  };
  refuse({}, "there is no tensor 'model.0.weight', which the model needs");
  refuse(without(file, "model.1.running_var"),
         "there is no tensor 'model.1.running_var', which the model needs");
  refuse(without(file, "optimizer.steps"), "there is no tensor 'optimizer.steps', which the model needs");
  refuse(without(file, "optimizer.mean_square.3"),
         "there is no tensor 'optimizer.mean_square.3', which the model needs");
  refuse(with<double>(file, "model.0.weight", {2, 8}, std::vector<double>(16)),
         "tensor 'model.0.weight' has the shape [2, 8], but the model needs [8, 2]");
  refuse(with<double>(file, "model.0.bias", {}, {1.}),
         "tensor 'model.0.bias' has the shape [], but the model needs [8]");
  refuse(with<double>(file, "optimizer.mean.0", {15}, std::vector<double>(15)),
         "tensor 'optimizer.mean.0' has the shape [15], but the model needs [16]");
  refuse(with<std::int64_t>(file, "optimizer.steps", {}, {-3}),
         "tensor 'optimizer.steps' is -3, expected zero or more");
  Training<double> wider(1, 9);
  refuse(wider.state(of_source), "tensor 'model.0.weight' has the shape [9, 2], but the model needs [8, 2]");
  target.load(file, of_target);  // and this one is right
  expect_same_bits(target.state(of_target), file);
}

TEST(Checkpoint, RefusesPairsThatDoNotFitTheMemory) {
  Training<double> source(1, 8, 0), target(2, 8, 0);
  ad::Lbfgs<double> of_source(few_iterations(4)), of_target(few_iterations(3)), of_same(few_iterations(4));
  source.run(of_source, 0, 0);
  target.run(of_target, 0, 0);
  auto const file = source.state(of_source);
  auto const newest = cat(of_source.state().newest);
  expect_refused(target, of_target, file,
                 cat("'file': optimizer. holds 4 pairs of which number ", newest,
                     " is the newest, but the memory is of 3"));
  expect_refused(
      target, of_same, with<std::int64_t>(file, "optimizer.newest", {}, {std::int64_t(1) << 32}),
      "'file': optimizer. holds 4 pairs of which number 4294967296 is the newest, but the memory is of 4");
  expect_refused(target, of_same, with<std::int64_t>(file, "optimizer.num_pairs", {}, {-1}),
                 cat("'file': optimizer. holds -1 pairs of which number ", newest,
                     " is the newest, but the memory is of 4"));
}

TEST(Checkpoint, ConvertsPrecisionOnlyWhenAsked) {
  Training<double> in_double(1);
  Training<float> in_float(2);
  ad::Adam<double> of_double(quick_adam());
  ad::Adam<float> of_float(quick_adam());
  in_double.run(of_double, 0, 3);
  auto const file = in_double.state(of_double);
  auto const before = in_float.state(of_float);
  auto const message = message_of([&] { in_float.load(file, of_float); });
  EXPECT_EQ(message.find("'file': "), 0u) << message;
  EXPECT_NE(message.find("model.0.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("F64"), std::string::npos) << message;
  expect_same_bits(in_float.state(of_float), before);

  in_float.load(file, of_float, nn::Conversion::float_double);
  EXPECT_EQ(of_float.state().steps, 3);
  auto const rounded = in_float.state(of_float);
  for (std::size_t t = 0; t < file.tensors.size(); ++t) {
    if (rounded.tensors[t].dtype != nn::DType::f32) continue;
    auto const fine = nn::values_of<double>(file.tensors[t]);
    auto const coarse = nn::values_of<float>(rounded.tensors[t]);
    for (std::size_t i = 0; i < fine.size(); ++i) EXPECT_EQ(coarse[i], static_cast<float>(fine[i]));
  }

  // what fits no float is refused as a whole
  auto const huge = with<double>(file, "model.4.bias", {1}, {1e300});
  auto const unchanged = in_float.state(of_float);
  EXPECT_NE(
      message_of([&] { in_float.load(huge, of_float, nn::Conversion::float_double); }).find("model.4.bias"),
      std::string::npos);
  expect_same_bits(in_float.state(of_float), unchanged);
}

TEST(Checkpoint, RefusesForeignAndTruncatedFiles) {
  TemporaryFolder const folder;
  Comm const self = Comm::self();
  Training<double> training(1);
  ad::Adam<double> adam(quick_adam());
  training.run(adam, 0, 1);
  auto const path = folder.file("whole");
  nn::write_checkpoint(self, path, training.state(adam));
  auto const content = content_of(path);
  for (std::size_t const length : {std::size_t(0), std::size_t(5), std::size_t(100), content.size() - 1}) {
    auto const cut = folder.file("cut", content.substr(0, length));
    EXPECT_NE(message_of([&] { nn::read_checkpoint(self, cut); }).find(cut), std::string::npos) << length;
  }
  auto const foreign = folder.file("foreign", "\x89PNG\r\n\x1a\n and whatever a picture has after that");
  EXPECT_NE(message_of([&] { nn::read_checkpoint(self, foreign); }).find(foreign), std::string::npos);
  EXPECT_NE(message_of([&] { nn::read_checkpoint(self, folder.file("absent")); }).find("absent"),
            std::string::npos);
  expect_same_bits(nn::read_checkpoint(self, path), training.state(adam));
}

}  // namespace
}  // namespace nacre::test
