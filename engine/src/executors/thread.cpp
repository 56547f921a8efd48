#include "executors/thread.hpp"

namespace ropewalk {

Placement place_thread(std::uint32_t workers, std::uint32_t per_host) {
  return {.hosts = (workers + per_host - 1) / per_host, .workers_per_host = per_host};
}

}  // namespace ropewalk
