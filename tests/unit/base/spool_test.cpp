#include "base/spool.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ropewalk {
namespace {

TEST(Spool, AppendedBytesAreReadBackFromMemoryAndFromTheFile) {
  Spool spool;
  std::vector<std::pair<std::uint64_t, std::string>> written;
  for (int i = 0; i < 3000; ++i) {
    std::string bytes(static_cast<std::size_t>(i) * 7 % 3001, static_cast<char>('a' + i % 26));
    const std::uint64_t offset = spool.append(bytes);
    written.emplace_back(offset, std::move(bytes));
  }
  for (std::size_t i = 0; i < written.size(); i += 7)
    EXPECT_EQ(spool.read(written[i].first, written[i].second.size()), written[i].second) << i;
  for (std::size_t i = written.size(); i-- > 2900;)
    EXPECT_EQ(spool.read(written[i].first, written[i].second.size()), written[i].second) << i;
  EXPECT_TRUE(spool.failed().empty());
}

TEST(Spool, ARangeIsCopiedAcrossThePiecesAndTheEndOfTheFile) {
  Spool spool;
  std::string all;
  for (int i = 0; i < 2'000; ++i) {
    const std::string piece(1'000, static_cast<char>('a' + i % 26));
    spool.append(piece);
    all += piece;
  }
  std::string copy(all.size(), '\0');
  ASSERT_TRUE(spool.copy(0, copy.size(), copy.data()));
  EXPECT_TRUE(copy == all);
  ASSERT_TRUE(spool.copy(1'047'500, 3'000, copy.data()));
  EXPECT_EQ(copy.substr(0, 3'000), all.substr(1'047'500, 3'000));
  EXPECT_FALSE(spool.copy(1'999'000, 1'001, copy.data())) << "beyond the end";
  EXPECT_TRUE(spool.copy(2'000'000, 0, copy.data()));
}

TEST(Spool, KnowsWhetherAnAppendWritesToTheFile) {
  Spool spool;
  EXPECT_FALSE(spool.writes(100));
  spool.append(std::string((1 << 20) - 50, 'x'));
  EXPECT_FALSE(spool.writes(49));
  EXPECT_TRUE(spool.writes(50));
}

TEST(Spool, InterleavedReadsAtManyPlacesSeeConcurrentAppends) {
  Spool spool;
  const auto piece = [](std::uint64_t i) {
    return std::to_string(i) + std::string(100, static_cast<char>('a' + i % 26));
  };
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    offsets.push_back(spool.append(piece(i)));
    // The newest byte in the file: its stretch is not complete yet.
    if (i <= 20'000 || i % 997 != 0) continue;
    EXPECT_EQ(spool.read(offsets[i - 20'000], piece(i - 20'000).size()), piece(i - 20'000));
  }
  constexpr std::uint64_t kPlaces = 100;  // more than the spool keeps in memory
  for (std::uint64_t i = 0; i < offsets.size() / kPlaces; i += 7)
    for (std::uint64_t place = 0; place < kPlaces; ++place) {
      const std::uint64_t at = place * (offsets.size() / kPlaces) + i;
      ASSERT_EQ(spool.read(offsets[at], piece(at).size()), piece(at)) << at;
    }
}

TEST(Spool, APieceLargerThanItsBuffersIsReadBackCompletely) {
  Spool spool;
  const std::string large(5 << 20, 'L');
  spool.append("before");
  const std::uint64_t offset = spool.append(large);
  spool.append("after");
  EXPECT_EQ(spool.read(offset, large.size()), large);
}

}  // namespace
}  // namespace ropewalk
