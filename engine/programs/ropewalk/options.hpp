#pragma once
// The command line as values.

#include "base/word_table.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/record_options.hpp>
#include <ropewalk/retention.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk::cli {

enum class Command {
  help,
  run,
  resume,
  map,
  compare,
  validate,
  config,
  graph,
  explain,
  schema,
  completion,
  complete,
  plugins_list,
  plugins_show,
  plugins_check,
  trust,
  doctor,
  new_plugin,
  new_workflow,
  man,
  runs,
  show,
  report,
  trace,
  why,
  diff,
  clean,
  repro
};
enum class ColorMode { automatic, always, never };
enum class GraphFormat { text, dot, mermaid, json };

/// A list of items behind `:::` or `::::`.
struct TypedList {
  std::vector<std::string> words = {};  ///< the items
  std::string file = {};                ///< in place of words: they are its lines; empty: they are not
  bool linked = false;                  ///< `:::+`: each goes with the item of the list before, in place of a product
};

/// Options of `map` only.
struct MapOptions {
  std::vector<std::pair<std::string, std::string>> items = {};  ///< {"lines", FILE}, ...: the sources that were named
  std::vector<std::string> with = {};                           ///< "name=value"
  std::string print = {};                                       ///< a field; empty: not given
  bool print_yaml = false;
  bool null = false;                                   ///< lines end with a NUL byte
  std::optional<std::vector<std::string>> words = {};  ///< after `--`, up to the lists
  std::vector<TypedList> lists = {};
  unsigned batch = 0;                      ///< items of a task; 0: it has one
  bool pipe = false;                       ///< items are blocks of lines
  std::string block = {};                  ///< their size; empty: not given
  bool shuffle = false;                    ///< items in a random order
  bool tag = false;                        ///< lines of output begin with the item
  bool as_completed = false;               ///< results in the order in which tasks end
  std::string results_folder = {};         ///< a file for the output of each task; empty: none
  std::string retries = {}, timeout = {};  ///< as the keys of a stage; empty: not given
};

/// Options of `compare` only.
struct CompareOptions {
  std::vector<std::string> executors = {};  ///< at least one
  std::vector<unsigned> workers = {};       ///< of each executor but serial; at least one
  unsigned runs = 5;                        ///< of each mode, beside the warm-up
};

/// Options of the commands on recorded runs only.
struct HistoryOptions {
  std::string output;            ///< show: STAGE/INDEX; empty: not given
  bool failures = false;         ///< show
  std::string trace_file = "-";  ///< trace
  bool gdb = false;              ///< repro
  RetentionRule retention = {};  ///< clean
};

struct Options {
  Command command = Command::help;
  std::vector<std::string> words;  ///< the whole command line
  std::string text;                ///< help: what to print
  bool misused = false;            ///< help: it was not requested; print it to stderr and exit with 2

  std::vector<std::string>
      arguments;  ///< workflow files, a task type, a code, a shell, a plugin's name or file; help: of which workflow
  std::vector<std::string> set, set_files;  ///< "name=value", "name=path"
  std::vector<std::pair<std::string, std::string>> file_settings,
      variable_settings;                                       ///< as PlanOptions; not of the command line
  std::vector<std::string> stages;                             ///< empty: all
  std::vector<std::pair<std::string, std::string>> executors;  ///< {stage or "", executor}
  std::vector<std::filesystem::path> plugin_folders;           ///< absolute
  std::vector<std::filesystem::path> typed_folders;            ///< those of --plugins; absolute
  std::vector<std::filesystem::path> named_folders;  ///< those of them that the user has named, and not a project
  unsigned jobs = 0;
  std::optional<HaltRule> halt;
  std::int64_t deadline_ns = 0;   ///< 0: not given
  std::string deadline;           ///< the same as it was written
  bool jobs_typed = false;        // given by an option, not by a variable or a file
  std::string fallback_executor;  ///< for stages that name none; not from the command line
  bool fail_fast = false, dry_run = false, json = false, quiet = false, allow_empty = false, origin = false;
  bool only_failed = false;  ///< of `resume`
  bool trust = false;        ///< plugins of all folders may be loaded
  bool remove = false;       ///< of `trust`
  bool c = false;            ///< of `new plugin`: in C
  bool python = false;       ///< the same: in Python
  int verbose = 0;
  std::optional<ColorMode> color;
  MapOptions map;
  GraphFormat graph = GraphFormat::text;
  HistoryOptions history;
  CompareOptions compare;
  std::optional<bool> record;  ///< absent: `run` is recorded, `map` is not
  std::filesystem::path record_folder = ".ropewalk";
  std::optional<Durability> durability;
  std::string results, events, junit, joblog, metrics, report;  ///< files; "-": stdout; empty: none
};

/// Whether the word begins a list of items of `map`.
bool is_list_mark(std::string_view word);

/// The choices of --color and --format.
WordTable<ColorMode> color_words();
WordTable<GraphFormat> graph_format_words();
/// The values of `record`.
WordTable<bool> switch_words();

/// Parse the values of options from any source. `what` names the source in messages: "-j".
Result<unsigned> parse_jobs(std::string_view text, std::string_view what);
Result<ColorMode> parse_color(std::string_view text, std::string_view what);
Result<bool> parse_switch(std::string_view text, std::string_view what);
Result<Durability> parse_durability(std::string_view text, std::string_view what);

/// Errors have C codes and no place. Values that only the planner can check (--set, --executor) are passed on
/// unchanged.
Result<Options> parse_options(int argc, const char* const* argv);

}  // namespace ropewalk::cli
