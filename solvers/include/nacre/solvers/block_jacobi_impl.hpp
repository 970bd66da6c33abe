#pragma once

#include <nacre/solvers/block_jacobi.hpp>

namespace nacre::solvers {

namespace detail {

/// Inverts one dense block after another, in place in `inverses` with `scratch` beside it.
template <class Scalar, class Device>
struct InvertBlocks {
  Kokkos::View<Offset const*, Device> row_ptr;
  Kokkos::View<Ordinal const*, Device> col;
  Kokkos::View<Scalar const*, Device> values;
  RowMajor<Scalar, Device> inverses, scratch;  ///< [blocks, b^2]
  Ordinal num_rows, b;

  /// \param[in,out] first_bad the lowest block that has no inverse
  KOKKOS_INLINE_FUNCTION void operator()(Ordinal block, Ordinal& first_bad) const {
    Ordinal const begin = block * b, size = begin + b < num_rows ? b : num_rows - begin;
    Scalar* const a = &scratch(block, 0);
    Scalar* const x = &inverses(block, 0);
    for (Ordinal i = 0; i < b; ++i)
      for (Ordinal j = 0; j < b; ++j) {
        a[i * b + j] = Scalar(0);
        x[i * b + j] = i == j && i < size ? Scalar(1) : Scalar(0);
      }
    for (Ordinal i = 0; i < size; ++i)
      for (Offset k = row_ptr(begin + i); k < row_ptr(begin + i + 1); ++k)
        if (col(k) >= begin && col(k) < begin + size) a[i * b + col(k) - begin] = values(k);
    bool good = true;
    for (Ordinal p = 0; p < size; ++p) {
      Ordinal pivot = p;
      for (Ordinal i = p + 1; i < size; ++i)
        if (compat::fabs(a[i * b + p]) > compat::fabs(a[pivot * b + p])) pivot = i;
      for (Ordinal j = 0; j < size; ++j) {
        swap(a[p * b + j], a[pivot * b + j]);
        swap(x[p * b + j], x[pivot * b + j]);
      }
      Scalar const inverse = Scalar(1) / a[p * b + p];
      good = good && inverse - inverse == Scalar(0) && a[p * b + p] - a[p * b + p] == Scalar(0);
      for (Ordinal j = 0; j < size; ++j) {
        a[p * b + j] *= inverse;
        x[p * b + j] *= inverse;
      }
      for (Ordinal i = 0; i < size; ++i) {
        Scalar const factor = a[i * b + p];
        if (i == p || factor == Scalar(0)) continue;
        for (Ordinal j = 0; j < size; ++j) {
          a[i * b + j] -= factor * a[p * b + j];
          x[i * b + j] -= factor * x[p * b + j];
        }
      }
    }
    if (!good && block < first_bad) first_bad = block;
  }
  KOKKOS_INLINE_FUNCTION static void swap(Scalar& u, Scalar& v) {
    Scalar const t = u;
    u = v;
    v = t;
  }
};

template <class Exec, class Scalar, class Device>
Ordinal invert_blocks(Exec const& exec, CsrMatrix<Scalar, Device> const& A, Ordinal b,
                      RowMajor<Scalar, Device> const& inverses) {
  auto const blocks = static_cast<Ordinal>(inverses.extent(0));
  RowMajor<Scalar, Device> const scratch(
      Kokkos::view_alloc(std::string("nacre::block_jacobi::scratch"), Kokkos::WithoutInitializing),
      inverses.extent(0), inverses.extent(1));
  Ordinal bad = blocks;
  Kokkos::parallel_reduce("nacre::block_jacobi::invert", range(exec, inverses.extent(0)),
                          InvertBlocks<Scalar, Device>{A.pattern.row_ptr(), A.pattern.col(), A.values,
                                                       inverses, scratch, A.num_rows(), b},
                          Kokkos::Min<Ordinal>(bad));
  return bad < blocks ? bad : blocks;
}

/// z = blocks r, or their transposes times r.
template <class Exec, class Inverses, class R, class Z>
void apply_blocks(Exec const& exec, Inverses const& inverses, Ordinal b, bool transposed, R const& r,
                  Z const& z) {
  using T = typename Z::non_const_value_type;
  auto const n = static_cast<Ordinal>(z.extent(0)), k = static_cast<Ordinal>(z.extent(1));
  Ordinal const row_step = transposed ? 1 : b, col_step = transposed ? b : 1;
  Kokkos::parallel_for(
      "nacre::block_jacobi::apply", range(exec, z.extent(0)), KOKKOS_LAMBDA(Ordinal i) {
        Ordinal const block = i / b, begin = block * b, size = begin + b < n ? b : n - begin;
        T const* const row = &inverses(block, 0) + (i - begin) * row_step;
        for (Ordinal c = 0; c < k; ++c) {
          T sum = 0;
          for (Ordinal j = 0; j < size; ++j) sum += row[j * col_step] * r(begin + j, c);
          z(i, c) = sum;
        }
      });
}

inline int checked_block_size(int block_size) {
  if (block_size < 1 || block_size > 64)
    fail(cat("block_jacobi: block_size = ", block_size, ", must be in [1, 64]"));
  return block_size;
}

}  // namespace detail

template <class Scalar, class Device>
BlockJacobi<Scalar, Device>::BlockJacobi(DistributedCsr<Scalar, Device> const& A, int block_size)
    : detail::MatrixPreconditioner<Scalar, Device>("block_jacobi", A),
      block_size_(detail::checked_block_size(block_size)),
      inverses_("nacre::block_jacobi::inverses",
                (this->num_rows() + static_cast<std::size_t>(block_size_) - 1) /
                    static_cast<std::size_t>(block_size_),
                static_cast<std::size_t>(block_size_ * block_size_)) {
  update(A);
}

template <class Scalar, class Device>
void BlockJacobi<Scalar, Device>::update(DistributedCsr<Scalar, Device> const& A) {
  this->check_pattern(A);
  auto const bad = detail::invert_blocks(Exec(), A.local(), block_size_, inverses_);
  std::string problem;
  if (bad < inverses_.extent_int(0)) {
    GlobalOrdinal const first = A.pattern.rows().begin() + static_cast<GlobalOrdinal>(bad) * block_size_;
    problem = cat("block_jacobi: the diagonal block of rows ", first, " to ",
                  std::min(first + block_size_, A.pattern.rows().end()) - 1, " is singular or not finite");
  }
  this->comm().fail_together(problem);
}

template <class Scalar, class Device>
void BlockJacobi<Scalar, Device>::apply(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  detail::apply_blocks(exec, inverses_, block_size_, false, r, z);
}

template <class Scalar, class Device>
void BlockJacobi<Scalar, Device>::apply_transpose(Exec const& exec, In const& r, Out const& z) const {
  this->check_vectors(r, z);
  detail::apply_blocks(exec, inverses_, block_size_, true, r, z);
}

}  // namespace nacre::solvers
