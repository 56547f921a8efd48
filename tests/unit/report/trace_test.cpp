#include <ropewalk/report.hpp>

#include "report/trace_curves.hpp"
#include "support/fake_record.hpp"
#include "sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <numeric>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMs = 1'000'000;

class TracedRecord final : public test::FakeRecord {
 public:
  Result<RecordedSetup> setup(std::uint32_t) const override { return RecordedSetup{.stages = planned}; }
  Result<std::vector<RecordedWarning>> timed_warnings() const override {
    return std::vector<RecordedWarning>{{1, 3 * kMs, "slow \"disk\""}};
  }
  Result<std::vector<RecordedHost>> hosts() const override {
    return std::vector<RecordedHost>{{1, 11, 0, 30 * kMs, "exited with code 0"},
                                     {1, 12, 0, 21 * kMs, "was killed by SIGSEGV"}};
  }
};

RecordedAttempt attempt(std::uint32_t stage, std::uint64_t index, std::uint32_t number, Outcome outcome, bool last,
                        std::int64_t start_ms, std::int64_t run_ms, std::int32_t host) {
  RecordedAttempt made;
  made.stage = stage;
  made.index = index;
  made.attempt = number;
  made.session = 1;
  made.outcome = outcome;
  made.last = last;
  made.started_ns = start_ms * kMs;
  made.run_ns = run_ms * kMs;
  made.cpu_ns = run_ms * kMs / 2;
  made.host = host;
  return made;
}

/// `hash` streams to `use`, which has a process for each task and repeats its second task; the first of `hash` has a
/// name that is hard to write down.
TracedRecord traced() {
  TracedRecord made;
  made.about = {.id = "20261129-120300-quiet-otter", .name = "quiet-otter", .workflow = "de\"mo"};
  made.about.sessions = {{.number = 1,
                          .started_unix_ns = 1'795'000'000'123'000'000,
                          .pid = 99,
                          .machine = "m",
                          .version = "0.1.0",
                          .outcome = Outcome::failed,
                          .wall_ns = 40 * kMs}};
  RecordedStage hash{.number = 0, .name = "hash", .task = "file.checksum", .executor = "process", .workers = 2};
  hash.definition = R"({"foreach": "{\"range\": \"2\"}"})";
  hash.outcome = Outcome::failed;
  hash.tasks = 3;
  hash.started_ns = 1 * kMs;
  hash.wall_ns = 20 * kMs;
  RecordedStage use{.number = 1, .name = "use", .task = "shell.run", .executor = "process-per-task", .workers = 2};
  use.definition = R"({"foreach": "{\"results\": \"hash\"}"})";
  use.outcome = Outcome::succeeded;
  use.tasks = 3;
  use.started_ns = 5 * kMs;
  use.wall_ns = 30 * kMs;
  made.planned = {hash, use};
  auto& all = made.attempts;
  all = {attempt(0, 0, 1, Outcome::succeeded, true, 1, 10, 11), attempt(0, 1, 1, Outcome::succeeded, true, 12, 8, 11),
         attempt(0, 2, 1, Outcome::crashed, true, 2, 19, 12),   attempt(1, 0, 1, Outcome::succeeded, true, 11, 5, 21),
         attempt(1, 1, 1, Outcome::failed, false, 20, 3, 22),   attempt(1, 1, 2, Outcome::succeeded, true, 25, 10, 23)};
  all[0].item = R"("a\nb\"\u0001")";
  all[2].detail = 11;
  all[2].message = "killed by SIGSEGV";
  all[2].evidence = "#0 f()";
  RecordedAttempt skipped;
  skipped.stage = 1;
  skipped.index = 2;
  skipped.session = 1;
  skipped.outcome = Outcome::skipped;
  all.push_back(skipped);
  return made;
}

std::string text_of(const Record& record, std::string_view state) {
  StringSink sink;
  EXPECT_TRUE(write_trace(record, state, sink));
  return sink.text;
}

