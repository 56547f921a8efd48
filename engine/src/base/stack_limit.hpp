#pragma once
// How much stack this process and its threads may use (RLIMIT_STACK, `ulimit -s`).

#include <cstdint>

namespace ropewalk {

inline constexpr std::uint64_t kMinStackBytes = 512 << 10;

/// Raises a limit that is too small for this program, for all threads that are started later too. False: that is not
/// allowed. First thing in main.
bool raise_stack_limit();
std::uint64_t stack_limit();

}  // namespace ropewalk
