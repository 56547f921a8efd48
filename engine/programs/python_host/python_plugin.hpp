#pragma once
// A Python file as a plugin of the ABI: a table of functions in C that call those of the file. Made once per process.

#include "python.hpp"

#include <ropewalk/sdk/abi.h>

namespace ropewalk::python {

/// How many task types a file may have: the ABI's functions carry no data, so each type has functions of its own.
inline constexpr std::size_t kMaxTasks = 256;

/// From what _describe.describe() returns; `name` is that of the file. False: an exception of Python is set.
bool make_plugin(PyObject* description, const char* name);
/// What make_plugin() has made.
const ropewalk_plugin* plugin_entry();

/// Gives up the functions of the file, and with them what it keeps: the interpreter can then close its files. No task
/// runs any more.
void drop_plugin();

/// Functions of Python that tasks need. Once; false: an exception is set.
bool prepare_plugin();

/// This process is a child that a task has forked: it ends where its task ends, and signals have their usual effect.
void become_child_of_task();
/// Whether the process forks hosts just now, which are no children of tasks.
void note_host_fork(bool begins);

/// The position of a field in the results of the task that runs on this thread; -1: it has none of that name.
long find_result(PyObject* name);

}  // namespace ropewalk::python
