#pragma once
// The lock of the interpreter, as threads of this host hold it. A worker keeps it from task to task, and releases it
// before it sleeps: the interpreter itself hands it on if another thread waits for it while Python code runs.

#include <cstdint>

namespace ropewalk::python {

/// Makes this thread hold the lock. Cheap if it does.
void hold_lock();
/// Makes this thread release it, if it holds it.
void release_lock();
bool holds_lock();
/// The first thread of the process, which has the lock when it enters this library.
void note_first_thread();
bool is_first_thread();

}  // namespace ropewalk::python
