#pragma once
// `thread`: one host with a thread for each task at once, reused: many waits in one address space.

#include "executors/placement.hpp"

namespace ropewalk {

Placement place_thread(std::uint32_t workers, std::uint32_t per_host);

}  // namespace ropewalk
