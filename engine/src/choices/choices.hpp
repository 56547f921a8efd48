#pragma once
// The words and numbers between which a workflow chooses. The planner checks against them, and the JSON Schema is made of
// them.

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk {

inline constexpr unsigned kMaxWorkers = 4096;
inline constexpr std::int64_t kMaxRetries = 1000;
inline constexpr double kMaxBackoff = 1000;

const std::vector<std::string>& executor_names();
const std::vector<std::string>& on_error_names();    ///< as OnError
const std::vector<std::string>& drift_names();       ///< as OnDrift, without learn
const std::vector<std::string>& after_names();       ///< as After
const std::vector<std::string>& retry_kind_names();  ///< as RetryKind

}  // namespace ropewalk
