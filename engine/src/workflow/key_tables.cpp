#include "workflow/key_tables.hpp"

#include <initializer_list>

namespace ropewalk {
namespace {

struct Key {
  const char *name, *help;
};

KeyTable table(std::string_view of, std::initializer_list<Key> all) {
  KeyTable made{of, {}, {}};
  for (const Key& key : all) {
    made.keys.emplace_back(key.name);
    made.help.emplace_back(key.help);
  }
  return made;
}

// Keys shared by `defaults` and a stage.
constexpr Key kTask{"task", "What each task of the stage does: plugin.task, such as file.checksum"};
constexpr Key kExecutor{"executor", "What carries out the tasks, else what the task type prefers or process"};
constexpr Key kWorkers{"workers", "Tasks at once: a number, or auto for the usable cores"};
constexpr Key kPerHost{"per_host", "How many of the workers share a process: all of thread, one of process"};
constexpr Key kCores{"cores", "How many cores each task uses: its commands are told, and fewer tasks run at once"};
constexpr Key kOnError{"on_error",
                       "After a failed task: continue with the others, stop the run, ignore it, or {stop_after: N}"};
constexpr Key kTimeout{"timeout", "The longest that an attempt may take, such as 90s or 1h30m"};
constexpr Key kDeadline{"deadline", "How long the stage may take from its start to its end, such as 2h"};
constexpr Key kRetries{"retries", "Extra tries of a failed task: a number, or a map"};
constexpr Key kLimits{"limits", "The most that a task may use"};
constexpr Key kDrift{"drift", "For a process that its tasks have changed, learned if nothing is said"};
constexpr Key kPython{"python", "The interpreter of a plugin in Python: a path, or a name in PATH"};
constexpr Key kEnv{"env", "Environment variables of the tasks' processes"};
constexpr Key kVars{"vars", "Values with names, written once and read as vars.NAME"};
constexpr Key kWith{"with", "The parameters of the task type"};
constexpr Key kOutputs{"outputs", "More fields of each result, made when a task succeeds"};
constexpr Key kReads{"reads", "Files that a task reads: resume runs it again if one has changed"};
constexpr Key kWrites{"writes", "Files that a task writes: resume runs it again if one is gone or has changed"};
constexpr Key kInputs{"inputs", "What resume compares of these files, hash (the content) if nothing is said"};

}  // namespace

const KeyTable& workflow_keys() {
  static const KeyTable kTable =
      table("the workflow", {{"ropewalk", "The version of the language: 1"},
                             {"name", "What the workflow is called; default: the name of its file"},
                             {"description", "What the workflow is for"},
                             {"requires", "Versions that the workflow depends on, checked before anything starts"},
                             {"plugins", "Where plugins are looked for"},
                             {"include", "Other files, relative to this one; their stages come before the file's own"},
                             {"params", "What --set gives a value to, read as params.NAME"},
                             kVars,
                             kEnv,
                             {"deadline", "How long the run may take from its start to its end, such as 2h"},
                             {"defaults", "What holds for all stages of this file that do not say otherwise"},
                             {"stages", "What is run, in this order where nothing else is said"}});
  return kTable;
}

const KeyTable& requires_keys() {
  static const KeyTable kTable = table("'requires'", {{"ropewalk", "Versions of ropewalk, such as \">=0.1, <2\""},
                                                      {"plugins", "Versions of plugins, such as {file: \">=1.0\"}"}});
  return kTable;
}

const KeyTable& plugins_keys() {
  static const KeyTable kTable =
      table("'plugins'", {{"path", "Folders with plugins, relative to this file"},
                          {"load_timeout", "How long a plugin may take to load, such as 60s"}});
  return kTable;
}

const KeyTable& param_keys() {
  static const KeyTable kTable = table("a param", {{"type", "The type by which its value is read"},
                                                   {"of", "The type of the elements of a list or a map"},
                                                   {"default", "Its value if --set gives none; without it, --set must"},
                                                   {"min", "The least that a number may be"},
                                                   {"max", "The most that a number may be"},
                                                   {"choices", "All values that it may have"},
                                                   {"help", "What it is for, shown by run FILE --help"},
                                                   {"secret", "true: its value is shown nowhere"}});
  return kTable;
}

const KeyTable& defaults_keys() {
  static const KeyTable kTable =
      table("'defaults'", {kTask, kExecutor, kWorkers, kPerHost, kCores, kOnError, kTimeout, kDeadline, kRetries,
                           kLimits, kDrift, kPython, kEnv, kVars, kWith, kOutputs, kReads, kWrites, kInputs});
  return kTable;
}

const KeyTable& stage_keys() {
  static const KeyTable kTable =
      table("a stage", {{"name", "What others call it: small letters, digits, '_' and '-'"},
                        kTask,
                        kExecutor,
                        kWorkers,
                        kPerHost,
                        kCores,
                        kOnError,
                        kTimeout,
                        kDeadline,
                        kRetries,
                        kLimits,
                        kDrift,
                        kPython,
                        kEnv,
                        kVars,
                        {"foreach", "The items, each of which is a task; without it there is one task"},
                        kWith,
                        kOutputs,
                        kReads,
                        kWrites,
                        kInputs,
                        {"needs", "The stages to wait for, in place of the one before; []: none"},
                        {"after", "Which end of its needs it waits for, success if nothing is said"},
                        {"if", "Asked before the stage begins; where it is false, the stage is left out"},
                        {"finally", "true: it runs at the end of the run, whatever happened before"}});
  return kTable;
}

const KeyTable& foreach_keys() {
  static const KeyTable kTable = table(
      "'foreach'",
      {{"list", "A list, or an expression that gives one, beside keys that change it"},
       {"range", "Numbers: n for 0 to n-1, or {from, to, step} with to included"},
       {"glob", "Files that match a pattern, or one of a list, hidden ones too; with / at the end folders"},
       {"lines", "The lines of a file, or {file, end}; - is standard input"},
       {"jsonl", "The JSON values of a file, one a line, blank lines skipped; - is standard input"},
       {"blocks", "Whole lines of a file as one text, 1MiB of them, or {file, size, lines, end}; - is standard input"},
       {"matrix", "Every combination of some axes, the last one fastest"},
       {"zip", "Lists of one length side by side: the first of each, the second of each, ..."},
       {"exclude",
        "What to leave out: combinations of the matrix that these fit, files of a glob that these patterns match"},
       {"include", "Items besides those of the matrix"},
       {"results", "The results of a stage, each as soon as it is there"},
       {"in", "Beside a glob: the folder that its patterns and paths are relative to"},
       {"where", "Beside a source other than results: only items for which this is true"},
       {"shuffle", "Beside a source other than results: a number, which gives the items another order"},
       {"batch", "Beside a source other than results: so many items make one, which is their list"}});
  return kTable;
}

const KeyTable& range_keys() {
  static const KeyTable kTable = table("'range'", {{"from", "The first number; default: 0"},
                                                   {"to", "The last number"},
                                                   {"step", "From one number to the next; default: 1"}});
  return kTable;
}

const KeyTable& lines_keys() {
  static const KeyTable kTable = table(
      "'lines'", {{"file", "The name of the file; - is standard input"},
                  {"end", "The character that ends each line; default: \"\\n\"; \"\\0\" as find -print0 writes"}});
  return kTable;
}

const KeyTable& blocks_keys() {
  static const KeyTable kTable =
      table("'blocks'", {{"file", "The name of the file; - is standard input"},
                         {"size", "The most bytes of a block; a longer line is one of its own; default: 1MiB"},
                         {"lines", "The most lines of a block"},
                         {"end", "The character that ends each line; default: \"\\n\""}});
  return kTable;
}

const KeyTable& retries_keys() {
  static const KeyTable kTable =
      table("'retries'", {{"max", "The number of extra tries; default: 3"},
                          {"delay", "The wait before the first of them"},
                          {"backoff", "Each delay is so many times the one before"},
                          {"max_delay", "The longest delay"},
                          {"jitter", "The part of a delay that chance may cut off: 0 to 1"},
                          {"when", "The failures to try again after: kinds, and {exit: CODES}"},
                          {"unless", "The failures not to try again after, as 'when'"}});
  return kTable;
}

const KeyTable& on_error_keys() {
  static const KeyTable kTable =
      table("'on_error'", {{"stop_after", "How many failed tasks stop the run: a number, or a part of all as 10%"}});
  return kTable;
}

const KeyTable& failure_keys() {
  static const KeyTable kTable = table("a failure", {{"exit", "Exit codes of the task's process, or of a command"}});
  return kTable;
}

const KeyTable& limits_keys() {
  static const KeyTable kTable =
      table("'limits'", {{"memory", "Of a task's process, such as 512MiB"},
                         {"cpu_time", "Computing time of an attempt, such as 5m"},
                         {"files", "The size that a file of the task may reach"},
                         {"output", "What an attempt may write to stdout and stderr; commands without it: 256MiB"}});
  return kTable;
}

}  // namespace ropewalk
