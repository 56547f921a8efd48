// No time is measured by the wall clock.

#include "program.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;

const std::vector<std::pair<std::string, std::string>> kLeaping = {
    {"LD_PRELOAD", ROPEWALK_TEST_PLUGINS "/leaping_clock.so"}};

TEST(WallClock, S12_LeapsUnderAPreloadedLibrary) {
  Program date({"/bin/date", "+%s"}, {.environment = kLeaping});
  const long long said = std::atoll(date.wait().out.c_str());
  EXPECT_GT(std::llabs(said - static_cast<long long>(std::time(nullptr))), 3000);
}

TEST(WallClock, S12_LeapingByHoursChangesNoTimeoutNoOrderAndNoTiming) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
  const Folder folder;
  folder.file("a.yaml", R"(
ropewalk: 1
name: a
stages:
  - {name: in-time, task: sim.sleep, workers: 4, timeout: 10m, foreach: {range: 20}, with: {seconds: 0.01}}
  - {name: too-long, task: sim.sleep, timeout: 300ms, with: {seconds: 3000}, on_error: ignore}
  - {name: again, task: sim.fail, retries: {max: 2, delay: 50ms}, with: {how: error}, on_error: ignore}
)");
  const ProgramEnd ended =
      ropewalk({"run", "a.yaml", "--json", "--events", "events"}, {.folder = folder.path(), .environment = kLeaping});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const json run = json::parse(ended.out);
  EXPECT_EQ(run["stages"][0]["succeeded"], 20);
  EXPECT_EQ(run["failures"][0]["outcome"], "timed_out");
  EXPECT_EQ(run["stages"][2]["retried"], 2);
  double last = 0;
  for (const std::string& line : lines_of(read_file(folder.path("events")))) {
    const json event = json::parse(line);
    EXPECT_GE(event["t"].get<double>(), last) << line;
    last = event["t"];
    for (const char* duration : {"queued_s", "run_s", "cpu_s", "wall_s"}) {
      if (!event.contains(duration)) continue;
      EXPECT_GE(event[duration].get<double>(), 0) << line;
      EXPECT_LT(event[duration].get<double>(), 1000) << line;
    }
  }
  EXPECT_LT(last, 1000);
}

/// The program itself is statically linked, so a preloaded library cannot change its clock. An embedder's engine can be
/// affected.
TEST(WallClock, S12_LeapingByHoursInTheEngineChangesNoTimeoutAndNoDelay) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer wants to be the first library";
#endif
  Program embedder(
      {ROPEWALK_OVERRUN_TEST, "--gtest_filter=Every/Overrun.W13_P12*/process:Every/Overrun.EachKind*/thread"},
      {.environment = kLeaping});
  const ProgramEnd ended = embedder.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  EXPECT_NE(ended.out.find("[  PASSED  ] 2 tests."), std::string::npos) << ended.out;
}

}  // namespace
}  // namespace ropewalk::test