TEST(Trace, MatchesItsGoldenFile) {
  const std::string actual = text_of(traced(), "failed");
  EXPECT_EQ(actual, test::golden("run.trace.json", actual));
}

TEST(Trace, DrawsOneArrowForEachResultThatWasConsumed) {
  const auto document = nlohmann::json::parse(text_of(traced(), "failed"));
  std::vector<double> starts, ends;
  for (const auto& event : document["traceEvents"]) {
    if (event["ph"] == "s") starts.push_back(event["ts"]);
    if (event["ph"] == "f") ends.push_back(event["ts"]);
  }
  EXPECT_THAT(starts, ElementsAre(10'999.999, 19'999.999));
  EXPECT_THAT(ends, ElementsAre(11'000.001, 20'000.001));
}

TEST(Trace, SaysThatARunHasNoEnd) {
  TracedRecord record = traced();
  record.about.sessions.back().outcome.reset();
  record.about.sessions.back().wall_ns.reset();
  record.planned[1].outcome.reset();
  const std::string text = text_of(record, "killed");
  EXPECT_THAT(text, HasSubstr("the run was killed, or its machine stopped"));
  EXPECT_THAT(text, HasSubstr(R"("outcome": "unfinished")"));
  EXPECT_THAT(text_of(record, "running"), HasSubstr("the run goes on; what follows is not recorded yet"));
}

TEST(Trace, ASessionWithoutAnEndLastsUntilItsLastEventAndNotIntoTheNextOne) {
  TracedRecord record = traced();
  auto& sessions = record.about.sessions;
  sessions.push_back(sessions.front());
  sessions.back().number = 2;
  sessions.back().started_unix_ns += 1000 * kMs;
  sessions.front().outcome.reset();
  sessions.front().wall_ns.reset();
  sessions.front().seen_ns = 37 * kMs;
  record.attempts.back() = attempt(1, 2, 1, Outcome::succeeded, true, 5, 10, 31);
  record.attempts.back().session = 2;
  std::vector<double> lengths;
  const auto document = nlohmann::json::parse(text_of(record, "succeeded"));
  for (const auto& event : document["traceEvents"])
    if (event["name"] == "run quiet-otter") lengths.push_back(event["dur"]);
  EXPECT_THAT(lengths, ElementsAre(37'000, 40'000));
}

TEST(Trace, SaysThatARunHadNoTask) {
  TracedRecord record = traced();
  record.planned.clear();
  record.attempts.clear();
  EXPECT_THAT(text_of(record, "succeeded"), HasSubstr("the run had no task"));
}

TEST(StepCurve, KeepsTheValueAtEachSampleHoweverLongItGets) {
  StepCurve curve;
  for (std::int64_t i = 0; i < 100'000; ++i) {
    curve.step(i * kMs, 1);
    curve.step(i * kMs + kMs / 2, -1);
  }
  EXPECT_LE(curve.samples().size(), kCurveSamples);
  EXPECT_GT(curve.samples().size(), kCurveSamples / 4);
  const std::vector<std::int64_t> samples = curve.samples();
  EXPECT_EQ(samples.back(), 0);
  for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
    const std::int64_t t = static_cast<std::int64_t>(i) * curve.interval_ns();
    EXPECT_EQ(samples[i], t % kMs < kMs / 2 ? 1 : 0) << i;
  }
}

TEST(RateCurve, KeepsTheAmount) {
  RateCurve curve;
  double wanted = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    curve.add(i * 7 * kMs, i * 7 * kMs + 20 * kMs, 5e6);
    wanted += 5e6;
  }
  const std::vector<double> samples = curve.samples();
  EXPECT_LE(samples.size(), kCurveSamples);
  const double sum = std::accumulate(samples.begin(), samples.end(), 0.0) * static_cast<double>(curve.interval_ns());
  EXPECT_NEAR(sum, wanted, wanted * 1e-9);
}

}  // namespace
}  // namespace ropewalk
