// `ropewalk plugins`.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;

TEST(Plugins, ListNamesTheShippedPlugins) {
  const ProgramEnd ended = ropewalk({"plugins", "list"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  for (const char* name : {"\nfile ", "\nshell ", "\nsim "}) EXPECT_THAT(ended.out, HasSubstr(name));
  EXPECT_EQ(ropewalk({"plugins"}).out, ended.out);
}

TEST(Plugins, ShowListsEveryParameterAndResult) {
  const ProgramEnd ended = ropewalk({"plugins", "show", "file"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("file.checksum"));
  EXPECT_THAT(masked(ended.out), HasSubstr(" path path required"));
  EXPECT_THAT(ended.out, HasSubstr("sha256"));
  EXPECT_THAT(ended.out, HasSubstr("digest"));
}

TEST(Plugins, ShowOfAMissingPluginSuggestsAnother) {
  const ProgramEnd ended = ropewalk({"plugins", "show", "flie"});
  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'file'?"));
}

TEST(Plugins, CheckReportsOkOrTheCause) {
  const Folder folder;
  const ProgramEnd good = ropewalk({"plugins", "check", ROPEWALK_TEST_PLUGINS "/plain_c.so"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("plain_c.so: OK: plugin 'plain_c'"));
  const ProgramEnd bad = ropewalk({"plugins", "check", folder.file("bad.so", "#!/bin/sh\n")});
  EXPECT_EQ(bad.exit_code, 4);
  EXPECT_THAT(bad.err, HasSubstr("bad.so: not OK; the fault lies with the plugin or its file\n"));
  EXPECT_EQ(ropewalk({"plugins", "check", folder.path("missing.so")}).exit_code, 4);
}

/// Each of the two delays is shorter than the two seconds that a plugin has for loading, both together are longer.
TEST(Plugins, TheTimeUntilAHostIsStartedIsNotTimeInWhichItsPluginLoads) {
  const ProgramEnd ended =
      ropewalk({"plugins", "check", ROPEWALK_TEST_PLUGINS "/plain_c.so"},
               {.environment = {{"ROPEWALK_FAILPOINTS", "warden.spawn=sleep:1500ms@1,host.hello=sleep:1200ms"}}});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST(LyingDescriptions, AreRejectedByRunAndCheckWithAllFindings) {
  const std::string file = ROPEWALK_TEST_PLUGINS "/lying/lying.so";
  const Folder folder;
  const std::string workflow = folder.file("w.yaml", "ropewalk: 1\nstages:\n- {name: s, task: lying.deceives}\n");
  const ProgramEnd checked = ropewalk({"plugins", "check", file}),
                   ran = ropewalk({"run", "--plugins", ROPEWALK_TEST_PLUGINS "/lying", workflow});
  EXPECT_THAT(checked.err, HasSubstr("lying.so: not OK; the fault lies with the plugin or its file\n"));
  for (const ProgramEnd* ended : {&checked, &ran}) {
    EXPECT_EQ(ended->exit_code, 4);
    const std::string begin = file + ": error[P113]: the plugin describes itself wrongly: ";
    EXPECT_THAT(ended->err, HasSubstr(begin + "its version 'of today' is none\n"));
    EXPECT_THAT(ended->err, HasSubstr(begin + "task 'deceives': there is no executor 'mpi', which it prefers\n"));
    EXPECT_THAT(ended->err, HasSubstr(begin + "task 'deceives', parameter 'beyond': its default 5 is outside of what "
                                              "it declares: it must be at most 3\n"));
    EXPECT_THAT(ended->err,
                HasSubstr(begin + "task 'deceives', parameter 'turned': its minimum 9 is above its maximum 5\n"));
  }
}

TEST(Plugins, CheckExercisesEachTaskTypeLikeAHost) {
  const ProgramEnd good = ropewalk({"plugins", "check", ROPEWALK_TEST_PLUGINS "/plain_c.so"});
  EXPECT_THAT(good.out, HasSubstr("plain_c.sum: opened, run 17 times with its defaults, closed: all succeeded\n"));
  const ProgramEnd ended = ropewalk({"plugins", "check", ROPEWALK_TEST_PLUGINS "/fragile.so"});
  EXPECT_EQ(ended.exit_code, 4);
  EXPECT_THAT(ended.out, HasSubstr("fragile.fine: opened, run 17 times with its defaults, closed: all succeeded\n"
                                   "fragile.crashes: opened, run "));
  EXPECT_THAT(ended.out, HasSubstr("all at fault\n  fault: the task's process was killed by SIGSEGV (Segmentation "
                                   "fault)\nfragile.dies_closing: "));
  EXPECT_THAT(ended.out, HasSubstr("  fault: its process was killed by SIGABRT when it was closed\n"));
  EXPECT_THAT(ended.out, testing::ContainsRegex("fragile.not_alone: [^\n]*\n  fault: on two threads at once: "));
  EXPECT_THAT(ended.out, HasSubstr("  fault: the plugin gave result field"));
  EXPECT_THAT(
      ended.out,
      HasSubstr("fragile.asks: opened, run 9 times with its defaults, closed: all failed: where to?\n"
                "fragile.waits: opened, run 9 times with its defaults, closed: 8 succeeded, 1 stopped when asked\n"));
  EXPECT_THAT(ended.out, HasSubstr("fragile.speaks_like_the_host: opened, run 9 times with its defaults, closed: all "
                                   "failed: the plugin has no work\n"))
      << "a failure is told from a breach by its kind, not by its words";
  EXPECT_THAT(ended.err, HasSubstr("fragile.so: not OK; the fault lies with the plugin\n"));
}

TEST(Plugins, CheckRemovesFilesThatTasksWriteToTheirFolder) {
  const Folder folder;
  EXPECT_EQ(ropewalk({"plugins", "check", ROPEWALK_TEST_PLUGINS "/fragile.so"}, {.folder = folder.path()}).exit_code,
            4);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Plugins, L09_AreFoundInConfiguredFoldersAndNotInTheCurrentFolder) {
  const Folder folder;
  std::filesystem::copy_file(ROPEWALK_TEST_PLUGINS "/plain_c.so", folder.path("plain_c.so"));
  EXPECT_EQ(ropewalk({"plugins", "show", "plain_c"}, {.folder = folder.path()}).exit_code, 4);
  EXPECT_EQ(ropewalk({"plugins", "show", "plain_c", "--plugins", "."}, {.folder = folder.path()}).exit_code, 0);
  EXPECT_EQ(ropewalk({"plugins", "show", "plain_c"}, {.environment = {{"LD_LIBRARY_PATH", folder.path()}}}).exit_code,
            4);
  EXPECT_EQ(
      ropewalk({"plugins", "show", "plain_c"}, {.environment = {{"ROPEWALK_PLUGIN_PATH", folder.path()}}}).exit_code,
      0);
}

}  // namespace
}  // namespace ropewalk::test
