#pragma once
// The log of the children that zygotes fork. Such a child is a child of the warden that the warden did not start,
// exactly like a stray. The order of events distinguishes them: a zygote announces a fork before it forks, and reports
// the child's pid afterwards. A reader that first lists the warden's children and then drains the log, waiting for each
// announced fork to finish, therefore knows every host on that list. The log is read only on demand.

#include "base/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

namespace ropewalk::warden {

class ForkLog {
 public:
  struct Forked {
    std::uint64_t zygote, host;
    pid_t pid;  ///< -1: the fork failed
  };
  struct News {
    std::vector<Forked> forked;
    std::vector<std::uint64_t> stuck;  ///< zygotes that did not finish a fork within a second
  };

  void listen_to(std::uint64_t zygote, Fd fork_log);
  bool is_zygote(std::uint64_t host) const { return zygotes_.contains(host); }
  bool none() const { return zygotes_.empty(); }
  /// Returns all entries since the last call.
  News read();
  /// Call after the zygote's death and the last read().
  void forget(std::uint64_t zygote) { zygotes_.erase(zygote); }

 private:
  struct Zygote {
    Fd fork_log;
    bool forking = false;
  };
  void read(std::uint64_t number, Zygote& zygote, std::int64_t until_ns, News& news);

  std::map<std::uint64_t, Zygote> zygotes_;
};

}  // namespace ropewalk::warden
