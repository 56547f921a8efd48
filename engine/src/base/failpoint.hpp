#pragma once
// Failpoints: places where a test makes a program die, wait or fail. Example:
// ROPEWALK_FAILPOINTS=result.before_publish=kill@3,board.memory=err:ENOMEM. They are compiled in only with the CMake
// option ROPEWALK_FAILPOINTS; otherwise the macro is the constant 0. Any thread of any Ropewalk process. Knows nothing
// about the meaning of the places.
//
// An entry is name=action. The suffix `@n` selects the nth hit, `@n+` the nth hit and all later ones. Actions: kill
// (SIGKILL to this process), sleep:200ms, err:ENOSPC (the place fails as if its last system call had failed with that
// errno). Hits are counted across all processes in the file named by ROPEWALK_FAILPOINT_COUNTS. Otherwise each new host
// would die again at its own third hit.

#if ROPEWALK_FAILPOINTS

namespace ropewalk::failpoint {

/// Whether the environment sets any failpoint. Initialised before main() begins.
extern bool enabled;

/// Counts a hit and performs the action that is due. Returns the errno to fail with, or 0.
int hit(const char* name) noexcept;

/// Reads the environment again, for a test that makes its own process fail. No other thread may be at a failpoint.
void read_environment();

}  // namespace ropewalk::failpoint

#define ROPEWALK_FAILPOINT(name) \
  (__builtin_expect(::ropewalk::failpoint::enabled, false) ? ::ropewalk::failpoint::hit(name) : 0)

#else

namespace ropewalk::failpoint {
constexpr int none() noexcept { return 0; }
}  // namespace ropewalk::failpoint

#define ROPEWALK_FAILPOINT(name) ::ropewalk::failpoint::none()

#endif
