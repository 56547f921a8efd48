#pragma once
// A workflow as a value, for programs that make workflows instead of reading files:
//
//   WorkflowSpec spec{.name = "checksums", .stages = {{.name = "hash",
//                                                      .task = "file.checksum",
//                                                      .workers = 8,
//                                                      .foreach = {.glob = "/usr/include/*.h"},
//                                                      .with = {{"path", "${{ item }}"}},
//                                                      .retries = {.max = 2},
//                                                      .timeout = std::chrono::seconds(30)}}};
//   Result<Plan> plan = engine.plan(spec);
//
// Each field is the key of that name in the workflow language (docs/workflow-language.md), with the same meaning,
// default, checks and messages. Where a key is a word of C++, its field is `default_value` or `condition`. An absent
// value is a key that is not written. Plain values: copy, change and compare them; they check nothing themselves.

#include <ropewalk/spec_value.hpp>
#include <ropewalk/workflow.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

/// A param, which a run may set.
struct ParamSpec {
  std::string name;               ///< small letters, digits, '_' and '-'
  std::optional<Type> type = {};  ///< absent: the default gives it
  std::optional<Type> of = {};    ///< of the elements of a list or map
  SpecValue default_value = {};   ///< `default`; absent: the param must be set
  SpecValue min = {};             ///< the least value
  SpecValue max = {};             ///< the greatest value
  SpecList choices = {};          ///< the only values that are allowed; absent: any
  std::string help = {};          ///< for people, in a line
  bool secret = false;            ///< its value is shown as ***

  /// Compares all fields.
  bool operator==(const ParamSpec&) const = default;
};

/// Numbers: 0 to `count`-1, or `from` to `to` with both ends. Not both.
struct RangeSpec {
  SpecValue count = {};  ///< `range: N`
  SpecValue from = {};   ///< the first number; absent: 0
  SpecValue to = {};     ///< the last number
  SpecValue step = {};   ///< from each number to the next; absent: 1

  /// Compares all fields.
  bool operator==(const RangeSpec&) const = default;
};

/// The lines of a file.
struct LinesSpec {
  SpecValue file = {};  ///< its path; "-" is standard input
  SpecValue end = {};   ///< what ends a line, such as "\\0"; absent: a newline

  /// Compares all fields.
  bool operator==(const LinesSpec&) const = default;
};

/// Whole lines of a file, many of them as one text.
struct BlocksSpec {
  SpecValue file = {};   ///< its path; "-" is standard input
  SpecValue size = {};   ///< the most bytes of a block, as a size; absent: 1 MiB, unless `lines` is given
  SpecValue lines = {};  ///< the most lines of a block
  SpecValue end = {};    ///< what ends a line; absent: a newline

  /// Compares all fields.
  bool operator==(const BlocksSpec&) const = default;
};

/// The items of a stage: one source of them. Without any, the stage has one task.
struct ForeachSpec {
  SpecValue list = {};     ///< the items, or an expression that gives them
  RangeSpec range = {};    ///< numbers
  SpecValue glob = {};     ///< a pattern, or a list of them
  LinesSpec lines = {};    ///< lines of a file
  SpecValue jsonl = {};    ///< a file with a JSON value in each line
  BlocksSpec blocks = {};  ///< lines of a file, many as one item
  SpecMap matrix = {};     ///< axes with their values: all combinations
  SpecMap zip = {};        ///< names with lists of one length: their elements side by side
  SpecValue exclude = {};  ///< of a matrix: a list of maps; of a glob: a pattern, or a list of them
  SpecList include = {};   ///< of a matrix: maps
  SpecValue results = {};  ///< the name of a stage
  SpecValue in = {};       ///< of a glob: the folder that its patterns and paths are relative to
  SpecValue where = {};    ///< a condition of each item; of a source other than `results`, as the next two
  SpecValue shuffle = {};  ///< a number, which gives the items another order
  SpecValue batch = {};    ///< so many items make one, which is their list

  /// Compares all fields.
  bool operator==(const ForeachSpec&) const = default;
};

/// What is tried again, and how often.
struct RetriesSpec {
  SpecValue max = {};        ///< extra attempts
  SpecValue delay = {};      ///< before the first extra attempt
  SpecValue backoff = {};    ///< factor from each delay to the next
  SpecValue max_delay = {};  ///< no delay is longer
  SpecValue jitter = {};     ///< 0 to 1: the share of a delay that is left to chance
  SpecValue when = {};       ///< a kind of failure, {exit: codes}, or a list of them
  SpecValue unless = {};     ///< as `when`: after these it is not tried again
  bool given = false;        ///< `retries: {}`, where no field is given

  /// Compares all fields.
  bool operator==(const RetriesSpec&) const = default;
};

/// The limits of an attempt.
struct LimitsSpec {
  SpecValue memory = {};    ///< bytes, or text such as "1GiB"
  SpecValue cpu_time = {};  ///< a duration
  SpecValue files = {};     ///< bytes of any file that it writes
  SpecValue output = {};    ///< bytes that it may print
  bool given = false;       ///< `limits: {}`, where no field is given: those of the defaults do not hold

  /// Compares all fields.
  bool operator==(const LimitsSpec&) const = default;
};

