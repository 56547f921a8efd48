#pragma once
// A plan: the workflow after every name, parameter and expression is resolved and checked. Immutable once made;
// share it between threads freely. What a plan accepts can be run: diagnostics are found here, not later.

#include <ropewalk/error.hpp>
#include <ropewalk/input_names.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

struct Workflow;  // workflow.hpp

/// Where task types come from. Implemented by Engine; the planner asks for each plugin once.
class PluginSource {
 public:
  virtual ~PluginSource() = default;
  /// The plugin of that name. `folders` are searched before the source's own. Errors carry P codes and no place.
  virtual Result<std::shared_ptr<const Plugin>> plugin(std::string_view name,
                                                       const std::vector<std::filesystem::path>& folders) = 0;
  /// ResolveContext that plugin() would find, for suggestions; ascending.
  virtual std::vector<std::string> names(const std::vector<std::filesystem::path>& folders) = 0;
};

struct PlanOptions {
  /// Values of params, from the nearest source to the farthest: the first that gives a param counts. A diagnostic in one is
  /// a C error. `set`: "name=value", in order.
  std::vector<std::string> set = {};
  std::vector<std::pair<std::string, std::string>> set_files = {};    ///< {name, text of the file}
  /// {"ROPEWALK_PARAM_NAME", text}. Those that no param of this workflow has are for others, and no diagnostic.
  std::vector<std::pair<std::string, std::string>> environment = {};
  /// {stage, executor}; an empty stage means all of them. A diagnostic in one is a C error.
  std::vector<std::pair<std::string, std::string>> executors = {};
  /// Only these stages and what they wait for; empty: all. An unknown name is a C error. Diagnostics in the others that
  /// take a plugin to see are not told.
  std::vector<std::string> stages = {};
  /// Of stages that name none and have none in their file's defaults. Threads only where the task type is thread-safe;
  /// empty: what the task type prefers.
  std::string fallback_executor = {};
  unsigned jobs = 0;  ///< tasks at once over all stages; 0: no cap
  bool fail_fast = false;
  unsigned cores = 0;  ///< what `workers: auto` means; 0: the usable cores of this process
  InputNames inputs = {};  ///< how messages name the fields above
};

enum class OnError : std::uint8_t { proceed, stop, ignore };

/// What becomes of a process whose tasks have changed it (its environment, its working directory, ...).
enum class OnDrift : std::uint8_t {
  learn,    ///< it is replaced, until fresh processes have repeated the change: then they are kept
  keep,
  replace,
};

/// Which end of the stages that it needs a stage waits for.
enum class After : std::uint8_t {
  success,  ///< all have ended well
  failure,  ///< all have ended, and one of them not well
  any,      ///< all have ended
};

/// One stage that another waits for, and what makes it wait.
struct StageWait {
  enum class Why : std::uint8_t {
    order,  ///< it stands behind that stage in the file
    needs,  ///< it says so
    items,  ///< its items are that stage's results
    reads,  ///< an expression of it reads that stage as a whole
  };
  std::uint32_t on;
  Why why;
  bool streams;  ///< it starts with that stage, each of its tasks when its item is there; else when that stage has ended

  bool operator==(const StageWait&) const = default;
};

/// Why an attempt ended badly, as far as `retries` tells reasons apart. Each has a budget of its own.
enum class RetryKind : std::uint8_t {
  error,      ///< the task said so, or ended its process without a result
  transient,  ///< the task said that trying again may help
  timeout,
  crash,
  memory,     ///< beyond limits.memory, or killed for want of memory
};
inline constexpr std::size_t kRetryKinds = 5;

