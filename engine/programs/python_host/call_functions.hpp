#pragma once
// The functions of the module that a running task calls, by way of ropewalk.call(). Each takes the handle of a call.

#include "python.hpp"

namespace ropewalk::python {

/// Ended by an empty one.
extern PyMethodDef call_functions[];

}  // namespace ropewalk::python
