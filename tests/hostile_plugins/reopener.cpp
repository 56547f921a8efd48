// Prints, then opens a standard file by one of its names, as scripts and libraries do, and prints there.

#include <ropewalk/sdk/task.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

namespace {

void put(int fd, const std::string& text) {
  if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("cannot write");
}

struct Reopen {
  std::string path, how;

  void run(ropewalk::Call&) const {
    put(STDOUT_FILENO, "before\n");
    const std::string line = how + " " + path + "\n";
    if (how == "open" || how == "openat" || how == "creat") {
      const int fd = how == "open"     ? open(path.c_str(), O_WRONLY | O_CLOEXEC)
                     : how == "openat" ? openat(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                                       : creat(path.c_str(), 0666);
      put(fd, line);
      close(fd);
    } else if (how == "ofstream") {
      std::ofstream file(path);
      if (!(file << line << std::flush)) throw std::runtime_error("cannot write");
    } else {
      FILE* const file = std::fopen(path.c_str(), "w");
      if (file == nullptr) throw std::runtime_error("cannot open");
      std::fputs(line.c_str(), file);
      std::fclose(file);
    }
    put(STDOUT_FILENO, "after\n");
  }
  static void describe(ropewalk::TaskType<Reopen>& task) {
    task.summary("Prints to a standard file by its name.")
        .thread_safe()
        .param("path", &Reopen::path, "its name")
        .param("how", &Reopen::how, "to open it");
  }
};

}  // namespace

ROPEWALK_PLUGIN("reopener", "1.0.0", ropewalk::task<Reopen>("reopen"))
