// sim.sleep.

#include "tasks.hpp"

#include <chrono>

namespace sim {

Sleep::Result Sleep::run(ropewalk::Call& call) const {
  const auto time = std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  if (call.wait(time)) throw ropewalk::Stopped();
  return {.slept = seconds};
}

void Sleep::describe(ropewalk::TaskType<Sleep>& task) {
  task.summary("Waits without computing; stops when asked.")
      .thread_safe()
      .stops()
      .prefers("thread")
      .option("seconds", &Sleep::seconds, "how long")
      .unit("s")
      .range(0, 1e9)
      .result("slept", &Result::slept, "what was asked for")
      .unit("s");
}

}  // namespace sim
