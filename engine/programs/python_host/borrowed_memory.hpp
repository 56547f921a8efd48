#pragma once
// Memory of the host as Python sees it during a task. Views of it are released when the task ends. Objects that still
// use it then, such as an array of numpy, are found out. Used with the lock of the interpreter.

#include "python.hpp"

namespace ropewalk::python {

/// Once; false: an exception of Python is set.
bool prepare_borrowed_memory();
/// A new memoryview, which is released at the end of the task that runs on this thread. Null: an exception is set.
PyObject* borrowed_memory(char* data, Py_ssize_t size, bool writable);
/// Whether release_borrowed_memory() has something to do.
bool has_borrowed_memory();
/// False: something that outlives the task still uses it.
bool release_borrowed_memory();

}  // namespace ropewalk::python
