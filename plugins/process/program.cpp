#include "process/program.hpp"

#include "process/descriptor.hpp"

#include <ropewalk/sdk/failure.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace process {
namespace {

using ropewalk::Permanent;
using ropewalk::Transient;

bool is_regular(int folder, const std::string& path) {
  struct stat status {};
  return fstatat(folder, path.c_str(), &status, 0) == 0 && S_ISREG(status.st_mode);
}

/// The interpreter after #! in the first line of a script; empty if there is none.
std::string interpreter_of(int folder, const std::string& path) {
  const Descriptor file(openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char head[256];
  const ssize_t size = file ? read(file.get(), head, sizeof head) : 0;
  std::string_view line(head, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!line.starts_with("#!")) return {};
  line = line.substr(2, line.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

}  // namespace

std::string find_program(const std::string& word, const std::string& search_path, int folder) {
  if (word.find('/') != std::string::npos) return word;
  std::string not_executable;
  for (std::size_t begin = 0; !word.empty() && begin <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    const std::string place = search_path.substr(begin, end - begin);
    const std::string candidate = (place.empty() ? "." : place) + "/" + word;
    begin = end + 1;
    if (!is_regular(folder, candidate)) continue;
    if (faccessat(folder, candidate.c_str(), X_OK, AT_EACCESS) == 0) return candidate;
    if (not_executable.empty()) not_executable = candidate;
  }
  if (!not_executable.empty()) fail_to_start(word, not_executable, folder, EACCES);
  throw Permanent("cannot run '" + word + "': there is no such program in PATH");
}

void fail_to_start(const std::string& word, const std::string& program, int folder, int error) {
  const std::string text = "cannot run '" + word + "': ";
  switch (error) {
    case ENOENT:
      if (is_regular(folder, program)) {
        const std::string interpreter = interpreter_of(folder, program);
        throw Permanent(text + (interpreter.empty() ? "the loader that it was built for does not exist here"
                                                    : "its interpreter '" + interpreter + "' does not exist"));
      }
      throw Permanent(text + "there is no such file");
    case EACCES:
      if (is_regular(folder, program))
        throw Permanent(text + "'" + program + "' is not executable (chmod +x makes it so)");
      throw Permanent(text + "it is a folder, or permission is denied");
    case ENOEXEC: throw Permanent(text + "it is neither a program for this machine nor a script that begins with #!");
    case E2BIG:
      throw Permanent(
          text + "its arguments and environment are too long for the system; pass long input by 'stdin' or a file");
    case EAGAIN:
      throw ropewalk::NoRoom(
          text + "the limit of processes and threads is reached (ulimit -u, or pids.max of a control group)");
    case ENOMEM:
    case EMFILE:
    case ENFILE: throw ropewalk::NoRoom(text + std::generic_category().message(error));
    case ETXTBSY: throw Transient(text + std::generic_category().message(error));
    default: throw std::runtime_error(text + std::generic_category().message(error));
  }
}

}  // namespace process
