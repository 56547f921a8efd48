#pragma once
// What a host may use, held by the host itself: RLIMIT_DATA and RLIMIT_FSIZE. A task that wants to can lift them; they
// are there for accidents. What has to hold against intent is held from outside, by the engine's looks and the warden.

#include <cstdint>

namespace ropewalk::host {

/// Once, before anything is forked: a forked process has it then, and need not write to the page where it is kept.
void watch_for_refusals();

/// 0: no limit. Once, before the first task.
void apply_limits(std::uint64_t memory_bytes, std::uint64_t file_bytes);

/// Whether, and why, C++ was refused memory since the last call, in any thread; forgets it.
enum class Refusal : std::uint8_t { none, by_system, by_limit };
Refusal memory_was_refused();
/// The same was noticed by a language, whose tasks fail without an exception of C++. Only a limit counts: without one a
/// task may have asked for what no machine has.
void note_refused_memory();

/// Whether the limit leaves room for so much shared memory, which RLIMIT_DATA does not see. What does not fit counts as
/// refused.
bool memory_may_grow_by(std::uint64_t bytes);

/// While it lives the limit of files is lifted, for memfds and files of the host's own. One at a time in a process, and
/// none in the same thread: another's end must not bring the limit back too early.
class FileLimitLifted {
 public:
  FileLimitLifted();
  ~FileLimitLifted();
  FileLimitLifted(const FileLimitLifted&) = delete;
  FileLimitLifted& operator=(const FileLimitLifted&) = delete;
};

}  // namespace ropewalk::host
