#pragma once
// Setup shared by all fault tests: an engine that finds every hostile plugin, and a watchdog for hanging runs.

#include "support/patience.hpp"

#include <ropewalk/engine.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

namespace ropewalk::test {

inline constexpr unsigned kWatchdogSeconds = kLongPatience.count();

inline EngineOptions options() {
  EngineOptions options;
  options.programs = ROPEWALK_BUILD "/bin";
  options.plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/hostile_plugins",
                            ROPEWALK_BUILD "/tests/faults/plugins"};
  return options;
}

/// Shared by the whole program, for tests that do not need their own.
inline Engine& engine() {
  static Engine engine(options());
  return engine;
}

/// A run that hangs ends the program with the name of the last test.
struct Watched : testing::Test {
  Watched() { ::alarm(kWatchdogSeconds); }
  ~Watched() override { ::alarm(0); }
};

}  // namespace ropewalk::test
