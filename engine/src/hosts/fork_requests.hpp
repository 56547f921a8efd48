#pragma once
// What a zygote was asked for: the hosts that it is to fork, those that it could not fork, and the stages that it
// knows, so that no child has to be told. Pure. One thread.

#include "protocol/host_messages.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

class ForkRequests {
 public:
  /// The number under which the zygote knows the stage; empty: it does not.
  std::optional<std::uint32_t> find(const wire::StageSetup& stage) const;
  /// It has been told the stage. The oldest is forgotten.
  void remember(std::uint32_t number, const wire::StageSetup& stage);

  void request(std::uint64_t host) { requested_.insert(host); }
  /// A host that it was asked for has ended.
  void forget(std::uint64_t host) { requested_.erase(host); }
  /// It could not fork that host. False: nobody has asked for it.
  bool refuse(std::uint64_t host, std::string why);
  /// Hosts that it could not fork, with the reason; takes them.
  std::vector<std::pair<std::uint64_t, std::string>> take_refused() { return std::exchange(refused_, {}); }

 private:
  std::deque<std::pair<std::uint32_t, wire::StageSetup>> known_;  // the newest first
  std::set<std::uint64_t> requested_;                             // those live or will
  std::vector<std::pair<std::uint64_t, std::string>> refused_;
};

}  // namespace ropewalk
