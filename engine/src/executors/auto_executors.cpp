#include "executors/auto_executor.hpp"

#include "plan/executor_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

/// Whether tasks of the stage may share a process: not where that would make a task fail that succeeds alone, or a
/// limit hold for several tasks.
bool may_share(const PlannedStage& stage) {
  const TaskDescription& type = stage.type();
  const Limits& limits = stage.limits;
  return type.thread_safe && type.repeatable && (stage.timeout_ns == 0 || type.stops) && !limits.cpu_time_ns &&
         !limits.memory_bytes && !limits.output_bytes;
}

/// What a choice depends on. The items, the number of tasks and the values of parameters may change from run to run.
std::string key_of(const PlannedStage& stage, const StageSetting& setting, const auto_rules::StageFacts& facts,
                   std::string_view scope) {
  std::string parameters;
  for (std::size_t i = 0; i < stage.type().params.size(); ++i) {
    const Field& field = stage.type().params[i];
    const bool varies = std::find(setting.varying.begin(), setting.varying.end(), static_cast<std::uint32_t>(i)) !=
                        setting.varying.end();
    fmt::format_to(std::back_inserter(parameters), "{}:{}{} ", field.name, static_cast<int>(field.type),
                   varies ? "*" : "");
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{} to {} on {}{}", scope, stage.name, stage.task, stage.plugin->identity,
                     parameters, facts.workers, facts.max_workers, facts.cores, facts.may_share ? "" : " apart");
}

}  // namespace

Result<std::unique_ptr<Executor>> AutoExecutors::open(const PlannedStage& stage, StageSetting setting) {
  const ExecutorKind* kind = find_executor(stage.executor);
  if (kind == nullptr || !kind->chooses) return executors_.open(stage, std::move(setting));
  const std::uint32_t workers = std::max(setting.workers, 1u);
  const bool all = workers >= stage.workers;  // other stages leave it as many as it wants
  auto_rules::StageFacts facts{.workers = workers,
                               .max_workers = all ? std::max(workers, stage.max_workers) : workers,
                               .cores = std::max(cores_, 1u),
                               .may_share = may_share(stage),
                               .tasks = setting.tasks};
  std::string key = key_of(stage, setting, facts, scope_);
  auto executor = std::make_unique<AutoExecutor>(
      executors_, stage, std::move(setting),
      AutoSetting{.facts = facts, .now_ns = now_ns_, .memory = &memory_, .key = std::move(key)});
  if (const Result<void> opened = executor->open(); !opened) return opened.error();
  return Result<std::unique_ptr<Executor>>(std::move(executor));
}

}  // namespace ropewalk
