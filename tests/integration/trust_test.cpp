// Which plugins run: those that the user has named or trusted, and no others. A plugin that leaves a mark as soon as
// its code runs proves it.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <regex>

namespace ropewalk::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Variables = std::vector<std::pair<std::string, std::string>>;

/// A checkout whose .ropewalk.yaml names its folder of plugins, with a workflow below it, and a user without any files.
struct Trust : testing::Test {
  Trust() {
    checkout.file(".ropewalk.yaml", "plugins: [plugins]\n");
    checkout.file("work/w.yaml", "ropewalk: 1\nstages: [{name: s, task: tripwire.step}]\n");
    checkout.file("work/shipped.yaml", "ropewalk: 1\nstages: [{name: s, task: sim.noop}]\n");
    checkout.file("work/names.yaml",
                  "ropewalk: 1\nplugins: {path: [../other]}\nstages: [{name: s, task: tripwire.step}]\n");
    add_plugin("plugins/tripwire.so");
    fs::create_directories(checkout.path("other"));
    fs::create_directories(checkout.path("sub"));
  }
  void add_plugin(const std::string& name) const {
    fs::create_directories(fs::path(checkout.path(name)).parent_path());
    fs::copy_file(ROPEWALK_TEST_PLUGINS "/tripwire/tripwire.so", checkout.path(name),
                  fs::copy_options::overwrite_existing);
  }
  Variables surroundings(Variables more = {}) const {
    Variables all{{"XDG_STATE_HOME", user.path("state")},
                  {"XDG_CACHE_HOME", user.path("cache")},
                  {"XDG_CONFIG_HOME", user.path("config")},
                  {"XDG_DATA_HOME", user.path("data")},
                  {"TRIPWIRE", user.path("ran")}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  ProgramEnd ropewalk(std::vector<std::string> words, Variables more = {}) const {
    return test::ropewalk(std::move(words),
                          {.folder = checkout.path("work"), .environment = surroundings(std::move(more))});
  }
  /// Whether the plugin's code has run since the last call.
  bool has_run() const { return fs::remove(user.path("ran")); }

  const Folder checkout, user;
};

std::string in_command(const std::string& path) { return path.find(' ') == path.npos ? path : "'" + path + "'"; }

const std::vector<std::vector<std::string>> kLooking{{"validate", "w.yaml"},
                                                     {"graph", "w.yaml"},
                                                     {"schema"},
                                                     {"run", "w.yaml", "--dry-run"},
                                                     {"map", "tripwire.step", "--dry-run"},
                                                     {"map", "tripwire.step", "--print-yaml"},
                                                     {"plugins", "list"},
                                                     {"plugins", "show", "tripwire"},
                                                     {"config", "w.yaml", "--origin"},
                                                     {"__complete", "map", "tripwire."},
                                                     {"__complete", "map", "--plugins", "../plugins", "tripwire."},
                                                     {"__complete", "map", "tripwire.step", "--with", "color="}};

TEST_F(Trust, ThePluginsOfAProjectRunOnlyAfterTheirFolderIsTrusted) {
  for (const std::vector<std::string>& words : kLooking) {
    ropewalk(words);
    EXPECT_FALSE(has_run()) << words.front();
  }
  const std::vector<std::vector<std::string>> running{{"run", "w.yaml"}, {"map", "tripwire.step"}};
  for (const std::vector<std::string>& words : running) {
    const ProgramEnd refused = ropewalk(words);
    EXPECT_EQ(refused.exit_code, 4) << refused.err;
    EXPECT_THAT(refused.err,
                AllOf(HasSubstr("error[P116]: plugin 'tripwire' is in a folder that you have not trusted: " +
                                checkout.path("plugins") + "\n"),
                      HasSubstr("ropewalk trust " + in_command(checkout.path("plugins")) + "\n")));
    EXPECT_FALSE(has_run());
  }
  const ProgramEnd trusted = ropewalk({"trust", "../plugins"});
  EXPECT_EQ(trusted.exit_code, 0) << trusted.err;
  EXPECT_EQ(trusted.out, "trusted: " + checkout.path("plugins") + "\n");
  for (const std::vector<std::string>& words : running) {
    EXPECT_EQ(ropewalk(words).exit_code, 0);
    EXPECT_TRUE(has_run());
  }
  EXPECT_EQ(ropewalk({"trust"}).out, checkout.path("plugins") + "\n");
  EXPECT_EQ(ropewalk({"trust", "--remove", "../plugins"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"trust"}).out, "");
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4);
  EXPECT_FALSE(has_run());
}

TEST_F(Trust, TheOptionTrustsEveryFolderForOneCommand) {
  EXPECT_EQ(ropewalk({"run", "w.yaml", "--trust"}).exit_code, 0);
  EXPECT_TRUE(has_run());
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4);
  EXPECT_EQ(ropewalk({"trust"}).out, "");
}

