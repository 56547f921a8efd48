#pragma once
// The one task of the plugins that misbehave while they are loaded. It is never the subject of a test.

#include <ropewalk/sdk/task.hpp>

struct Nothing {
  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Nothing>& task) { task.summary("Does nothing.").thread_safe(); }
};
