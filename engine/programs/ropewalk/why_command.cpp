#include "commands.hpp"
#include "recorded_plan.hpp"
#include "recorded_run.hpp"

#include "base/text.hpp"
#include "history/record_at.hpp"
#include "history/task_differences.hpp"
#include "history/task_story.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/history.hpp>

#include <fmt/format.h>

#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk::cli {
namespace {

/// What an attempt was made of, by the workflow and the params of its session.
AttemptInputs inputs_of(const Record& record, const RecordedStage& stage, const RecordedAttempt& attempt,
                        const RecordedTask& task, const Options& options) {
  AttemptInputs inputs;
  for (const RecordedFile& file : task.files)
    if (file.attempt == attempt.attempt) inputs.files.push_back(file);
  const auto at = RecordAt::open(record, attempt.session);
  if (!at) return inputs.problem = at.error().list.front().message, inputs;
  for (const RecordedStage& each : (*at)->stages())
    if (each.name == stage.name) inputs.stage = each;
  if (inputs.stage.name.empty()) return inputs.problem = "the session has no stage of this name", inputs;
  RecordedTask then = task;
  std::erase_if(then.attempts, [&](const RecordedAttempt& each) { return each.attempt > attempt.attempt; });
  const auto parameters = recorded_parameters(**at, {inputs.stage.number, attempt.index}, then, options);
  if (!parameters) return inputs.problem = parameters.error().list.front().message, inputs;
  for (const auto& [name, value] : *parameters) inputs.parameters.emplace_back(name, to_json(readable(value)));
  return inputs;
}

/// Why each attempt ran that followed a success in an earlier session.
std::map<std::uint32_t, std::vector<std::string>> differences_of(const Record& record, const RecordedStage& stage,
                                                                 const RecordedTask& task, const Options& options) {
  std::map<std::uint32_t, std::vector<std::string>> all;
  for (std::size_t i = 1; i < task.attempts.size(); ++i) {
    const RecordedAttempt &before = task.attempts[i - 1], &attempt = task.attempts[i];
    if (before.session == attempt.session || before.outcome != Outcome::succeeded) continue;
    all[attempt.attempt] =
        differences(inputs_of(record, stage, before, task, options), inputs_of(record, stage, attempt, task, options));
  }
  return all;
}

std::set<std::uint32_t> sessions_with(const Record& record, const std::string& stage) {
  std::set<std::uint32_t> sessions;
  for (const RecordedSession& session : record.run().sessions) {
    const auto setup = record.setup(session.number);
    if (!setup) continue;
    for (const RecordedStage& each : setup->stages)
      if (each.name == stage && each.started_ns != 0) sessions.insert(session.number);
  }
  return sessions;
}

}  // namespace

int why(const Options& options, Screen& screen) {
  const auto record = named_run(options);
  if (!record) return refuse(record.error(), screen);
  std::vector<RecordedStage> stages = (*record)->stages();
  stages.insert(stages.end(), (*record)->gone_stages().begin(), (*record)->gone_stages().end());
  const auto place = find_task(options.arguments.at(1), stages);
  if (!place) return refuse(place.error(), screen);
  const auto task = (*record)->task(place->stage, place->index);
  if (!task) return refuse(task.error(), screen);
  StoryParts parts{.run = (*record)->run(), .stage = stages[place->stage], .index = place->index, .task = *task};
  parts.whole_output = fmt::format("shown by 'ropewalk show {} --output {}'", parts.run.name,
                                   escape_for_display(options.arguments.at(1)));
  if (options.verbose > 0) parts.output_lines = std::numeric_limits<std::size_t>::max();
  parts.differences = differences_of(**record, parts.stage, *task, options);
  parts.started_in = sessions_with(**record, parts.stage.name);
  const auto& sessions = (*record)->run().sessions;
  const RecordedAttempt planned{.index = place->index, .session = sessions.empty() ? 0 : sessions.back().number};
  AttemptInputs inputs =
      inputs_of(**record, parts.stage, task->attempts.empty() ? planned : task->attempts.back(), *task, options);
  parts.parameters = std::move(inputs.parameters);
  parts.parameters_problem = std::move(inputs.problem);
  std::string text;
  append_task_story(text, parts);
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
