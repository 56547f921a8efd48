#pragma once
// The CPU time of everything on this machine that is not this program and its descendants, so that a measurement can
// report that something else has run. Any thread.

namespace ropewalk::cli {

/// Seconds since an unknown moment, of all other processes and of what a hypervisor has taken. Compare two calls. A
/// process that ends in between without a parent that waits for it is missed. 0 if /proc cannot be read.
double other_cpu_s();

}  // namespace ropewalk::cli
