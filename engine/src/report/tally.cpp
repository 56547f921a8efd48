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
    if (!task.last) continue;
    ended += task.attempt != 0;
    skipped += task.outcome == Outcome::skipped;
    cancelled += task.outcome == Outcome::cancelled;
    not_started += task.outcome == Outcome::not_started;
    failed += is_failure(task.outcome);
    done += task.outcome == Outcome::succeeded || is_failure(task.outcome);
  }
}

std::string Tally::done_text() const {
  return tasks == 0 ? fmt::format("{} done", grouped(done)) : fmt::format("{}/{} done", grouped(done), grouped(tasks));
}

std::uint64_t Tally::left() const {
  const std::uint64_t over = done + skipped + cancelled + not_started;
  return tasks > over ? tasks - over : 0;
}

std::string Tally::rest_text() const {
  std::string out;
  for (const auto& [count, what] : {std::pair(failed, "failed"), {skipped, "skipped"}, {cancelled, "cancelled"}, {not_started, "not started"}, {waiting, "waiting to retry"}})
    if (count != 0) out += fmt::format(", {} {}", grouped(count), what);
  return out;
}

}  // namespace ropewalk
