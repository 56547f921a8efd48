#pragma once
// Lets a debugger take a look before a task runs.

namespace ropewalk::host {

/// Blocks this thread until a debugger is attached to the process, however long that takes. Allows every process of
/// this user to attach, which the Yama security module otherwise allows to ancestors alone.
void wait_for_debugger();

}  // namespace ropewalk::host
