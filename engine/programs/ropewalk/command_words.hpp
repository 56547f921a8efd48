#pragma once
// The commands and their options as words, for who completes them or looks for the one that was meant. Plain values.

#include "options.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace ropewalk::cli {

struct OptionWords {
  std::vector<std::string> names;  ///< "--jobs", "-j": long ones first
  bool takes_value = false;
};
struct CommandWords {
  std::vector<std::string> path;  ///< {"plugins", "show"}
  Command command = Command::help;
  std::vector<OptionWords> options;
};
/// The program itself first, without a path.
std::vector<CommandWords> command_words();

/// All options of a command: "--jobs", "-j", ...
std::vector<std::string> option_names(const CLI::App& app);

}  // namespace ropewalk::cli