TEST_F(Trust, CommandsThatRunNothingUseTheDescriptionFromTheTimeOfTrust) {
  EXPECT_THAT(ropewalk({"validate", "w.yaml"}).err, HasSubstr("error[P116]"));
  EXPECT_EQ(ropewalk({"validate", "w.yaml", "--trust"}).exit_code, 0);
  EXPECT_TRUE(has_run());
  for (const std::vector<std::string>& words : kLooking) {
    const ProgramEnd ended = ropewalk(words);
    EXPECT_EQ(ended.exit_code, 0) << words.front() << ended.err;
    EXPECT_FALSE(has_run()) << words.front();
  }
  EXPECT_EQ(ropewalk({"__complete", "map", "tripwire."}).out, "tripwire.step\n");
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4) << "a description is no trust";
  add_plugin("plugins/tripwire.so");  // another file
  EXPECT_THAT(ropewalk({"validate", "w.yaml"}).err, HasSubstr("error[P116]"));
  EXPECT_FALSE(has_run());
}

TEST_F(Trust, ADescriptionWritableByAnotherUserIsNotRead) {
  EXPECT_EQ(ropewalk({"validate", "w.yaml", "--trust"}).exit_code, 0);
  for (const auto& file : fs::directory_iterator(user.path("cache/ropewalk/descriptions")))
    ASSERT_EQ(::chmod(file.path().c_str(), 0666), 0);
  EXPECT_THAT(ropewalk({"validate", "w.yaml"}).err, HasSubstr("error[P116]"));
}

TEST_F(Trust, ATrustListWritableByAnotherUserIsNotRead) {
  EXPECT_EQ(ropewalk({"trust", "../plugins"}).exit_code, 0);
  ASSERT_EQ(::chmod(user.path("state/ropewalk/trusted-folders").c_str(), 0622), 0);
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4);
  EXPECT_FALSE(has_run());
}

TEST_F(Trust, RunningAWorkflowRunsItsPluginsAndInspectingItDoesNot) {
  add_plugin("other/tripwire.so");
  const std::vector<std::vector<std::string>> looking{
      {"validate", "names.yaml"}, {"graph", "names.yaml"}, {"run", "names.yaml", "--dry-run"}};
  for (const std::vector<std::string>& words : looking) {
    const ProgramEnd ended = ropewalk(words);
    EXPECT_EQ(ended.exit_code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("ropewalk trust " + in_command(checkout.path("other"))));
    EXPECT_FALSE(has_run()) << words.front();
  }
  EXPECT_EQ(ropewalk({"run", "names.yaml"}).exit_code, 0);
  EXPECT_TRUE(has_run());
  for (const std::vector<std::string>& words : looking) {
    EXPECT_EQ(ropewalk(words).exit_code, 0) << "described when it was run";
    EXPECT_FALSE(has_run()) << words.front();
  }
}

TEST_F(Trust, InspectingAWorkflowDoesNotUseItsEnvironment) {
  checkout.file("work/env.yaml",
                "ropewalk: 1\nenv: {LD_PRELOAD: ../plugins/tripwire.so}\nstages: [{name: s, task: sim.noop}]\n");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"validate", "env.yaml"}, {"graph", "env.yaml"}, {"run", "env.yaml", "--dry-run"}}) {
    EXPECT_EQ(ropewalk(words).exit_code, 0);
    EXPECT_FALSE(has_run()) << words.front();
  }
  EXPECT_EQ(ropewalk({"run", "env.yaml"}).exit_code, 0);
  EXPECT_TRUE(has_run());
}

TEST_F(Trust, CompletionOfRemoveOffersTheTrustedFolders) {
  EXPECT_EQ(ropewalk({"trust", "../plugins", "../other"}).exit_code, 0);
  const ProgramEnd ended = ropewalk({"__complete", "trust", "--remove", ""});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.out, fs::canonical(checkout.path("other")).string() + "\n" +
                           fs::canonical(checkout.path("plugins")).string() + "\n");
}

