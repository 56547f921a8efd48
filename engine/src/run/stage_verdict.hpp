#pragma once
// How a stage ended, decided from how its tasks ended and from what kept it from continuing. A pure table.

#include <ropewalk/events.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

struct StageVerdict {
  Outcome outcome = Outcome::not_started;
  std::string why = {};  ///< empty if it succeeded
  bool starved = false;  ///< the failure is its upstream's: it did not get all of its items
};

/// A stage whose tasks have all ended.
struct StageEnd {
  TaskCounts tasks;
  std::uint64_t left = 0;          ///< of them: not started, because this session of the run leaves them as they are
  std::string_view broken = {};    ///< why it could not continue, through no fault of its tasks; empty: it could
  std::string_view unlisted = {};  ///< why the list of its items ended early; empty: it did not
  std::string_view late = {};      ///< which deadline passed before its tasks had ended; empty: none did
  bool own_deadline = false;       ///< its own, which is a failure; else that of the run, which stops it
  std::string_view failed_upstream = {};  ///< the stage that it streams from, if that failed and its failures count
};

/// The first reason that holds, in the order of StageEnd; then failed tasks, a deadline, the stop of the run, missing
/// items.
StageVerdict judge(const StageEnd& end);

}  // namespace ropewalk
