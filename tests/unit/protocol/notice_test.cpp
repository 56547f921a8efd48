#include "protocol/board_memory.hpp"
#include "protocol/notice.hpp"

#include <gtest/gtest.h>

namespace ropewalk::board {
namespace {

struct Notice : testing::Test {
  const Layout layout = Layout::for_few_items(2);
  HostMemory memory = make_host_memory(layout).value();
  const Mapping host = map(memory.inbox_fd.get(), layout.inbox_bytes(), Access::read);
};

TEST_F(Notice, IsReadInTheHostOnlyUnderItsNumber) {
  EXPECT_FALSE(read_notice(host.data(), layout, 1));
  ASSERT_TRUE(post_notice(memory.inbox.data(), layout, 1, "the first"));
  EXPECT_EQ(read_notice(host.data(), layout, 1), "the first");
  ASSERT_TRUE(post_notice(memory.inbox.data(), layout, 2, "another"));
  EXPECT_EQ(read_notice(host.data(), layout, 2), "another");
  EXPECT_FALSE(read_notice(host.data(), layout, 1)) << "it is over";
  EXPECT_FALSE(read_notice(host.data(), layout, 3)) << "it is on its way as a message";
}

TEST_F(Notice, IsSentAsAMessageIfItIsTooLarge) {
  ASSERT_TRUE(post_notice(memory.inbox.data(), layout, 1, "small"));
  EXPECT_FALSE(post_notice(memory.inbox.data(), layout, 2, std::string(kNoticeBytes, 'x')));
  EXPECT_FALSE(read_notice(host.data(), layout, 2));
}

TEST_F(Notice, LiesBehindAllLanes) {
  const std::string largest(kNoticeBytes - sizeof(NoticeHead), 'x');
  ASSERT_TRUE(post_notice(memory.inbox.data(), layout, 1, largest));
  EXPECT_EQ(read_notice(host.data(), layout, 1), largest);
  for (std::size_t i = 0; i < layout.notice_at(); ++i) ASSERT_EQ(memory.inbox.data()[i], std::byte{0}) << i;
}

}  // namespace
}  // namespace ropewalk::board
