#pragma once
// How the program that embeds the engine names its inputs. The library has no command line: where a message names an
// input that is at fault or that would help, it uses the words given here. Values; copy freely.

#include <string>

namespace ropewalk {

/// By default the fields of PlanOptions and EngineOptions.
struct InputNames {
  std::string set = "PlanOptions::set";                         ///< stands before NAME=VALUE, or before NAME
  std::string set_file = "PlanOptions::set_files";              ///< the same, before NAME=FILE
  std::string executor = "PlanOptions::executors";              ///< stands before STAGE=EXECUTOR, or before EXECUTOR
  std::string stage = "PlanOptions::stages";                    ///< stands before the name of a stage
  std::string plugin_folder = "EngineOptions::plugin_folders";  ///< adds a folder: "add a folder with ..."
  /// Stands before a folder, quoted for a shell, whose plugins may run from now on. Empty: EngineOptions::trusts
  /// decides.
  std::string trust = {};
  std::string trust_once = {};  ///< the same for one command: "add --trust"; empty: there is none
};

}  // namespace ropewalk
