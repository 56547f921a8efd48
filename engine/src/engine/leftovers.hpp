#pragma once
// Processes that an engine has left running when it was killed. A resume ends them before it dispatches anything, so
// that no task runs twice at the same time. Reads /proc; sends signals to nothing but these processes.

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>

namespace ropewalk {

/// Waits until no host of a killed session of the run is alive. After some seconds in which the warden of the killed
/// engine has not ended them, kills them and everything else below that warden. A process counts as a host of the run
/// only if it was started by the same boot of the machine, not after the record says so, and under the name of a host:
/// a number that belongs to another process by now is ignored. R308: they are alive still, or their engine is.
Result<void> end_leftovers(const Record& record);

}  // namespace ropewalk
