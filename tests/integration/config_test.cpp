// The sources of settings: flag, environment, workflow, project file, user file, in this order.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// A project with its own file, and a user with one.
struct Config : testing::Test {
  Config() {
    std::filesystem::create_directories(home.path("ropewalk"));
    std::filesystem::create_directories(project.path("sub/deep"));
    project.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: sim.noop, foreach: {range: 3}}\n");
    project.file("own.yaml", "ropewalk: 1\ndefaults: {executor: serial}\nstages:\n  - {name: s, task: sim.noop}\n");
  }
  void user(const std::string& text) const { home.file("ropewalk/config.yaml", text); }
  std::string in_project(const std::string& text) const { return project.file(".ropewalk.yaml", text); }
  ProgramEnd ropewalk(std::vector<std::string> words, std::vector<std::pair<std::string, std::string>> environment = {},
                      const std::string& folder = "") const {
    environment.emplace_back("XDG_CONFIG_HOME", home.path());
    return test::ropewalk(std::move(words), {.folder = project.path(folder), .environment = std::move(environment)});
  }
  /// "value (origin)" of the first setting of that name.
  std::string setting(const std::string& name, std::vector<std::string> words = {},
                      std::vector<std::pair<std::string, std::string>> environment = {}) const {
    words.insert(words.begin(), {"config", "--json"});
    const ProgramEnd ended = ropewalk(words, std::move(environment));
    if (ended.exit_code != 0) return ended.err;
    const json document = json::parse(ended.out);
    for (const json& each : document.at("settings"))
      if (each.at("name") == name)
        return each.at("value").get<std::string>() + " (" + each.at("origin").get<std::string>() + ")";
    return "none";
  }
  std::string executor_of(std::vector<std::string> words,
                          std::vector<std::pair<std::string, std::string>> environment = {}) const {
    words.insert(words.begin(), {"run", "--json"});
    const ProgramEnd ended = ropewalk(words, std::move(environment));
    return ended.exit_code == 0 ? json::parse(ended.out).at("stages").at(0).at("executor").get<std::string>()
                                : ended.err;
  }
  const Folder home, project;
};

TEST_F(Config, TheNearerSourceWinsAndTheOriginIsShown) {
  EXPECT_EQ(setting("jobs"), "as many as the stages have workers (default)");
  user("jobs: 2\n");
  EXPECT_EQ(setting("jobs"), "2 (" + home.path("ropewalk/config.yaml") + ":1)");
  const std::string file = in_project("# ours\njobs: 3\n");
  EXPECT_EQ(setting("jobs"), "3 (" + file + ":2)");
  EXPECT_EQ(setting("jobs", {}, {{"ROPEWALK_JOBS", "4"}}), "4 (ROPEWALK_JOBS)");
  EXPECT_EQ(setting("jobs", {"-j", "5"}, {{"ROPEWALK_JOBS", "4"}}), "5 (--jobs)");
}

TEST_F(Config, AWorkflowRanksBetweenTheEnvironmentAndTheFiles) {
  user("executor: thread-per-task\n");
  EXPECT_EQ(executor_of({"w.yaml"}), "thread-per-task");
  in_project("executor: process-per-task\n");
  EXPECT_EQ(executor_of({"w.yaml"}), "process-per-task");
  EXPECT_EQ(executor_of({"own.yaml"}), "serial");
  EXPECT_EQ(setting("executor", {"own.yaml"}), "serial (own.yaml:2)");
  EXPECT_EQ(executor_of({"own.yaml"}, {{"ROPEWALK_EXECUTOR", "thread"}}), "thread");
  EXPECT_EQ(executor_of({"own.yaml", "--executor", "process"}, {{"ROPEWALK_EXECUTOR", "thread"}}), "process");
  EXPECT_EQ(executor_of({"own.yaml", "--executor", "s=process"}, {{"ROPEWALK_EXECUTOR", "thread"}}), "process");
}

TEST_F(Config, TheProjectIsFoundFromItsSubFolders) {
  in_project("jobs: 7\n");
  const ProgramEnd ended = ropewalk({"config", "--origin"}, {}, "sub/deep");
  EXPECT_THAT(ended.out, HasSubstr("jobs        7"));
  EXPECT_THAT(ended.out, HasSubstr(project.path(".ropewalk.yaml") + ":1\n"));
}

TEST_F(Config, AProjectFileWritableByOthersIsNotRead) {
  std::filesystem::permissions(in_project("jobs: 7\n"), std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(setting("jobs"), "as many as the stages have workers (default)");
}

TEST_F(Config, FoldersOfPluginsAddUpAndAreRelativeToTheirFile) {
  user("plugins: [mine]\n");
  in_project("plugins: [build/plugins, /opt/plugins]\n");
  const ProgramEnd ended =
      ropewalk({"config", "--plugins", "/usr"}, {{"ROPEWALK_PLUGIN_PATH", "/second:/third"}}, "sub");
  EXPECT_THAT(ended.out, HasSubstr("plugins     /usr\nplugins     /second\nplugins     /third\nplugins     " +
                                   project.path("build/plugins") + "\nplugins     /opt/plugins\nplugins     " +
                                   home.path("ropewalk/mine") + "\n"));
  EXPECT_EQ(setting("plugins"),
            project.path("build/plugins") + " (" + project.path(".ropewalk.yaml") + ":1, not trusted)");
}

TEST_F(Config, ErrorsHaveTheirPlaceAndNothingRuns) {
  const std::string file = in_project("jbos: 2\nexecutor: thred\njobs: many\ncolor: [red]\n");
  const ProgramEnd ended = ropewalk({"run", "w.yaml"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err,
              HasSubstr(file + ":1:1: error[W207]: a configuration has no key 'jbos'; did you mean 'jobs'?"));
  EXPECT_THAT(ended.err, HasSubstr(file + ":2:11: error[W212]: there is no executor 'thred'; did you mean 'thread'?"));
  EXPECT_THAT(ended.err, HasSubstr(file + ":3:7: error[W205]: 'jobs' wants a whole number from 1 to 4096, not 'many'"));
  EXPECT_THAT(ended.err, HasSubstr(file + ":4:8: error[W209]:"));
  in_project("");
  const ProgramEnd variable = ropewalk({"run", "w.yaml"}, {{"ROPEWALK_JOBS", "0"}, {"ROPEWALK_EXECUTOR", "slow"}});
  EXPECT_EQ(variable.exit_code, 2);
  EXPECT_THAT(variable.err, HasSubstr("ROPEWALK_JOBS wants a whole number from 1 to 4096, not '0'"));
  EXPECT_THAT(variable.err, HasSubstr("ROPEWALK_EXECUTOR: there is no executor 'slow'"));
}

}  // namespace
}  // namespace ropewalk::test
