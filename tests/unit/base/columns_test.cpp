#include "base/columns.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

constexpr const char* kWide = "日本語";            // two columns each
constexpr const char* kMarked = "e\u0301e\u0302";  // two letters, each with a combining mark

TEST(Columns, AreCountedAsATerminalShowsThem) {
  EXPECT_EQ(columns_in(""), 0u);
  EXPECT_EQ(columns_in("plain"), 5u);
  EXPECT_EQ(columns_in("caf\u00e9"), 4u);
  EXPECT_EQ(columns_in(kWide), 6u);
  EXPECT_EQ(columns_in(kMarked), 2u);
  EXPECT_EQ(columns_in("\U0001F680"), 2u) << "a rocket";
  EXPECT_EQ(columns_in("\U0001F9E0"), 2u) << "a brain";
  EXPECT_EQ(columns_in("\u0939\u0947\u0928\u094d"), 2u) << "Devanagari letters with signs above and below";
  EXPECT_EQ(columns_in("\u1100\u1161"), 2u) << "a syllable of Hangul from its parts";
  EXPECT_EQ(columns_in("\xff\xfe"), 2u) << "bytes that are not UTF-8, one each";
}

TEST(Columns, TheEndIsCutBetweenCharacters) {
  EXPECT_EQ(cut_end("short", 5), "short");
  EXPECT_EQ(cut_end("longer", 5), "lo...");
  EXPECT_EQ(cut_end(kWide, 5), "日...");
  EXPECT_EQ(cut_end(kWide, 4), "...") << "one column would hold half a character";
  EXPECT_EQ(cut_end("e\u0301e\u0302e\u0301xyz", 5), "e\u0301e\u0302...") << "marks stay with their letters";
  EXPECT_EQ(cut_end("longer", 2), "..");
  EXPECT_EQ(cut_end("longer", 0), "");
}

TEST(Columns, TheMiddleIsCutBetweenCharacters) {
  EXPECT_EQ(cut_middle("hash/17 (photos/IMG_0012.jpg)", 29), "hash/17 (photos/IMG_0012.jpg)");
  EXPECT_EQ(cut_middle("hash/17 (photos/IMG_0012.jpg)", 21), "hash/17 (...0012.jpg)");
  EXPECT_EQ(cut_middle("日本語/写真", 9), "日...真");
  EXPECT_EQ(cut_middle("abcdefe\u0301e\u0302", 6), "ab...e\u0302") << "a mark is not left without its letter";
}

TEST(Columns, NoCutIsWiderThanAllowed) {
  const std::string text = "a日e\u0301b\U0001F680本c\u0939\u093f語defg";
  for (std::size_t columns = 0; columns < 30; ++columns) {
    EXPECT_LE(columns_in(cut_end(text, columns)), columns);
    EXPECT_LE(columns_in(cut_middle(text, columns)), columns);
    EXPECT_TRUE(is_utf8(cut_middle(text, columns))) << columns;
  }
}

}  // namespace
}  // namespace ropewalk
