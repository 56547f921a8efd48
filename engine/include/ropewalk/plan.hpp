#pragma once
// A plan: the workflow after every name, parameter and expression is resolved and checked. Immutable after creation;
// share it between threads freely. An accepted plan can be run: diagnostics are found here, not later.

#include <ropewalk/error.hpp>
#include <ropewalk/input_names.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <bitset>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

struct Workflow;  // workflow.hpp

/// Where a plugin is looked for, and how it is loaded.
struct PluginRequest {
  std::vector<std::filesystem::path> folders = {};  ///< searched before the source's own
  /// The interpreter of a plugin in Python: a path, or a name in PATH. Empty: EngineOptions::python, and then the order
  /// of docs/workflow-language.md. A plugin that is a shared library does not look at it.
  std::filesystem::path python = {};
  std::chrono::nanoseconds load_timeout{0};  ///< for the process that loads it first; 0: that of the engine
};

/// The source of task types. Implemented by Engine. The planner requests each plugin once for each interpreter.
class PluginSource {
 public:
  virtual ~PluginSource() = default;
  /// Returns the plugin of that name. Errors have P codes and no place.
  virtual Result<std::shared_ptr<const Plugin>> plugin(std::string_view name, const PluginRequest& request) = 0;
  /// Names that plugin() would find, for suggestions; ascending.
  virtual std::vector<std::string> names(const std::vector<std::filesystem::path>& folders) = 0;
};

/// How many failed tasks are too many.
struct FailureLimit {
  std::uint64_t tasks = 1;  ///< so many
  unsigned percent = 0;     ///< so many of a hundred tasks of a stage; 0: `tasks` counts

  /// Whether so many failures are too many. `known`: the tasks of the stage; 0: they are not all known yet.
  constexpr bool is_reached(std::uint64_t failed, std::uint64_t known) const {
    if (percent == 0) return failed >= tasks;
    return failed != 0 && known != 0 && 100 * failed >= std::uint64_t{percent} * known;
  }
};

/// When a run is stopped because tasks failed.
struct HaltRule {
  FailureLimit failures = {};  ///< `tasks` of all stages together, `percent` of those of one stage
  bool ends_running = false;   ///< running tasks are asked to stop, and killed after the grace period
};

/// What a plan is made with, beside the workflow.
struct PlanOptions {
  /// Values of params, from the highest to the lowest precedence; the first value for a param wins. An invalid value is
  /// a C error. `set`: "name=value", in order.
  std::vector<std::string> set = {};
  std::vector<std::pair<std::string, std::string>> set_files = {};  ///< {name, text of the file}
  /// {"ROPEWALK_PARAM_NAME", text}. Variables without a param in this workflow are ignored, because they may be for
  /// another one.
  std::vector<std::pair<std::string, std::string>> environment = {};
  /// {stage, executor}; an empty stage means all stages. An invalid entry is a C error.
  std::vector<std::pair<std::string, std::string>> executors = {};
  /// Only these stages and those that they wait for; empty: all. An unknown name is a C error. Diagnostics of other
  /// stages that require a plugin are not reported.
  std::vector<std::string> stages = {};
  /// For stages without an executor of their own or in their file's defaults. Threads are used only if the task type is
  /// thread-safe. Empty: the executor that the task type prefers.
  std::string fallback_executor = {};
  unsigned jobs = 0;                  ///< concurrent tasks over all stages; 0: no limit
  bool fail_fast = false;             ///< start nothing more once a task has failed
  std::optional<HaltRule> halt = {};  ///< start nothing more once so many tasks have failed; beside `fail_fast`
  std::int64_t deadline_ns = 0;       ///< from the start of the run to its end; 0: that of the workflow
  unsigned cores = 0;                 ///< what `workers: auto` means; 0: the usable cores of this process
  std::int64_t now_unix_s = 0;        ///< what now() is in expressions; 0: the time of the call
  InputNames inputs = {};             ///< how messages name the fields above
};

/// What follows from a task that failed.
enum class OnError : std::uint8_t {
  proceed,  ///< the other tasks of the stage run
  stop,     ///< the stage starts no more tasks
  ignore,   ///< as proceed, and the stage counts as succeeded
};

/// The treatment of a process whose tasks have changed it (its environment, its working directory, ...).
enum class OnDrift : std::uint8_t {
  learn,    ///< replace it, until fresh processes have repeated the change; then keep it
  keep,     ///< go on with it
  replace,  ///< use a fresh one
};

/// What a resumed run compares of the files that a task declares.
enum class FileCheck : std::uint8_t {
  hash,  ///< size and time, and if these differ the content
  stat,  ///< size and time
};

