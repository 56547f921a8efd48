#include "recorded_plan.hpp"

#include "commands.hpp"
#include "flag_names.hpp"

#include "base/file_text.hpp"
#include "base/text.hpp"
#include "plan/attempt_values.hpp"
#include "plan/items.hpp"
#include "plan/parameters.hpp"
#include "plan/scope.hpp"
#include "record/recorded_results.hpp"
#include "record/recorded_value.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/json.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace ropewalk::cli {
namespace {

/// A file of the run: relative paths refer to the directory of its engine.
std::filesystem::path file_of(const Record& record, const std::string& path) {
  const auto& sessions = record.run().sessions;
  return sessions.empty() ? std::filesystem::path(path) : sessions.back().directory / path;
}

Errors not_made(std::string message, std::vector<std::string> notes = {}) {
  return Error{codes::kRecordedPlan, std::move(message), {}, std::move(notes)};
}

/// Whether a plan of the file as it is now has the texts that were recorded, in which secrets are hidden.
bool has_texts(const Plan& plan, const std::vector<RecordedText>& texts) {
  if (plan.sources.size() != texts.size()) return false;
  for (std::size_t i = 0; i < texts.size(); ++i)
    if ((plan.redaction ? plan.redaction->text(plan.sources[i].text) : plan.sources[i].text) != texts[i].text)
      return false;
  return true;
}

/// From the record where that has all of it, else from the files, if they are still what they were.
Result<Workflow> recorded_workflow(const Record& record, PluginSource& plugins, const PlanOptions& settings) {
  const auto sources = record.sources();
  if (!sources) return sources.error();
  if (sources->empty()) return Errors(Error{codes::kRecordDamaged, "the record has no text of its workflow", {}, {}});
  const RecordedText& main = sources->front();
  std::string changed;
  bool hides = false;
  for (const RecordedText& each : *sources) {
    hides = hides || each.text.find(Redaction::kShown) != std::string::npos;
    if (changed.empty() && (each.path == "-" || file_text(file_of(record, each.path)) != each.text))
      changed = each.path;
  }
  if (changed.empty()) return load_workflow(file_of(record, main.path));
  if (hides && main.path != "-") {
    auto now = load_workflow(file_of(record, main.path));
    const auto plan = now ? make_plan(*now, plugins, settings) : Result<Plan>(now.error());
    if (plan && has_texts(*plan, *sources)) return now;
    const Errors why = plan ? Errors() : plan.error();
    for (const Error& error : why.list)
      if (error.code == codes::kMissingSetting) return why;
  }
  if (hides)
    return not_made("the text of the workflow is recorded without its secrets, and its file is not what the run read",
                    {"restore the file as it was, or run the workflow again"});
  if (sources->size() == 1)
    return parse_workflow(main.text, main.path == "-" ? main.path : file_of(record, main.path).string());
  return not_made(fmt::format("'{}' is not the file that the run read, and the workflow includes files",
                              escape_for_display(changed)),
                  {"restore the file as it was, or run the workflow again"});
}

Result<PlanOptions> recorded_settings(const Record& record, const Options& options) {
  const auto params = record.params();
  if (!params) return params.error();
  PlanOptions settings{.set = options.set,
                       .set_files = options.file_settings,
                       .environment = options.variable_settings,
                       .now_unix_s = record.run().now_unix_s,
                       .inputs = flag_names()};
  for (const RecordedParam& param : *params) {
    if (param.secret) continue;  // planning reports the one that is missing
    std::string problem;
    const auto value = value_from_json(param.value, problem);
    if (!value || value->is_null()) continue;
    settings.set.push_back(fmt::format("{}={}", param.name, value->as_text() ? *value->as_text() : param.value));
  }
  return settings;
}

/// Results of the run's stages, as expressions read them.
class ResultsOfRecord final : public StageResults {
 public:
  ResultsOfRecord(const Record& record, const Plan& plan) : record_(record) {
    for (const PlannedStage& planned : plan.stages)
      for (const RecordedStage& stage : record.stages())
        if (stage.name == planned.name)
          numbers_[static_cast<std::uint32_t>(&planned - plan.stages.data())] = stage.number;
  }

