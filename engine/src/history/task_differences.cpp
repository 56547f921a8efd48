#include "history/task_differences.hpp"

#include "base/text.hpp"
#include "report/time_text.hpp"
#include "report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ropewalk {
namespace {

constexpr std::size_t kLongestShown = 500;  // bytes of a value

std::string shown(std::string_view value) {
  if (value.size() <= kLongestShown) return escape_for_display(value);
  return escape_for_display(value.substr(0, utf8_prefix(value.substr(0, kLongestShown)))) + "...";
}

/// The value of a parameter; none: it is not given.
const std::string* find(const AttemptInputs& inputs, const std::string& name) {
  for (const auto& [each, value] : inputs.parameters)
    if (each == name) return &value;
  return nullptr;
}

const RecordedFile* find(const AttemptInputs& inputs, const RecordedFile& file) {
  const auto is_it = [&](const RecordedFile& each) { return each.role == file.role && each.path == file.path; };
  const auto found = std::find_if(inputs.files.begin(), inputs.files.end(), is_it);
  return found == inputs.files.end() ? nullptr : &*found;
}

std::string plugin_text(const RecordedStage& stage) {
  return fmt::format("{} {} ({}, identity {})", stage.plugin, stage.plugin_version,
                     escape_for_display(stage.plugin_path), stage.plugin_identity);
}

void compare_parameters(const AttemptInputs& before, const AttemptInputs& after, std::vector<std::string>& out) {
  for (const AttemptInputs* inputs : {&before, &after})
    if (!inputs->problem.empty())
      return out.push_back(fmt::format("parameters cannot be compared: {}", escape_for_display(inputs->problem)));
  std::set<std::string> seen;
  for (const AttemptInputs* inputs : {&before, &after})
    for (const auto& [name, value] : inputs->parameters) {
      if (!seen.insert(name).second) continue;
      const std::string *old = find(before, name), *now = find(after, name);
      if (old == nullptr || now == nullptr || *old != *now)
        out.push_back(
            fmt::format("{}: {} -> {}", name, old ? shown(*old) : "not given", now ? shown(*now) : "not given"));
    }
}

void compare_files(const AttemptInputs& before, const AttemptInputs& after, std::vector<std::string>& out) {
  for (const RecordedFile& old : before.files) {
    const RecordedFile* const now = find(after, old);
    const bool same = now != nullptr && old.size == now->size && !old.changed &&
                      (old.mtime_ns == now->mtime_ns || (old.hash && old.hash == now->hash));
    // What a task writes has another time each time it runs, which is no reason.
    const bool rewritten = now != nullptr && old.role == FileRole::writes && old.size && !old.changed;
    if (same || rewritten) continue;
    out.push_back(fmt::format("file '{}' ({}): {}{} -> {}", escape_for_display(old.path),
                              old.role == FileRole::reads ? "reads" : "writes", file_text(old),
                              old.changed ? ", and changed before it was recorded" : "",
                              now ? file_text(*now) : "not recorded"));
  }
  for (const RecordedFile& now : after.files)
    if (find(before, now) == nullptr)
      out.push_back(fmt::format("file '{}' ({}): not declared -> {}", escape_for_display(now.path),
                                now.role == FileRole::reads ? "reads" : "writes", file_text(now)));
}

}  // namespace

std::string file_text(const RecordedFile& file) {
  if (!file.size) return "not there";
  std::string text = fmt::format("{} of {}", counted(*file.size, "byte"), local_time_text(file.mtime_ns.value_or(0)));
  if (file.hash) text += fmt::format(", content {:016x}", *file.hash);
  return text;
}

std::vector<std::string> differences(const AttemptInputs& before, const AttemptInputs& after) {
  std::vector<std::string> out;
  if (before.stage.task != after.stage.task)
    out.push_back(fmt::format("task: {} -> {}", before.stage.task, after.stage.task));
  if (before.stage.plugin_identity != after.stage.plugin_identity)
    out.push_back(fmt::format("plugin: {} -> {}", plugin_text(before.stage), plugin_text(after.stage)));
  compare_parameters(before, after, out);
  compare_files(before, after, out);
  return out;
}

}  // namespace ropewalk
