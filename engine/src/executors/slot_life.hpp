#pragma once
// The life of one host slot of a stage: its state, the one function that changes it, and when it did. Pure: takes what
// happens and the time, knows no process. Times are nanoseconds of the pool's clock, and never 0. On the engine's
// thread.
//
//              first task               rest
//   starting -------------> working <-----------> resting
//      |  ^                    |        resume      ^  |
//      |  +--- rest, resume ---|--------------------+  |
//      |                       |                       |
//      +-------- retire -------+-----------------------+
//      v
//   retiring --- idle ---> ending
//
//   each of these five --- kill ---> killed
//   each of these six --- its host is dead, its tasks are settled ---> dead
//
// A slot takes work while it starts or works. It rests while one of its tasks does not stop, or while its wear is
// measured. A slot that retires gets nothing more, and ends when it is idle.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ropewalk {

enum class SlotState : std::uint8_t {
  starting,  ///< none of its tasks has begun
  working,
  resting,   ///< gets nothing more until it resumes
  retiring,  ///< gets nothing more, and ends when the tasks that it has have ended
  ending,    ///< its host was asked to end
  killed,    ///< its host was killed
  dead,      ///< its host is dead, and its tasks are settled
};
inline constexpr std::size_t kSlotStates = 7;

std::string_view name_of(SlotState state);
/// Whether the drawing has an arrow from the one to the other.
bool may_move(SlotState from, SlotState to);

/// Why a slot rests. It resumes when no reason is left.
enum class RestReason : std::uint8_t {
  overrun = 1,  ///< a task runs over its time and was asked to stop
  wear = 2,     ///< its tasks leave little room, and whether that is a leak is measured
};

class SlotLife {
 public:
  explicit SlotLife(std::int64_t now_ns) { entered_ns_[0] = now_ns; }

  SlotState state() const { return state_; }
  /// The only way to change the state.
  void move(SlotState to, std::int64_t now_ns);

  // Each of these does nothing and returns false where the drawing has no arrow.
  /// A task has begun or ended in it. True: the first one.
  bool begin_work(std::int64_t now_ns);
  /// True: it did not rest for this reason before. Also reasons of slots that take no work anyway are kept.
  bool rest(RestReason why, std::int64_t now_ns);
  void resume(RestReason why, std::int64_t now_ns);
  bool retire(std::int64_t now_ns) { return try_move(SlotState::retiring, now_ns); }
  bool kill(std::int64_t now_ns) { return try_move(SlotState::killed, now_ns); }

  bool takes_work() const { return state_ == SlotState::starting || state_ == SlotState::working; }
  /// A task has begun or ended in it, in any state.
  bool has_worked() const { return has_worked_; }
  bool has_been(SlotState state) const { return entered_ns(state) != 0; }
  /// When it was last entered; 0: never.
  std::int64_t entered_ns(SlotState state) const { return entered_ns_[static_cast<std::size_t>(state)]; }

 private:
  bool try_move(SlotState to, std::int64_t now_ns);

  SlotState state_ = SlotState::starting;
  bool has_worked_ = false;
  std::uint8_t rests_for_ = 0;  // RestReasons
  std::array<std::int64_t, kSlotStates> entered_ns_{};
};

}  // namespace ropewalk
