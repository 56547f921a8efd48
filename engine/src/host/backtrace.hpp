#pragma once
// Reports the stack of a thread that was interrupted by a fatal signal, one line at a time and innermost first, so that
// a stack that cannot be walked to its end is reported up to that point:
//
//   #0 checksum.so  _ZL10parse_headPKc+0x1c
//   #1 checksum.so  _ZN8Checksum3runERN8ropewalk4CallE+0x9f
//
// Async-signal-safe, for one thread at a time. Does not know the cause or the reader. It may fault on a damaged stack;
// a handler that calls it must catch that.

#include <cstdint>
#include <string_view>
#include <ucontext.h>

namespace ropewalk::host {

/// Loads what walking would load lazily. Call it before a plugin is loaded.
void prepare_backtraces();
/// Sets an address in the plugin. The worker's frames below those of the plugin are not reported.
void note_plugin(const void* inside);

/// `aborted`: the thread raised the signal itself, and the frames of abort() are left out. `worker_frame`: where the
/// stack of the worker's own frames begins, 0: not on this thread; it separates them from those of a plugin that lies
/// in the same file. `context` is changed temporarily if the thread was interrupted at an address without code.
void report_backtrace(ucontext_t& context, bool aborted, std::uintptr_t worker_frame,
                      void (*report_line)(std::string_view line));

}  // namespace ropewalk::host
