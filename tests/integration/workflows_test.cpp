// Every workflow that ships, run.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;

const std::map<std::string, std::vector<std::string>> kSettings{
    {"checksum.yaml", {"--set", "root=" ROPEWALK_SOURCE "/workflows"}},
    {"cpu-bound.yaml", {"--set", "turns=1000"}},
    {"ten-sleeps.yaml", {}},
};

TEST(Workflows, EachOneThatShipsIsKnownHereAndRuns) {
  const Folder folder;
  for (const auto& entry : std::filesystem::directory_iterator(ROPEWALK_SOURCE "/workflows")) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".yaml")) continue;
    ASSERT_TRUE(kSettings.contains(name)) << name << " is not run by any test";
    std::vector<std::string> words{"run", "--json", entry.path()};
    words.insert(words.end(), kSettings.at(name).begin(), kSettings.at(name).end());
    const Ended ended = ropewalk(words, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 0) << name << ": " << ended.err;
  }
}

TEST(Workflows, TenSleepsShowsWhatThreadsAndProcessesBuyForWaiting) {
  const Ended ended = ropewalk({"run", "--json", ROPEWALK_SOURCE "/workflows/ten-sleeps.yaml"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  std::vector<std::string> executors;
  double one_by_one = 0, slowest = 0;
  const json run = json::parse(ended.out);
  for (const json& stage : run["stages"]) {
    executors.push_back(stage["executor"]);
    EXPECT_EQ(stage["bound"], "io") << stage;
    EXPECT_GE(stage["wall_s"], stage["executor"] == "serial" ? 2.0 : 1.0) << stage;
    const double wall_s = stage["wall_s"];
    if (stage["executor"] == "serial") one_by_one = wall_s;
    else slowest = std::max(slowest, wall_s);
  }
  EXPECT_LT(slowest, one_by_one) << run["stages"];
  EXPECT_THAT(executors, testing::UnorderedElementsAre("serial", "thread-per-task", "thread", "process-per-task", "process"));
}

}  // namespace
}  // namespace ropewalk::test
