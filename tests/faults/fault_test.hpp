#pragma once
// What all fault tests begin with: an engine that finds every hostile plugin, and a watchdog for runs that hang.

#include "support/patience.hpp"

#include <ropewalk/engine.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

namespace ropewalk::test {

inline constexpr unsigned kWatchdogSeconds = kLongPatience.count();

inline EngineOptions options() {
  EngineOptions options;
  options.programs = ROPEWALK_BUILD "/bin";
  options.plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/hostile_plugins", ROPEWALK_BUILD "/tests/faults/plugins"};
  return options;
}

/// One for the whole program, where a test does not need one of its own.
inline Engine& engine() {
  static Engine engine(options());
  return engine;
}

/// A run that hangs ends the program, by name of the test that ran last.
struct Watched : testing::Test {
  Watched() { ::alarm(kWatchdogSeconds); }
  ~Watched() override { ::alarm(0); }
};

}  // namespace ropewalk::test
