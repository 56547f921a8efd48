#pragma once
// What zygotes say of the children they fork. Such a child is the warden's own and was not started by it, just as a
// stray is; the one is told from the other by order: a zygote says that it is about to fork before it does, and who
// was born after it. So whoever reads the list of children first, and then all that was said, waiting for the end of
// each fork that has begun, knows every host on that list. Nothing has to be read before somebody asks.

#include "base/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

namespace ropewalk::warden {

class ForkLog {
 public:
  struct Born {
    std::uint64_t zygote, host;
    pid_t pid;  ///< -1: it will not come
  };
  struct News {
    std::vector<Born> born;
    std::vector<std::uint64_t> stuck;  ///< zygotes that did not end a fork within a second
  };

  void listen_to(std::uint64_t zygote, Fd fork_log);
  bool is_zygote(std::uint64_t host) const { return zygotes_.contains(host); }
  bool none() const { return zygotes_.empty(); }
  /// All that has been said since the last call.
  News read();
  /// After the zygote's death and the last read().
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
