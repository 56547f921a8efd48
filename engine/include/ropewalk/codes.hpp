#pragma once
// The codes of all mistakes that Ropewalk explains. A code is a contract: it is never reused for something else.
// W1xx: the file and its YAML. W2xx: names and values in it. W3xx: expressions. P: plugins. C: the command line.
// R: what can only be seen when it runs.

namespace ropewalk::codes {

// --- W: the workflow ---

// --- P: plugins ---

// --- C: the command line ---

// --- R: running ---
inline constexpr const char* kNoWarden = "R101";        // the warden cannot be started
inline constexpr const char* kNoHost = "R102";          // a host cannot be started
inline constexpr const char* kNoBoardMemory = "R103";   // no memory for a board

}  // namespace ropewalk::codes
