#include "report/tally.hpp"

#include "report/numbers.hpp"

#include <fmt/format.h>

#include <utility>

namespace ropewalk {

void Tally::started(std::span<const TaskStarted> attempts) {
  for (const TaskStarted& task : attempts) begun += task.attempt <= 1;
}

void Tally::finished(std::span<const TaskFinished> attempts) {
  for (const TaskFinished& task : attempts) {
    retried += !task.last;
    if (!task.last) continue;
    ended += task.attempt != 0;
    kept += task.kept;
    counts.add(task.outcome);
  }
}

std::string Tally::done_text() const {
  if (tasks == 0) return fmt::format("{} done", grouped(done()));
  return fmt::format("{}/{} done", grouped(done()), grouped(tasks));
}

std::uint64_t Tally::left() const { return tasks > counts.all() ? tasks - counts.all() : 0; }

std::string Tally::rest_text() const {
  std::string out;
  for (const auto& [count, what] : {std::pair(counts.failed, "failed"),
                                    {counts.skipped, "skipped"},
                                    {counts.cancelled, "cancelled"},
                                    {counts.not_started, "not started"},
                                    {retried, "retried"},
                                    {waiting, "waiting to retry"}})
    if (count != 0) out += fmt::format(", {} {}", grouped(count), what);
  return out;
}

}  // namespace ropewalk
