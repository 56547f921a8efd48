// A second plugin of the same program, which has a worker of its own.

#include <ropewalk/linked_plugin.hpp>

#include <cstdint>

namespace {

struct Count {
  struct Worker {
    std::int64_t count = 0;
  };
  struct Result {
    std::int64_t count;
  };
  Result run(ropewalk::Call&, Worker& worker) const { return {++worker.count}; }
  static void describe(ropewalk::TaskType<Count>& task) {
    task.summary("Counts the tasks of its worker.").thread_safe().result("count", &Result::count);
  }
};

}  // namespace

ROPEWALK_LINKED_PLUGIN("annex", "0.1.0", ropewalk::task<Count>("count"))
