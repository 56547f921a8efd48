#pragma once
// What Python code has printed and the process has not written yet: the part of a line. A line is written at once, as C
// does it in a host, so that the order of what is written by others stays and a killed task loses no line.

#include <cstddef>
#include <string_view>

namespace ropewalk::python {

/// Adds to standard output (1) or error (2). With the lock of the interpreter. Returns 0 or an errno.
int print(int stream, std::string_view text);
/// Writes what is left of both. Any thread, with or without the lock of the interpreter.
void flush_printed();
/// In a signal handler: leaves out what another thread writes just now.
void flush_printed_dying();

}  // namespace ropewalk::python
