#include "report/live_failures.hpp"

#include "base/style.hpp"

#include <ropewalk/value.hpp>

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kFailureSecond = 1'000'000'000;

class Printed final : public ProgressView {
 public:
  void frame(const std::vector<std::string>&) override {}
  void line(std::string_view) override { ADD_FAILURE() << "a failure is not dropped"; }
  void message(std::string_view text) override { lines.emplace_back(text); }
  unsigned width() override { return 80; }
  unsigned height() override { return 24; }
  std::vector<std::string> lines;
};

class OneItem final : public TaskItems {
 public:
  std::optional<Value> item_of(std::uint32_t, std::uint64_t) const override { return Value("a.jpg"); }
};

struct Failing {
  explicit Failing(LiveFailures::Style style = {}) : failures(printed, std::move(style)) {
    failures.run_started(0, {"r", "demo", &items});
    failures.stage_started(0, {0, "hash", "file.checksum", "thread", 8, 1000});
    failures.stage_started(0, {1, "pack", "file.pack", "thread", 8, 1000});
  }
  void ends(std::uint32_t stage, TaskFinished task) { failures.tasks_finished(0, stage, std::span(&task, 1)); }
  void fail(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ends(0, {i, 1, Outcome::failed, 0, 0, 0, 0, 1, 0, true, "no"});
  }
  OneItem items;
  Printed printed;
  LiveFailures failures;
};

TEST(LiveFailures, ArePrintedAsTheSummaryPrintsThem) {
  Failing run;
  run.ends(0, {17, 2, Outcome::crashed, 11, 0, 0, 0, 1, 0, true, "in\nmain"});
  run.ends(1, {3, 1, Outcome::timed_out, 0, 0, 0, 0, 1, 0, true, ""});
  EXPECT_THAT(run.printed.lines,
              ElementsAre("hash/17 (a.jpg) crashed by SIGSEGV at attempt 2: in\\nmain", "pack/3 (a.jpg) timed out"));
}

TEST(LiveFailures, AreRedWhereColorsAreShown) {
  Failing run({.color = true});
  run.fail(1);
  EXPECT_THAT(run.printed.lines,
              ElementsAre(std::string(style::kRed) + "hash/0 (a.jpg) failed: no" + std::string(style::kPlain)));
}

TEST(LiveFailures, AreNeitherSuccessesNorAttemptsThatAreRetriedNorTasksThatDidNotRun) {
  Failing run;
  run.ends(0, {1, 1, Outcome::succeeded, 0, 0, 0, 0, 1, 0, true, ""});
  run.ends(0, {2, 1, Outcome::crashed, 11, 0, 0, 0, 1, 0, false, ""});
  run.ends(0, {3, 0, Outcome::skipped, 0, 0, 0, 0, 1, 0, true, ""});
  run.ends(0, {4, 1, Outcome::cancelled, 0, 0, 0, 0, 1, 0, true, ""});
  EXPECT_THAT(run.printed.lines, IsEmpty());
}

TEST(LiveFailures, BeyondTwentyAreCountedAtMostEveryTenSeconds) {
  Failing run;
  run.fail(57);
  ASSERT_EQ(run.printed.lines.size(), 20u);
  for (int second = 0; second < 30; ++second) run.failures.tick(second * kFailureSecond);
  run.fail(1);
  run.failures.run_finished(30 * kFailureSecond, {});
  EXPECT_THAT(std::vector(run.printed.lines.begin() + 20, run.printed.lines.end()),
              ElementsAre("37 more tasks failed, 57 in all", "1 more task failed, 58 in all"));
}

TEST(LiveFailures, AStageThatFailsWithoutATaskIsOne) {
  Failing run;
  run.failures.stage_finished(0, {0, "hash", Outcome::failed, 5, 1, 0, 0, "cannot read 'list'", {.succeeded = 5}});
  run.failures.stage_finished(0, {1, "pack", Outcome::failed, 5, 1, 0, 0, "1 task failed", {.failed = 1}});
  EXPECT_THAT(run.printed.lines, ElementsAre("stage 'hash' failed: cannot read 'list'"));
}

TEST(LiveFailures, OnGitHubAreAnnotationsAtTheirStage) {
  Failing run({.annotate = true, .places = {{"a.yaml", 5}}});
  run.ends(0, {17, 1, Outcome::failed, 0, 0, 0, 0, 1, 0, true, "100 % full\n\x1b[2J: no"});
  run.ends(1, {3, 1, Outcome::timed_out, 0, 0, 0, 0, 1, 0, true, ""});
  EXPECT_THAT(run.printed.lines,
              ElementsAre("hash/17 (a.jpg) failed: 100 % full\\n\\x1b[2J: no",
                          "::error file=a.yaml,line=5::hash/17 (a.jpg) failed: 100 %25 full%0A\\x1b[2J: no",
                          "pack/3 (a.jpg) timed out", "::error::pack/3 (a.jpg) timed out"));
}

TEST(LiveFailures, WithoutLinesOnlyAnnotationsAreLeft) {
  Failing run({.lines = false, .annotate = true, .places = {{"a.yaml", 5}}});
  run.fail(21);
  run.failures.run_finished(0, {});
  EXPECT_EQ(run.printed.lines.size(), 20u);
  EXPECT_EQ(run.printed.lines.front(), "::error file=a.yaml,line=5::hash/0 (a.jpg) failed: no");
}

TEST(GitHub, EscapesWhatItsRunnerWouldTakeForItsOwn) {
  EXPECT_EQ(github_error({"a,b:c%d\r\n.yaml", 7}, "50 %, a:b\r\nnext"),
            "::error file=a%2Cb%3Ac%25d%0D%0A.yaml,line=7::50 %25, a:b%0D%0Anext");
  EXPECT_EQ(github_error({"a.yaml", 0}, "x"), "::error file=a.yaml::x");
  EXPECT_EQ(github_error({}, "x"), "::error::x");
}

}  // namespace
}  // namespace ropewalk
