#pragma once
// The type behind Python's executors and ropewalk.TaskPool: an engine with one pool, owned by the thread that calls
// wait(). Every other call may be made on any thread, and returns at once. Nothing here waits with the GIL.

#include "python.hpp"

namespace ropewalk::python {

/// Makes the type and adds it to the module. False: a Python error.
bool add_task_pool_type(PyObject* module);

}  // namespace ropewalk::python
