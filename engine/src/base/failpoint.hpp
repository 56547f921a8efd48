#pragma once
// Places at which a test makes a program die, wait or fail: ROPEWALK_FAILPOINTS=result.before_publish=kill@3,
// board.memory=err:ENOMEM. Compiled in only with the CMake option ROPEWALK_FAILPOINTS; without it the macro is the
// constant 0. Any thread, any process of ours. Knows nothing of what the places mean.
//
// An entry is name=action, with `@n` for its nth hit only and `@n+` from then on. Actions: kill (SIGKILL to this process), sleep:200ms,
// err:ENOSPC (the place fails as the system call before it would have). Hits are counted in the file that
// ROPEWALK_FAILPOINT_COUNTS names, for all processes together: or each new host would die at its third hit again.

#if ROPEWALK_FAILPOINTS

namespace ropewalk::failpoint {

/// Whether the environment names any; read before main() begins.
extern bool enabled;

/// Counts a hit and does what is due; the errno to fail with, or 0.
int hit(const char* name) noexcept;

/// Reads the environment again: for a test whose own process is to fail. No other thread may be at a failpoint.
void read_environment();

}  // namespace ropewalk::failpoint

#define ROPEWALK_FAILPOINT(name) (__builtin_expect(::ropewalk::failpoint::enabled, false) ? ::ropewalk::failpoint::hit(name) : 0)

#else

namespace ropewalk::failpoint {
constexpr int none() noexcept { return 0; }
}  // namespace ropewalk::failpoint

#define ROPEWALK_FAILPOINT(name) ::ropewalk::failpoint::none()

#endif
