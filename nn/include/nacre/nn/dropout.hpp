#pragma once

#include <nacre/core/dropout.hpp>
#include <nacre/nn/features.hpp>
#include <nacre/nn/layer.hpp>

/// \file
/// Dropout.

namespace nacre::nn {

namespace detail {

/// What names the entries of sparse features on any number of ranks: their rows in the batch, and their columns.
template <class Device>
Vector<std::uint64_t const, Device> make_entry_keys(CsrPattern<Device> const& pattern,
                                                    std::int64_t first_row) {
  auto const row_ptr = host_view(pattern.row_ptr());
  auto const col = host_view(pattern.col());
  std::vector<std::uint64_t> keys(pattern.num_entries());
  for (Ordinal i = 0; i < pattern.num_rows(); ++i)
    for (auto k = row_ptr(i); k < row_ptr(i + 1); ++k)
      keys[static_cast<std::size_t>(k)] =
          random_bits(static_cast<std::uint64_t>(first_row + i), static_cast<std::uint64_t>(col(k)));
  return to_device<Device>("nacre::nn::entry_keys", keys);
}

/// Those of the first batch that a pattern was in are kept with it.
template <class Device>
struct EntryKeys {
  std::int64_t first_row;
  Vector<std::uint64_t const, Device> keys;
};
template <class Device>
Vector<std::uint64_t const, Device> entry_keys(CsrPattern<Device> const& pattern, std::int64_t first_row) {
  auto const& kept = pattern.template cached<EntryKeys<Device>>([&]() -> EntryKeys<Device> {
    return {first_row, make_entry_keys(pattern, first_row)};
  });
  return kept.first_row == first_row ? kept.keys : make_entry_keys(pattern, first_row);
}

}  // namespace detail

/// In training, sets entries to zero, each with probability `rate`, and divides the others by 1 - rate; \see DropoutOp.
/// Which entries is a function of the pass' seed, the layer's place in the pass and the rows' global numbers: the same on
/// any number of ranks.
template <class Scalar, class Device = DefaultDevice>
class Dropout : public RowLayer<Scalar, Device> {
 public:
  /// \throws nacre::Error unless 0 <= rate < 1
  explicit Dropout(double rate) : rate_(DropoutOp<Device>(rate, 0).rate) {}

  MatrixVar<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                    MatrixVar<Scalar, Device> const& x) const override {
    if (!this->is_training() || rate_ == 0) return x;
    auto const seed = pass.next_seed();
    return pass.tape().apply(rows.keys.data() ? DropoutOp<Device>(rate_, seed, rows.keys)
                                              : DropoutOp<Device>(rate_, seed, rows.first),
                             x);
  }
  /// Of stored entries; the others stay zero.
  SparseFeatures<Scalar, Device> forward(Pass<Scalar, Device>& pass, Rows<Device> const& rows,
                                         SparseFeatures<Scalar, Device> const& x) const {
    if (!this->is_training() || rate_ == 0) return x;
    DropoutOp<Device> const op(rate_, pass.next_seed(), detail::entry_keys(x.pattern, rows.first));
    return {x.pattern, pass.tape().apply(op, x.values)};
  }

 private:
  double rate_;
};

}  // namespace nacre::nn
