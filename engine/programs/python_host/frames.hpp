#pragma once
// The frames of Python code on a thread that has crashed. Python's faulthandler writes them, in a handler of a signal
// that this process sends to itself: it is the one part of the interpreter that is meant for that moment.

#include "python.hpp"

#include <string_view>

namespace ropewalk::python {

/// Before a plugin is loaded. False: an exception of Python is set.
bool prepare_frames();
/// In a signal handler; it may fault. Reports a line per frame, innermost first, and nothing on a thread without any.
void report_frames(void (*report_line)(std::string_view line));

}  // namespace ropewalk::python
