#pragma once

#include <memory>
#include <vector>

#include <nacre/core/csr_pattern.hpp>

/// \file
/// Subdomains that overlap, and the matrices that belong to them.

namespace nacre::solvers {

/// How subdomains overlap, and how their matrices are factored.
struct SchwarzOptions {
  int overlap = 1;  ///< delta, >= 1
  int widest_band =
      64;  ///< subdomains of larger bandwidth are factored by KLU, others as band matrices; >= 0
};

namespace detail {

/// A subdomain whose matrix is factored by KLU: in compressed rows, its values in the order of its entries.
struct SparseSubdomain {
  Ordinal part = 0;
  std::vector<int> row_ptr, col;
};

/// A SchwarzDecomposition on the host; see there for the members.
struct HostSchwarz {
  std::vector<Offset> node_ptr, entry_ptr;
  std::vector<Ordinal> node;
  std::vector<Ordinal> home;
  std::vector<Offset> copy_ptr;
  std::vector<Ordinal> copy;
  std::vector<Ordinal> outer;
  std::vector<Offset> entry, place;
  std::vector<unsigned char> is_interface;
  std::vector<Offset> interface_entry, occurrence_ptr;
  std::vector<Ordinal> occurrence_row, occurrence_col;
  std::vector<Ordinal> bandwidth;
  std::vector<std::int64_t> storage_ptr;
  std::vector<SparseSubdomain> sparse;
};
HostSchwarz decompose_on_host(Ordinal num_rows, Ordinal num_cols, Offset const* row_ptr, Ordinal const* col,
                              std::vector<Ordinal> const& part, SchwarzOptions const& options);

}  // namespace detail

/// Subdomains D_i^delta of the graph of a square matrix: disjoint parts D_i, and delta times all their neighbours.
///
/// Immutable, cheap to copy, shared. A subdomain numbers its unknowns by itself, in the order of elimination; together
/// they are numbered one subdomain after the other: *local* unknowns. The *outer* ones are those of D_i^delta \ D_i;
/// an entry (p, q) of A is an *interface* entry of a subdomain if both p and q are outer there.
/// Everything is proportional to the number of entries.
template <class Device = DefaultDevice>
class SchwarzDecomposition {
 public:
  template <class T>
  using Array = Vector<T const, Device>;
  struct Data {
    CsrPattern<Device> pattern;
    SchwarzOptions options;
    std::vector<Ordinal> part;                    ///< [n] the D_i of each unknown
    std::vector<Offset> first;                    ///< [parts+1] node_ptr on the host
    std::vector<detail::SparseSubdomain> sparse;  ///< those that are not factored as band matrices
    Ordinal num_parts = 0;
    Array<Offset> node_ptr;             ///< [parts+1] where the local unknowns of a subdomain begin
    Array<Ordinal> node;                ///< [local] the unknown that a local one is a copy of
    Array<Ordinal> home;                ///< [n] the local unknown in the subdomain of the unknown's own part
    Array<Offset> copy_ptr;             ///< [n+1]
    Array<Ordinal> copy;                ///< [local] the local unknowns of each unknown, ascending
    Array<Ordinal> outer;               ///< [outer] those that are not at home
    Array<Offset> entry_ptr;            ///< [parts+1] where the entries of R_i A R_i^T begin
    Array<Offset> entry;                ///< [local entries] the entry of A,
    Array<Offset> place;                ///< where it goes in the memory of the subdomain,
    Array<unsigned char> is_interface;  ///< and whether an interface value is added
    Array<Offset> interface_entry;  ///< entries of A that are interface entries of some subdomain, ascending
    Array<Offset> occurrence_ptr;   ///< [interface entries + 1]
    Array<Ordinal> occurrence_row;  ///< the local row in each subdomain where it is one,
    Array<Ordinal> occurrence_col;  ///< and its column as a number among the outer ones
    Array<Ordinal> bandwidth;       ///< [parts]; -1: factored by KLU
    Array<std::int64_t> storage_ptr;  ///< [parts+1] where the memory of a subdomain begins
    std::size_t storage = 0;          ///< numbers of all subdomains together
  };

  /// \param pattern n-by-n, neighbours being the columns of a row
  /// \param part    [n] the part of each unknown, 0, 1, ...
  /// \throws nacre::Error if the pattern is not square, a part is empty or an option is out of range
  SchwarzDecomposition(CsrPattern<Device> const& pattern, std::vector<Ordinal> part,
                       SchwarzOptions const& options = {})
      : data_(make(pattern, std::move(part), options)) {}

  CsrPattern<Device> const& pattern() const { return data_->pattern; }
  Ordinal num_unknowns() const { return data_->pattern.num_rows(); }
  Ordinal num_parts() const { return data_->num_parts; }
  int overlap() const { return data_->options.overlap; }
  std::vector<Ordinal> const& part() const { return data_->part; }
  /// The sum of the sizes of the subdomains.
  std::size_t num_local_unknowns() const { return data_->node.extent(0); }
  /// How many unknowns a subdomain has.
  Ordinal subdomain_size(Ordinal i) const {
    auto const& first = data_->first;
    return static_cast<Ordinal>(first[static_cast<std::size_t>(i) + 1] - first[static_cast<std::size_t>(i)]);
  }
  /// How many subdomains are factored by KLU.
  std::size_t num_sparse() const { return data_->sparse.size(); }
  /// The entries of A that are interface entries somewhere, ascending: only there do interface values matter.
  Array<Offset> const& interface_entries() const { return data_->interface_entry; }
  Data const& data() const { return *data_; }

 private:
  static std::shared_ptr<Data const> make(CsrPattern<Device> const& pattern, std::vector<Ordinal> part,
                                          SchwarzOptions const& options) {
    auto const row_ptr = host_view(pattern.row_ptr());
    auto const col = host_view(pattern.col());
    auto host = detail::decompose_on_host(pattern.num_rows(), pattern.num_cols(), row_ptr.data(), col.data(),
                                          part, options);
    auto d = std::make_shared<Data>();
    d->pattern = pattern;
    d->options = options;
    d->part = std::move(part);
    d->num_parts = static_cast<Ordinal>(host.bandwidth.size());
    d->storage = static_cast<std::size_t>(host.storage_ptr.back());
    auto const put = [](char const* label, auto const& from, auto& to) {
      to = to_device<Device>(std::string("nacre::schwarz::") + label, from);
    };
    put("node_ptr", host.node_ptr, d->node_ptr);
    put("node", host.node, d->node);
    put("home", host.home, d->home);
    put("copy_ptr", host.copy_ptr, d->copy_ptr);
    put("copy", host.copy, d->copy);
    put("outer", host.outer, d->outer);
    put("entry_ptr", host.entry_ptr, d->entry_ptr);
    put("entry", host.entry, d->entry);
    put("place", host.place, d->place);
    put("is_interface", host.is_interface, d->is_interface);
    put("interface_entry", host.interface_entry, d->interface_entry);
    put("occurrence_ptr", host.occurrence_ptr, d->occurrence_ptr);
    put("occurrence_row", host.occurrence_row, d->occurrence_row);
    put("occurrence_col", host.occurrence_col, d->occurrence_col);
    put("bandwidth", host.bandwidth, d->bandwidth);
    put("storage_ptr", host.storage_ptr, d->storage_ptr);
    d->first = std::move(host.node_ptr);
    d->sparse = std::move(host.sparse);
    return d;
  }
  std::shared_ptr<Data const> data_;
};

}  // namespace nacre::solvers
