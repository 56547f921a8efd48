#pragma once
// The `task:` of each stage, found in its plugin; every plugin is asked for once, whichever file names it. Used by the
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
  std::shared_ptr<const Plugin> plugin;  ///< null: a diagnostic is told
  std::size_t type = 0;                  ///< in plugin->task_types
};

class TaskLookup {
 public:
  TaskLookup(PluginSource& plugins, std::vector<std::filesystem::path> folders, Diagnostics& diagnostics)
      : plugins_(plugins), folders_(std::move(folders)), diagnostics_(diagnostics) {}

  FoundTask find(const Source& source, const Node& task);
  /// Null: it is refused, which is told where it was asked for first.
  std::shared_ptr<const Plugin> plugin(const std::string& name, const Source& source, const Node& near);

 private:
  PluginSource& plugins_;
  const std::vector<std::filesystem::path> folders_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::shared_ptr<const Plugin>> seen_;  // null: refused, and told
};

}  // namespace ropewalk
