#pragma once
// How a stage with `executor: auto` was carried out, and why. Plain values: made while the stage runs, recorded, and
// shown by the summary, --json and reports. docs/auto.md explains how the choice is made.

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

/// What was measured of the attempts of a stage that ran in one mode: an executor with a number of workers.
struct ModeEvidence {
  std::string executor = {};   ///< "thread", "process" or "process-per-task"
  std::uint32_t workers = 0;   ///< concurrent tasks
  std::uint64_t attempts = 0;  ///< that ran in this mode
  std::uint64_t died = 0;      ///< of them: that ended their process, or whose process ended while they ran
  double run_s = 0;            ///< the sum of their run times, in seconds
  double cpu_s = 0;            ///< the sum of their CPU times, in seconds
  std::uint64_t bytes = 0;     ///< of their parameters and results, encoded

  /// Compares all fields.
  bool operator==(const ModeEvidence&) const = default;
};

/// The mode that a stage ran in at its end.
struct AutoChoice {
  std::string executor = {};             ///< "thread", "process" or "process-per-task"
  std::uint32_t workers = 0;             ///< concurrent tasks
  std::string why = {};                  ///< for a person, in one line
  bool remembered = false;               ///< as in an earlier run of the stage, without canaries
  std::vector<ModeEvidence> modes = {};  ///< in which tasks of the stage ran, in the order in which they were tried

  /// Compares all fields.
  bool operator==(const AutoChoice&) const = default;
};

}  // namespace ropewalk
