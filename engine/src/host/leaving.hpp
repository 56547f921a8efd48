#pragma once
// How a host ends when nothing is left to do: as a program does that returns from main, so that what the plugin has
// buffered is written. Not for a host that ends because of an error.

#include <cstdint>

namespace ropewalk::host {

/// The program calls note_exit_handler() for everything that is registered for the end of the process. A program that
/// does not say so has such handlers.
void count_exit_handlers();
void note_exit_handler();
/// From here on handlers that are noted are those of the plugin. Before it is loaded.
void watch_exit_handlers();
/// `inside`: an address in the plugin, once it is loaded.
void note_destructors_of(const void* inside);

/// Runs the handlers of exit(), among them the destructors of the plugin's static objects. After two seconds, or where
/// they call exit() themselves, the process ends without the rest of them.
[[noreturn]] void leave(int code);
/// The same for a host whose program exits by itself: limits the time until it has, and what it does until then is no
/// task's doing.
void begin_leaving(int code);

/// The same for a host that was forked for one task. Where the plugin has registered nothing it writes what is buffered
/// in stdio and is gone: all else that exit() does copies forty pages, which is half of what such a host costs. A
/// language with a runtime of its own ends what its users see, and no more.
[[noreturn]] void leave_fork(int code);

/// What close() of all task types of a host gets together.
inline constexpr std::int64_t kCloseNs = 2'000'000'000;
/// For a host with one thread: from now on it has kCloseNs, or ends with wire::kExitCloseHangs, until it leaves.
void limit_closing();

/// Whether leave() was called: what the process does now is no task's doing.
bool is_leaving();

/// Writes what stands in the buffer of standard output, unless some thread holds it just now.
void flush_printed();

}  // namespace ropewalk::host
