#include "base/postbox.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace ropewalk {
namespace {

constexpr int kMany = 2000;  // more than fit in any socket

std::string numbered(int number) { return "message " + std::to_string(number); }

struct PostboxTest : testing::Test {
  void expect_all(int count, bool with_descriptor) {
    for (int i = 0; i < count; ++i) {
      Message message;
      Received what = receive_message(theirs.get(), message, false);
      if (what == Received::would_block) postbox.flush(), what = receive_message(theirs.get(), message, false);
      ASSERT_EQ(what, Received::message) << i;
      ASSERT_EQ(message.bytes, numbered(i));
      ASSERT_EQ(message.fds.size(), with_descriptor ? 1u : 0u);
    }
    EXPECT_EQ(postbox.size(), 0u);
    EXPECT_EQ(unsent, 0u);
  }
  std::pair<Fd, Fd> ends = socket_pair();
  Fd mine = std::move(ends.first), theirs = std::move(ends.second);
  std::size_t unsent = 0;
  Postbox postbox{mine.get(), unsent};
};

TEST_F(PostboxTest, SendsAtOnceWhileThereIsRoom) {
  EXPECT_TRUE(postbox.send(numbered(0)));
  EXPECT_EQ(unsent, 0u);
  expect_all(1, false);
}

TEST_F(PostboxTest, QueuesMessagesInOrderForAPeerThatDoesNotRead) {
  for (int i = 0; i < kMany; ++i) ASSERT_TRUE(postbox.send(numbered(i)));
  EXPECT_GT(postbox.size(), 0u);
  EXPECT_EQ(unsent, postbox.size());
  expect_all(kMany, false);
}

TEST_F(PostboxTest, QueuedMessagesOwnTheirDescriptors) {
  for (int i = 0; i < kMany; ++i) {
    const Fd lent(::dup(mine.get()));
    const int fds[] = {lent.get()};
    ASSERT_TRUE(postbox.send(numbered(i), fds));
  }
  EXPECT_GT(postbox.size(), 0u);
  expect_all(kMany, true);
}

TEST_F(PostboxTest, R08_WithoutFreeDescriptorsItDropsThePeerInsteadOfBlocking) {
  int next = 0;
  while (postbox.size() == 0) ASSERT_TRUE(postbox.send(numbered(next++)));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int fds[] = {mine.get()};
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  EXPECT_FALSE(postbox.send(numbered(next), fds));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(postbox.choked());
  EXPECT_FALSE(postbox.send(numbered(next))) << "it would arrive in place of the one before it";
  expect_all(next, false);
}

TEST_F(PostboxTest, ReportsADeadPeerAndDropsItsMessages) {
  while (postbox.size() == 0) ASSERT_TRUE(postbox.send("x"));
  theirs.reset();
  postbox.flush();
  EXPECT_EQ(unsent, 0u);
  EXPECT_FALSE(postbox.send("x"));
}

}  // namespace
}  // namespace ropewalk
