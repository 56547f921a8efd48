// How a task did not succeed, in words.

#include <ropewalk/pool.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace ropewalk {

TaskError::TaskError(std::shared_ptr<const TaskFailure> failure)
    : std::runtime_error(to_string(*failure)), failure_(std::move(failure)) {}

std::string to_string(const TaskFailure& failure) {
  std::string how(outcome_name(failure.outcome));
  std::replace(how.begin(), how.end(), '_', ' ');
  const std::string at = failure.attempts > 1 ? fmt::format(" at attempt {}", failure.attempts) : "";
  return fmt::format("{}/{} {}{}: {}", failure.pool, failure.task, how, at, failure.message);
}

}  // namespace ropewalk
