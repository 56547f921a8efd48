#pragma once
// What a process sets once, before it loads a plugin, when it is to be a host.

#include <cstdint>

namespace ropewalk::host {

/// Whether the descriptor is a socket as the engine gives one to a host.
bool is_engine_socket(int fd);

/// Signals, buffers and limits of a host. `users_descriptors` is the user's own limit of open files. Once.
void set_up_process(std::uint64_t users_descriptors);

}  // namespace ropewalk::host
