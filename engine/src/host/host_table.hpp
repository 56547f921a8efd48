#pragma once
// The functions through which a plugin reads and writes the running attempt, as the ABI lists them. Each checks that
// its handle is that of the attempt on this thread. The `[task]` functions belong to the worker's thread, the others to
// any.

#include <ropewalk/sdk/abi.h>

namespace ropewalk::host {

/// The table without describe(). One for the process.
const ropewalk_host& host_table();

}  // namespace ropewalk::host
