#pragma once
// The names of commands and options, for completion and for suggestions. Plain values.

#include "options.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct OptionWords {
  std::vector<std::string> names;  ///< "--jobs", "-j": long names first
  bool takes_value = false;
  std::string value;  ///< as the help shows it: "FILE", "DIR", "N"
};
struct CommandWords {
  std::vector<std::string> path;  ///< {"plugins", "show"}
  Command command = Command::help;
  std::vector<OptionWords> options;
};
/// All commands. The first is the program itself, whose path is empty.
std::vector<CommandWords> command_words();

/// All options of a command: "--jobs", "-j", ...
std::vector<std::string> option_names(const CLI::App& app);

}  // namespace ropewalk::cli
