#include "executors/attempt_reports.hpp"

#include <span>

namespace ropewalk {

void AttemptReports::share_cpu(std::size_t first, std::int64_t used_ns) {
  const std::span<AttemptResult> all = std::span(ended_).subspan(first);
  double total = 0;
  for (const AttemptResult& one : all) total += static_cast<double>(one.run_ns);
  const double a_ns = total > 0 ? static_cast<double>(used_ns) / total : 0;
  for (AttemptResult& one : all)
    one.cpu_ns = total > 0 ? static_cast<std::int64_t>(a_ns * static_cast<double>(one.run_ns))
                           : used_ns / static_cast<std::int64_t>(all.size());
}

std::int64_t AttemptReports::lend_cpu(std::size_t first) {
  std::int64_t sum = 0;
  for (std::size_t i = first; i < ended_.size(); ++i) sum += ended_[i].cpu_ns = ended_[i].run_ns;
  return sum;
}

void AttemptReports::flush(ExecutorListener& listener) {
  if (!started_.empty()) listener.started(started_), started_.clear();
  if (!ended_.empty()) listener.ended(ended_), ended_.clear(), blobs_.clear(), outputs_.clear();
  arena_.clear();
}

}  // namespace ropewalk