/// Which outcome of the stages that it needs a stage waits for.
enum class After : std::uint8_t {
  success,  ///< all have succeeded
  failure,  ///< all have ended, and at least one has not succeeded
  any,      ///< all have ended
};

/// One stage that another waits for, and the reason.
struct StageWait {
  /// Why a stage waits for another.
  enum class Why : std::uint8_t {
    order,    ///< it follows that stage in the file
    needs,    ///< it has that stage in `needs`
    items,    ///< its items are that stage's results
    reads,    ///< one of its expressions reads that stage as a whole
    finally,  ///< it has `finally`, and that stage does not
  };
  std::uint32_t on;  ///< position of the other stage in the plan
  Why why;           ///< the reason
  bool streams;      ///< starts with that stage, each task with its item; else when that stage has ended

  /// Compares all fields.
  bool operator==(const StageWait&) const = default;
};

/// The failure kinds that `retries` distinguishes. Each has its own budget.
enum class RetryKind : std::uint8_t {
  error,      ///< the task reported it, or its process ended without a result
  transient,  ///< the task reported that a retry may help
  timeout,    ///< the attempt took longer than the timeout of its stage
  crash,      ///< its host died of a signal
  memory,     ///< beyond limits.memory, or killed because memory ran out
};
/// How many there are.
inline constexpr std::size_t kRetryKinds = 5;

/// The retry policy for attempts that did not succeed. A permanent failure is never retried.
struct Retries {
  std::uint32_t max = 0;                       ///< retries of each kind
  bool max_given = false;                      ///< set explicitly; else a task that crashed three times is not retried
  std::int64_t delay_ns = 0;                   ///< before the first retry
  double backoff = 2;                          ///< factor from each delay to the next; at least 1
  std::int64_t max_delay_ns = 60'000'000'000;  ///< no delay grows beyond it
  double jitter = 0;  ///< 0..1: each delay is shortened by a random fraction of at most this value
  std::uint32_t when = (1u << kRetryKinds) - 1;  ///< bits 1 << RetryKind: only after these failures ...
  std::bitset<256> when_exit = {};               ///< ... or after these exit codes, ...
  std::uint32_t unless = 0;                      ///< ... but not after these failures, bits as in `when`, ...
  std::bitset<256> unless_exit = {};             ///< ... and not after these exit codes

  /// Returns delay_ns as a duration.
  constexpr std::chrono::nanoseconds delay() const { return std::chrono::nanoseconds(delay_ns); }
  /// Returns max_delay_ns as a duration.
  constexpr std::chrono::nanoseconds max_delay() const { return std::chrono::nanoseconds(max_delay_ns); }
};

/// The limits of an attempt. Absent: only the machine's limits.
struct Limits {
  std::optional<std::uint64_t> memory_bytes = {};  ///< resident, of the task's host
  std::optional<std::int64_t> cpu_time_ns = {};    ///< of an attempt
  std::optional<std::uint64_t> file_bytes = {};    ///< size of any file that it writes
  /// Output of its commands and of its own process. Absent: kCommandOutputBytes for commands.
  std::optional<std::uint64_t> output_bytes = {};

  /// What commands may write without a limit of their own.
  static constexpr std::uint64_t kCommandOutputBytes = 256u << 20;

  /// Compares all fields.
  bool operator==(const Limits&) const = default;
};

/// Variables added to or replacing those of this program in a stage's hosts. Names contain no '='.
using Environment = std::map<std::string, std::string>;

class Redaction;        // src/base/redaction.hpp
struct Items;           // src/plan/items.hpp
struct Parameters;      // src/plan/parameters.hpp
struct Outputs;         // src/plan/outputs.hpp
struct Condition;       // src/plan/condition.hpp
struct Files;           // src/plan/files.hpp
struct VaryingAttempt;  // src/plan/attempt_values.hpp

/// A stage as the text of the workflow defines it, so that two sessions of a run can be compared.
struct StageDefinition {
  /// {key of the language, its value in one form whatever its style}: the keys of the stage, with what the defaults and
  /// the vars and env of its file add. Empty while planning.
  std::map<std::string, std::string> keys = {};
  std::set<std::string> params = {};  ///< of the workflow, that it reads, without secret ones
};

