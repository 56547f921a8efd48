#pragma once
// The cores of the machine that this process may use. usable_cores(), in ropewalk/plan.hpp, applies the quota of its
// control groups as well. Any thread.

namespace ropewalk {

/// The number of cores in the affinity mask of this process (taskset, cpuset); at least 1.
unsigned affinity_cores();

}  // namespace ropewalk
