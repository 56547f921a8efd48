#include "shell_jobs.hpp"

#include "base/shell_word.hpp"
#include "commands.hpp"
#include "plan/parameters.hpp"
#include "recorded_plan.hpp"
#include "report/numbers.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/redaction.hpp>

#include <charconv>
#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kShellTask = "shell.run";

std::string command_of(const Plan& plan, const PlannedStage& stage, const TaskFinished& task, const Value* item,
                       std::string_view run_id) {
  const auto& params = stage.type().params;
  std::size_t position = 0;
  while (position < params.size() && params[position].name != "argv") ++position;
  const auto known = stage.parameters->known(
      {.params = plan.params, .item = item, .index = stage.first_index + task.index, .run_id = run_id});
  if (!known || position >= known->size() || !(*known)[position].value) return {};
  if ((*known)[position].secret) return std::string(Redaction::kShown);
  const Value& value = *(*known)[position].value;
  const Value words = plan.redaction ? plan.redaction->value(value) : value;
  std::string command;
  words.each_element([&](const Value& word) {
    const auto bytes = word.bytes();
    command += (command.empty() ? "" : " ") + shell_word(bytes ? std::string(*bytes) : to_json(word));
  });
  return command;
}

int signal_number(std::string_view name) {
  for (int number = 1; number < NSIG; ++number)
    if (name == signal_name(number)) return number;
  return 0;
}

/// shell.run reports how its command ended in its message: "'cc' exited with code 1", "'cc' was killed by SIGSEGV".
void set_end(JoblogJob& job, std::string_view message) {
  constexpr std::string_view kExited = " exited with code ", kKilled = " was killed by ";
  if (const std::size_t at = message.find(kExited); at != message.npos) {
    const std::string_view code = message.substr(at + kExited.size());
    std::from_chars(code.data(), code.data() + code.size(), job.exit_code);
  } else if (const std::size_t killed = message.find(kKilled); killed != message.npos) {
    const std::string_view name = message.substr(killed + kKilled.size());
    job.signal = signal_number(name.substr(0, name.find(':')));
  }
}

JoblogJob job_of(const Plan& plan, const PlannedStage& stage, const TaskFinished& task, const Value* item,
                 std::string_view run_id) {
  JoblogJob job{.command = command_of(plan, stage, task, item, run_id)};
  if (task.outcome == Outcome::failed) set_end(job, task.message);
  return job;
}

}  // namespace

JoblogJobOf shell_jobs(const Plan& plan) {
  return [&plan](std::uint32_t stage, const TaskFinished& task, const Value* item, std::string_view run_id) {
    if (stage >= plan.stages.size() || plan.stages[stage].task != kShellTask) return JoblogJob();
    return job_of(plan, plan.stages[stage], task, item, run_id);
  };
}

JoblogJobOf shell_jobs(const Record& record, const Options& options) {
  struct Planned {
    Plan plan;
    const PlannedStage* stage;
  };
  const auto plans = std::make_shared<std::map<std::uint32_t, std::unique_ptr<Planned>>>();
  std::unique_ptr<Engine> engine;
  for (const RecordedStage& stage : record.stages()) {
    if (stage.task != kShellTask) continue;
    if (!engine) engine = std::make_unique<Engine>(engine_options(options));
    auto plan = recorded_plan(record, stage, *engine, options);
    if (!plan) continue;
    auto planned = std::make_unique<Planned>(Planned{std::move(*plan), nullptr});
    planned->stage = planned_stage(planned->plan, stage.name);
    if (planned->stage != nullptr) (*plans)[stage.number] = std::move(planned);
  }
  return [plans](std::uint32_t stage, const TaskFinished& task, const Value* item, std::string_view run_id) {
    JoblogJob job;
    const auto planned = plans->find(stage);
    if (planned != plans->end()) return job_of(planned->second->plan, *planned->second->stage, task, item, run_id);
    return job;
  };
}

}  // namespace ropewalk::cli
