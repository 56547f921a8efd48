#include "hosts/host_process.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

HostKey key(bool few_tasks, bool one_task = false) {
  HostKey key;
  key.plugin.file = "p.so";
  key.workers = one_task ? 1 : 2;
  key.few_tasks = few_tasks;
  key.one_task = one_task;
  return key;
}

TEST(HostKey, ALargeBoardServesWhoHasFewTasksAndNotTheOtherWayRound) {
  const HostKey large = key(false), small = key(true);
  EXPECT_TRUE(large.serves(large));
  EXPECT_TRUE(large.serves(small));
  EXPECT_TRUE(small.serves(small));
  EXPECT_FALSE(small.serves(large));
  HostKey other = large;
  other.env = {{"A", "1"}};
  EXPECT_FALSE(other.serves(small));
}

TEST(HostKey, SaysHowLargeItsBoardIs) {
  const HostKey large = key(false), small = key(true), one = key(true, true);
  EXPECT_GE(large.layout().slots, small.layout().slots * 8);
  EXPECT_GE(small.layout().slots, board::Layout::kFewItems) << "what it is for has to fit";
  EXPECT_EQ(one.layout().slots, board::Layout::for_one_task().slots);
}

}  // namespace
}  // namespace ropewalk
