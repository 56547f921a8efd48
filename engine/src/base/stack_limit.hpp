#pragma once
// The stack limit of this process and its threads (RLIMIT_STACK, `ulimit -s`).

#include <cstdint>

namespace ropewalk {

inline constexpr std::uint64_t kMinStackBytes = 512 << 10;

/// Raises a limit that is too small for this program, for this thread and all threads started later. Returns false if
/// that is not permitted. Call first in main.
bool raise_stack_limit();
std::uint64_t stack_limit();

}  // namespace ropewalk
