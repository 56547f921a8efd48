#include "board/memory.hpp"

#include <ropewalk/codes.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <unistd.h>

namespace ropewalk::board {
namespace {

TEST(Memory, R07_ABoardThatTheMachineCannotHoldIsRefusedBeforeAnythingIsAllocated) {
  const Result<HostMemory> memory = make_host_memory({.workers = 65536, .slots = 1 << 20, .area_bytes = 1 << 28, .ring_bytes = 1 << 28});
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
