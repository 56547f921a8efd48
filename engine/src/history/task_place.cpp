#include <ropewalk/history.hpp>

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <charconv>
#include <string>

namespace ropewalk {

Result<TaskPlace> find_task(std::string_view word, const std::vector<RecordedStage>& stages) {
  const std::size_t slash = word.rfind('/');
  const std::string_view digits = slash == word.npos ? std::string_view() : word.substr(slash + 1);
  std::uint64_t index = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (digits.empty() || error != std::errc() || stop != digits.data() + digits.size())
    return Errors(Error{codes::kBadOptionValue,
                        fmt::format("a task is named STAGE/INDEX, such as hash/17, not '{}'", escape_for_display(word)),
                        {},
                        {}});
  const std::string name(word.substr(0, slash));
  std::vector<std::string> names;
  for (const RecordedStage& stage : stages) {
    names.push_back(stage.name);
    if (stage.name != name) continue;
    if (!stage.tasks || index < *stage.tasks) return TaskPlace{stage.number, index};
    const std::string have =
        *stage.tasks == 0 ? "no tasks" : fmt::format("{}, 0 to {}", counted(*stage.tasks, "task"), *stage.tasks - 1);
    return Errors(Error{codes::kUnrecordedTask,
                        fmt::format("stage '{}' of the run has {}, and no task {}", name, have, index),
                        {},
                        {"'ropewalk show RUN' names the tasks that failed"}});
  }
  return Errors(Error{codes::kUnrecordedTask,
                      fmt::format("the run has no stage '{}'{}", escape_for_display(name), did_you_mean(name, names)),
                      {},
                      {fmt::format("its stages are: {}", at_most_ten(names))}});
}

}  // namespace ropewalk
