#pragma once
// The grammar of the command line for CLI11: each command with its options and its help. Does not interpret values.
// Built for each use; not copyable, because the library keeps pointers into it.

#include "options.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace ropewalk::cli {

/// The values that the library fills in, which are converted to Options.
struct Raw {
  std::vector<std::string> arguments, set, set_files, executors, stages, plugins;
  std::string jobs, deadline, halt, color, results, events, report, format, record_folder;
  std::vector<std::string> range, glob, lines, jsonl, with;
  std::string print, batch, block, order, results_folder, retries, timeout;
  std::string task_output, keep, older, max_size;
  std::string runs, workers;
  std::string junit, joblog, metrics, trace_file;
  bool print_yaml = false, null = false, pipe = false, shuffle = false, tag = false;
  int verbose = 0;
  bool fail_fast = false, dry_run = false, json = false, quiet = false, allow_empty = false, version = false,
       origin = false, trust = false, remove = false, c = false, python = false, failures = false, gdb = false,
       record = false, no_record = false, only_failed = false;
};

/// A command and its operands.
struct Entry {
  CLI::App* app;
  Command command;
  const char* operands;           ///< as the usage line shows them
  const char* missing = nullptr;  ///< the required operand: "a workflow file"; null: none
  std::size_t wanted = 1;         ///< the required number of operands, if `missing` is set
  std::size_t most = wanted;      ///< operands
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
  /// The innermost command that was given.
  CLI::App* chosen();
  /// The innermost command that the words name: {"plugins", "show"}. Removes the words that it uses.
  CLI::App* named(std::vector<std::string>& words);
};

/// "ropewalk plugins show", "ropewalk" for the program itself.
std::string path_of(const CLI::App& app);

/// The help text of the library, with a usage line of ours.
std::string help_of(CLI::App& app, const Grammar& grammar);

}  // namespace ropewalk::cli
