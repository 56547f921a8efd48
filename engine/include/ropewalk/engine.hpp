#pragma once
// The engine: load a workflow, plan it, run it with an observer, read the result. See engine/README.md.

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/input_names.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/run_result.hpp>
#include <ropewalk/workflow.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace ropewalk {

struct EngineOptions {
  /// Folder with ropewalk-host and ropewalk-warden; empty: beside this program, or where they were built.
  std::filesystem::path programs;
  /// Searched for plugins first, in this order; then ROPEWALK_PLUGIN_PATH, the user's data folder, the shipped ones. No
  /// folder replaces a plugin that ships (P117).
  std::vector<std::filesystem::path> plugin_folders;
  /// Whether plugins in this folder, an absolute path, may be loaded; null: all may. It is called for plugin_folders, for
  /// relative folders of ROPEWALK_PLUGIN_PATH and, with `runs_nothing`, for the folders that a workflow names. The plugins of
  /// other folders are found, and refused with P116.
  std::function<bool(const std::filesystem::path& folder)> trusts = {};
  /// run() will not be called. Plugins that may not be loaded are then described from the cache, where it has them.
  bool runs_nothing = false;
  /// Folder for descriptions of plugins, made when it is needed; empty: none are kept.
  std::filesystem::path description_cache = {};
  /// A host is replaced, between tasks, after it has run so many; 0: never for its age.
  std::uint64_t recycle_after_tasks = 0;
  /// And when its own memory is larger than this between looks, of which there are ten a second; 0: never for its size.
  std::uint64_t recycle_above_bytes = 2ull << 30;
  /// Hosts work in an empty folder of their own below TMPDIR, which is removed after the last of them, however the engine
  /// ends; else in the current folder.
  bool scratch_folder = false;
  /// How messages name the fields above.
  InputNames inputs = {};
  /// Told what the engine does, for a log. Called on the thread that uses the engine. Level as TaskSaid.
  std::function<void(int level, std::string_view text)> log;
};

struct RunOptions {
  bool keep_results = false;  ///< RunResult::results is wanted (it costs a file of the results' size)
  bool report_results = false;  ///< Observer::task_result() is wanted (it costs about a microsecond a task)
  std::int64_t open_limit_ns = 300'000'000'000;  ///< for open() of a task type where a stage has no `timeout`; 0: none
  /// Hosts whose tasks have opened something end with this run, so that what goes wrong in close() is a warning of it. Else
  /// later runs use them again, and what goes wrong when they end is told by nobody.
  bool closes = false;
  std::int64_t grace_ns = 10'000'000'000;  ///< what running tasks get after stop(StopLevel::ask)
};

/// Owns the warden and the pool of hosts, which later runs reuse. One thread at a time, except stop(), freeze() and
/// thaw().
/// Destroying it leaves no process behind.
class Engine final : public PluginSource {
 public:
  explicit Engine(EngineOptions options = {});
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Starts what every plan needs while the caller does something else, as reading the workflow. Need not be called,
  /// and says nothing of what goes wrong: who needs it is told.
  void prepare();
  /// The opposite: lets processes that a next plan or run would have used again end while the caller does something
  /// else, as showing the result. The destructor waits for them. Need not be called.
  void dismiss();

  Result<std::shared_ptr<const Plugin>> plugin(std::string_view name,
                                               const std::vector<std::filesystem::path>& folders = {}) override;
  std::vector<std::string> names(const std::vector<std::filesystem::path>& folders = {}) override;
  /// A plugin by its file, wherever it lies.
  Result<std::shared_ptr<const Plugin>> plugin_file(const std::filesystem::path& file);

  Result<Plan> plan(const Workflow& workflow, const PlanOptions& options = {});

  /// Runs the plan to its end. Everything that a task does is in the result; `broken` says that the run itself
  /// could not go on (no warden, no memory for a board, ...).
  RunResult run(const Plan& plan, Observer& observer, const RunOptions& options = {});
  RunResult run(const Plan& plan, const RunOptions& options = {});

  /// Stops the current run, or the next one if none is running. Any thread; async-signal-safe.
  void stop(StopLevel level) noexcept;

  /// Stops the hosts with all that their tasks started in their groups, until thaw(); the time in between counts for
  /// no time-out. For Ctrl-Z: the caller stops itself between the two. Any thread.
  void freeze();
  void thaw();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ropewalk
