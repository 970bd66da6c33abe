// Operators of Nacre for Tpetra and the other way round.
#include <nacre/trilinos/preconditioner_operator.hpp>
#include <nacre/trilinos/tpetra_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>
#include <nacre/trilinos/tpetra_view_impl.hpp>

#include <Tpetra_Operator.hpp>

namespace nacre::trilinos {

namespace {

using Exec = ExecOf<DefaultDevice>;

template <class Scalar>
class PreconditionerOperator final : public Tpetra::Operator<Scalar> {
 public:
  using Vectors = TpetraVectors<Scalar>;

  PreconditionerOperator(std::shared_ptr<solvers::Operator<Scalar> const> op,
                         Teuchos::RCP<TpetraMap const> const& domain,
                         Teuchos::RCP<TpetraMap const> const& range)
      : op_(std::move(op)), domain_(domain), range_(range) {
    auto const check = [](char const* which, TpetraMap const& map, Ordinal expected) {
      auto const found = compat::num_local_elements(map);
      return found == static_cast<std::size_t>(expected)
                 ? std::string()
                 : cat("nacre::trilinos::to_tpetra: the ", which, " map has ", found,
                       " elements on this rank but the operator works on ", expected);
    };
    auto const problem = check("domain", *domain, op_->num_local_cols());
    op_->comm().fail_together(problem.empty() ? check("range", *range, op_->num_local_rows()) : problem);
  }

  Teuchos::RCP<TpetraMap const> getDomainMap() const override { return domain_; }
  Teuchos::RCP<TpetraMap const> getRangeMap() const override { return range_; }
  bool hasTransposeApply() const override { return op_->has_transpose(); }

  void apply(Vectors const& x, Vectors& y, Teuchos::ETransp mode = Teuchos::NO_TRANS, Scalar alpha = 1,
             Scalar beta = 0) const override {
    if (!x.isConstantStride()) return apply(Vectors(x, Teuchos::Copy), y, mode, alpha, beta);
    bool const overlaps = x.getNumVectors() > 0 && view(x).data() == view_or_null(y);
    if (alpha == Scalar(1) && beta == Scalar(0) && y.isConstantStride() && !overlaps)
      return product(x, y, mode);
    Vectors result(mode == Teuchos::NO_TRANS ? range_ : domain_, x.getNumVectors(), /*zeroOut=*/false);
    product(x, result, mode);
    y.update(alpha, result, beta);
  }

 private:
  static Scalar const* view_or_null(Vectors const& y) {
    return y.isConstantStride() ? view(y).data() : nullptr;
  }

  void product(Vectors const& x, Vectors& y, Teuchos::ETransp mode) const {
    Exec const exec;  // Tpetra's own work is ordered on this one too
    if (mode == Teuchos::NO_TRANS)
      op_->apply(exec, view(x), view(y));
    else
      op_->apply_transpose(exec, view(x), view(y));  // Scalar is real
  }

  std::shared_ptr<solvers::Operator<Scalar> const> op_;
  Teuchos::RCP<TpetraMap const> domain_, range_;
};

template <class Scalar>
class FromTpetra final : public solvers::Preconditioner<Scalar> {
 public:
  using typename solvers::Operator<Scalar>::In;
  using typename solvers::Operator<Scalar>::Out;

  FromTpetra(Teuchos::RCP<TpetraOperator<Scalar> const> op, TpetraOperatorOptions<Scalar> options)
      : op_(std::move(op)), options_(std::move(options)), comm_(to_nacre(op_->getDomainMap()->getComm())) {
    if (options_.description.empty()) {
      auto const* said = dynamic_cast<Teuchos::Describable const*>(op_.get());
      options_.description = said ? said->description() : "Tpetra::Operator";
    }
  }

  Comm const& comm() const override { return comm_; }
  Ordinal num_local_rows() const override {
    return static_cast<Ordinal>(compat::num_local_elements(*op_->getRangeMap()));
  }
  Ordinal num_local_cols() const override {
    return static_cast<Ordinal>(compat::num_local_elements(*op_->getDomainMap()));
  }
  bool has_transpose() const override { return op_->hasTransposeApply(); }

  void apply(Exec const& exec, In const& x, Out const& y) const override {
    apply(exec, x, y, Teuchos::NO_TRANS);
  }
  void apply_transpose(Exec const& exec, In const& x, Out const& y) const override {
    if (!has_transpose()) fail(cat(options_.description, ": the transpose cannot be applied"));
    apply(exec, x, y, Teuchos::TRANS);
  }

  void update(DistributedCsr<Scalar> const& A) override {
    if (!options_.update)
      fail(cat(options_.description, ": made from a Tpetra::Operator that cannot take new values"));
    options_.update(A);
  }
  std::string description() const override { return options_.description; }

 private:
  void apply(Exec const& exec, In const& x, Out const& y, Teuchos::ETransp mode) const {
    bool const forward = mode == Teuchos::NO_TRANS;
    auto const tpetra_x = to_tpetra<Scalar>(forward ? op_->getDomainMap() : op_->getRangeMap(), x);
    auto const tpetra_y = to_tpetra<Scalar>(forward ? op_->getRangeMap() : op_->getDomainMap(), y);
    nacre::compat::fence(exec, "nacre::trilinos: before Tpetra, which runs on the default instance");
    op_->apply(*tpetra_x, *tpetra_y, mode);
    // Tpetra may have left the result on the host; asking for a device view brings it over
    view(*tpetra_y);
    nacre::compat::fence(Exec(), "nacre::trilinos: after Tpetra");
  }

  Teuchos::RCP<TpetraOperator<Scalar> const> op_;
  TpetraOperatorOptions<Scalar> options_;
  Comm comm_;
};

}  // namespace

template <class Scalar>
Teuchos::RCP<TpetraOperator<Scalar> const> to_tpetra(std::shared_ptr<solvers::Operator<Scalar> const> op,
                                                     Teuchos::RCP<TpetraMap const> const& domain,
                                                     Teuchos::RCP<TpetraMap const> const& range) {
  return Teuchos::rcp(new PreconditionerOperator<Scalar>(std::move(op), domain, range));
}

template <class Scalar>
Teuchos::RCP<TpetraOperator<Scalar> const> to_tpetra(std::shared_ptr<solvers::Operator<Scalar> const> op) {
  auto const range = make_map(RowPartition(op->comm(), op->num_local_rows()));
  auto const domain = make_map(RowPartition(op->comm(), op->num_local_cols()));
  return to_tpetra<Scalar>(std::move(op), domain, range);
}

template <class Scalar>
std::shared_ptr<solvers::Preconditioner<Scalar>> to_nacre(
    Teuchos::RCP<TpetraOperator<Scalar> const> const& op, TpetraOperatorOptions<Scalar> options) {
  return std::make_shared<FromTpetra<Scalar>>(op, std::move(options));
}

template Teuchos::RCP<TpetraOperator<double> const> to_tpetra(
    std::shared_ptr<solvers::Operator<double> const>, Teuchos::RCP<TpetraMap const> const&,
    Teuchos::RCP<TpetraMap const> const&);
template Teuchos::RCP<TpetraOperator<double> const> to_tpetra(
    std::shared_ptr<solvers::Operator<double> const>);
template std::shared_ptr<solvers::Preconditioner<double>> to_nacre(
    Teuchos::RCP<TpetraOperator<double> const> const&, TpetraOperatorOptions<double>);

}  // namespace nacre::trilinos