/// A stage that can run: with its plugin, and with everything that a workflow leaves to defaults.
struct PlannedStage {
  std::string name;       ///< unique in the plan
  std::string task;       ///< "plugin.task"
  Place place;            ///< of its name
  std::string executor;   ///< "process", ...: see executors.hpp
  unsigned workers = 1;   ///< concurrent tasks
  unsigned per_host = 1;  ///< how many workers share a host
  unsigned cores = 0;     ///< that each task uses; 0: nothing is said, and nothing is shared
  /// To so many the executor `auto` may raise `workers` if tasks wait; not more than `workers`: it may not.
  unsigned max_workers = 0;
  OnError on_error = OnError::proceed;        ///< what follows from a task that failed
  FailureLimit stop_after;                    ///< from which failure on OnError::stop stops the run
  std::int64_t timeout_ns = 0;                ///< of an attempt; 0: none
  std::int64_t deadline_ns = 0;               ///< from the start of the stage to its end; 0: none
  Retries retries;                            ///< of its attempts
  Limits limits;                              ///< of its attempts
  OnDrift drift = OnDrift::learn;             ///< of its hosts
  Environment env;                            ///< of its hosts
  std::shared_ptr<const Plugin> plugin;       ///< never null
  std::size_t task_type = 0;                  ///< in plugin->task_types
  std::vector<std::uint32_t> needs;           ///< stages that must have ended before this one starts, ascending
  std::vector<StageWait> waits;               ///< the reasons, for each stage of `needs` and `streams_from`; ascending
  After after = After::success;               ///< which outcome of its needs it waits for
  std::optional<std::uint32_t> streams_from;  ///< each task starts after that stage's same-index task succeeds
  std::optional<std::uint32_t> baseline;      ///< earlier serial stage with the same task type, items, parameters
  bool results_used = false;                  ///< another stage reads its results
  std::shared_ptr<const Items> items;         ///< the source of its items
  std::vector<std::uint32_t> items_read;      ///< stages that must have ended before the items can be listed
  std::shared_ptr<const Parameters> parameters;  ///< how a task's parameters are made
  std::shared_ptr<const Outputs> outputs;        ///< additional fields of its results; null: none
  std::shared_ptr<const Files> files;            ///< that its tasks declare; null: none
  FileCheck inputs = FileCheck::hash;            ///< of these files
  std::shared_ptr<const Condition> condition;    ///< evaluated when its needs have ended; null: always true
  std::vector<std::uint32_t> condition_reads;    ///< stages that it reads
  /// Limits, timeout and variables of an attempt that is not the first; null: they are the same. Above are those of the
  /// first.
  std::shared_ptr<const VaryingAttempt> by_attempt;
  bool finally = false;           ///< it runs when the others have ended, also after a stop, within the grace period
  std::uint64_t first_index = 0;  ///< what its first task reads as its index; not 0 for a task that runs again alone
  bool awaits_debugger = false;   ///< its hosts wait before their first task until a debugger is attached
  StageDefinition definition;     ///< as the text of the workflow has it
  bool uses_secrets = false;      ///< a secret may be in its parameters, itself or through results of another stage

  /// Returns timeout_ns as a duration; empty: there is none.
  std::optional<std::chrono::nanoseconds> timeout() const {
    return timeout_ns == 0 ? std::nullopt : std::optional(std::chrono::nanoseconds(timeout_ns));
  }
  /// Returns its task type. Valid as long as the plugin.
  const TaskDescription& type() const { return plugin->task_types[task_type]; }
};

/// One file of a workflow, as it was read.
struct WorkflowText {
  std::filesystem::path file;  ///< "-" is stdin, or a spec
  std::string text;            ///< its content
};

/// What Engine::run() takes. Made by make_plan() or Engine::plan().
struct Plan {
  std::string workflow;                              ///< its name
  std::filesystem::path file;                        ///< of the workflow, as it was passed
  unsigned jobs = 0;                                 ///< concurrent tasks over all stages; 0: no limit
  std::int64_t deadline_ns = 0;                      ///< from the start of the run to its end; 0: none
  std::optional<HaltRule> halt;                      ///< after which failures it is stopped; empty: see OnError
  std::int64_t now_unix_s = 0;                       ///< what now() is in its expressions
  std::vector<WorkflowText> sources;                 ///< the file itself, then what it includes
  Map params;                                        ///< of the workflow, with their values, also secret ones
  std::set<std::string, std::less<>> secret_params;  ///< names of those with `secret: true`
  std::shared_ptr<const Redaction> redaction;        ///< of secret params and parameters; null: there are none
  std::vector<PlannedStage> stages;                  ///< in file order
  std::set<std::string> unselected;                  ///< names of the stages that PlanOptions::stages leaves out
  std::vector<Error> warnings;                       ///< worth a look, not in the way
  std::uint64_t steps = 0;                           ///< elements that its expressions handled while it was made
  std::uint64_t bytes = 0;                           ///< of the values that they made
  std::uint64_t parsed = 0;                          ///< scalars with expressions, each parsed once
};

/// Returns the plan, or all reasons for its failure at once: at most 20, none caused by another.
Result<Plan> make_plan(const Workflow& workflow, PluginSource& plugins, const PlanOptions& options);

/// The cores that this process may use, limited by affinity and cgroup quota.
unsigned usable_cores();

}  // namespace ropewalk
