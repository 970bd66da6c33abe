#pragma once

#include <string>
#include <vector>

#include <nacre/core/comm.hpp>

#include "support/temporary_folder.hpp"

namespace nacre::test {

/// A folder that all ranks see: rank 0's.
class SharedFolder {
 public:
  explicit SharedFolder(Comm const& comm) : comm_(comm) {
    std::string const mine = folder_.file("");
    std::vector<char> name(mine.begin(), mine.end());
    comm.broadcast(name, 0);
    path_.assign(name.begin(), name.end());
  }
  ~SharedFolder() { comm_.barrier(); }
  std::string file(std::string const& name) const { return path_ + name; }
  std::string file(std::string const& name, std::string const& content) const {
    if (comm_.rank() == 0) folder_.file(name, content);
    comm_.barrier();
    return file(name);
  }
  int num_files() const { return comm_.rank() == 0 ? folder_.num_files() : 0; }

 private:
  Comm comm_;
  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace nacre::test
