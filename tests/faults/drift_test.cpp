// A task that changes the state of its process: the change is reported to the engine, and no task suffers from it. On
// `process`, where a worker is alone in its host.

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

using test::Account;
using test::Given;
using test::plan;
using test::stage;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kUntilTold = 100'000;  // maximum runs; the watchdog ends the test earlier

struct Drift : testing::Test {
  Drift() { ::alarm(static_cast<unsigned>(test::kLongPatience.count())); }
  ~Drift() override { ::alarm(0); }

  /// The warnings of runs with such a task, until there is one. Each uses a new engine, because its runs share their
  /// host. A worker checks its state when it is idle, but not after every task.
  static std::vector<std::string> warnings(const std::string& what, int most_runs = 40) {
    Engine engine({.programs = ROPEWALK_BUILD "/bin",
                   .plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/hostile_plugins"},
                   .log = {}});
    const std::vector<Given> with = {{.name = "what", .constant = what}};
    Account account;
    for (int i = 0; i < most_runs && account.warnings.empty(); ++i) {
      const RunResult result =
          engine.run(plan({stage(engine.plugin("zoo").value(), "drift", 1, {.workers = 1, .with = with})}), account);
      EXPECT_EQ(result.stages.at(0).succeeded, 1u) << what << ": " << account.endings[0].message;
      EXPECT_FALSE(result.broken) << result.why;
    }
    return account.warnings;
  }
};

TEST_F(Drift, P08_P09_P11_R14_EveryKindIsReportedByName) {
  const std::pair<const char*, const char*> kinds[] = {{"chdir", "its working directory is /"},
                                                       {"umask", "its umask is 000"},
                                                       {"setlocale", "its locale is"},
                                                       {"setenv", "its environment has changed (ZOO_WAS_HERE)"},
                                                       {"putenv", "its environment has changed (ZOO_WAS_HERE)"},
                                                       {"rlimits", "its RLIMIT_FSIZE has changed"},
                                                       {"nice", "its priority is"},
                                                       {"mask", "its worker blocks other signals"},
                                                       {"ignore", "SIGTERM is ignored"}};
  for (const auto& [what, text] : kinds)
    EXPECT_THAT(warnings(what, kUntilTold), testing::Contains(HasSubstr(text))) << what;
}

TEST_F(Drift, P09_ALostLineToTheEngineCostsNoTask) {
  for (const char* what : {"close", "dup2"}) warnings(what);
}

TEST_F(Drift, P11_R14_ALeakOfEveryTaskIsReportedOnceItIsLarge) {
  EXPECT_THAT(warnings("threads", kUntilTold), testing::Contains(HasSubstr("threads run, at first")));
  EXPECT_THAT(warnings("descriptors", kUntilTold), testing::Contains(HasSubstr("descriptors are open, at first")));
}

TEST_F(Drift, P09_R14_ADriftedHostIsNotReused) {
  for (const char* what : {"chdir", "descriptors", "threads"}) {
    Engine engine({.programs = ROPEWALK_BUILD "/bin",
                   .plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/hostile_plugins"},
                   .log = {}});
    const auto host_of = [&](const std::string& deed, Account& account) {
      const std::vector<Given> with = {{.name = "what", .constant = deed}};
      engine.run(plan({stage(engine.plugin("zoo").value(), "drift", 1, {.workers = 1, .with = with})}), account);
      return account.endings[0].host;
    };
    Account account;
    std::set<std::int32_t> drifted;
    // How soon a host checks its state depends on the cost of a check; the watchdog ends a futile wait.
    while (account.warnings.empty()) drifted.insert(host_of(what, account));
    std::int32_t next = 0;
    while (next == 0 || drifted.contains(next)) next = host_of("nothing", account);
    EXPECT_EQ(host_of("nothing", account), next) << what << ": the new one stays";
  }
}

/// A run of tasks that all change their process in the same way, long enough for each to be checked.
struct AllDrift {
  AllDrift(OnDrift rule, const std::string& what, const std::string& executor = "process")
      : engine({.programs = ROPEWALK_BUILD "/bin",
                .plugin_folders = {ROPEWALK_BUILD "/plugins", ROPEWALK_BUILD "/tests/hostile_plugins"},
                .log = {}}) {
    const auto zoo = engine.plugin("zoo").value();
    const auto with = [](const std::string& deed) {
      return std::vector<Given>{{.name = "what", .constant = deed},
                                {.name = "at", .constant = std::int64_t{-1}},
                                {.name = "lasts", .constant = 0.002}};
    };
    result = engine.run(
        plan({stage(zoo, "drift", kTasks,
                    {.name = "change", .executor = executor, .workers = 1, .with = with(what), .drift = rule}),
              stage(zoo, "drift", 1,
                    {.name = "after", .executor = executor, .workers = 1, .with = with("nothing"), .needs = {0}})}),
        account, {.keep_results = true});
    EXPECT_EQ(result.outcome, Outcome::succeeded) << result.why;
    for (const auto& row : test::rows(result, 0)) pids.insert(*row.value.as_map()->at("pid").as_int());
    for (const auto& row : test::rows(result, 1)) after = *row.value.as_map()->at("pid").as_int();
  }
  static constexpr std::uint64_t kTasks = 24;
  Engine engine;
  Account account;
  RunResult result;
  std::set<std::int64_t> pids;  // of the first stage's hosts
  std::int64_t after = 0;
};

TEST_F(Drift, P09_IfFreshHostsRepeatTheChangeTheyAreKeptAndOneWarningIsReported) {
  for (const char* executor : {"process", "serial"}) {
    for (const char* what : {"setenv", "chdir"}) {
      const AllDrift run(OnDrift::learn, what, executor);
      EXPECT_LE(run.pids.size(), 4u) << what;
      EXPECT_GE(run.pids.size(), 3u) << what;
      EXPECT_THAT(run.account.warnings, testing::ElementsAre(HasSubstr("such a host is replaced"),
                                                             HasSubstr("such a host is kept from now on")))
          << what;
      EXPECT_FALSE(run.pids.contains(run.after)) << what << ": a later stage must not find the change";
    }
  }
}

TEST_F(Drift, P09_WithDriftKeepAHostIsKeptFromTheStart) {
  const AllDrift run(OnDrift::keep, "setenv");
  EXPECT_EQ(run.pids.size(), 1u);
  EXPECT_THAT(run.account.warnings, IsEmpty());
  EXPECT_FALSE(run.pids.contains(run.after)) << "a later stage must not find the change";
}

TEST_F(Drift, P09_WithDriftReplaceAHostIsAlwaysReplaced) {
  const AllDrift run(OnDrift::replace, "setenv");
  EXPECT_GE(run.pids.size(), AllDrift::kTasks / 2) << "two tasks may begin before one look";
  EXPECT_THAT(run.account.warnings, testing::ElementsAre(HasSubstr("such a host is replaced")));
}

TEST_F(Drift, P09_ATaskThatChangesNothingCausesNoWarning) { EXPECT_THAT(warnings("nothing"), IsEmpty()); }

}  // namespace
}  // namespace ropewalk
