#include <ropewalk/sdk/task.hpp>

struct Noop {
  struct Result {
    bool done = true;
  };
  Result run(ropewalk::Call&) const { return {}; }
  static void describe(ropewalk::TaskType<Noop>& task) {
    task.summary("Does nothing.").result("done", &Result::done, "always true");
  }
};

ROPEWALK_PLUGIN("noop", "1.0.0", ropewalk::task<Noop>("noop"))
