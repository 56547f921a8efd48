#include "history/record_at.hpp"

#include <map>
#include <string>
#include <utility>

namespace ropewalk {

Result<std::unique_ptr<RecordAt>> RecordAt::open(const Record& record, std::uint32_t session) {
  std::unique_ptr<RecordAt> at(new RecordAt(record, session));
  auto setup = record.setup(session);
  if (!setup) return setup.error();
  at->setup_ = std::move(*setup);
  at->run_ = record.run();
  std::erase_if(at->run_.sessions, [&](const RecordedSession& each) { return each.number > session; });
  std::map<std::string, std::uint32_t> numbers;
  for (const auto* stages : {&record.stages(), &record.gone_stages()})
    for (const RecordedStage& stage : *stages) numbers.emplace(stage.name, stage.number);
  for (const RecordedStage& stage : at->setup_.stages) at->numbers_.push_back(numbers.at(stage.name));
  return Result<std::unique_ptr<RecordAt>>(std::move(at));
}

Result<void> RecordAt::visit_attempts(std::uint32_t stage,
                                      const std::function<void(const RecordedAttempt&)>& visit) const {
  return record_.visit_attempts(numbers_.at(stage), [&](const RecordedAttempt& attempt) {
    if (attempt.session <= session_) visit(attempt);
  });
}

Result<RecordedTask> RecordAt::task(std::uint32_t stage, std::uint64_t index) const {
  auto task = record_.task(numbers_.at(stage), index);
  if (!task) return task.error();
  std::erase_if(task->attempts, [&](const RecordedAttempt& attempt) { return attempt.session > session_; });
  return task;
}

}  // namespace ropewalk
