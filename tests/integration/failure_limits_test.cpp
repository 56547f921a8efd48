// --halt and stop_after in the real program.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// A task type that fails for every item, one after the other.
std::vector<std::string> map_of_failures(std::vector<std::string> more) {
  std::vector<std::string> words{"map", "shell.run", "--range", "9", "--executor", "serial", "--json"};
  words.insert(words.end(), more.begin(), more.end());
  for (const char* const word : {"--", "test", "{}", "-lt", "0"}) words.emplace_back(word);
  return words;
}

TEST(FailureLimits, M06_HaltStopsAfterSoManyFailures) {
  for (const auto& [halt, failed] : {std::pair{"soon,fail=3", 3}, std::pair{"now,fail=2", 2},
                                     std::pair{"soon,fail=50%", 5}, std::pair{"never", 9}}) {
    const ProgramEnd ended = ropewalk(map_of_failures({"--halt", halt}));
    EXPECT_EQ(ended.exit_code, 1) << halt << ended.err;
    const json stage = json::parse(ended.out)["stages"][0];
    EXPECT_EQ(stage["failed"], failed) << halt;
    EXPECT_EQ(stage["not_started"], 9 - failed) << halt;
  }
}

TEST(FailureLimits, HaltIsAsGnuParallelHasItOrRefused) {
  for (const auto& [halt, why] :
       {std::pair{"soon,success=1", "a run is not stopped by tasks that succeed"},
        std::pair{"now,done=5", "a run is not stopped by tasks that succeed"},
        std::pair{"2", "--halt does not take '2'"}, std::pair{"soon,fail=0", "--halt does not take"},
        std::pair{"later,fail=1", "--halt does not take"}, std::pair{"soon,fail=101%", "--halt does not take"}}) {
    const ProgramEnd ended = ropewalk(map_of_failures({"--halt", halt}));
    EXPECT_EQ(ended.exit_code, 2) << halt;
    EXPECT_THAT(ended.err, HasSubstr(why)) << halt;
  }
  EXPECT_THAT(ropewalk(map_of_failures({"--halt", "soon,fail=1", "--fail-fast"})).err,
              HasSubstr("--fail-fast and --halt contradict each other"));
}

TEST(FailureLimits, PrintedAsAWorkflowHaltIsStopAfter) {
  const auto yaml = [](const char* halt) {
    return ropewalk({"map", "sim.noop", "--range", "3", "--print-yaml", "--halt", halt});
  };
  EXPECT_THAT(yaml("soon,fail=3").out, HasSubstr("on_error: {stop_after: 3}\n"));
  EXPECT_THAT(yaml("soon,fail=5%").out, HasSubstr("stop_after: \"5%\"}\n"));
  EXPECT_EQ(yaml("now,fail=3").exit_code, 2);
}

}  // namespace
}  // namespace ropewalk::test
