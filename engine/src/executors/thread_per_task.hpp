#pragma once
// `thread-per-task`: one host, and a new thread for each task: the textbook way, here to be compared.

#include "executors/placement.hpp"

namespace ropewalk {

Placement place_thread_per_task(std::uint32_t workers, std::uint32_t per_host);

}  // namespace ropewalk
