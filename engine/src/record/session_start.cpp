#include "record/session_start.hpp"

#include "values/redaction.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <system_error>

namespace ropewalk {

namespace {
constexpr std::array<std::string_view, 3> kDurabilities{"run", "batch", "task"};
}

std::string_view durability_name(Durability durability) {
  return kDurabilities.at(static_cast<std::size_t>(durability));
}

std::optional<Durability> find_durability(std::string_view name) {
  for (std::size_t i = 0; i < kDurabilities.size(); ++i)
    if (kDurabilities[i] == name) return static_cast<Durability>(i);
  return std::nullopt;
}

}  // namespace ropewalk

namespace ropewalk::record {
namespace {

std::string shown(const Plan& plan, std::string_view text) {
  return plan.redaction ? plan.redaction->text(text) : std::string(text);
}

constexpr double kNsPerSecond = 1e9;

/// How its attempts are limited and judged, where the workflow says so.
Map rules_of(const PlannedStage& stage) {
  Map rules;
  if (stage.on_error != OnError::proceed)
    rules["on_error"] = Value(stage.on_error == OnError::stop ? "stop" : "ignore");
  if (stage.after != After::success) rules["after"] = Value(stage.after == After::failure ? "failure" : "any");
  const auto seconds = [&](const char* name, std::int64_t ns) {
    rules[name] = Value(static_cast<double>(ns) / kNsPerSecond);
  };
  const auto bytes = [&](const char* name, const std::optional<std::uint64_t>& limit) {
    if (limit) rules[name] = Value(static_cast<std::int64_t>(*limit));
  };
  if (stage.timeout_ns != 0) seconds("timeout_s", stage.timeout_ns);
  if (stage.retries.max != 0) rules["retries"] = Value(std::int64_t{stage.retries.max});
  if (stage.limits.cpu_time_ns) seconds("cpu_time_s", *stage.limits.cpu_time_ns);
  bytes("memory_bytes", stage.limits.memory_bytes);
  bytes("file_bytes", stage.limits.file_bytes);
  bytes("output_bytes", stage.limits.output_bytes);
  return rules;
}

SessionStart::Stage stage_of(const Plan& plan, const PlannedStage& planned) {
  SessionStart::Stage stage{.name = planned.name,
                            .task = planned.task,
                            .executor = planned.executor,
                            .workers = planned.workers,
                            .plugin = planned.plugin->name,
                            .plugin_version = planned.plugin->version,
                            .plugin_path = planned.plugin->path.string(),
                            .plugin_identity = planned.plugin->identity,
                            .environment = {},
                            .rules = {},
                            .needs = {},
                            .results = {}};
  if (!planned.env.empty()) {
    Map variables;
    for (const auto& [name, value] : planned.env) variables.emplace(name, Value(shown(plan, value)));
    stage.environment = to_json(variables);
  }
  if (const Map rules = rules_of(planned); !rules.empty()) stage.rules = to_json(rules);
  List needs;
  for (const std::uint32_t needed : planned.needs) needs.emplace_back(static_cast<std::int64_t>(needed));
  stage.needs = to_json(needs);
  List results;
  for (const Field& field : planned.type().results) results.emplace_back(field.name);
  stage.results = to_json(results);
  if (planned.baseline) stage.baseline = *planned.baseline;
  return stage;
}

}  // namespace

SessionStart session_of(const Plan& plan) {
  SessionStart session;
  session.workflow = plan.workflow;
  session.file = plan.file;
  std::error_code gone;
  session.directory = std::filesystem::current_path(gone);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  session.unix_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  for (const WorkflowText& source : plan.sources)
    session.sources.push_back({source.file.string(), shown(plan, source.text)});
  for (const auto& [name, value] : plan.params) {
    const bool secret = plan.secret_params.contains(name);
    session.params.push_back(
        {name, secret ? std::string() : to_json(plan.redaction ? plan.redaction->value(value) : value), secret});
  }
  for (const PlannedStage& stage : plan.stages) session.stages.push_back(stage_of(plan, stage));
  return session;
}

}  // namespace ropewalk::record
