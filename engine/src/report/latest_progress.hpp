#pragma once
// The latest progress that the running tasks of a stage have reported, for the live view and SIGUSR1. A fold over
// events; not thread-safe.

#include <ropewalk/events.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace ropewalk {

class LatestProgress {
 public:
  void reported(const TaskProgress& progress);
  /// Attempts that have ended make none any more.
  void finished(std::span<const TaskFinished> attempts);
  void clear() { tasks_.clear(); }
  /// ", 45 %: rolling", ", 45 %"; empty if that attempt has reported nothing.
  std::string text(std::uint64_t index, std::uint32_t attempt) const;

 private:
  struct Latest {
    std::uint32_t attempt = 0;
    double fraction = 0;
    std::string text = {};  // one line
  };
  std::map<std::uint64_t, Latest> tasks_;  // by index
};

}  // namespace ropewalk
