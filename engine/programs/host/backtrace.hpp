#pragma once
// The stack of a thread that was interrupted by a fatal signal, told a line at a time and innermost first, so that a
// stack that cannot be walked to its end still gives its beginning:
//
//   #0 checksum.so  _ZL10parse_headPKc+0x1c
//   #1 checksum.so  _ZN8Checksum3runERN8ropewalk4CallE+0x9f
//
// Async-signal-safe, for one thread at a time. Knows nothing of what killed the thread or of who listens. A damaged
// stack can make it fault: whoever calls it from a handler catches that.

#include <string_view>
#include <ucontext.h>

namespace ropewalk::host {

/// Loads now what walking would load lazily. Before any plugin.
void prepare_backtraces();
/// An address in the plugin: below its frames, the worker that called it is not told.
void note_plugin(const void* inside);

/// `aborted`: it raised the signal itself, and the frames of abort() are not worth telling. `context` is changed for
/// a while if the thread was interrupted where no code is.
void report_backtrace(ucontext_t& context, bool aborted, void (*report_line)(std::string_view line));

}  // namespace ropewalk::host