TEST_F(Trust, FoldersNamedByTheUserNeedNoTrust) {
  fs::remove(checkout.path(".ropewalk.yaml"));
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4);
  EXPECT_EQ(ropewalk({"run", "w.yaml", "--plugins", "../plugins"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"validate", "w.yaml"}, {{"ROPEWALK_PLUGIN_PATH", checkout.path("plugins")}}).exit_code, 0);
  user.file("config/ropewalk/config.yaml", "plugins: [" + checkout.path("plugins") + "]\n");
  EXPECT_EQ(ropewalk({"plugins", "show", "tripwire"}).exit_code, 0);
  checkout.file(".ropewalk.yaml", "plugins: [plugins]\n");
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 0) << "a folder that a project names as well";
}

TEST_F(Trust, ARelativeFolderOfTheVariableNeedsTrust) {
  fs::remove(checkout.path(".ropewalk.yaml"));
  for (const std::string folders : {"../plugins", "../plugins:/nowhere", ":/nowhere:../plugins/."}) {
    const ProgramEnd ended = ropewalk({"run", "w.yaml"}, {{"ROPEWALK_PLUGIN_PATH", folders}});
    EXPECT_EQ(ended.exit_code, 4);
    EXPECT_THAT(ended.err, HasSubstr("error[P116]")) << folders;
  }
  EXPECT_FALSE(has_run());
  EXPECT_EQ(ropewalk({"trust", "../plugins"}).exit_code, 0);
  EXPECT_EQ(ropewalk({"run", "w.yaml"}, {{"ROPEWALK_PLUGIN_PATH", "../plugins"}}).exit_code, 0);
}

TEST_F(Trust, CoversNeitherSubfoldersNorLinks) {
  const ProgramEnd above = ropewalk({"trust", ".."});
  EXPECT_EQ(above.exit_code, 0);
  EXPECT_THAT(above.err, HasSubstr("has no plugins now; folders below it need trust of their own\n"));
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4);
  EXPECT_EQ(ropewalk({"trust", "../sub"}).exit_code, 0);
  fs::remove(checkout.path("sub"));
  fs::create_directory_symlink("plugins", checkout.path("sub"));
  checkout.file(".ropewalk.yaml", "plugins: [sub]\n");
  EXPECT_EQ(ropewalk({"run", "w.yaml"}).exit_code, 4);
  EXPECT_FALSE(has_run());
}

TEST_F(Trust, NoFolderReplacesAShippedPlugin) {
  add_plugin("plugins/sim.so");
  const ProgramEnd untrusted = ropewalk({"run", "shipped.yaml"});
  EXPECT_EQ(untrusted.exit_code, 0) << untrusted.err;
  checkout.file("work/path.yaml", "ropewalk: 1\nplugins: {path: [../plugins]}\nstages: [{name: s, task: sim.noop}]\n");
  const std::vector<std::vector<std::string>> all{
      {"run", "shipped.yaml", "--trust"}, {"run", "shipped.yaml", "--plugins", "../plugins"}, {"run", "path.yaml"}};
  for (const std::vector<std::string>& words : all) {
    const ProgramEnd ended = ropewalk(words);
    EXPECT_EQ(ended.exit_code, 4) << ended.err;
    EXPECT_THAT(ended.err,
                testing::ContainsRegex("error\\[P117\\]: there are two plugins 'sim': " +
                                       checkout.path("plugins/sim.so") + ", and [^\n]*/plugins/sim.so, which ships"));
  }
  EXPECT_FALSE(has_run());
}

TEST_F(Trust, AFolderThatAnotherUserCanChangeIsRejected) {
  ASSERT_EQ(::chmod(checkout.path("plugins").c_str(), 0777), 0);
  const ProgramEnd open = ropewalk({"trust", "../plugins"});
  EXPECT_EQ(open.exit_code, 2);
  EXPECT_THAT(open.err, HasSubstr("error[C115]: '../plugins' cannot be trusted: everybody may write to the folder " +
                                  checkout.path("plugins")));
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chmod(checkout.path("plugins").c_str(), 0755), 0);
  ASSERT_EQ(::chown(checkout.path("plugins").c_str(), 900'000'001, 0), 0);
  EXPECT_THAT(ropewalk({"trust", "../plugins"}).err, HasSubstr("belongs to user 900000001"));
  EXPECT_THAT(ropewalk({"run", "w.yaml", "--trust"}).err, HasSubstr("error[P108]"));
  EXPECT_FALSE(has_run());
}

