#include "run/task_table.hpp"

#include <array>

namespace ropewalk {

std::string_view task_state_name(TaskState state) {
  constexpr std::array<std::string_view, kTaskStates> kNames = {"pending", "ready", "dispatched", "waiting", "ended"};
  return kNames[static_cast<std::size_t>(state)];
}

void TaskTable::grow(std::uint64_t tasks, TaskState state) {
  assert(state == TaskState::pending || state == TaskState::ready);
  assert(tasks >= size());
  states_.grow(tasks, state);
}

}  // namespace ropewalk
