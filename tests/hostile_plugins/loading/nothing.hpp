#pragma once
// The one task of the plugins that misbehave while they are loaded: it is never the point.

#include <ropewalk/sdk/task.hpp>

struct Nothing {
  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Nothing>& task) { task.summary("Does nothing.").thread_safe(); }
};
