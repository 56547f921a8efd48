#include "executors/attempt_reports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ropewalk {
namespace {

using testing::ElementsAre;

struct Heard final : ExecutorListener {
  void started(std::span<const TaskStarted> tasks) override {
    for (const TaskStarted& one : tasks) lines.push_back("started " + std::to_string(one.index));
  }
  void ended(std::span<const AttemptResult> tasks) override {
    for (const AttemptResult& one : tasks)
      lines.push_back("ended " + std::to_string(one.task) + " " + std::string(one.payload));
  }
  void slow(const TaskSlow&) override {}
  void said(const TaskSaid&) override {}
  void progressed(const TaskProgress&) override {}
  void output(const TaskOutput&) override {}
  void host_started(std::int32_t, std::uint32_t) override {}
  void host_output(std::int32_t, std::string_view) override {}
  void host_ended(std::int32_t, std::string_view, HostEnd) override {}
  void waited(std::int64_t) override {}
  void warning(std::string_view) override {}
  void broken(const Error&) override {}

  std::vector<std::string> lines;
};

AttemptResult& add(AttemptReports& reports, std::uint64_t task, std::int64_t run_ns) {
  AttemptResult& result = reports.add_ended();
  result.task = task;
  result.run_ns = run_ns;
  return result;
}

TEST(AttemptReports, ReportsWhatStartedBeforeWhatEndedAndOnce) {
  AttemptReports reports;
  {
    const std::string text = "text of the caller";
    add(reports, 1, 0).payload = reports.keep(text);
  }
  reports.add_started(2, 1);
  Heard heard;
  reports.flush(heard);
  reports.flush(heard);
  EXPECT_THAT(heard.lines, ElementsAre("started 2", "ended 1 text of the caller"));
  EXPECT_EQ(reports.ended(), 0u);
}

TEST(AttemptReports, AreFullAfter2048Results) {
  AttemptReports reports;
  for (int i = 0; i < 2047; ++i) reports.add_ended();
  EXPECT_FALSE(reports.full());
  reports.add_ended();
  EXPECT_TRUE(reports.full());
}

TEST(AttemptReports, AReadingOfTheClockIsSharedByLength) {
  AttemptReports reports;
  add(reports, 1, 500).cpu_ns = 7;
  add(reports, 2, 100);
  add(reports, 3, 300);
  reports.share_cpu(1, 800);
  EXPECT_EQ(reports.last_ended().cpu_ns, 600);
  EXPECT_EQ(reports.lend_cpu(0), 900) << "without a reading they have used what they ran";
}

TEST(AttemptReports, TasksOfNoLengthShareAReadingEvenly) {
  AttemptReports reports;
  add(reports, 1, 0);
  add(reports, 2, 0);
  reports.share_cpu(0, 10);
  EXPECT_EQ(reports.last_ended().cpu_ns, 5);
}

}  // namespace
}  // namespace ropewalk
