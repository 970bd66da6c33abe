#include "program.hpp"

namespace nacre::apps {

int report_error(char const* program, Comm const& comm, char const* what, int status) {
  bool const all = comm.all_arrive_within(/*seconds=*/3);
  if (!all || comm.rank() == 0) std::fprintf(stderr, "%s: %s\n", program, what);
  if (!all) comm.abort(status);
  return status;
}

void check_outputs(Comm const& comm, std::vector<std::string> const& paths) {
  on_first_rank(comm, [&paths] {
    for (auto const& path : paths)
      if (!path.empty()) AtomicFile const probe(path);
  });
}

}  // namespace nacre::apps
