#include "executors/process_per_task.hpp"

namespace ropewalk {

Placement place_process_per_task(std::uint32_t workers, std::uint32_t) {
  return {.hosts = workers, .workers_per_host = 1, .host_per_task = true};
}

}  // namespace ropewalk
