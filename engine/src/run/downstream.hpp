#pragma once
// A stage that streams from another one, as that one sees it.

#include <ropewalk/events.hpp>

#include <cstdint>
#include <vector>

namespace ropewalk {

/// Hears of its upstream stage, on the run's thread.
class Downstream {
 public:
  virtual ~Downstream() = default;
  /// The upstream has so many tasks now, more than before.
  virtual void upstream_grew(std::uint64_t tasks) = 0;
  /// All tasks of the upstream are known.
  virtual void upstream_listed() = 0;
  /// A task of the upstream has ended. Once a task.
  virtual void upstream_task_ended(std::int64_t now_ns, std::uint64_t index, Outcome outcome) = 0;
};

/// Borrowed; in the order in which they started.
using Downstreams = std::vector<Downstream*>;

}  // namespace ropewalk
