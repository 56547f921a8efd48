// A task that leaves its process other than it found it: the engine is told what changed, and no task pays for it.
// On `process`, where a worker is alone in its host.

#include "faults/account.hpp"
#include "support/hand_plan.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

using test::Given;
using test::plan;
using test::stage;
using testing::HasSubstr;
using testing::IsEmpty;

struct Warned : test::Account {
  void warning(std::int64_t, const Warning& warning) override { warnings.push_back(std::string(warning.text)); }
  std::vector<std::string> warnings;
};

constexpr int kUntilTold = 100'000;  // runs; the watchdog ends the test earlier

struct Drift : testing::Test {
  Drift() { ::alarm(static_cast<unsigned>(test::kLongPatience.count())); }
  ~Drift() override { ::alarm(0); }

  /// The warnings of runs whose task does that, until there is one. A fresh engine each: its runs share their host.
  /// A worker looks when it has nothing to do, but not after every task.
  static std::vector<std::string> warnings(const std::string& what, int most_runs = 40) {
    Engine engine({.programs = ROPEWALK_BUILD "/bin", .plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/plugins"}, .log = {}});
    const std::vector<Given> with = {{.name = "what", .constant = what}};
    Warned account;
    for (int i = 0; i < most_runs && account.warnings.empty(); ++i) {
      const RunResult result = engine.run(plan({stage(engine.plugin("zoo").value(), "drift", 1, {.workers = 1, .with = with})}), account);
      EXPECT_EQ(result.stages.at(0).succeeded, 1u) << what << ": " << account.endings[0].message;
      EXPECT_FALSE(result.broken) << result.why;
    }
    return account.warnings;
  }
};

TEST_F(Drift, P08_P09_P11_R14_EveryKindIsToldByName) {
  const std::pair<const char*, const char*> kinds[] = {{"chdir", "its working directory is /"},
                                                       {"umask", "its umask is 000"},
                                                       {"setlocale", "its locale is"},
                                                       {"setenv", "its environment has changed (ZOO_WAS_HERE)"},
                                                       {"putenv", "its environment has changed (ZOO_WAS_HERE)"},
                                                       {"rlimits", "its RLIMIT_FSIZE has changed"},
                                                       {"nice", "its priority is"},
                                                       {"mask", "its worker blocks other signals"},
                                                       {"ignore", "SIGTERM is ignored"}};
  for (const auto& [what, text] : kinds) EXPECT_THAT(warnings(what, kUntilTold), testing::Contains(HasSubstr(text))) << what;
}

TEST_F(Drift, P09_ALostLineToTheEngineCostsNoTask) {
  for (const char* what : {"close", "dup2"}) warnings(what);
}

TEST_F(Drift, P11_R14_WhatEveryTaskLeaksIsToldWhenItIsMuch) {
  EXPECT_THAT(warnings("threads", kUntilTold), testing::Contains(HasSubstr("threads run, at first")));
  EXPECT_THAT(warnings("descriptors", kUntilTold), testing::Contains(HasSubstr("descriptors are open, at first")));
}

TEST_F(Drift, P09_R14_AHostThatHasDriftedIsNotUsedAgain) {
  for (const char* what : {"chdir", "descriptors", "threads"}) {
    Engine engine({.programs = ROPEWALK_BUILD "/bin", .plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/plugins"}, .log = {}});
    const auto host_of = [&](const std::string& deed, Warned& account) {
      const std::vector<Given> with = {{.name = "what", .constant = deed}};
      engine.run(plan({stage(engine.plugin("zoo").value(), "drift", 1, {.workers = 1, .with = with})}), account);
      return account.endings[0].host;
    };
    Warned account;
    std::set<std::int32_t> drifted;
    // How soon a host looks at itself depends on what a look costs it; the watchdog ends a wait for nothing.
    while (account.warnings.empty()) drifted.insert(host_of(what, account));
    std::int32_t next = 0;
    while (next == 0 || drifted.contains(next)) next = host_of("nothing", account);
    EXPECT_EQ(host_of("nothing", account), next) << what << ": the new one stays";
  }
}

TEST_F(Drift, P09_ATaskThatChangesNothingIsNotAccused) { EXPECT_THAT(warnings("nothing"), IsEmpty()); }

}  // namespace
}  // namespace ropewalk
