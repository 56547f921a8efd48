#pragma once
// Reports a crash of the engine itself, with its place, as a fault of Ropewalk. The signal then ends the program, and
// the warden ends its tasks.

namespace ropewalk::cli {

/// SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP and SIGSYS write a few lines to stderr and end the program as they
/// would have. Called once, before any thread.
void report_crashes();

}  // namespace ropewalk::cli
