#pragma once
// stdio.call: asks a program in any language, which is started once for each worker and answers one task after the
// other. docs/stdio.md has what the program reads and writes.

#include "process/words.hpp"
#include "stdio/json_value.hpp"
#include "stdio/program.hpp"

#include <ropewalk/sdk/task.hpp>

#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stdio {

/// The programs that a worker has started, the one used last in front.
class Programs {
 public:
  explicit Programs(ropewalk::Call& call) : launcher_(call) {}
  /// Starts the program unless it runs. Valid until the next call.
  Program& find(process::Command command);
  /// Ends the program that was found last, if it cannot be asked again.
  void end_unusable();

 private:
  const process::Launcher launcher_;
  std::list<Program> programs_;
};

struct CallProgram {
  std::vector<process::Word> argv;
  ropewalk::Any request;
  std::optional<std::filesystem::path> cwd;
  std::map<std::string, process::Word> env;

  struct Result {
    JsonValue value;
  };
  using Worker = Programs;
  Result run(ropewalk::Call& call, Programs& programs) const;
  static void describe(ropewalk::TaskType<CallProgram>& task);
};

}  // namespace stdio
