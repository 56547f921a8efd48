#include "planner/task_lookup.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/keys.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {

FoundTask TaskLookup::find(const Source& source, const Node& task, const std::filesystem::path& python) {
  const std::size_t dot = task.text.find('.');
  const std::string plugin_name = task.text.substr(0, dot);
  const std::string name = dot == std::string::npos ? std::string() : task.text.substr(dot + 1);
  if (task.text.find("${{") != std::string::npos) {
    diagnostics_.add(codes::kUnknownTask, place_of(source, task),
                     "'task' is a constant, an expression cannot stand here");
    return {};
  }
  if (!is_name(plugin_name) || !is_name(name)) {
    diagnostics_.add(codes::kUnknownTask, place_of(source, task),
                     fmt::format("'{}' is no task", escape_for_display(task.text)),
                     {"a task is written plugin.task, such as file.checksum"});
    return {};
  }
  FoundTask found;
  found.plugin = plugin(plugin_name, source, task, python);
  if (!found.plugin) return {};
  std::vector<std::string> names;
  for (const TaskDescription& type : found.plugin->task_types) {
    if (type.name == name) return found;
    names.push_back(type.name);
    ++found.type;
  }
  diagnostics_.add(
      codes::kUnknownTask, place_in(source, task, dot + 1, name.size()),
      fmt::format("plugin '{}' has no task '{}'{}", plugin_name, name, did_you_mean(name, names)),
      {names.empty() ? std::string("it has no tasks") : fmt::format("it has: {}", fmt::join(names, ", "))});
  return {};
}

std::shared_ptr<const Plugin> TaskLookup::plugin(const std::string& name, const Source& source, const Node& near,
                                                 const std::filesystem::path& python) {
  std::pair key(name, python);
  if (const auto seen = seen_.find(key); seen != seen_.end()) return seen->second;
  request_.python = python;
  auto found = plugins_.plugin(name, request_);
  if (!found) {
    const Errors errors = found.error();
    for (Error error : errors.list) {
      // Errors in the plugin's file are reported there.
      if (error.place.file.empty()) error.place = place_of(source, near);
      diagnostics_.add(std::move(error));
    }
  }
  return seen_[std::move(key)] = found ? *found : nullptr;
}

}  // namespace ropewalk
