#pragma once
// Plans made from text, and their content in a form that tests can compare as a whole.

#include "support/fake_plugins.hpp"
#include "plan/items.hpp"
#include "plan/parameters.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace ropewalk::test {

/// Results of stages, set by a test.
class FakeResults final : public StageResults {
 public:
  void visit(std::uint32_t stage, const std::function<void(std::uint64_t, const Value&)>& visit) const override {
    if (const auto found = results.find(stage); found != results.end())
      for (const auto& [index, value] : found->second) visit(index, value);
  }
  void visit_failures(std::uint32_t stage, const std::function<void(const StageFailure&)>& visit) const override {
    if (const auto found = failures.find(stage); found != failures.end())
      for (const StageFailure& failure : found->second) visit(failure);
  }
  StageFacts facts(std::uint32_t stage) const override {
    const auto found = results.find(stage);
    const std::uint64_t count = found == results.end() ? 0 : found->second.size();
    return {.outcome = "succeeded", .tasks = count + 1, .succeeded = count, .failed = 1};
  }
  std::map<std::uint32_t, std::map<std::uint64_t, Value>> results;
  std::map<std::uint32_t, std::vector<StageFailure>> failures;
};

/// How the program names its inputs.
inline const InputNames kFlags{.set = "--set", .set_file = "--set-file", .executor = "--executor", .stage = "--stage"};

inline Result<Plan> plan_of(std::string_view text, PlanOptions options = {}) {
  if (options.cores == 0) options.cores = 4;
  options.inputs = kFlags;
  const auto workflow = parse_workflow(text, "test.yaml");
  if (!workflow) return workflow.error();
  FakePlugins plugins;
  return make_plan(*workflow, plugins, options);
}

/// "3:7 W202 message", one line each.
inline std::vector<std::string> diagnostics_of(std::string_view text, PlanOptions options = {}) {
  const auto plan = plan_of(text, std::move(options));
  std::vector<std::string> lines;
  const Errors errors = plan ? Errors() : plan.error();
  for (const Error& error : errors.list)
    lines.push_back(error.place.line > 0
                        ? fmt::format("{}:{} {} {}", error.place.line, error.place.column, error.code, error.message)
                        : fmt::format("{} {}", error.code, error.message));
  return lines;
}

/// All items of a stage as JSON, or its problem.
inline std::vector<std::string> items_of(const Plan& plan, std::size_t stage, const StageResults* results = nullptr) {
  const auto list = plan.stages.at(stage).items->open(Scope{.params = plan.params, .results = results});
  if (!list) return {list.error().list.at(0).code + " " + list.error().list.at(0).message};
  std::vector<std::string> items;
  for (std::uint64_t i = 0; i < (*list)->size(); ++i) items.push_back(to_json((*list)->at(i)));
  return items;
}

/// "position=kind value" for the parameters of one task, or the problem.
inline std::vector<std::string> parameters_of(const Plan& plan, std::size_t stage, const Value* item = nullptr,
                                              std::uint64_t index = 0, const StageResults* results = nullptr) {
  const Parameters& parameters = *plan.stages.at(stage).parameters;
  const Scope scope{.params = plan.params, .results = results, .item = item, .index = index};
  auto values = parameters.constants(scope);
  if (!values) return {values.error().list.at(0).code + " " + values.error().list.at(0).message};
  std::vector<Value> varying(parameters.varying().size());
  std::string problem;
  if (!parameters.make(scope, varying, problem)) return {"R201 " + problem};
  // The fast path must give the same values.
  if (std::vector<std::int64_t> ints(varying.size());
      parameters.ints(scope, ints) && std::vector<Value>(ints.begin(), ints.end()) != varying)
    return {"ints() and make() differ"};
  for (std::size_t i = 0; i < varying.size(); ++i) values->at(parameters.varying()[i]) = varying[i];
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < values->size(); ++i)
    if (!values->at(i).is_null())
      lines.push_back(fmt::format("{}={} {}", i, kind_name(values->at(i).kind()), to_json(values->at(i))));
  return lines;
}

}  // namespace ropewalk::test