/// What happens after an attempt that ended badly. A permanent failure is never tried again.
struct Retries {
  std::uint32_t max = 0;                 ///< extra tries of each kind
  bool max_given = false;                ///< in so many words; else a task that crashed three times is left alone
  std::int64_t delay_ns = 0;             ///< before the first extra try
  double backoff = 2;                    ///< each further delay is so many times the one before; at least 1
  std::int64_t max_delay_ns = 60'000'000'000;
  double jitter = 0;                     ///< 0..1: each delay is cut by a random part, at most this one
  std::uint32_t when = (1u << kRetryKinds) - 1;  ///< bits 1 << RetryKind
};

/// What an attempt may use. Absent: no limit but the machine's.
struct Limits {
  std::optional<std::uint64_t> memory_bytes = {};  ///< resident, of the task's host
  std::optional<std::int64_t> cpu_time_ns = {};    ///< of an attempt
  std::optional<std::uint64_t> file_bytes = {};    ///< size of any file that it writes
  /// What it may write to standard output and error: its commands, and by itself. Absent: kCommandOutputBytes for commands.
  std::optional<std::uint64_t> output_bytes = {};

  static constexpr std::uint64_t kCommandOutputBytes = 256u << 20;

  bool operator==(const Limits&) const = default;
};

/// Variables that a stage's hosts have beyond those of this program, or in place of them. Names without '='.
using Environment = std::map<std::string, std::string>;

class Redaction;    // src/base/redaction.hpp
struct Items;       // src/plan/items.hpp
struct Parameters;  // src/plan/parameters.hpp
struct Outputs;     // src/plan/outputs.hpp
struct Condition;   // src/plan/condition.hpp

struct PlannedStage {
  std::string name;
  std::string task;  ///< "plugin.task"
  Place place;       ///< of its name
  std::string executor;
  unsigned workers = 1;   ///< tasks at once
  unsigned per_host = 1;  ///< how many of them share a host
  OnError on_error = OnError::proceed;
  std::int64_t timeout_ns = 0;  ///< of an attempt; 0: none
  Retries retries;
  Limits limits;
  OnDrift drift = OnDrift::learn;
  Environment env;
  std::shared_ptr<const Plugin> plugin;
  std::size_t task_type = 0;               ///< in plugin->task_types
  std::vector<std::uint32_t> needs;        ///< stages that must have ended before this one starts, ascending
  std::vector<StageWait> waits;            ///< why, for each stage of `needs` and `streams_from`; ascending
  After after = After::success;
  std::optional<std::uint32_t> streams_from;  ///< each of its tasks starts when that stage's task of the same index has succeeded
  std::optional<std::uint32_t> baseline;   ///< a serial stage before it in the file with the same task type, items and parameters
  bool results_used = false;               ///< another stage reads its results
  std::shared_ptr<const Items> items;            ///< where its items come from
  std::vector<std::uint32_t> items_read;         ///< stages that must have ended before the items can be listed
  std::shared_ptr<const Parameters> parameters;  ///< how a task's parameters are made
  std::shared_ptr<const Outputs> outputs;        ///< more fields of its results; null: none
  std::shared_ptr<const Condition> condition;    ///< asked when its needs have ended; null: always true
  std::vector<std::uint32_t> condition_reads;      ///< stages that it reads

  const TaskType& type() const { return plugin->task_types[task_type]; }
};

struct Plan {
  std::string workflow;  ///< its name
  std::filesystem::path file;
  unsigned jobs = 0;
  Map params;
  std::shared_ptr<const Redaction> redaction;  ///< of secret params and parameters; null: there are none
  std::vector<PlannedStage> stages;  ///< in file order
  std::vector<Error> warnings;       ///< worth a look, not in the way
  std::uint64_t steps = 0;           ///< elements that its expressions handled while it was made
  std::uint64_t bytes = 0;           ///< of the values that they made
  std::uint64_t parsed = 0;          ///< scalars with expressions, each parsed once
};

/// Every reason why not at once, at most 20, none caused by another.
Result<Plan> make_plan(const Workflow& workflow, PluginSource& plugins, const PlanOptions& options);

/// The cores that this process may use: affinity and cgroup quota.
unsigned usable_cores();

}  // namespace ropewalk
