#pragma once
// What an engine owns while it lives, shared by the sources behind engine.hpp: its hosts, the plugins that it knows and
// whether it runs something. One thread, except `stop` and what HostPool allows.

#include "engine/program_folder.hpp"
#include "engine/turns.hpp"
#include "executors/executor.hpp"
#include "hosts/pool.hpp"
#include "plugin_files/description_cache.hpp"
#include "plugin_files/linked.hpp"
#include "plugin_files/search.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/redaction.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk {

struct EngineState {
  EngineState(EngineOptions given, const char* package)
      : options(std::move(given)),
        place(find_program_folder(options.programs, package)),
        descriptions(options.description_cache),
        pool(place.programs, options.scratch_folder, place.searched, place.python),
        turns(pool) {}
  /// What still takes turns, ends.
  ~EngineState() { turns.engine_ends(); }
  EngineState(const EngineState&) = delete;
  EngineState& operator=(const EngineState&) = delete;

  /// `of_workflow`: who runs a workflow has decided to run what it names.
  PluginFolders folders(const std::vector<std::filesystem::path>& of_workflow) const {
    std::vector<PluginFolder> all;
    all.reserve(of_workflow.size() + options.plugin_folders.size());
    for (const std::filesystem::path& folder : of_workflow)
      all.emplace_back(folder, !options.runs_nothing || trusts(folder));
    for (const std::filesystem::path& folder : options.plugin_folders) all.emplace_back(folder, trusts(folder));
    return PluginFolders(all, place.plugins, options.trusts, options.inputs.plugin_folder);
  }
  bool trusts(const std::filesystem::path& folder) const {
    return !options.trusts || options.trusts(std::filesystem::absolute(folder).lexically_normal());
  }
  /// When hosts are replaced, of runs and pools alike.
  Recycling recycling() const {
    return {.after_tasks = options.recycle_after_tasks, .above_bytes = options.recycle_above_bytes};
  }
  void log(LogLevel level, std::string_view text) const {
    if (options.log) options.log(level, redaction ? redaction->text(text) : std::string(text));
  }
  /// A run has ended: a stop was for it, and for all that take turns beside it.
  void stop_was_taken();
  /// Any thread; async-signal-safe.
  void ask_to_stop(StopLevel level) noexcept;
  Result<std::shared_ptr<const Plugin>> describe(const FoundPlugin& found, const PluginRequest& request = {});
  Result<std::shared_ptr<const Plugin>> describe_linked(const ropewalk_linked_plugin& linked);
  Result<std::shared_ptr<const Plugin>> describe_without_loading(const std::filesystem::path& file,
                                                                 const std::string& identity) const;
  void take_real_interpreter(Plugin& plugin, const PluginBuild& asked);
  Result<Plugin> load(PluginBuild& build, const PluginRequest& request);
  std::int64_t load_limit_ns(const PluginBuild& build, const PluginRequest& request) const;

  EngineOptions options;
  const ProgramFolder place;
  const DescriptionCache descriptions;
  HostPool pool;
  Turns turns;
  /// A plugin, and what identified its file and its interpreter when it was described.
  struct KnownPlugin {
    std::string identity = {};
    std::shared_ptr<const Plugin> plugin = {};
  };
  std::map<std::pair<std::filesystem::path, std::filesystem::path>, KnownPlugin> known;  // by file and interpreter
  std::map<std::string, std::shared_ptr<const Plugin>> known_linked;                     // into this program, by name
  std::shared_ptr<const Redaction> redaction;  // of the last plan that was run
  std::atomic<int> stop = 0;
  bool runs = false;  // a run has begun and not ended
};

}  // namespace ropewalk
