// The part of BoardExecutor that ends slots: retires them, asks their hosts to end, kills them. slot_life.hpp draws the
// states.

#include "executors/board_executor.hpp"

#include <algorithm>

namespace ropewalk {

/// All that its workers have not begun; a stop has taken that already.
void BoardExecutor::take_all_back(HostSlot& slot) {
  if (halted_) return;
  for (Lane& lane : slot.lanes) take_back(lane);
}

void BoardExecutor::take_back(Lane& lane) {
  lane.dealer->take_back(lane.dealer->in_flight(), [&](const board::Item& item, std::string_view params) {
    backlog_.put_back(waiting(item, params), AttemptState::dealt, AttemptState::queued);
  });
}

/// It ends when the tasks that run in it now have ended; the rest of its work goes to others.
void BoardExecutor::retire(HostSlot& slot) {
  if (!slot.life.retire(pool_.now_ns())) return;
  take_all_back(slot);
  end_if_idle(slot);
}

void BoardExecutor::end_if_idle(HostSlot& slot) {
  if (slot.life.state() != SlotState::retiring || slot.host->dead() || !slot.idle()) return;
  slot.life.move(SlotState::ending, pool_.now_ns());
  slot.host->end();
}

void BoardExecutor::kill(HostSlot& slot, DeathCause why) {
  if (slot.cause != DeathCause::unknown) return;
  slot.cause = why;
  const bool began =
      std::any_of(slot.lanes.begin(), slot.lanes.end(), [](const Lane& lane) { return lane.dealer->begun() != 0; });
  if (why == DeathCause::standstill && !began) pool_.kill_zygote_of(*slot.host);
  kill_now(slot);
}

void BoardExecutor::kill_now(HostSlot& slot) {
  if (!slot.life.kill(pool_.now_ns())) return;
  pool_.kill(*slot.host);
}

}  // namespace ropewalk
