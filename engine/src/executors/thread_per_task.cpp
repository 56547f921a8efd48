#include "executors/thread_per_task.hpp"

namespace ropewalk {

Placement place_thread_per_task(std::uint32_t workers, std::uint32_t per_host) {
  return {.hosts = (workers + per_host - 1) / per_host, .workers_per_host = per_host, .thread_per_task = true};
}

}  // namespace ropewalk
