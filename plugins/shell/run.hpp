#pragma once
// shell.run: runs one command, returns its output, and leaves no process behind. Many commands run at once in one
// process, so this code does not touch state shared by threads: no waitpid(-1), no SIGCHLD, no chdir, no umask.

#include "process/launch.hpp"
#include "process/words.hpp"

#include <ropewalk/sdk/task.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace shell {

using process::Word;

struct Run {
  std::optional<std::string> command;
  ropewalk::Any shell;  // reads `command`
  std::optional<std::vector<Word>> argv;
  std::optional<std::filesystem::path> cwd;
  std::map<std::string, Word> env;
  std::optional<Word> input;  // stdin, stdout and stderr are macros of <stdio.h>
  std::vector<std::int64_t> ok_codes = {0};
  struct Result {
    std::int64_t exit_code = 0;
    ropewalk::StreamText out, err;
  };
  using Worker = process::Launcher;
  Result run(ropewalk::Call& call, const process::Launcher& launcher) const;
  static void describe(ropewalk::TaskType<Run>& task);
};

}  // namespace shell
