// Describes impossible things: the version, an executor, limits and a default.

#include <ropewalk/sdk/task.hpp>

struct Deceives {
  int beyond = 5, turned = 7;

  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Deceives>& task) {
    task.summary("Lies.")
        .prefers("mpi")
        .option("beyond", &Deceives::beyond)
        .range(1, 3)
        .option("turned", &Deceives::turned)
        .range(9, 5);
  }
};

ROPEWALK_PLUGIN("lying", "of today", ropewalk::task<Deceives>("deceives"))
