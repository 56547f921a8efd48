#pragma once
// Finds the `task:` of each stage in its plugin. Each plugin is looked up once, whichever file names it. Used by the
// planner, on one thread.

#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/plan.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ropewalk {

struct FoundTask {
  std::shared_ptr<const Plugin> plugin;  ///< null: a diagnostic was reported
  std::size_t type = 0;                  ///< in plugin->task_types
};

class TaskLookup {
 public:
  TaskLookup(PluginSource& plugins, std::vector<std::filesystem::path> folders, Diagnostics& diagnostics)
      : plugins_(plugins), folders_(std::move(folders)), diagnostics_(diagnostics) {}

  FoundTask find(const Source& source, const Node& task);
  /// Null if the plugin is refused, which is reported at its first use.
  std::shared_ptr<const Plugin> plugin(const std::string& name, const Source& source, const Node& near);

 private:
  PluginSource& plugins_;
  const std::vector<std::filesystem::path> folders_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::shared_ptr<const Plugin>> seen_;  // null: refused, and reported
};

}  // namespace ropewalk
