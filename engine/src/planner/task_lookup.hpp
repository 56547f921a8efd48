#pragma once
// Finds the `task:` of each stage in its plugin. Each plugin is looked up once for each interpreter, whichever file
// names it. Used by the planner, on one thread.

#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/plan.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace ropewalk {

struct FoundTask {
  std::shared_ptr<const Plugin> plugin;  ///< null: a diagnostic was reported
  std::size_t type = 0;                  ///< in plugin->task_types
};

class TaskLookup {
 public:
  /// `request`: for all plugins, without an interpreter.
  TaskLookup(PluginSource& plugins, PluginRequest request, Diagnostics& diagnostics)
      : plugins_(plugins), request_(std::move(request)), diagnostics_(diagnostics) {}

  /// `python`: the interpreter of a plugin in Python; empty: none is named.
  FoundTask find(const Source& source, const Node& task, const std::filesystem::path& python = {});
  /// Null if the plugin is refused, which is reported at its first use.
  std::shared_ptr<const Plugin> plugin(const std::string& name, const Source& source, const Node& near,
                                       const std::filesystem::path& python = {});

 private:
  PluginSource& plugins_;
  PluginRequest request_;
  Diagnostics& diagnostics_;
  // By name and interpreter. Null: refused, and reported.
  std::map<std::pair<std::string, std::filesystem::path>, std::shared_ptr<const Plugin>> seen_;
};

}  // namespace ropewalk
