#include "run/stage_verdict.hpp"

#include <fmt/format.h>

namespace ropewalk {

StageVerdict judge(const StageEnd& end) {
  const TaskCounts& tasks = end.tasks;
  if (!end.broken.empty()) return {Outcome::failed, std::string(end.broken)};
  if (!end.unlisted.empty()) return {Outcome::failed, std::string(end.unlisted)};
  const std::uint64_t unended = tasks.cancelled + tasks.not_started;
  const std::string late = end.late.empty() || unended == 0
                               ? std::string()
                               : fmt::format("{}: {} of {} tasks had not ended", end.late, unended, tasks.all());
  if (tasks.failed != 0)
    return {Outcome::failed,
            fmt::format("{} of {} tasks failed{}{}", tasks.failed, tasks.all(), late.empty() ? "" : ", and ", late)};
  if (end.left != 0)
    return {Outcome::not_started,
            fmt::format("{} of {} tasks have not ended, and were left so", end.left, tasks.all())};
  if (!late.empty() && end.own_deadline) return {Outcome::failed, late};
  const std::string stopped = late.empty() ? "the run was stopped" : late;
  if (tasks.cancelled != 0) return {Outcome::cancelled, stopped};
  if (tasks.not_started != 0) return {Outcome::not_started, stopped};
  if (tasks.skipped != 0 && !end.failed_upstream.empty())
    return {tasks.skipped == tasks.all() ? Outcome::skipped : Outcome::failed,
            fmt::format("{} of {} items are missing, because stage '{}' failed", tasks.skipped, tasks.all(),
                        end.failed_upstream),
            true};
  return {Outcome::succeeded};
}

}  // namespace ropewalk
