#include <nacre/trilinos/tpetra_types.hpp>

#include <Teuchos_DefaultMpiComm.hpp>
#include <Tpetra_Map.hpp>

namespace nacre::trilinos {

namespace {
constexpr char const* kTwin =
    "nacre::Comm";  // name under which a communicator keeps its twin of the other kind
}

Comm to_nacre(Teuchos::RCP<TeuchosComm const> const& comm) {
  if (comm.is_null()) fail("nacre::trilinos::to_nacre: the communicator is null");
  auto handle = Teuchos::rcp_const_cast<TeuchosComm>(comm);
  if (auto const twin = Teuchos::get_optional_extra_data<Comm>(handle, kTwin); !twin.is_null()) return *twin;
  auto const mpi = Teuchos::rcp_dynamic_cast<Teuchos::MpiComm<int> const>(comm);
  Comm const twin = mpi.is_null() || comm->getSize() == 1 ? Comm::self() : Comm(*mpi->getRawMpiComm());
  Teuchos::set_extra_data(twin, kTwin, Teuchos::inOutArg(handle));
  return twin;
}

Teuchos::RCP<TeuchosComm const> to_teuchos(Comm const& comm) {
  auto made = Teuchos::rcp(new Teuchos::MpiComm<int>(comm.mpi()));
  Teuchos::set_extra_data(comm, kTwin, Teuchos::inOutArg(made));
  return made;
}

Teuchos::RCP<TpetraMap const> make_map(RowPartition const& partition) {
  return Teuchos::rcp(new TpetraMap(static_cast<Tpetra::global_size_t>(partition.num_global()),
                                    static_cast<std::size_t>(partition.num_owned()), 0,
                                    to_teuchos(partition.comm())));
}

}  // namespace nacre::trilinos
