#pragma once
// The words and numbers between which a workflow chooses. The planner checks against them, and the JSON Schema is made
// of them.

#include "base/word_table.hpp"

#include <ropewalk/plan.hpp>

#include <optional>
#include <string_view>

#include <cstdint>

namespace ropewalk {

inline constexpr unsigned kMaxWorkers = 4096;
/// To so many workers `executor: auto` with `workers: auto` may go if tasks wait.
inline constexpr unsigned kAutoWorkersPerCore = 16, kMaxAutoWorkers = 256;
constexpr unsigned max_workers_of_auto(unsigned cores) {
  const unsigned wanted = cores < kMaxAutoWorkers ? cores * kAutoWorkersPerCore : kMaxAutoWorkers;
  return wanted < kMaxAutoWorkers ? wanted : kMaxAutoWorkers;
}
inline constexpr std::int64_t kMaxRetries = 1000;
inline constexpr double kMaxBackoff = 1000;

WordTable<OnError> on_error_words();
WordTable<OnDrift> drift_words();  ///< OnDrift::learn has none: it is what a stage does without the key
WordTable<After> after_words();
WordTable<FileCheck> file_check_words();
WordTable<RetryKind> retry_kind_words();

/// "10", or "5%" of all tasks. Nothing: it is neither, or out of range.
std::optional<FailureLimit> failure_limit(std::string_view text);

}  // namespace ropewalk
