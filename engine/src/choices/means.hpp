#pragma once
// What the machine offers to the processes of a run, and whether a stage asks for far more than that. Knows no stage.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace ropewalk {

struct Means {
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t cores = 1;
  std::uint64_t descriptors = kUnlimited;   ///< that one process may open
  std::uint64_t processes = kUnlimited;     ///< and threads, of this user and this control group
  std::uint64_t memory_bytes = kUnlimited;  ///< available now
};

/// Of this process. Reads /proc and the control group.
Means machine_means();

struct Excess {
  std::uint64_t fits = 0;  ///< processes that the machine has means for, about
  std::string why;         ///< for a person: "each opens 5 files, and the limit is 256 (ulimit -n)"
};
/// Nothing: the machine has means for so many processes with so many threads each.
std::optional<Excess> beyond_means(const Means& means, std::uint64_t processes, std::uint64_t threads_each);

}  // namespace ropewalk