  void visit(std::uint32_t stage, const std::function<void(std::uint64_t, const Value&)>& visit) const override {
    const auto number = numbers_.find(stage);
    if (number == numbers_.end()) return;
    const auto read = record_.visit(number->second, [&](const RecordedAttempt& attempt) {
      if (attempt.outcome != Outcome::succeeded) return;
      const auto value = record::recorded_fields(record::result_json(attempt, problem_), problem_);
      if (value) visit(attempt.index, *value);
    });
    if (!read) problem_ = read.error().list.front().message;
  }

  void visit_failures(std::uint32_t stage, const std::function<void(const StageFailure&)>& visit) const override {
    const auto number = numbers_.find(stage);
    if (number == numbers_.end()) return;
    const auto read = record_.visit(number->second, [&](const RecordedAttempt& attempt) {
      if (!is_failure(attempt.outcome)) return;
      std::optional<Value> item;
      if (!attempt.item.empty()) item = record::recorded_value(attempt.item, problem_);
      visit({.index = attempt.index,
             .item = item ? &*item : nullptr,
             .outcome = outcome_name(attempt.outcome),
             .message = attempt.message});
    });
    if (!read) problem_ = read.error().list.front().message;
  }

  StageFacts facts(std::uint32_t stage) const override {
    StageFacts facts{.outcome = outcome_name(Outcome::not_started)};
    const auto number = numbers_.find(stage);
    if (number == numbers_.end()) return facts;
    facts.outcome = outcome_name(record_.stages()[number->second].outcome.value_or(Outcome::not_started));
    const auto read = record_.visit(number->second, [&](const RecordedAttempt& attempt) {
      ++facts.tasks;
      facts.succeeded += attempt.outcome == Outcome::succeeded;
      facts.failed += is_failure(attempt.outcome);
    });
    if (!read) problem_ = read.error().list.front().message;
    return facts;
  }

  const std::string& problem() const { return problem_; }

 private:
  const Record& record_;
  std::map<std::uint32_t, std::uint32_t> numbers_;  // place in the plan -> in the record
  mutable std::string problem_;
};

/// Which attempt of its session the last one of a task was, and how the one before it ended.
class AttemptFacts {
 public:
  explicit AttemptFacts(const RecordedTask& task) {
    if (task.attempts.empty()) return;
    const std::uint32_t session = task.attempts.back().session;
    for (std::size_t i = 0; i + 1 < task.attempts.size(); ++i) {
      const RecordedAttempt& attempt = task.attempts[i];
      if (attempt.session != session || attempt.attempt == 0) continue;
      ++number;
      const bool exited = attempt.outcome == Outcome::exited || attempt.detail != 0;
      before_ = {.outcome = outcome_name(attempt.outcome), .message = attempt.message};
      if (exited && attempt.outcome != Outcome::crashed) before_.exit_code = attempt.detail;
    }
  }
  const PreviousAttempt* previous() const { return number == 1 ? nullptr : &before_; }
  std::uint32_t number = 1;

 private:
  PreviousAttempt before_;
};

}  // namespace

const PlannedStage* planned_stage(const Plan& plan, std::string_view name) {
  for (const PlannedStage& stage : plan.stages)
    if (stage.name == name) return &stage;
  return nullptr;
}

Result<Plan> recorded_plan(const Record& record, const RecordedStage& stage, PluginSource& plugins,
                           const Options& options) {
  auto settings = recorded_settings(record, options);
  if (!settings) return settings.error();
  const auto workflow = recorded_workflow(record, plugins, *settings);
  if (!workflow) return workflow.error();
  settings->stages = {stage.name};
  return make_plan(*workflow, plugins, *settings);
}

