// The one translation unit that includes MueLu.
#include <nacre/trilinos/muelu.hpp>

#include <MueLu_CreateTpetraPreconditioner.hpp>

#include <nacre/trilinos/tpetra_compat.hpp>
#include <nacre/trilinos/tpetra_operator.hpp>
#include <nacre/trilinos/tpetra_view.hpp>

namespace nacre::trilinos {

struct MueLuPreconditioner::State {
  Teuchos::RCP<TpetraMatrix<double>> matrix;
  Teuchos::RCP<MueLu::TpetraOperator<>> hierarchy;
};

namespace {

/// `call()`, with what MueLu throws as an Error of one line or a few.
template <class Call>
auto translated(char const* what, Call const& call) -> decltype(call()) {
  try {
    return call();
  } catch (Error const&) {
    throw;
  } catch (std::exception const& e) {
    fail(cat(what, ": ", e.what()));
  }
}

Teuchos::RCP<TpetraVectors<double>> vectors_or_fail(char const* what,
                                                    Teuchos::RCP<TpetraMap const> const& map,
                                                    MultiVector<double> const& v, std::size_t rows) {
  map->getComm();
  check_extent(what, v, 0, rows, "the number of rows, or points, this rank owns");
  return to_tpetra(map, v);
}

}  // namespace

MueLuPreconditioner::MueLuPreconditioner(DistributedCsr<double> const& A, MueLuOptions const& options)
    : MueLuPreconditioner(to_tpetra(A), options) {}

MueLuPreconditioner::MueLuPreconditioner(Teuchos::RCP<TpetraMatrix<double>> const& A,
                                         MueLuOptions const& options)
    : state_(std::make_unique<State>()) {
  translated("MueLuPreconditioner", [&] { set_up(A, options); });
}

MueLuPreconditioner::~MueLuPreconditioner() = default;

void MueLuPreconditioner::set_up(Teuchos::RCP<TpetraMatrix<double>> const& A, MueLuOptions const& options) {
  auto const map = A->getRowMap();
  auto const rows = compat::num_local_elements(*map);
  auto const block = static_cast<std::size_t>(options.block_size);
  if (options.block_size < 1 || rows % block != 0)
    fail(cat("MueLuPreconditioner: ", rows, " rows on a rank are no multiple of the block size ",
             options.block_size));
  Teuchos::ParameterList list;
  if (options.parameters != nullptr) list = *options.parameters;
  if (!list.isParameter("verbosity")) list.set("verbosity", "none");
  if (!list.isParameter("number of equations")) list.set("number of equations", options.block_size);
  if (!list.isParameter("reuse: type") && options.reuse != "none") list.set("reuse: type", options.reuse);
  if (A->getComm()->getSize() > 1 && !list.isParameter("coarse: type")) {
    // reproducible, unlike Ifpack2's Chebyshev, and close enough to exact for 2000 rows
    list.set("coarse: type", "RELAXATION");
    auto& coarse = list.sublist("coarse: params");
    if (!coarse.isParameter("relaxation: type")) coarse.set("relaxation: type", "Symmetric Gauss-Seidel");
    if (!coarse.isParameter("relaxation: sweeps")) coarse.set("relaxation: sweeps", 30);
  }

  auto& user = list.sublist("user data");
  if (options.near_nullspace.extent(1) > 0)
    user.set("Nullspace", vectors_or_fail("MueLuPreconditioner", map, options.near_nullspace, rows));
  if (options.coordinates.extent(1) > 0) {
    Teuchos::RCP<TpetraMap const> points = map;
    if (block > 1)
      points = Teuchos::rcp(new TpetraMap(Teuchos::OrdinalTraits<Tpetra::global_size_t>::invalid(),
                                          rows / block, 0, map->getComm()));
    user.set("Coordinates",
             vectors_or_fail("MueLuPreconditioner", points, options.coordinates, rows / block));
  }

  state_->matrix = A;
  Teuchos::RCP<TpetraOperator<double>> const as_operator = A;
  state_->hierarchy = MueLu::CreateTpetraPreconditioner(as_operator, list);
  op_ = to_nacre<double>(state_->hierarchy);
}

void MueLuPreconditioner::update(DistributedCsr<double> const& A) {
  auto const n = static_cast<std::size_t>(A.pattern.num_owned_rows());
  if (n != static_cast<std::size_t>(num_local_rows()) ||
      A.values.extent(0) != compat::local_matrix(*state_->matrix).values.extent(0))
    fail("MueLuPreconditioner::update: the matrix has another pattern than the one this was made for");
  translated("MueLuPreconditioner::update", [&] {
    state_->matrix = to_tpetra(A);
    MueLu::ReuseTpetraPreconditioner(state_->matrix, *state_->hierarchy);
  });
}

std::string MueLuPreconditioner::description() const {
  return cat("MueLu, ", num_levels(), " levels, operator complexity ", operator_complexity());
}
double MueLuPreconditioner::operator_complexity() const {
  return state_->hierarchy->GetHierarchy()->GetOperatorComplexity();
}
int MueLuPreconditioner::num_levels() const { return state_->hierarchy->GetHierarchy()->GetNumLevels(); }
Teuchos::RCP<TpetraOperator<double>> MueLuPreconditioner::tpetra() const { return state_->hierarchy; }

}  // namespace nacre::trilinos
