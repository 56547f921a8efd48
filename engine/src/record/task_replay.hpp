#pragma once
// The attempts of a recorded stage, sent to an observer again as tasks that finish. It copies no row and allocates
// nothing for a task that succeeded, so that a million tasks are shown in about a second.

#include "record/database.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace ropewalk::record {

/// The item of the task that is being reported.
class ItemNow final : public TaskItems {
 public:
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override;
  std::string json;  ///< empty: none
};

/// When each session began, in ns since the newest one: at most 0.
using SessionStarts = std::map<std::uint32_t, std::int64_t>;

/// Which session is told as the run.
struct ReplayedSession {
  std::uint32_t newest = 0;
  const SessionStarts& starts;
};

/// In the order of indices, each task with its last attempt last. What succeeded before the newest session was kept.
/// `number`: of the stage in the record; the observer gets `place`. `ended`: how the tasks ended. false: `database` has
/// the reason.
bool replay_tasks(Database& database, std::uint32_t number, std::uint32_t place, const ReplayedSession& session,
                  Observer& observer, ItemNow& item, TaskCounts& ended);

}  // namespace ropewalk::record
