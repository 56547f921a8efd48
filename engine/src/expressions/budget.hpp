#pragma once
// What evaluating expressions may cost: a few characters can ask for more time and memory than there is. Counts work
// and bytes, never time, so that the same expressions end the same way on every machine. One thread.

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
  /// An element that is made, compared, added or copied is a step, and so are a few bytes of text: about 10 ns each.
  static constexpr std::uint64_t kMaxSteps = 10'000'000;
  /// Bytes of the texts and lists that functions make.
  static constexpr std::uint64_t kMaxBytes = 64u << 20;
  /// The same for everything that is evaluated, copied and expanded to make one plan.
  static constexpr std::uint64_t kPlanSteps = 10'000'000, kPlanBytes = 32u << 20;

  /// Of one evaluation while a stage runs.
  explicit Budget(std::uint64_t max_steps = kMaxSteps, std::uint64_t max_bytes = kMaxBytes)
      : max_steps_(max_steps), max_bytes_(max_bytes) {}
  /// Of one plan of a workflow of so many bytes, its params included: each of these may be read a few times.
  static Budget of_plan(std::uint64_t bytes);

  /// False: that was too much, and `problem` says so.
  bool spend(std::uint64_t steps, std::string& problem);
  /// For text that is looked at byte by byte, and for text that is searched for another.
  bool scan(std::uint64_t bytes, std::string& problem) { return spend(bytes / kBytesScanned + 1, problem); }
  bool search(std::uint64_t bytes, std::string& problem) { return spend(bytes / kBytesSearched + 1, problem); }
  /// For what has been made.
  bool make(std::uint64_t bytes, std::string& problem);
  /// Whether so many bytes more can be made: to be asked while they grow.
  bool has_room(std::uint64_t bytes, std::string& problem);
  /// For what was read from outside: work on it may be in proportion to it. A plan, which may read the same often, pays
  /// instead.
  void grant(std::uint64_t bytes) { granted_steps_ += bytes; }

  std::uint64_t steps() const { return steps_; }
  std::uint64_t bytes() const { return bytes_; }
  bool is_of_plan() const { return of_plan_; }
  /// Something was too much; for a plan the end of all evaluation.
  bool is_spent() const { return spent_; }
  /// True once: for the one diagnostic that reports it.
  bool first_report() { return !std::exchange(reported_, true); }

 private:
  static constexpr std::uint64_t kBytesSearched = 2, kBytesMade = 8, kBytesScanned = 8;  // to a step

  std::uint64_t max_steps_, max_bytes_;
  std::uint64_t steps_ = 0, bytes_ = 0, granted_steps_ = 0, granted_bytes_ = 0;
  bool of_plan_ = false, spent_ = false, reported_ = false;
};

/// Reports once that a plan's budget is spent. `what` is what was made when it was; empty: the place says it.
void report_costs(Budget& budget, Diagnostics& diagnostics, Place place, std::string_view what,
                  std::string_view problem);

/// The bytes of a value in memory, roughly. What values or processes share is not copied, so it counts as nothing.
std::size_t footprint(const Value& value);
/// The same with what is shared, and with the elements of a range: what looking at all of it costs.
std::size_t extent(const Value& value);

}  // namespace ropewalk
