#pragma once
// What the engine says when it crashes itself: that it is its own fault and where. Then it dies of the signal; the
// warden ends what it ran.

namespace ropewalk::cli {

/// SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP and SIGSYS write a few lines to stderr and end the program as they
/// would have. Called once, before any thread.
void report_crashes();

}  // namespace ropewalk::cli
