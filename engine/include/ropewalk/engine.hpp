#pragma once
// The engine: load a workflow, plan it, run it with an observer, read the result. See engine/README.md.

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/input_names.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/pool.hpp>
#include <ropewalk/record_options.hpp>
#include <ropewalk/run.hpp>
#include <ropewalk/run_result.hpp>
#include <ropewalk/workflow.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

/// Where the package that this program is built with has ropewalk-host and ropewalk-warden, as a string. The CMake
/// target Ropewalk::engine sets it; `pkg-config --variable=programs ropewalk` prints it.
#ifndef ROPEWALK_PROGRAMS
#define ROPEWALK_PROGRAMS ""
#endif

namespace ropewalk {

/// What an engine is made with. All fields have a default.
struct EngineOptions {
  /// Folder with ropewalk-host and ropewalk-warden. Empty: the first that has them of the folder of this program,
  /// ../libexec/ropewalk from there, and the folder of the package that this program was built with.
  std::filesystem::path programs;
  /// Folders searched first for plugins, in this order. Then come ROPEWALK_PLUGIN_PATH, the user's data folder and the
  /// shipped plugins. A plugin in a folder cannot replace a shipped one (P117).
  std::vector<std::filesystem::path> plugin_folders;
  /// Whether plugins in this folder (an absolute path) may be loaded; null: all may. Called for plugin_folders, for
  /// relative folders of ROPEWALK_PLUGIN_PATH and, with `runs_nothing`, for the folders that a workflow names. Plugins
  /// in other folders are found, but rejected with P116.
  std::function<bool(const std::filesystem::path& folder)> trusts = {};
  /// The interpreter of plugins in Python whose stage names none: a path, or a name in PATH. Empty: the first one
  /// in the order of docs/workflow-language.md.
  std::filesystem::path python = {};
  /// How long the process that loads a plugin first may take for it. 0: 2 s for a shared library, 20 s for Python.
  std::chrono::nanoseconds load_timeout{0};
  /// run() will not be called. Plugins that may not be loaded are then described from the cache, if they are in it.
  bool runs_nothing = false;
  /// Folder for cached descriptions of plugins, and for what `executor: auto` chose in earlier runs; created on demand.
  /// Empty: neither is kept.
  std::filesystem::path description_cache = {};
  /// A host is replaced, between tasks, after this many tasks. 0: no limit.
  std::uint64_t recycle_after_tasks = 0;
  /// A host is also replaced when its own memory exceeds this size, sampled ten times a second. 0: no limit.
  std::uint64_t recycle_above_bytes = 2ull << 30;
  /// Hosts run in their own empty folder below TMPDIR, which is removed after the last of them, however the engine
  /// ends. Otherwise they run in the current folder.
  bool scratch_folder = false;
  /// How messages name the fields above.
  InputNames inputs = {};
  /// Receives what the engine does, for a log. Called on the thread that uses the engine.
  std::function<void(LogLevel level, std::string_view text)> log = {};
};

/// What holds for one run.
struct RunOptions {
  bool keep_results = false;    ///< provide RunResult::results (it costs a file of the results' size)
  bool report_results = false;  ///< call Observer::task_result() (it costs about a microsecond a task)
  /// The run is recorded there (record.hpp reads it); absent: it is not. Results are kept in the record (about a
  /// microsecond a task). A run that cannot be recorded ends with RunResult::record_error: at once, or when the disk
  /// takes no more.
  std::optional<RecordOptions> record = {};
  /// For open() of a task type in a stage without `timeout`. 0: no limit.
  std::chrono::nanoseconds open_limit = std::chrono::minutes(5);
  /// Hosts whose tasks have opened something end with this run, so that an error in close() becomes a warning of this
  /// run. Otherwise later runs reuse these hosts, and errors at their end are not reported.
  bool closes = false;
  /// No run follows: processes end as by Engine::dismiss(), while the record of this run is completed.
  bool last = false;
  /// How long running tasks may go on after stop(StopLevel::ask). Then they are killed.
  std::chrono::nanoseconds grace = std::chrono::seconds(10);
};

struct EngineState;

/// Owns the warden and the hosts, which later runs and pools reuse. Used by one thread at a time, except stop(),
/// freeze() and thaw(). The destructor leaves no process behind.
class Engine final : public PluginSource {
 public:
  /// `package`: a folder with the programs that is looked at last. It is borrowed for the call. Leave it to the build.
  explicit Engine(EngineOptions options = {}, const char* package = ROPEWALK_PROGRAMS);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Starts what every plan needs in parallel with the caller's work, such as reading the workflow. Optional. Does not
  /// report errors; they are reported by the call that needs the result.
  void prepare();
  /// Lets processes end that a later plan or run would have reused, in parallel with the caller's work, such as showing
  /// the result. Optional. The destructor waits for them. Ignored while there is a pool.
  void dismiss();

  /// Finds the plugin, and has it described by a host. Plugins that are linked into this program (linked_plugin.hpp)
  /// come before all folders.
  Result<std::shared_ptr<const Plugin>> plugin(std::string_view name, const PluginRequest& request = {}) override;
  std::vector<std::string> names(const std::vector<std::filesystem::path>& folders = {}) override;
  /// Returns a plugin by its file, in any folder.
  Result<std::shared_ptr<const Plugin>> plugin_file(const std::filesystem::path& file);

  /// Returns make_plan() of the workflow with the plugins of this engine.
  Result<Plan> plan(const Workflow& workflow, const PlanOptions& options = {});
  /// The same as plan(make_workflow(spec)). Plan::file is "-", and Plan::sources has the spec as YAML.
  Result<Plan> plan(const WorkflowSpec& spec, const PlanOptions& options = {});

  /// Runs the plan to its end. The outcomes of all tasks are in the result. `broken` means that the run itself could
  /// not continue (no warden, no memory for a board, ...).
  RunResult run(const Plan& plan, Observer& observer, const RunOptions& options = {});
  /// The same without an observer.
  RunResult run(const Plan& plan, const RunOptions& options = {});
  /// Begins a run that goes on in Run::step(). R401: the engine runs another one. R3xx: it cannot be recorded.
  Result<Run> start(const Plan& plan, Observer& observer, const RunOptions& options = {});

  /// Makes a pool for tasks of this type, "file.checksum". An engine has any number of pools, beside one run; what
  /// waits for one of them lets all of them go on. The pool belongs to the calling thread. No process is started before
  /// the first task, but the one that describes the plugin. Throws Refused: a plugin, task or option is not accepted
  /// (P, W), or an observer calls (R413).
  Pool pool(std::string_view task, const PoolOptions& options = {});
  /// The same without exceptions.
  Result<Pool> try_pool(std::string_view task, const PoolOptions& options = {});

  /// Stops the current run and all pools, or the next one if none is there. A pool that was stopped takes no further
  /// tasks. Any thread; async-signal-safe.
  void stop(StopLevel level) noexcept;

  /// Freezes the hosts and all processes in their tasks' groups until thaw(). Time-outs exclude the frozen time. For
  /// Ctrl-Z: the caller stops itself between the two calls. Any thread.
  void freeze();
  /// Ends freeze(). Any thread.
  void thaw();

 private:
  std::unique_ptr<EngineState> state_;
};

}  // namespace ropewalk
