#include "protocol/board_memory.hpp"

#include <ropewalk/codes.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <unistd.h>

namespace ropewalk::board {
namespace {

TEST(Memory, R07_ABoardLargerThanTheMachineIsRejectedBeforeAnythingIsAllocated) {
  const Result<HostMemory> memory =
      make_host_memory({.workers = 65536, .slots = 1 << 20, .area_bytes = 1 << 28, .ring_bytes = 1 << 28});
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().list.at(0).code, codes::kNoBoardMemory);
  EXPECT_NE(memory.error().list.at(0).message.find("65536 workers"), std::string::npos);
}

TEST(Memory, OutputBeyondItsSizeIsCutShort) {
  const Fd output = make_output(8192);
  ASSERT_TRUE(output);
  const std::string much(10000, 'x');
  EXPECT_EQ(::write(output.get(), much.data(), much.size()), 8192);
  EXPECT_LT(::write(output.get(), "more", 4), 0);
}

struct Output : testing::Test {
  void write(std::string_view text, off_t at) { ASSERT_TRUE(write_at(fd.get(), text, static_cast<std::uint64_t>(at))); }
  void move(off_t place) { ASSERT_EQ(::lseek(fd.get(), place, SEEK_SET), place); }
  static constexpr std::size_t kRoom = 1 << 20, kPage = 4096;
  const Fd fd = make_output(kRoom);
};

TEST_F(Output, P10_IsTakenOnceAndThenEmpty) {
  ASSERT_EQ(::write(fd.get(), "word", 4), 4);
  EXPECT_EQ(take_output(fd.get()), "word");
  EXPECT_EQ(take_output(fd.get()), "");
  move(4);
  EXPECT_EQ(take_output(fd.get()), "") << "what was taken is not there any more";
}

TEST_F(Output, P10_EndsWithTheLastWrittenByteWhateverTheFileOffset) {
  for (const off_t place : {off_t{kPage} + 1, off_t{kRoom}, off_t{5'000'000'000}, off_t{1} << 60}) {
    write("word", 0);
    move(place);
    EXPECT_EQ(take_output(fd.get()), "word") << place;
  }
  move(off_t{1} << 40);
  EXPECT_EQ(take_output(fd.get()), "") << "nothing was written";
}

TEST_F(Output, P10_LeavesOutPagesThatWereNeverWritten) {
  write("first", 0);
  write("last", kRoom - 4);
  move(kRoom);
  const std::string text = take_output(fd.get());
  EXPECT_EQ(text.size(), 2 * kPage);
  EXPECT_TRUE(text.starts_with("first") && text.ends_with("last"));
}

TEST_F(Output, P10_KeepsNulsThatWereWritten) {
  ASSERT_EQ(::write(fd.get(), "a\0\0", 3), 3);
  EXPECT_EQ(take_output(fd.get()), std::string("a\0\0", 3));
}

TEST(Memory, ABlobCannotBeChangedAfterwards) {
  const Fd blob = make_blob("content");
  ASSERT_TRUE(blob);
  EXPECT_LT(::pwrite(blob.get(), "x", 1, 0), 0);
  const Mapping mapping = map(blob.get(), 7, Access::read);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(mapping.data()), 7), "content");
  EXPECT_FALSE(map(blob.get(), 1 << 20, Access::read)) << "larger than it is";
}

TEST(Memory, LayoutsFromAnotherProcessAreCheckedBeforeTheyAreUsed) {
  EXPECT_TRUE(Layout::for_workers(1).valid());
  EXPECT_TRUE(Layout::for_workers(1024).valid());
  EXPECT_TRUE(Layout::for_one_task().valid());
  EXPECT_FALSE((Layout{.workers = 0}.valid()));
  EXPECT_FALSE((Layout{.workers = 1, .slots = 3}.valid()));
  EXPECT_FALSE((Layout{.workers = 1, .slots = 1u << 31}.valid()));
}

}  // namespace
}  // namespace ropewalk::board
