#pragma once
// Runs a program whose file-system calls are observed: one of them can fail, write less than asked, or be the last that
// the program makes. A supervisor decides about each call (seccomp user notification), so nothing has to be compiled
// into the program. Calls of the program's children and calls outside of its working folder are never disturbed.

#include "integration/program.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::test {

/// What happens to one call.
struct CallFault {
  enum class Kind : std::uint8_t { none, kill, error, half };
  Kind kind = Kind::none;
  std::string call = {};  ///< "pwrite64"
  unsigned nth = 1;       ///< of the calls of that name, from 1
  int error = 0;          ///< of Kind::error
};

struct ObservedRun {
  ProgramEnd end;
  bool reached = false;                        ///< the fault has happened
  std::string at = {};                         ///< the file of the call that it happened to
  std::map<std::string, unsigned> calls = {};  ///< made in the folder, by name
};

/// Whether this kernel lets a process decide about the calls of another.
bool can_observe_calls();

/// Runs `words` in `options.folder`, with its standard streams captured. Returns when every descendant of the program
/// has ended; a program that hangs is killed after kPatience.
ObservedRun run_observed(const std::vector<std::string>& words, const ProgramOptions& options, const CallFault& fault);

}  // namespace ropewalk::test
