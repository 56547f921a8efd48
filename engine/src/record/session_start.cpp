#include "record/session_start.hpp"

#include "base/content_hash.hpp"
#include "base/cycles.hpp"

#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <system_error>

namespace ropewalk {

WordTable<Durability> durability_words() {
  static constexpr Word<Durability> kWords[] = {
      {"run", Durability::run}, {"batch", Durability::batch}, {"task", Durability::task}};
  return kWords;
}

std::string_view durability_name(Durability durability) { return word_for(durability_words(), durability); }

}  // namespace ropewalk

namespace ropewalk::record {
namespace {

std::string shown(const Plan& plan, std::string_view text) {
  return plan.redaction ? plan.redaction->text(text) : std::string(text);
}

/// Long values, such as lists of items, are only compared.
std::string short_text(std::string text) {
  constexpr std::size_t kLongest = 1000;  // bytes
  return text.size() <= kLongest ? text : fmt::format("hash {:016x}", content_hash(text));
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
                            .needs = {},
                            .results = {}};
  if (!planned.env.empty()) {
    Map variables;
    for (const auto& [name, value] : planned.env) variables.emplace(name, Value(shown(plan, value)));
    stage.environment = to_json(variables);
  }
  for (const StageWait& wait : planned.waits)
    if (stage.needs.empty() || stage.needs.back() != wait.on) stage.needs.push_back(wait.on);
  stage.definition = definition_json(planned, plan);
  List results;
  for (const Field& field : planned.type().results) results.emplace_back(field.name);
  stage.results = to_json(results);
  if (planned.baseline) stage.baseline = *planned.baseline;
  stage.hashes_files = planned.inputs == FileCheck::hash;
  return stage;
}

}  // namespace

std::string definition_json(const PlannedStage& stage, const Plan& plan) {
  Map definition;
  for (const auto& [key, text] : stage.definition.keys) definition.emplace(key, Value(short_text(shown(plan, text))));
  return to_json(definition);
}

std::string command_json(const std::vector<std::string>& words, const Plan& plan) {
  if (words.empty()) return {};
  List list;
  for (const std::string& word : words) {
    std::string clean = shown(plan, word);
    for (const std::string& name : plan.secret_params) {
      const std::size_t at = word.find(name + "=");
      if (at != word.npos && (at == 0 || word[at - 1] == '='))
        clean = word.substr(0, at + name.size() + 1) + std::string(Redaction::kShown);
    }
    list.emplace_back(std::move(clean));
  }
  return to_json(list);
}

SessionStart session_of(const Plan& plan) {
  SessionStart session;
  session.workflow = plan.workflow;
  session.file = plan.file;
  session.now_unix_s = plan.now_unix_s;
  std::error_code gone;
  session.directory = std::filesystem::current_path(gone);
  session.unix_ns = unix_ns();
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
