#pragma once
// STAGE/INDEX, as messages name a task, and the task of a run that it means. Pure; any thread.

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace ropewalk {

struct TaskPlace {
  std::uint32_t stage = 0;  ///< its place in the plan
  std::uint64_t index = 0;
};

/// Error C104: `word` is not of this form. C118: the run has no such stage, with the nearest name, or no such index.
Result<TaskPlace> find_task(std::string_view word, const std::vector<RecordedStage>& stages);

}  // namespace ropewalk
