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
#include <vector>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kShellTask = "shell.run";

std::string word_of(const Value& word) {
  const auto bytes = word.bytes();
  return shell_word(bytes ? std::string(*bytes) : to_json(word));
}

/// What reads a `command`, as shell.run has it without pipefail.
std::string interpreter_of(const Value* shell) {
  if (shell == nullptr || shell->is_null()) return "/bin/sh -eu -c";
  if (!shell->list_size()) return word_of(*shell) + " -eu -c";
  std::string words;
  shell->each_element([&](const Value& word) { words += (words.empty() ? "" : " ") + word_of(word); });
  return words;
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
  JoblogJob job{.command = command_line(plan, stage, task.index, item, run_id)};
  if (task.outcome == Outcome::failed) set_end(job, task.message);
  return job;
}

}  // namespace

std::string command_line(const Plan& plan, const PlannedStage& stage, std::uint64_t index, const Value* item,
                         std::string_view run_id) {
  const auto known = stage.parameters->known(
      {.params = plan.params, .item = item, .index = stage.first_index + index, .run_id = run_id});
  if (!known) return {};
  const std::vector<Field>& params = stage.type().params;
  const auto named = [&](std::string_view name) -> const KnownParameter* {
    for (std::size_t i = 0; i < params.size() && i < known->size(); ++i)
      if (params[i].name == name && (*known)[i].value && !(*known)[i].value->is_null()) return &(*known)[i];
    return nullptr;
  };
  const KnownParameter *argv = named("argv"), *command = named("command"), *shell = named("shell");
  for (const KnownParameter* each : {argv, command, shell})
    if (each != nullptr && each->secret) return std::string(Redaction::kShown);
  const auto shown = [&](const Value& value) { return plan.redaction ? plan.redaction->value(value) : value; };
  if (command != nullptr)
    return interpreter_of(shell ? &*shell->value : nullptr) + " " + word_of(shown(*command->value));
  std::string line;
  if (argv != nullptr)
    shown(*argv->value).each_element([&](const Value& word) { line += (line.empty() ? "" : " ") + word_of(word); });
  return line;
}

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
