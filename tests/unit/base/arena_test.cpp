#include "base/arena.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ropewalk {
namespace {

TEST(Arena, KeptBytesNeverMove) {
  Arena arena;
  for (int filling = 0; filling < 3; ++filling) {
    std::vector<std::pair<std::string_view, std::string>> kept;
    for (std::size_t i = 0; i < 2000; ++i) {
      std::string bytes(i * 31 % 997, static_cast<char>('a' + i % 26));
      kept.emplace_back(arena.keep(bytes), bytes);
    }
    kept.emplace_back(arena.keep(std::string(10 << 20, 'L')), std::string(10 << 20, 'L'));  // more than is kept
    kept.emplace_back(arena.keep({}), "");
    for (const auto& [view, bytes] : kept) ASSERT_EQ(view, bytes);
    arena.clear();
  }
}

TEST(Arena, FillingItAgainAllocatesNothing) {
  Arena arena;
  const std::string bytes(1000, 'x');
  for (int i = 0; i < 500; ++i) arena.keep(bytes);
  arena.clear();
  const std::string_view first = arena.keep(bytes);
  std::string_view last = first;
  for (int i = 1; i < 500; ++i) {
    const std::string_view next = arena.keep(bytes);
    ASSERT_EQ(next.data(), last.data() + last.size()) << "in another block";
    last = next;
  }
  arena.clear();
  EXPECT_EQ(arena.keep(bytes).data(), first.data());
}

}  // namespace
}  // namespace ropewalk
