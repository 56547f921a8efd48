#pragma once
// What the running attempts of a stage say of their progress, and how much of it is reported: the first progress of an
// attempt at once, of what follows the latest when the run ticks. So however often a task reports, an observer hears of
// it a few times a second. Driven by the stage, on the run's thread. It knows no time.

#include <ropewalk/events.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace ropewalk {

class ProgressBook {
 public:
  /// Whether it is to be reported now. If it is not, it replaces what is held of its attempt.
  bool take(const TaskProgress& progress);
  /// Passes on what is held, by ascending index, and holds it no longer. What it points to is valid during the call.
  void pass_on_held(const std::function<void(const TaskProgress&)>& report);
  /// The attempt of that task has ended: what is held of it is outdated.
  void ended(std::uint64_t task) { attempts_.erase(task); }
  /// No attempt that runs has reported progress.
  bool empty() const { return attempts_.empty(); }

 private:
  struct Latest {
    std::uint32_t attempt = 0;
    bool held = false;
    double fraction = 0;
    std::string text = {};
  };
  std::map<std::uint64_t, Latest> attempts_;  // by task
};

}  // namespace ropewalk
