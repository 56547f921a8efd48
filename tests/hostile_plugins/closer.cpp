// Faults in open() and close() of a task type.

#include <ropewalk/sdk/task.hpp>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace {

struct Result {
  std::int64_t index = 0;
};

/// A task type with workers of that kind.
template <class W>
struct With {
  using Worker = W;
  Result run(ropewalk::Call& call, Worker&) const { return {static_cast<std::int64_t>(call.index())}; }
  static void describe(ropewalk::TaskType<With>& task) {
    task.summary("Has a worker that misbehaves.").thread_safe().result("index", &Result::index, "its own");
  }
};

struct HangsInClose {
  ~HangsInClose() {
    for (;;) pause();
  }
};
struct DiesInClose {
  ~DiesInClose() {
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
  }
};
struct ExitsInClose {
  ~ExitsInClose() { _exit(3); }
};
struct FailsToOpen {
  FailsToOpen() { throw std::runtime_error("the licence server does not answer"); }
};
struct HangsInOpen {
  HangsInOpen() {
    for (;;) pause();
  }
};

}  // namespace

ROPEWALK_PLUGIN("closer", "1.0.0", ropewalk::task<With<HangsInClose>>("hangs_in_close"),
                ropewalk::task<With<DiesInClose>>("dies_in_close"),
                ropewalk::task<With<ExitsInClose>>("exits_in_close"),
                ropewalk::task<With<FailsToOpen>>("fails_to_open"), ropewalk::task<With<HangsInOpen>>("hangs_in_open"))
