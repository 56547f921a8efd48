#pragma once
// What the pool keeps a host for, and the arrows between these uses. Pure. A host that dies leaves the pool from any of
// them.
//
//   spawned ---> lent <--- leased ---- idle, fresh
//                 |  +---- given back ----> idle          with a board, for the next stage
//                 |  +---- described -----> fresh         its plugin is loaded; without a board
//                 v                          | ^
//   any ---> discarded                       v | its plugin starts threads
//            (asked to end, or killed)      zygote        only forks

#include <cassert>
#include <cstdint>

namespace ropewalk {

enum class HostUse : std::uint8_t { fresh, idle, lent, discarded, zygote };
inline constexpr int kHostUses = 5;

/// Whether the drawing has an arrow from the one to the other.
constexpr bool may_move(HostUse from, HostUse to) {
  using enum HostUse;
  switch (from) {
    case fresh: return to == lent || to == zygote || to == discarded;
    case idle: return to == lent || to == discarded;
    case lent: return to == fresh || to == idle || to == discarded;
    case zygote: return to == fresh || to == discarded;
    case discarded: return false;
  }
  return false;
}

/// The only way to change a use. Nothing happens if it is that already.
inline void move(HostUse& use, HostUse to) {
  if (use == to) return;
  assert(may_move(use, to));
  use = to;
}

}  // namespace ropewalk