Result<std::optional<Value>> recorded_item(const Record& record, const Plan& plan, const PlannedStage& planned,
                                           TaskPlace place, const RecordedTask& task) {
  const std::string json = task.attempts.empty() ? std::string() : task.attempts.back().item;
  if (json.empty()) return std::optional<Value>();
  std::string problem;
  auto read = record::recorded_value(json, problem);
  if (!read) return not_made("its item cannot be read from the record: " + problem);
  if (json.find(Redaction::kShown) == json.npos || !plan.redaction) return std::optional(std::move(*read));
  // A secret is hidden in it. With the secret given again, the items can be listed again.
  const ResultsOfRecord results(record, plan);
  const auto items = planned.items ? planned.items->open({.params = plan.params, .results = &results})
                                   : Result<std::unique_ptr<ItemList>>(std::unique_ptr<ItemList>());
  if (items && *items && (*items)->grow(place.index + 1, problem) && place.index < (*items)->size()) {
    Value item = (*items)->at(place.index);
    if (to_json(plan.redaction->value(item)) == to_json(*read)) return std::optional(std::move(item));
  }
  return std::optional(std::move(*read));
}

Result<std::vector<Value>> recorded_values(const Record& record, const Plan& plan, const PlannedStage& planned,
                                           TaskPlace place, const RecordedTask& task) {
  const ResultsOfRecord results(record, plan);
  std::string problem;
  auto recorded = recorded_item(record, plan, planned, place, task);
  if (!recorded) return recorded.error();
  const bool has_item = recorded->has_value();
  const Value item = has_item ? std::move(**recorded) : Value();
  const AttemptFacts facts(task);
  const Scope scope{.params = plan.params,
                    .results = &results,
                    .item = has_item ? &item : nullptr,
                    .index = place.index,
                    .run_id = record.run().id,
                    .attempt = facts.number,
                    .previous = facts.previous()};
  auto values = planned.parameters->constants(scope);
  if (!values) return values.error();
  const auto varying = planned.parameters->varying();
  std::vector<Value> made(varying.size());
  if (!varying.empty() && !planned.parameters->make(scope, made, problem)) return not_made(problem);
  for (std::size_t i = 0; i < varying.size(); ++i) (*values)[varying[i]] = std::move(made[i]);
  if (!results.problem().empty()) return not_made(results.problem());
  return values;
}

Result<void> take_recorded_values(const Plan& plan, const RecordedTask& task, PlannedStage& stage) {
  const AttemptFacts facts(task);
  if (!stage.by_attempt || facts.number == 1) return {};
  AttemptValues own{.limits = stage.limits, .timeout_ns = stage.timeout_ns, .env = std::move(stage.env)};
  std::string problem;
  const Scope scope{.params = plan.params, .attempt = facts.number, .previous = facts.previous()};
  if (!stage.by_attempt->make(scope, own, problem)) return not_made(problem);
  stage.limits = own.limits;
  stage.timeout_ns = own.timeout_ns;
  stage.env = std::move(own.env);
  return {};
}

Result<std::vector<std::pair<std::string, Value>>> recorded_parameters(const Record& record, TaskPlace place,
                                                                       const RecordedTask& task,
                                                                       const Options& options) {
  Engine engine(engine_options(options));
  const RecordedStage& stage = record.stages()[place.stage];
  const auto plan = recorded_plan(record, stage, engine, options);
  if (!plan) return plan.error();
  const PlannedStage* planned = planned_stage(*plan, stage.name);
  if (!planned) return not_made("the recorded workflow has no stage of this name");
  const auto values = recorded_values(record, *plan, *planned, place, task);
  if (!values) return values.error();
  std::vector<std::pair<std::string, Value>> named;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const Field& field = planned->type().params[i];
    if ((*values)[i].is_null()) continue;
    Value shown = field.secret ? Value(Redaction::kShown) : (*values)[i];
    named.emplace_back(field.name, plan->redaction ? plan->redaction->value(shown) : std::move(shown));
  }
  return named;
}

}  // namespace ropewalk::cli
