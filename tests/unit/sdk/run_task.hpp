#pragma once
// Runs one task type in the fake host, as the only export of a plugin.

#include <ropewalk/sdk/fake_host.hpp>
#include <ropewalk/sdk/task.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// A plugin "test" with the one task type "task". Lives as long as the program.
template <class T>
const ropewalk_plugin* plugin_of() {
  static constexpr ropewalk_task_type type = ropewalk::task<T>("task");
  static constexpr const ropewalk_task_type* types[] = {&type};
  static constexpr ropewalk_plugin plugin = {sizeof plugin, ROPEWALK_ABI_MINOR, 0, 1, "test", "1.0.0", types};
  return &plugin;
}

template <class T>
ropewalk::FakeOutcome run_task(const ropewalk::FakeHost::Params& params = {},
                               const ropewalk::FakeSituation& situation = {}) {
  return ropewalk::FakeHost(plugin_of<T>()).run("task", params, situation);
}

template <class T>
ropewalk::FakeTaskType described() {
  return ropewalk::FakeHost(plugin_of<T>()).task_type("task");
}
