// The text of a span gives back every task that was put into it, and nothing else is taken for one.

#include "record/task_span.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace ropewalk::record {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min(),
                       kHighest = std::numeric_limits<std::int64_t>::max();

PlainTask plain_task(std::uint64_t index) {
  return {.index = index,
          .queued_ns = 400,
          .started_ns = 1'000'000 + static_cast<std::int64_t>(index) * 70,
          .run_ns = 30,
          .cpu_ns = 20,
          .key = 0xfedcba9876543210,
          .place = 4711 << 16 | 1,
          .item_int = 7 + static_cast<std::int64_t>(index),
          .item = {},
          .result = {},
          .stage = 2,
          .item_kind = PlainTask::Item::integer,
          .has_key = true,
          .encoded = false};
}

struct SpanOfTasks {
  SpanOfTasks(const Batch& batch, const std::vector<PlainTask>& tasks, std::vector<std::string> results = {}) {
    std::vector<const PlainTask*> all_tasks;
    for (const PlainTask& task : tasks) all_tasks.push_back(&task);
    text.make(batch, all_tasks, results);
    read = all.read(text.head(), tasks.size(), text.places(), text.tasks());
  }
  SpanText text;
  SpanTasks all;
  bool read = false;
};

TEST(TaskSpan, AnEmptyTaskTakesFewBytes) {
  std::vector<PlainTask> tasks;
  for (std::uint64_t index = 0; index < 100; ++index) tasks.push_back(plain_task(index));
  for (PlainTask& task : tasks) task.queued_ns = task.started_ns - 5;
  const SpanOfTasks span({}, tasks);
  EXPECT_EQ(span.text.places(), "[308740097]");
  EXPECT_THAT(span.text.tasks(), testing::StartsWith("[[0,30,20],[70,30,20],[140,30,20],"));
  EXPECT_EQ(span.text.head().item_from, 7);
  ASSERT_TRUE(span.read);
  EXPECT_EQ(span.all.at(99).item, "106");
  EXPECT_EQ(span.all.at(99).started_ns, 1'006'930);
  EXPECT_EQ(span.all.at(99).queued_ns, 1'006'925);
  EXPECT_EQ(span.all.at(99).place, 308740097);
  EXPECT_EQ(span.all.at(99).key, 0xfedcba9876543210);
}

TEST(TaskSpan, GivesBackWhatVariesFromTaskToTask) {
  Batch batch;
  std::vector<PlainTask> tasks;
  for (std::uint64_t index = 10; index < 16; ++index) tasks.push_back(plain_task(index));
  tasks[1].place = -5;
  tasks[2].key = 1;
  tasks[2].queued_ns = kHighest;
  tasks[3].item_kind = PlainTask::Item::json;
  tasks[3].item = batch.keep(R"({"a\"b": "\\"})");
  tasks[4].item_kind = PlainTask::Item::none;
  tasks[4].started_ns = kLowest;
  tasks[5].run_ns = kHighest;
  tasks[5].cpu_ns = kLowest;
  tasks[5].item_int = kLowest;
  const std::vector<std::string> results{"", R"({"n": 1})", "", R"({"text": "say \"hi\""})", "{\"x\": []}", ""};
  const SpanOfTasks span(batch, tasks, results);
  ASSERT_TRUE(span.read) << span.text.tasks();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const SpanTask read = span.all.at(i);
    EXPECT_EQ(read.queued_ns, tasks[i].queued_ns) << i;
    EXPECT_EQ(read.started_ns, tasks[i].started_ns) << i;
    EXPECT_EQ(read.run_ns, tasks[i].run_ns) << i;
    EXPECT_EQ(read.cpu_ns, tasks[i].cpu_ns) << i;
    EXPECT_EQ(read.place, tasks[i].place) << i;
    EXPECT_EQ(read.key, tasks[i].key) << i;
    EXPECT_EQ(read.result, results[i]) << i;
  }
  EXPECT_EQ(span.all.at(0).item, "17");
  EXPECT_EQ(span.all.at(3).item, R"({"a\"b": "\\"})");
  EXPECT_EQ(span.all.at(4).item, "");
  EXPECT_EQ(span.all.at(5).item, std::to_string(kLowest));
}

TEST(TaskSpan, WithoutKeysAndItemsThereAreNone) {
  std::vector<PlainTask> tasks{plain_task(0), plain_task(1)};
  for (PlainTask& task : tasks) task.has_key = false, task.item_kind = PlainTask::Item::none;
  const SpanOfTasks span({}, tasks, {"", "{\"n\": 1}"});
  ASSERT_TRUE(span.read) << span.text.tasks();
  EXPECT_EQ(span.all.at(1).key, std::nullopt);
  EXPECT_EQ(span.all.at(1).item, "");
  EXPECT_EQ(span.all.at(1).result, "{\"n\": 1}");
}

TEST(TaskSpan, AnyOtherTextIsRefused) {
  SpanTasks span;
  EXPECT_TRUE(span.read({}, 1, "[1]", "[[0,1,2]]"));
  for (const char* tasks :
       {"", "[", "[]", "[[]]", "[[0,1]]", "[[0,1,2]", "[[0,1,2]]x", "[[0,1,2],]", "[[0,1,2,1]]", "[[0,1,2,-1]]",
        "[[0,1,2,0,0,x]]", "[[0,1,2,0,0,null,\"x]]", "[[0,1,2,0,0,null,\"x\\", "[[0,1,2,0,0,null,null,7]]",
        "[[0,1,2,0,0,null,null,\"\",1]]", "[[99999999999999999999,1,2]]", "[[0,1,2],[0,1,2]]", "[[0, 1, 2]]"})
    EXPECT_FALSE(span.read({}, 1, "[1]", tasks)) << tasks;
  for (const char* places : {"", "[]", "[1", "[1]]", "[x]"})
    EXPECT_FALSE(span.read({}, 1, places, "[[0,1,2]]")) << places;
}

}  // namespace
}  // namespace ropewalk::record
