#pragma once
// A large result passed to another process and read there: milliseconds from "full" to "read", median of a few.

namespace ropewalk::bench {

double stream_handover_ms();  ///< forks: call it before the program has threads
double ropewalk_handover_ms();

}  // namespace ropewalk::bench
