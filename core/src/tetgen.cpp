#include <nacre/core/tetgen.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mesh_parts.hpp"

extern char** environ;  // NOLINT: POSIX has no header that declares it everywhere

namespace nacre {

namespace {

/// The path of a program, empty if there is none.
std::string find_program(std::string const& name) {
  auto const is_program = [](std::string const& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) return is_program(name) ? name : "";
  char const* const path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (is_program(folder + "/" + name)) return folder + "/" + name;
  return "";
}

/// A folder that vanishes with this object.
class WorkFolder {
 public:
  WorkFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "nacre_tetgen_XXXXXX").string();
    if (!mkdtemp(name.data()))
      fail(cat("tetrahedralise: cannot make a folder '", name, "': ", std::strerror(errno)));
    path_ = name;
  }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(WorkFolder const&) = delete;
  WorkFolder& operator=(WorkFolder const&) = delete;
  std::string file(char const* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Runs a program, its output into a file. \return its exit status, or -1 if it did not exit by itself
int run(std::string const& program, std::vector<std::string> arguments, std::string const& output) {
  std::vector<char*> argv;
  arguments.insert(arguments.begin(), program);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  int const error = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(cat("tetrahedralise: cannot run '", program, "': ", std::strerror(error)));
  int status = 0;
  while (waitpid(child, &status, 0) == -1)
    if (errno != EINTR) fail(cat("tetrahedralise: cannot wait for '", program, "': ", std::strerror(errno)));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// What a program that failed wrote last.
std::string last_words(std::string const& path) {
  std::ifstream in(path);
  std::string const text(std::istreambuf_iterator<char>(in), {});
  std::string const end = text.size() > 400 ? "..." + text.substr(text.size() - 400) : text;
  return end.empty() ? "nothing" : end;
}

void write_surface(std::string const& path, SurfaceMesh const& surface) {
  std::ofstream out(path);
  out.precision(17);
  out << surface.points.size() << " 3 0 0\n";
  for (std::size_t i = 0; i < surface.points.size(); ++i) {
    auto const& p = surface.points[i];
    out << i << ' ' << p[0] << ' ' << p[1] << ' ' << p[2] << '\n';
  }
  out << surface.triangles.size() << " 0\n";
  for (auto const& t : surface.triangles) out << "3 " << t[0] << ' ' << t[1] << ' ' << t[2] << '\n';
  out << "0\n0\n";  // no holes, no regions
  out.close();
  if (!out) fail(cat("tetrahedralise: cannot write '", path, "'"));
}

/// The lines after a head that begins with their number.
template <class Line>
void for_each_line(std::string const& path, Line const& line) {
  TextReader file(path);
  if (!file.next_content("#")) file.fail_here("the file is empty");
  std::int64_t const count = detail::read_count(file, "the number of lines");
  for (std::int64_t k = 0; k < count; ++k) {
    if (!file.next_content("#")) file.fail_here(cat("the file ends after ", k, " of ", count, " lines"));
    line(file, detail::read_integer(file, "a number"));
  }
}

}  // namespace

bool have_tetgen(TetgenOptions const& options) { return !find_program(options.program).empty(); }

TetMesh tetrahedralise(SurfaceMesh const& surface, TetgenOptions const& options) {
  std::string const program = find_program(options.program);
  if (program.empty()) fail(cat("tetrahedralise: the program '", options.program, "' is not installed"));
  validate("tetrahedralise", surface);
  WorkFolder const folder;
  write_surface(folder.file("surface.smesh"), surface);
  int const status =
      run(program, {"-p" + options.switches, folder.file("surface.smesh")}, folder.file("log"));
  bool const complete = std::filesystem::exists(folder.file("surface.1.node")) &&
                        std::filesystem::exists(folder.file("surface.1.ele"));
  if (status != 0 || !complete)
    fail(cat("tetrahedralise: '", program, " -p", options.switches, "' ",
             status == -1  ? std::string("was ended by a signal")
             : status != 0 ? cat("failed with status ", status)
                           : std::string("made no tetrahedra"),
             "; it wrote ", last_words(folder.file("log"))));
  detail::NamedTets tets;
  for_each_line(folder.file("surface.1.node"), [&](TextReader& file, std::int64_t name) {
    tets.add_point(file, name, detail::read_point(file));
  });
  for_each_line(folder.file("surface.1.ele"), [&](TextReader& file, std::int64_t) { tets.read_tet(file); });
  return tets.mesh();
}

}  // namespace nacre
