#pragma once
// Measures between tasks how much of the descriptors of its process is used, and of its memory if that is limited.
// Leaks add up, so a host is replaced before a task finds no room. A measurement takes about a microsecond. Any thread.

#include "base/mutex.hpp"
#include "protocol/board_layout.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ropewalk::host {

class Wear {
 public:
  /// `memory_bytes`: the limit of the process; 0: none. `by_data`: RLIMIT_DATA enforces it, which counts memory before
  /// it is touched.
  Wear(std::uint64_t memory_bytes, bool by_data)
      : memory_{.limit = memory_bytes}, memory_limited_(memory_bytes != 0), by_data_(by_data) {}

  struct Finding {
    board::WornBy by;
    std::uint64_t used, limit;
    std::string text;  ///< for a person
  };
  /// Measures. Returns a finding once half of the room of the first measurement is used, then once half of the rest is;
  /// the first time only if little is left. `any_open`: any open descriptor.
  std::optional<Finding> look(int any_open);

 private:
  /// One resource. The first measurement sets the baseline, so that permanent needs of tasks do not count as leaks. If
  /// three quarters are used at once, that is a finding.
  struct Supply {
    std::uint64_t limit = 0, mark = 0;
    bool reached(std::uint64_t used);
  };

  Mutex comparing_;
  Supply descriptors_ ROPEWALK_GUARDED_BY(comparing_), memory_ ROPEWALK_GUARDED_BY(comparing_);
  const bool memory_limited_, by_data_;
};

/// The lowest free descriptor number, because leaks fill the numbers from below. The limit if none is free.
std::uint64_t lowest_free_descriptor(int any_open);

}  // namespace ropewalk::host
