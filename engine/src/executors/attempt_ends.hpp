#pragma once
// How attempts end: makes the result of an attempt of what its worker published, or of what the engine knows without
// it, and gathers it for the listener. On the engine's thread.

#include "executors/attempt_reports.hpp"
#include "executors/host_slots.hpp"
#include "executors/host_watch.hpp"
#include "executors/result_fields.hpp"
#include "executors/room_limit.hpp"
#include "executors/task_dealer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ropewalk {

class AttemptEnds {
 public:
  /// Borrows all.
  AttemptEnds(HostPool& pool, const PlannedStage& stage, HostSlots& slots, TaskDealer& dealer, const HostWatch& watch,
              RoomLimit& room_limit)
      : pool_(pool),
        stage_(stage),
        slots_(slots),
        dealer_(dealer),
        watch_(watch),
        room_limit_(room_limit),
        result_fields_(stage.type()) {}

  /// Attempts that were given to the executor and have not ended.
  std::size_t in_flight() const { return in_flight_; }
  void add_in_flight(std::size_t attempts) { in_flight_ += attempts; }
  AttemptReports& reports() { return reports_; }

  /// Whether the record says that the task could not begin for want of something that others have.
  static bool found_no_room(const board::RecordHead& head);

  /// The worker published a result or an error. `longest_ns`: see longest_since().
  void attempt(HostSlot& slot, Lane& lane, std::uint32_t worker, const board::RecordHead& head,
               std::string_view payload, std::int64_t longest_ns);
  /// There is no record of the end. `slot`: where it ran; null: nowhere. `began_ns`: 0 if it did not begin.
  void without_result(std::uint64_t task, std::uint32_t attempt, Outcome outcome, std::int32_t detail,
                      std::string_view message, const HostSlot* slot, std::uint32_t worker, std::int64_t began_ns,
                      std::string_view evidence = {});
  void attach_output(AttemptResult& ended, Lane& lane);

  /// The upper bound of every time that a host states: how long it has been there, and a second more for the difference
  /// of its clock and the engine's.
  std::int64_t longest_since(std::int64_t ns) const;
  /// The worker read its CPU clock after this attempt: the reading is shared among all since the last one, by length.
  /// Returns the reading, as far as it can be true.
  std::int64_t share_cpu(Lane& lane, const board::RecordHead& head, std::size_t first_unread, std::int64_t longest_ns);

 private:
  void otherwise(HostSlot& slot, const Lane& lane, const board::RecordHead& head, AttemptResult& ended);
  void note_failure(HostSlot& slot, const Lane& lane, const board::RecordHead& head, AttemptResult& ended);
  void hold_back();

  HostPool& pool_;
  const PlannedStage& stage_;
  HostSlots& slots_;
  TaskDealer& dealer_;
  const HostWatch& watch_;
  RoomLimit& room_limit_;
  ResultFields result_fields_;
  AttemptReports reports_;
  std::size_t in_flight_ = 0;
};

}  // namespace ropewalk