TEST_F(Trust, AMissingFolderIsAnError) {
  const ProgramEnd plugins = ropewalk({"run", "shipped.yaml", "--plugins", "../none"});
  EXPECT_EQ(plugins.exit_code, 2);
  EXPECT_THAT(plugins.err, HasSubstr("error[C113]: --plugins: '" + checkout.path("work/../none") +
                                     "' is no folder: No such file or directory"));
  EXPECT_THAT(ropewalk({"validate", "shipped.yaml", "--plugins", "w.yaml"}).err, HasSubstr("error[C113]"));
  EXPECT_THAT(ropewalk({"trust", "../none"}).err,
              HasSubstr("error[C113]: '../none' is no folder: No such file or directory"));
  EXPECT_EQ(ropewalk({"trust", "w.yaml"}).exit_code, 2);
}

/// Like file capabilities. Without them, the variable and both files would each be enough.
TEST_F(Trust, InAProgramWithBorrowedRightsNeitherVariablesNorFilesNamePlugins) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give capabilities to a file";
  user.file("config/ropewalk/config.yaml", "plugins: [/named/by/user]\n");
  fs::copy_file(ropewalk_words({}).front(), user.path("ropewalk"));
  for (const std::string& path : {user.path(), user.path("config"), user.path("config/ropewalk"), checkout.path()})
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  const auto settings = [&] {
    const Variables all = surroundings({{"ROPEWALK_PLUGIN_PATH", "/named/by/variable"}});
    return Program({"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", user.path("ropewalk"),
                    "config"},
                   {.folder = checkout.path("work"), .environment = all})
        .wait();
  };
  for (const std::string& file : {checkout.path(".ropewalk.yaml"), user.path("config/ropewalk/config.yaml")})
    ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
  const ProgramEnd before = settings();
  if (before.exit_code != 0) GTEST_SKIP() << "another user cannot run it here: " << before.err;
  EXPECT_THAT(before.out,
              AllOf(HasSubstr("/named/by/variable"), HasSubstr("/named/by/user"), HasSubstr(checkout.path("plugins"))));
  // CAP_NET_BIND_SERVICE, permitted and effective: version 2 of the attribute.
  constexpr std::array<std::uint32_t, 5> kCapability{0x02000001, 1u << 10, 0, 0, 0};
  if (::setxattr(user.path("ropewalk").c_str(), "security.capability", kCapability.data(), sizeof kCapability, 0) != 0)
    GTEST_SKIP() << "a file cannot be given capabilities here: " << std::strerror(errno);
  const ProgramEnd after = settings();
  if (after.exit_code != 0) GTEST_SKIP() << "the capability cannot be had here: " << after.err;
  EXPECT_THAT(after.out, Not(HasSubstr("plugins ")));
}

/// Removes the sequences that set colors.
std::string without_colors(std::string text) {
  return std::regex_replace(text, std::regex("\x1b\\[(0|1|31|32|1;31|1;33|1;34)m"), "");
}

TEST_F(Trust, NoTextOfAPluginReachesATerminalAsAnEscape) {
  checkout.file("work/wrong.yaml",
                "ropewalk: 1\nstages: [{name: s, task: tripwire.step, with: {color: pink, length: [x]}}]\n");
  const std::vector<std::vector<std::string>> all{{"plugins", "list"},
                                                  {"plugins", "show", "tripwire"},
                                                  {"plugins", "check", "../plugins/tripwire.so"},
                                                  {"schema"},
                                                  {"validate", "wrong.yaml"},
                                                  {"run", "w.yaml", "-vv"},
                                                  {"run", "w.yaml", "--json"},
                                                  {"run", "w.yaml", "--results", "-"},
                                                  {"run", "w.yaml", "--events", "-"},
                                                  {"map", "tripwire.step"},
                                                  {"__complete", "map", "tripwire.step", "--with", "color="},
                                                  {"__complete", "map", "tripwire."}};
  EXPECT_EQ(ropewalk({"trust", "../plugins"}).exit_code, 0);
  for (const std::vector<std::string>& words : all) {
    const ProgramEnd ended = ropewalk(words, {{"ROPEWALK_COLOR", "always"}});
    for (const std::string& text : {without_colors(ended.out), without_colors(ended.err)})
      for (const char* bad : {"\x1b", "\x07", "\x9b", "\xe2\x80\xae"})
        EXPECT_THAT(text, Not(HasSubstr(bad))) << words.front() << " " << words.back();
  }
  EXPECT_THAT(ropewalk({"plugins", "show", "tripwire"}).out,
              AllOf(HasSubstr("one of blue, red\\x1b[31m, green\\u202e"), HasSubstr("in m\\x1b[8m"),
                    Not(HasSubstr("\nforged"))));
  EXPECT_EQ(ropewalk({"__complete", "map", "tripwire.step", "--with", "color="}).out, "color=blue\n");
}

}  // namespace
}  // namespace ropewalk::test
