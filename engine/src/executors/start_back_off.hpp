#pragma once
// Decides how a stage continues after hosts ended before they began a task: how long the next start waits, when the
// stage continues with fewer hosts, and when it fails. Pure: takes times and causes, returns decisions. Driven by
// BoardExecutor, which owns the hosts. Times are nanoseconds of the pool's clock.

#include <cstdint>

namespace ropewalk {

class StartBackOff {
 public:
  /// Why a host ended that had begun no task.
  enum class Cause : std::uint8_t {
    own,  ///< it exited, crashed while it loaded its plugin, or was killed by the engine: the next host will likely do
          ///< so too
    outside,  ///< another process or the kernel killed it, which says nothing about the next host
  };
  struct Unused {
    std::uint32_t own = 0, outside = 0;
    std::uint32_t all() const { return own + outside; }
  };

  /// A task began or ended on any host of the stage.
  void progressed() {
    if (since_progress_.unused.all() != 0) since_progress_ = {};
  }
  /// A host began its first task.
  void host_works() { since_host_ = since_progress_ = {}; }
  void host_ended_unused(Cause cause, std::int64_t now_ns);

  /// The earliest time of the next start.
  std::int64_t start_at_ns() const { return start_at_ns_; }
  /// Hosts keep ending by themselves: no more than those that are alive can be had.
  bool too_many(std::int64_t now_ns) const { return ends_by_itself(since_host_, now_ns); }
  void accept_fewer() { since_host_ = since_progress_ = {}; }
  /// No further start is expected to succeed. Meaningful only while no host works.
  bool hopeless(std::int64_t now_ns) const;
  /// Hosts that ended since a task last began or ended.
  Unused in_a_row() const { return since_progress_.unused; }
  std::int64_t without_progress_ns(std::int64_t now_ns) const {
    return since_progress_.unused.all() == 0 ? 0 : now_ns - since_progress_.first_ns;
  }

 private:
  struct Streak {
    Unused unused;
    std::int64_t first_ns = 0, first_own_ns = 0;
    void add(Cause cause, std::int64_t now_ns);
  };
  static bool ends_by_itself(const Streak& streak, std::int64_t now_ns);

  Streak since_host_, since_progress_;
  std::int64_t start_at_ns_ = 0;
};

}  // namespace ropewalk
