#pragma once
// How much of what its process may have is used up between tasks: descriptors, and memory where that is limited. What
// tasks leak adds up, so the host is replaced while there is still room, not when a task has found none. A measurement
// takes about a microsecond. Any thread.

#include "base/mutex.hpp"
#include "protocol/board_layout.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ropewalk::host {

class Wear {
 public:
  /// `memory_bytes`: what the process may use, 0: no limit. `by_data`: RLIMIT_DATA enforces it, so that memory counts
  /// before it is touched.
  Wear(std::uint64_t memory_bytes, bool by_data)
      : memory_{.limit = memory_bytes}, memory_limited_(memory_bytes != 0), by_data_(by_data) {}

  struct Finding {
    board::WornBy by;
    std::uint64_t used, limit;
    std::string text;  ///< for a person
  };
  /// Measures. Finds something when half of the room that was there the first time is
  /// used up, then when half of the rest is; the first time when little is left. `any_open` is any open descriptor.
  std::optional<Finding> look(int any_open);

 private:
  /// One thing that can be used up. The first measurement sets the mark, so that what its tasks need for good is not
  /// taken for a leak; but where three quarters are gone at once, that is a finding.
  struct Supply {
    std::uint64_t limit = 0, mark = 0;
    bool reached(std::uint64_t used);
  };

  Mutex comparing_;
  Supply descriptors_ ROPEWALK_GUARDED_BY(comparing_), memory_ ROPEWALK_GUARDED_BY(comparing_);
  const bool memory_limited_, by_data_;
};

/// The lowest number that no descriptor has: what leaks fills the numbers from below. The limit where none is free.
std::uint64_t lowest_free_descriptor(int any_open);

}  // namespace ropewalk::host
