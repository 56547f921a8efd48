#pragma once
// The states of a host process, as far as the engine knows, and the arrows between them. Pure. Knows no process.
//
//   starting --- it has loaded its plugin ---> running ---+---> not_started   no process of it ever ran
//   expected --- its zygote was asked -------> running    +---> ended         the warden has reaped it
//                                                         +---> lost          with the warden or its zygote
//   Each of these three may end in each of the four.      +---> unkillable    SIGKILL has not ended it

#include <cassert>
#include <cstdint>

namespace ropewalk {

enum class HostState : std::uint8_t {
  starting,     ///< its process is requested or there, and has not loaded its plugin
  expected,     ///< its zygote is to fork it, and was not asked yet
  running,      ///< its plugin is loaded, or its zygote was asked to fork it
  not_started,  ///< its process could not be started
  ended,        ///< its process was reaped: there is a wait status
  lost,         ///< nothing that ran in it is to blame
  unkillable,   ///< it counts as dead, but may still run and touch what is shared with it
};

/// Nothing follows, and the engine waits for nothing of it.
constexpr bool is_final(HostState state) { return state >= HostState::not_started; }

/// Whether the drawing has an arrow from the one to the other.
constexpr bool may_move(HostState from, HostState to) {
  if (is_final(from)) return false;
  return is_final(to) || (to == HostState::running && from != HostState::running);
}

/// The only way to change a state.
inline void move(HostState& state, HostState to) {
  assert(may_move(state, to));
  state = to;
}

}  // namespace ropewalk
