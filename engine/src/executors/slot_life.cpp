#include "executors/slot_life.hpp"

#include <cassert>

namespace ropewalk {
namespace {

constexpr std::uint8_t bit(SlotState state) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(state)); }

/// The arrows that leave a state.
constexpr std::uint8_t arrows_from(SlotState state) {
  using enum SlotState;
  constexpr std::uint8_t kDeath = bit(killed) | bit(dead);
  switch (state) {
    case starting: return bit(working) | bit(resting) | bit(retiring) | kDeath;
    case working: return bit(resting) | bit(retiring) | kDeath;
    case resting: return bit(starting) | bit(working) | bit(retiring) | kDeath;
    case retiring: return bit(ending) | kDeath;
    case ending: return kDeath;
    case killed: return bit(dead);
    case dead: return 0;
  }
  return 0;
}

}  // namespace

std::string_view name_of(SlotState state) {
  switch (state) {
    case SlotState::starting: return "starting";
    case SlotState::working: return "working";
    case SlotState::resting: return "resting";
    case SlotState::retiring: return "retiring";
    case SlotState::ending: return "ending";
    case SlotState::killed: return "killed";
    case SlotState::dead: return "dead";
  }
  return "?";
}

bool may_move(SlotState from, SlotState to) { return (arrows_from(from) & bit(to)) != 0; }

void SlotLife::move(SlotState to, std::int64_t now_ns) {
  assert(may_move(state_, to));
  state_ = to;
  entered_ns_[static_cast<std::size_t>(to)] = now_ns;
}

bool SlotLife::try_move(SlotState to, std::int64_t now_ns) {
  if (!may_move(state_, to)) return false;
  move(to, now_ns);
  return true;
}

bool SlotLife::begin_work(std::int64_t now_ns) {
  if (has_worked_) return false;
  has_worked_ = true;
  if (state_ == SlotState::starting) move(SlotState::working, now_ns);
  return true;
}

bool SlotLife::rest(RestReason why, std::int64_t now_ns) {
  const auto reason = static_cast<std::uint8_t>(why);
  if ((rests_for_ & reason) != 0) return false;
  rests_for_ |= reason;
  if (takes_work()) move(SlotState::resting, now_ns);
  return true;
}

void SlotLife::resume(RestReason why, std::int64_t now_ns) {
  rests_for_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(why));
  if (state_ == SlotState::resting && rests_for_ == 0)
    move(has_worked_ ? SlotState::working : SlotState::starting, now_ns);
}

}  // namespace ropewalk
