#include "base/pages.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace ropewalk {
namespace {

using SmallPages = Pages<int, 2>;  // of four elements

TEST(Pages, KeepEveryElementThatWasNotReleased) {
  SmallPages pages;
  for (int i = 0; i < 10; ++i) pages.push_back(i);
  pages.grow(13, -1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pages[static_cast<std::uint64_t>(i)], i);
  EXPECT_EQ(pages[12], -1);
  EXPECT_EQ(pages.size(), 13u);
  EXPECT_EQ(pages.pages(), 4u);
}

TEST(Pages, APageGoesWithItsLastElementInWhateverOrderTheyAreReleased) {
  SmallPages pages;
  pages.grow(8, 7);
  for (const std::uint64_t index : {5, 4, 7}) pages.release(index);
  EXPECT_TRUE(pages.has(6));
  EXPECT_EQ(pages[6], 7);
  pages.release(6);
  EXPECT_FALSE(pages.has(6));
  EXPECT_TRUE(pages.has(3));
  EXPECT_EQ(pages.pages(), 1u);
}

TEST(Pages, APageThatIsNotFullStays) {
  SmallPages pages;
  pages.grow(5, 0);
  pages.release(4);
  EXPECT_TRUE(pages.has(4)) << "its next element is to come";
  pages.push_back(1);
  EXPECT_EQ(pages[5], 1);
}

TEST(Pages, NeedNoMemoryForWhatIsOverHoweverMuchWasThere) {
  SmallPages pages;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    pages.push_back(static_cast<int>(i));
    if (i != 10) pages.release(i);
    ASSERT_LE(pages.pages(), 3u);
  }
  EXPECT_EQ(pages[10], 10);
  EXPECT_EQ(pages.size(), 1'000'000u);
}

TEST(Pages, AreWalkedWithoutThoseThatAreGone) {
  SmallPages pages;
  pages.grow(12, 0);
  for (std::uint64_t i = 0; i < 4; ++i) pages.release(i);
  std::vector<std::uint64_t> seen;
  for (std::uint64_t i = pages.first(); i < pages.size(); i = pages.next(i)) seen.push_back(i);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{4, 5, 6, 7, 8, 9, 10, 11}));
  for (std::uint64_t i = 4; i < 12; ++i) pages.release(i);
  EXPECT_EQ(pages.first(), pages.size());
}

}  // namespace
}  // namespace ropewalk
