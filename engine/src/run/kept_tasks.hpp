#pragma once
// The seam between a run and what an earlier session of it has done. Asked on the run's thread, before a task is
// dispatched.

#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>

namespace ropewalk {

class KeptTasks {
 public:
  virtual ~KeptTasks() = default;
  /// The result, as a map of its fields, of a task that has succeeded with the same key; nothing: it runs.
  virtual std::optional<Value> result(std::uint32_t stage, std::uint64_t index, std::uint64_t key) = 0;
};

}  // namespace ropewalk
