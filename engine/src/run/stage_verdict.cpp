#include "run/stage_verdict.hpp"

#include <fmt/format.h>

namespace ropewalk {

StageVerdict judge(const StageEnd& end) {
  const TaskCounts& tasks = end.tasks;
  if (!end.broken.empty()) return {Outcome::failed, std::string(end.broken)};
  if (!end.unlisted.empty()) return {Outcome::failed, std::string(end.unlisted)};
  if (tasks.failed != 0) return {Outcome::failed, fmt::format("{} of {} tasks failed", tasks.failed, tasks.all())};
  if (end.left != 0)
    return {Outcome::not_started,
            fmt::format("{} of {} tasks have not ended, and were left so", end.left, tasks.all())};
  if (tasks.cancelled != 0) return {Outcome::cancelled, "the run was stopped"};
  if (tasks.not_started != 0) return {Outcome::not_started, "the run was stopped"};
  if (tasks.skipped != 0 && !end.failed_upstream.empty())
    return {tasks.skipped == tasks.all() ? Outcome::skipped : Outcome::failed,
            fmt::format("{} of {} items are missing, because stage '{}' failed", tasks.skipped, tasks.all(),
                        end.failed_upstream),
            true};
  return {Outcome::succeeded};
}

}  // namespace ropewalk
