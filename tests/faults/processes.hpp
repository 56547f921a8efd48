#pragma once
// Finds the processes started by this test: all of them inherit a unique variable, wherever they are in the tree and
// whatever their names.

#include "support/patience.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::test {

struct Process {
  pid_t pid = 0;
  std::string name;
};

/// Empty if a process has ended while its file was read; iterators over the stream would throw.
inline std::string whole_file(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(out).str();
}

/// Marks all processes started by a program during this object's lifetime.
class Mark {
 public:
  Mark() {
    static int count = 0;
    value_ = std::to_string(::getpid()) + "-" + std::to_string(++count);
    ::setenv("ROPEWALK_TEST_MARK", value_.c_str(), 1);
  }
  ~Mark() { ::unsetenv("ROPEWALK_TEST_MARK"); }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

  /// Living ones only; a zombie has no environment.
  std::vector<Process> processes(const std::string& name = {}) const {
    const std::string wanted = "ROPEWALK_TEST_MARK=" + value_ + '\0';
    std::vector<Process> found;
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc", error), end; at != end; at.increment(error)) {
      const pid_t pid = static_cast<pid_t>(std::atoi(at->path().filename().c_str()));
      if (pid <= 0 || pid == ::getpid()) continue;
      if (whole_file(at->path() / "environ").find(wanted) == std::string::npos) continue;
      std::string comm = whole_file(at->path() / "comm");
      if (!comm.empty()) comm.pop_back();
      if (name.empty() || comm == name) found.push_back({pid, comm});
    }
    return found;
  }
  std::string list() const {
    std::string text;
    for (const Process& process : processes()) text += std::to_string(process.pid) + " " + process.name + "; ";
    return text;
  }

 private:
  std::string value_;
};

}  // namespace ropewalk::test
