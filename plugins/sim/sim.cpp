// The plugin sim.

#include "tasks.hpp"

namespace sim {

void Noop::describe(ropewalk::TaskType<Noop>& task) { task.summary("Does nothing.").thread_safe(); }

void Echo::describe(ropewalk::TaskType<Echo>& task) {
  task.summary("Gives back what it got.")
      .thread_safe()
      .option("value", &Echo::value, "anything")
      .result("value", &Result::value, "the same");
}

}  // namespace sim

ROPEWALK_PLUGIN("sim", "1.0.0", ropewalk::task<sim::Sleep>("sleep"), ropewalk::task<sim::Cpu>("cpu"),
                ropewalk::task<sim::Spin>("spin"), ropewalk::task<sim::Noop>("noop"), ropewalk::task<sim::Echo>("echo"),
                ropewalk::task<sim::Fail>("fail"))
