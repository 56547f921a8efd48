// Calls an undefined function: L05.

#include "nothing.hpp"

extern "C" void ropewalk_test_function_that_nobody_defines();

struct Calls {
  void run(ropewalk::Call&) const { ropewalk_test_function_that_nobody_defines(); }
  static void describe(ropewalk::TaskType<Calls>& task) { task.summary("Cannot be loaded."); }
};

ROPEWALK_PLUGIN("undefined_symbol", "1.0.0", ropewalk::task<Calls>("calls"))
