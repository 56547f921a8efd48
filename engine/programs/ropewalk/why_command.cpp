#include "commands.hpp"
#include "recorded_plan.hpp"
#include "recorded_run.hpp"

#include "base/text.hpp"
#include "history/task_place.hpp"
#include "history/task_story.hpp"
#include "values/shown_value.hpp"

#include <fmt/format.h>

#include <limits>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kShownLines = 200;

}  // namespace

int why(const Options& options, Screen& screen) {
  const auto record = named_run(options);
  if (!record) return refuse(record.error(), screen);
  const auto place = find_task(options.arguments.at(1), (*record)->stages());
  if (!place) return refuse(place.error(), screen);
  const auto task = (*record)->task(place->stage, place->index);
  if (!task) return refuse(task.error(), screen);
  StoryParts parts{
      .run = (*record)->run(), .stage = (*record)->stages()[place->stage], .index = place->index, .task = *task};
  parts.whole_output = fmt::format("shown by 'ropewalk show {} --output {}'", parts.run.name,
                                   escape_for_display(options.arguments.at(1)));
  if (options.verbose > 0) parts.output_lines = std::numeric_limits<std::size_t>::max();
  const auto parameters = recorded_parameters(**record, *place, *task, options);
  if (!parameters)
    parts.parameters_problem = parameters.error().list.front().message;
  else
    for (const auto& [name, value] : *parameters) parts.parameters.emplace_back(name, to_json(readable(value)));
  std::string text;
  append_task_story(text, parts);
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