/// A stage: one task type, run once for each item.
struct StageSpec {
  std::string name = {};     ///< unique: small letters, digits, '_' and '-'
  std::string task = {};     ///< "plugin.task"; empty: that of the defaults
  SpecValue executor = {};   ///< of tasks, as the key
  SpecValue workers = {};    ///< concurrent tasks, or "auto"
  SpecValue per_host = {};   ///< workers that share a process
  SpecValue cores = {};      ///< that each task uses
  ForeachSpec foreach = {};  ///< the items; absent: one task
  SpecMap with = {};         ///< parameters of the task
  SpecMap outputs = {};      ///< further fields of its results
  RetriesSpec retries = {};  ///< what is tried again, and how often
  SpecValue timeout = {};    ///< of an attempt, such as std::chrono::seconds(30)
  SpecValue deadline = {};   ///< from the start of the stage to its end, such as std::chrono::hours(2)
  LimitsSpec limits = {};    ///< of an attempt
  SpecValue on_error = {};   ///< "continue", "stop" or "ignore"
  SpecValue drift = {};      ///< "keep" or "replace"; absent: learn
  SpecValue python = {};     ///< the interpreter of a plugin in Python
  SpecMap env = {};          ///< variables of its processes
  SpecMap vars = {};         ///< values with names, for its expressions
  SpecValue reads = {};      ///< files that a task reads: a path, or a list of them
  SpecValue writes = {};     ///< files that a task writes
  SpecValue inputs = {};     ///< "hash" or "stat": how a resume compares files
  SpecList needs = {};       ///< absent: the stage before; SpecList::none(): no stage
  SpecValue after = {};      ///< "success", "failure" or "any" of its needs; absent: success
  SpecValue condition = {};  ///< `if`
  SpecValue finally = {};    ///< true: it runs at the end of the run, whatever happened before

  /// Compares all fields.
  bool operator==(const StageSpec&) const = default;
};

/// What holds for all stages of the spec that do not say otherwise.
struct DefaultsSpec {
  std::string task = {};     ///< "plugin.task"; empty: none
  SpecValue executor = {};   ///< of tasks, as the key
  SpecValue workers = {};    ///< concurrent tasks, or "auto"
  SpecValue per_host = {};   ///< workers that share a process
  SpecValue cores = {};      ///< that each task uses
  SpecMap with = {};         ///< parameters of the task
  SpecMap outputs = {};      ///< further fields of its results
  RetriesSpec retries = {};  ///< what is tried again, and how often
  SpecValue timeout = {};    ///< of an attempt, such as std::chrono::seconds(30)
  SpecValue deadline = {};   ///< from the start of the stage to its end, such as std::chrono::hours(2)
  LimitsSpec limits = {};    ///< of an attempt
  SpecValue on_error = {};   ///< "continue", "stop" or "ignore"
  SpecValue drift = {};      ///< "keep" or "replace"; absent: learn
  SpecValue python = {};     ///< the interpreter of a plugin in Python
  SpecMap env = {};          ///< variables of its processes
  SpecMap vars = {};         ///< values with names, for its expressions
  SpecValue reads = {};      ///< files that a task reads: a path, or a list of them
  SpecValue writes = {};     ///< files that a task writes
  SpecValue inputs = {};     ///< "hash" or "stat": how a resume compares files

  /// Compares all fields.
  bool operator==(const DefaultsSpec&) const = default;
};

/// The versions that a workflow needs.
struct RequiresSpec {
  std::string ropewalk = {};  ///< versions of the program, such as ">=0.1, <2"; empty: any
  SpecMap plugins = {};       ///< names with versions

  /// Compares all fields.
  bool operator==(const RequiresSpec&) const = default;
};

/// Where plugins are searched first, and how they are loaded.
struct PluginsSpec {
  SpecList path = {};           ///< folders
  SpecValue load_timeout = {};  ///< how long a plugin may take to load

  /// Compares all fields.
  bool operator==(const PluginsSpec&) const = default;
};

/// A whole workflow.
struct WorkflowSpec {
  std::string name = {};               ///< empty: the name of `file` without its extension, or else "workflow"
  std::string description = {};        ///< for people
  RequiresSpec requirements = {};      ///< `requires`
  PluginsSpec plugins = {};            ///< where they are searched
  SpecList include = {};               ///< files, whose stages come before those of the spec
  std::vector<ParamSpec> params = {};  ///< values that a run may set
  SpecMap vars = {};                   ///< values with names, for expressions
  SpecMap env = {};                    ///< variables of all stages' processes
  SpecValue deadline = {};             ///< from the start of the run to its end, such as std::chrono::hours(2)
  DefaultsSpec defaults = {};          ///< for stages that do not say otherwise
  std::vector<StageSpec> stages = {};  ///< in the order of the file
  /// No key: the file that the spec comes from, or is meant for. It is not read. Relative names in `include` and
  /// `plugins` start from its folder, and expressions read it as `workflow.file`. Empty: the working directory.
  std::filesystem::path file = {};

  /// Compares all fields.
  bool operator==(const WorkflowSpec&) const = default;
};

/// Checks the form of a spec, as load_workflow() that of a file. Engine::plan(spec) does this and plans the workflow.
/// Fails if the spec is larger or deeper than a workflow may be. All other diagnostics are in Workflow::diagnostics. In
/// the places of all diagnostics of the spec, Place::file is empty and Place::part names the part. Any thread.
Result<Workflow> make_workflow(const WorkflowSpec& spec);

/// The spec as YAML, which load_workflow() reads back to the same workflow. If make_workflow() has diagnostics of the
/// spec, those of the text are the same, except that NaN, infinities and text that is not UTF-8 where no expression may
/// stand have no form in YAML.
std::string to_yaml(const WorkflowSpec& spec);

/// The spec of a workflow, to be changed, planned or printed again. What it includes stays in files of its own.
/// Comments are lost. Fails with Workflow::diagnostics if there are any.
Result<WorkflowSpec> spec_of(const Workflow& workflow);

}  // namespace ropewalk
