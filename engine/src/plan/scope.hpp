#pragma once
// The values that an expression can read when it is evaluated. Borrows everything.

#include <ropewalk/value.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace ropewalk {

/// How a stage ended.
struct StageFacts {
  std::string_view outcome;  ///< "succeeded", "failed", ...
  std::uint64_t tasks = 0, succeeded = 0, failed = 0;
};

/// A task that has failed for good.
struct StageFailure {
  std::uint64_t index;
  const Value* item;  ///< null: its stage has no `foreach`, or the item never came
  std::string_view outcome, message;
};

/// The results of earlier stages of the run.
class StageResults {
 public:
  virtual ~StageResults() = default;
  /// Calls `visit` for each succeeded task of the stage, by ascending index. The value is a map of its result fields.
  virtual void visit(std::uint32_t stage,
                     const std::function<void(std::uint64_t index, const Value&)>& visit) const = 0;
  /// Calls `visit` for each failed task of the stage, by ascending index. What it is given is valid during the call.
  virtual void visit_failures(std::uint32_t stage, const std::function<void(const StageFailure&)>& visit) const = 0;
  /// The stage must have ended.
  virtual StageFacts facts(std::uint32_t stage) const = 0;
};

/// How the attempt before ended.
struct PreviousAttempt {
  std::string_view outcome, message;
  std::optional<std::int32_t> exit_code = {};  ///< of its process, or of a program that it ran
};

struct Scope {
  const Map& params;
  const StageResults* results = nullptr;  ///< null if no stage can be read
  const Value* item = nullptr;            ///< null outside of a task
  std::uint64_t index = 0;
  const Map* vars = nullptr;      ///< null if there are none
  const Value* result = nullptr;  ///< of the task itself; null before it has succeeded
  std::string_view run_id = {};
  std::uint32_t attempt = 1;                  ///< of the task, from 1
  const PreviousAttempt* previous = nullptr;  ///< null: the attempt is the first
};

}  // namespace ropewalk
