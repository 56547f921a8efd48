#pragma once
// Limits the cost of evaluating expressions: a few characters can request more time and memory than the machine has.
// Counts steps and bytes, never time, so that the same expressions have the same outcome on every machine. One thread.

#include "workflow/diagnostics.hpp"

#include <ropewalk/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ropewalk {

class Budget {
 public:
  /// One step is an element that is made, compared, added or copied, or a few bytes of text: about 10 ns.
  static constexpr std::uint64_t kMaxSteps = 10'000'000;
  /// Bytes of the texts and lists that functions create.
  static constexpr std::uint64_t kMaxBytes = 64u << 20;
  /// The limits for everything that is evaluated, copied and expanded to make one plan.
  static constexpr std::uint64_t kPlanSteps = 10'000'000, kPlanBytes = 32u << 20;

  /// Of one evaluation while a stage runs.
  explicit Budget(std::uint64_t max_steps = kMaxSteps, std::uint64_t max_bytes = kMaxBytes)
      : max_steps_(max_steps), max_bytes_(max_bytes) {}
  /// The budget of a plan. `bytes` is the size of the workflow with its params; each byte may be read a few times.
  static Budget of_plan(std::uint64_t bytes);

  /// Returns false and sets `problem` if the budget is exceeded.
  bool spend(std::uint64_t steps, std::string& problem);
  /// For text that is scanned byte by byte, and for text that is searched for another text.
  bool scan(std::uint64_t bytes, std::string& problem) { return spend(bytes / kBytesScanned + 1, problem); }
  bool search(std::uint64_t bytes, std::string& problem) { return spend(bytes / kBytesSearched + 1, problem); }
  /// For what has been made.
  bool make(std::uint64_t bytes, std::string& problem);
  /// Whether that many more bytes can be created; call it while a value grows.
  bool has_room(std::uint64_t bytes, std::string& problem);
  /// Raises the limits for a value that was read from outside, in proportion to its size. A plan may read the same
  /// value often, so for a plan the value is charged instead.
  void grant(std::uint64_t bytes) { granted_steps_ += bytes; }

  std::uint64_t steps() const { return steps_; }
  std::uint64_t bytes() const { return bytes_; }
  bool is_of_plan() const { return of_plan_; }
  /// Whether the budget was exceeded. A plan then evaluates nothing more.
  bool is_spent() const { return spent_; }
  /// Returns true once, for the diagnostic that reports it.
  bool first_report() { return !std::exchange(reported_, true); }

 private:
  static constexpr std::uint64_t kBytesSearched = 2, kBytesMade = 8, kBytesScanned = 8;  // to a step

  std::uint64_t max_steps_, max_bytes_;
  std::uint64_t steps_ = 0, bytes_ = 0, granted_steps_ = 0, granted_bytes_ = 0;
  bool of_plan_ = false, spent_ = false, reported_ = false;
};

/// Reports once that a plan's budget is exceeded. `what` was being made then; if it is empty, the place says enough.
void report_costs(Budget& budget, Diagnostics& diagnostics, Place place, std::string_view what,
                  std::string_view problem);

/// The approximate size of a value in memory. Shared elements are not copied and count as nothing.
std::size_t footprint(const Value& value);
/// The same with shared elements and the elements of a range: the cost of visiting all of the value.
std::size_t extent(const Value& value);

}  // namespace ropewalk
