#include "executors/thread_per_task.hpp"

namespace ropewalk {

Placement place_thread_per_task(std::uint32_t workers, std::uint32_t) {
  return {.hosts = 1, .workers_per_host = workers, .thread_per_task = true};
}

}  // namespace ropewalk
