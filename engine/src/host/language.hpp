#pragma once
// What a host does for the language of its plugin, if that has a runtime of its own: a lock, buffers, frames, an
// orderly end. A program that hosts such plugins sets it once, before it loads one. A host of compiled plugins has
// none, and pays a test of one pointer. Knows no language.

#include <atomic>
#include <cstddef>
#include <string_view>

namespace ropewalk::host {

/// All functions are set.
struct Language {
  std::size_t stack_bytes = 0;  ///< of the threads of workers; that of the process's first thread is the system's
  void (*idle)();               ///< before a worker's thread sleeps: it releases what other threads wait for
  void (*flush)();              ///< writes what the language has buffered; any thread, after a task and at the end
  /// In a signal handler of a thread that has crashed, which may do it again: writes what is buffered, and reports
  /// the frames of the language, a line each and innermost first.
  void (*flush_dying)();
  void (*report_frames)(void (*report_line)(std::string_view line));
  /// Around the fork of a process with one thread, on that thread.
  void (*before_fork)();
  void (*after_fork_in_parent)();
  void (*after_fork_in_child)();
  void (*leave_fork)();  ///< at the end of a process that was forked for one task
};

/// Null: none.
inline constinit const Language* language = nullptr;
/// Set by the language when code has printed something. The worker that is alone in its process then sends it at the
/// end of the task, however short that is, so that it belongs to the task.
inline constinit std::atomic<bool> language_printed = false;

}  // namespace ropewalk::host
