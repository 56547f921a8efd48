#pragma once
// The seam between a stage and a program that submits its tasks one by one while it runs. Asked on the run's thread.
// The indices are those of the submissions. Nothing is asked of a task after its end.

#include "protocol/fields.hpp"

#include <ropewalk/plan.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace ropewalk {

class SubmittedTasks {
 public:
  virtual ~SubmittedTasks() = default;
  /// How many there are so far.
  virtual std::uint64_t size() const = 0;
  /// No more follow.
  virtual bool is_closed() const = 0;
  /// The stage was stopped, and takes no more than there are.
  virtual void close() = 0;

  struct Parameters {
    std::string_view encoded;                                        ///< of all positions; valid until the next call
    std::span<const std::shared_ptr<const board::Blob>> blobs = {};  ///< that they lie in; as `encoded`
    std::optional<std::int64_t> timeout_ns = {};                     ///< instead of the stage's; 0: none
  };
  virtual Parameters parameters(std::uint64_t index) = 0;
  /// Instead of the stage's; null: the stage's. Valid until the task has ended.
  virtual const Retries* retries(std::uint64_t index) const = 0;
  /// When it was submitted, in the machine's time.
  virtual std::int64_t since_ns(std::uint64_t index) const = 0;
};

}  // namespace ropewalk
