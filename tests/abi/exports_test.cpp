// A built plugin exports only its entry, so that plugins cannot interfere in one process.

#include "abi/command.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Exports, APluginExportsItsEntryAndNothingElse) {
  if (run_command("command -v nm").code != 0) GTEST_SKIP() << "nm is not installed";
  for (const char* file :
       {SHIPPED_PLUGINS "/sim.so", SHIPPED_PLUGINS "/file.so", SHIPPED_PLUGINS "/shell.so", SHIPPED_PLUGINS "/text.so",
        SHIPPED_PLUGINS "/archive.so", HOSTILE_PLUGINS "/zoo.so", HOSTILE_PLUGINS "/plain_c.so"}) {
    const Ran ran = run_command("nm -D --defined-only --format=just-symbols " + quoted(file));
    EXPECT_EQ(ran.output, "ropewalk_plugin_v1\n") << file;
  }
}

}  // namespace
