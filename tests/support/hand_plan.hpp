#pragma once
// Plans built directly, for tests that are not about the workflow language.

#include "plan/items.hpp"
#include "plan/parameters.hpp"

#include <ropewalk/engine.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::test {

/// Items 0 .. n-1.
struct Count final : Items {
  explicit Count(std::uint64_t n) : n(n) {}
  struct List final : ItemList {
    explicit List(std::uint64_t n) : n(n) {}
    std::uint64_t size() const override { return n; }
    Value at(std::uint64_t index) const override { return static_cast<std::int64_t>(index); }
    std::uint64_t n;
  };
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope&) const override { return std::unique_ptr<ItemList>(new List(n)); }
  std::uint64_t n;
};

/// A parameter is a constant, or a function of the item and the index.
using Make = std::function<Value(const Value& item, std::uint64_t index)>;
struct Given {
  std::string name;
  Value constant = {};
  Make make = {};
};

struct ByHand final : Parameters {
  ByHand(const TaskDescription& type, const std::vector<Given>& given) : all(type.params.size()) {
    for (std::uint32_t position = 0; position < type.params.size(); ++position) {
      for (const Given& param : given) {
        if (param.name != type.params[position].name) continue;
        all[position] = param.constant;
        if (param.make) positions.push_back(position), makers.push_back(param.make);
      }
    }
  }
  std::span<const std::uint32_t> varying() const override { return positions; }
  Result<std::vector<Value>> constants(const Scope&) const override { return all; }
  bool make(const Scope& scope, std::span<Value> values, std::string& problem) const override {
    try {
      for (std::size_t i = 0; i < makers.size(); ++i) values[i] = makers[i](*scope.item, scope.index);
    } catch (const std::runtime_error& error) {
      return problem = error.what(), false;
    }
    return true;
  }
  Result<std::vector<KnownParameter>> known(const Scope&) const override { return std::vector<KnownParameter>{}; }
  std::vector<Value> all;
  std::vector<std::uint32_t> positions;
  std::vector<Make> makers;
};

struct StageOptions {
  std::string name = "stage";
  std::string executor = "process";
  unsigned workers = 2;
  std::vector<Given> with = {};
  OnError on_error = OnError::proceed;
  std::vector<std::uint32_t> needs = {};
  After after = After::success;
  std::optional<std::uint32_t> streams_from = {};
  bool results_used = false;
  std::int64_t timeout_ns = 0;
  Retries retries = {};
  Limits limits = {};
  OnDrift drift = OnDrift::learn;
  bool finally = false;
  std::int64_t deadline_ns = 0;
  FailureLimit stop_after = {};
};

inline PlannedStage stage(std::shared_ptr<const Plugin> plugin, const std::string& task_type, std::uint64_t tasks,
                          StageOptions options) {
  PlannedStage stage;
  stage.name = options.name;
  stage.task = plugin->name + "." + task_type;
  stage.executor = options.executor;
  stage.workers = options.executor == "serial" ? 1 : options.workers;
  stage.per_host = options.executor.starts_with("thread") ? stage.workers : 1;
  stage.on_error = options.on_error;
  stage.needs = options.needs;
  stage.after = options.after;
  stage.streams_from = options.streams_from;
  stage.results_used = options.results_used;
  stage.timeout_ns = options.timeout_ns;
  stage.retries = options.retries;
  stage.limits = options.limits;
  stage.drift = options.drift;
  stage.finally = options.finally;
  stage.deadline_ns = options.deadline_ns;
  stage.stop_after = options.stop_after;
  while (stage.task_type < plugin->task_types.size() && plugin->task_types[stage.task_type].name != task_type)
    ++stage.task_type;
  if (stage.task_type == plugin->task_types.size()) throw std::runtime_error("no task type " + task_type);
  stage.parameters = std::make_shared<ByHand>(plugin->task_types[stage.task_type], options.with);
  stage.items = std::make_shared<Count>(tasks);
  stage.plugin = std::move(plugin);
  return stage;
}

inline Plan plan(std::vector<PlannedStage> stages) {
  Plan plan;
  plan.workflow = "by hand";
  plan.stages = std::move(stages);
  return plan;
}

/// The rows of a stage, as copies.
struct Row {
  std::uint64_t index;
  Outcome outcome;
  Value value;
  std::string message;
};
inline std::vector<Row> rows(const RunResult& result, std::uint32_t stage = 0) {
  std::vector<Row> rows;
  result.results->visit(stage, [&](const KeptResults::Row& row) {
    rows.push_back({row.index, row.outcome, row.value == nullptr ? Value() : *row.value, std::string(row.message)});
  });
  return rows;
}

}  // namespace ropewalk::test
