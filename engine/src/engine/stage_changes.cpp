#include "engine/stage_changes.hpp"

#include "base/text.hpp"
#include "record/session_start.hpp"

#include <ropewalk/json.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace ropewalk {
namespace {

constexpr std::size_t kLongestShown = 40;  // bytes of a value

using Keys = std::map<std::string, std::string>;

/// {key: text} of a map as the record holds it.
Keys keys_of(const std::string& json) {
  Keys keys;
  std::string problem;
  const std::optional<Value> value = value_from_json(json, problem);
  if (value && value->as_map() != nullptr)
    for (const auto& [key, text] : *value->as_map())
      if (text.as_text() != nullptr) keys.emplace(key, *text.as_text());
  return keys;
}

std::string cut(std::string_view json) {
  if (json.size() <= kLongestShown) return std::string(json);
  return std::string(json.substr(0, utf8_prefix(json.substr(0, kLongestShown)))) + "...";
}

}  // namespace

std::vector<std::string> edited_keys(const RecordedStage& then, const PlannedStage& now, const Plan& plan) {
  const Keys before = keys_of(then.definition), after = keys_of(record::definition_json(now, plan));
  std::set<std::string> keys;
  for (const auto& [key, text] : before)
    if (const auto other = after.find(key); other == after.end() || other->second != text) keys.insert(key);
  for (const auto& [key, text] : after)
    if (!before.contains(key)) keys.insert(key);
  return {keys.begin(), keys.end()};
}

bool is_alike(const RecordedStage& then, const PlannedStage& now, const Plan& plan) {
  const std::vector<std::string> keys = edited_keys(then, now, plan);
  return then.task == now.task && std::all_of(keys.begin(), keys.end(), [](const std::string& key) {
           return key == "needs" || key == "after" || key == "if";
         });
}

std::vector<std::string> key_changes(const RecordedSetup& then, const Plan& plan, const PlannedStage& now) {
  const auto stage = std::find_if(then.stages.begin(), then.stages.end(),
                                  [&](const RecordedStage& each) { return each.name == now.name; });
  std::vector<std::string> changes;
  if (stage == then.stages.end()) return changes;
  if (stage->task != now.task) {
    changes.push_back(fmt::format("its task changed ({} -> {})", stage->task, now.task));
  } else if (stage->plugin_identity != now.plugin->identity) {
    changes.push_back(
        stage->plugin_version != now.plugin->version
            ? fmt::format("plugin '{}' changed ({} -> {})", stage->plugin, stage->plugin_version, now.plugin->version)
            : fmt::format("plugin '{}' {} is another build", stage->plugin, stage->plugin_version));
  }
  for (const RecordedParam& param : then.params) {
    const auto value = plan.params.find(param.name);
    if (!now.definition.params.contains(param.name) || value == plan.params.end() || param.secret ||
        plan.secret_params.contains(param.name))
      continue;
    const std::string json = to_json(plan.redaction ? plan.redaction->value(value->second) : value->second);
    if (json != param.value)
      changes.push_back(fmt::format("param '{}' changed ({} -> {})", param.name, cut(param.value), cut(json)));
  }
  for (const std::string& key : edited_keys(*stage, now, plan))
    if (key == "with" || key == "vars" || key == "outputs" || key == "foreach")
      changes.push_back(fmt::format("'{}' was edited", key));
  return changes;
}

}  // namespace ropewalk
