// The plugin in plain C: the ABI without the C++ layer.

#include "unit/shipped_plugins/loaded.hpp"

using ropewalk::FakeOutcome;
using ropewalk::FakeTaskType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using List = ropewalk::FakeValue::List;

namespace {

const char* const kFile = HOSTILE_PLUGINS "/plain_c.so";

TEST(PlainC, IsDescribedLikeAnyPlugin) {
  const FakeTaskType type = ropewalk::FakeHost(loaded(kFile)).task_type("sum");
  EXPECT_EQ(type.summary, "Adds numbers and turns a word round.");
  EXPECT_EQ(type.flags, ROPEWALK_TASK_THREAD_SAFE);
  ASSERT_EQ(type.params.size(), 2u);
  EXPECT_EQ(type.params[0].name, "numbers");
  EXPECT_EQ(type.params[0].type, ROPEWALK_TYPE_LIST);
  EXPECT_EQ(type.params[0].element, ROPEWALK_TYPE_INT);
  EXPECT_EQ(type.params[1].default_value, "\"\"");
}

TEST(PlainC, RunsLikeAnyPlugin) {
  const FakeOutcome outcome = run_in(kFile, "sum", {{"numbers", List{1, -5, 40}}, {"word", "rope"}});
  EXPECT_THAT(outcome.results, ElementsAre(Pair("reversed", "epor"), Pair("total", 36)));
  EXPECT_THAT(outcome.faults, IsEmpty());
}

TEST(PlainC, FailsWithItsReason) {
  const FakeOutcome outcome = run_in(kFile, "sum", {{"numbers", List{INT64_MAX, 1}}});
  EXPECT_EQ(outcome.kind, "permanent");
  EXPECT_EQ(outcome.message, "the total does not fit into 64 bits");
  EXPECT_THAT(outcome.faults, IsEmpty());
}

}  // namespace
