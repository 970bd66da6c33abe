// The one translation unit that includes Ifpack2.
#include <nacre/trilinos/ifpack2.hpp>

#include <Ifpack2_Details_CanChangeMatrix.hpp>
#include <Ifpack2_Factory.hpp>
#include <Tpetra_CrsMatrix.hpp>

#include <nacre/trilinos/parameter_reader.hpp>
#include <nacre/trilinos/tpetra_compat.hpp>
#include <nacre/trilinos/tpetra_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>

namespace nacre::trilinos {

std::vector<std::string> const& ifpack2_names() {
  static std::vector<std::string> const names{"RELAXATION", "CHEBYSHEV", "DIAGONAL",         "ILUT",
                                              "RILUK",      "SCHWARZ",   "BLOCK_RELAXATION", "DENSE",
                                              "IDENTITY"};
  return names;
}

std::shared_ptr<solvers::Preconditioner<double>> make_ifpack2_preconditioner(
    std::string const& name, DistributedCsr<double> const& A, Teuchos::ParameterList const* parameters) {
  return make_ifpack2_preconditioner(name, to_tpetra(A), parameters);
}

std::shared_ptr<solvers::Preconditioner<double>> make_ifpack2_preconditioner(
    std::string const& name, Teuchos::RCP<TpetraMatrix<double>> const& A,
    Teuchos::ParameterList const* parameters) {
  using RowMatrix = Tpetra::RowMatrix<double>;
  Ifpack2::Factory factory;
  if (!factory.isSupported<RowMatrix>(name)) {
    std::string const meant = nearest_name(name, ifpack2_names());
    std::string all;
    for (auto const& n : ifpack2_names()) all += (all.empty() ? "" : ", ") + n;
    fail(cat("Ifpack2 has no preconditioner '", name, '\'',
             meant.empty() ? "" : "; did you mean '" + meant + "'?", " Common ones: ", all));
  }
  Teuchos::RCP<Ifpack2::Preconditioner<double>> made;
  try {
    Teuchos::RCP<RowMatrix const> const matrix = A;
    made = factory.create(name, matrix);
    if (parameters != nullptr) made->setParameters(*parameters);
    made->initialize();
    made->compute();
  } catch (std::exception const& e) {
    fail(cat("Ifpack2 ", name, ": ", e.what()));
  }

  TpetraOperatorOptions<double> options;
  options.description = cat("Ifpack2 ", name);
  auto const current = std::make_shared<Teuchos::RCP<TpetraMatrix<double>>>(A);
  options.update = [current, made, name](DistributedCsr<double> const& B) {
    auto const values = compat::local_matrix(**current).values;
    if (B.values.extent(0) != values.extent(0))
      fail(cat("Ifpack2 ", name, ": the matrix has another pattern than the one this was made for"));
    try {
      if (B.values.data() != values.data()) {
        // the old values belong to someone else, so Ifpack2 gets the new matrix and starts over
        auto* const changeable = dynamic_cast<Ifpack2::Details::CanChangeMatrix<RowMatrix>*>(made.get());
        if (changeable == nullptr) fail("cannot take another matrix; write the new values over the old ones");
        *current = to_tpetra(B);
        changeable->setMatrix(*current);
        made->initialize();
      }
      made->compute();
    } catch (std::exception const& e) {
      fail(cat("Ifpack2 ", name, ": ", e.what()));
    }
  };
  return to_nacre<double>(made, std::move(options));
}

}  // namespace nacre::trilinos
