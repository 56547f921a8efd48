#pragma once
// The command line as the library that reads it is told: each command with its options and its help. Knows nothing of
// what the values mean. Made anew for each use; not copyable, since the library keeps pointers into it.

#include "options.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace ropewalk::cli {

/// What the library fills; turned into Options afterwards.
struct Raw {
  std::vector<std::string> arguments, set, set_files, executors, stages, plugins;
  std::string jobs, color, results, events, format, record_folder;
  std::vector<std::string> range, glob, lines, jsonl, with;
  std::string print;
  std::string task_output, keep, older, max_size;
  bool print_yaml = false, null = false;
  int verbose = 0;
  bool fail_fast = false, dry_run = false, json = false, quiet = false, allow_empty = false, version = false,
       origin = false, trust = false, remove = false, c = false, failures = false, gdb = false, record = false,
       no_record = false, only_failed = false;
};

/// A command as it is used.
struct Entry {
  CLI::App* app;
  Command command;
  const char* operands;           ///< as the usage line shows them
  const char* missing = nullptr;  ///< what it cannot do without: "a workflow file"; null: nothing
  bool several = false;           ///< it takes any number of them
  unsigned operands_wanted = 1;   ///< if `missing`: so many
};

struct Grammar {
  Raw raw;
  CLI::App app{"Ropewalk runs workloads: the same plugin serially, on threads or in processes.", "ropewalk"};
  CLI::App *run, *plugins, *make, *help;
  std::vector<Entry> entries;

  Grammar();
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  /// Null: the program itself.
  const Entry* entry_of(const CLI::App& chosen) const;
  /// The command that was given, as deep as it goes.
  CLI::App* chosen();
  /// The command that these words name, as deep as they do: {"plugins", "show"}. Takes the words that it needs.
  CLI::App* named(std::vector<std::string>& words);
};

/// "ropewalk plugins show", "ropewalk" for the program itself.
std::string path_of(const CLI::App& app);

/// The library's help, with a usage line as one would type it.
std::string help_of(CLI::App& app, const Grammar& grammar);

}  // namespace ropewalk::cli
