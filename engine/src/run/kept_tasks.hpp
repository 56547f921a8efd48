#pragma once
// The seam between a run and what an earlier session of it has done. Asked on the run's thread, before a task is
// dispatched.

#include <ropewalk/events.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ropewalk {

/// What a resumed run does with a task.
struct KeptTask {
  enum class Verdict : std::uint8_t {
    runs,
    kept,  ///< it has succeeded, and need not run again
    left,  ///< it has not ended, and does not run in this session either
  };
  Verdict verdict = Verdict::runs;
  Value fields = {};                       ///< kept: its result, a map of its fields
  Outcome outcome = Outcome::not_started;  ///< left: how it stays; no failure
  std::string message = {};                ///< left: why
};

class KeptTasks {
 public:
  virtual ~KeptTasks() = default;
  /// Once for each task, with the key that it has now (none: it can have no key) and the files that it declares. Those
  /// that it reads have been looked at.
  virtual KeptTask find(std::uint32_t stage, std::uint64_t index, std::optional<std::uint64_t> key,
                        std::span<const TaskFile> files) = 0;
  /// A task that find() has kept runs after all: its result is none that its task type has.
  virtual void refused(std::uint32_t /*stage*/, std::uint64_t /*index*/) {}
};

}  // namespace ropewalk
