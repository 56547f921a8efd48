// What excludes leave of a matrix, against a list of all combinations.

#include "items/combinations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

using Positions = std::vector<std::uint32_t>;

Positions at(const Combinations& all, std::uint64_t index) {
  Positions positions;
  all.at(index, [&](std::uint32_t, std::uint32_t position) { positions.push_back(position); });
  return positions;
}

std::vector<Positions> listed(const Combinations& all) {
  std::vector<Positions> list;
  for (std::uint64_t i = 0; i < all.size(); ++i) list.push_back(at(all, i));
  return list;
}

/// One after the other, as a reader would count them.
std::vector<Positions> counted(const Positions& sizes, const std::vector<Combinations::Exclude>& excludes) {
  std::vector<Positions> list;
  std::uint64_t count = 1;
  for (const std::uint32_t size : sizes) count *= size;
  for (std::uint64_t number = 0; number < count; ++number) {
    Positions positions(sizes.size());
    std::uint64_t rest = number;
    for (std::size_t axis = sizes.size(); axis-- > 0;)
      positions[axis] = static_cast<std::uint32_t>(rest % sizes[axis]), rest /= sizes[axis];
    bool kept = true;
    for (const Combinations::Exclude& exclude : excludes) {
      bool fits = true;
      for (const auto& [axis, values] : exclude)
        fits = fits && std::find(values.begin(), values.end(), positions[axis]) != values.end();
      kept = kept && !fits;
    }
    if (kept) list.push_back(positions);
  }
  return list;
}

TEST(Combinations, AreThoseThatNoExcludeFitsInOrder) {
  std::minstd_rand random(7);
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  for (int round = 0; round < 500; ++round) {
    Positions sizes(1 + below(4));
    for (std::uint32_t& size : sizes) size = 1 + below(5);
    std::vector<Combinations::Exclude> excludes(below(6));
    for (Combinations::Exclude& exclude : excludes)
      for (std::uint32_t axis = 0; axis < sizes.size(); ++axis)
        if (below(2) == 0)
          for (std::uint32_t position = 0; position < sizes[axis]; ++position)
            if (below(2) == 0 || position == 0) exclude[axis].push_back(position);
    Combinations made(sizes);
    Budget budget;
    std::string problem;
    ASSERT_TRUE(made.leave_out(excludes, budget, problem)) << problem;
    EXPECT_EQ(listed(made), counted(sizes, excludes)) << "round " << round;
  }
}

TEST(Combinations, OfAnEmptyAxisAreNone) {
  Combinations made({3, 0, 1'000'000'000, 1'000'000'000, 1'000'000'000});
  Budget budget;
  std::string problem;
  EXPECT_TRUE(made.leave_out({{{0, {1}}}}, budget, problem));
  EXPECT_EQ(made.size(), 0u);
}

TEST(Combinations, CostAsMuchAsTheExcludesAndNotAsTheCombinations) {
  Combinations made({1000, 1000, 999});
  Budget budget;
  std::string problem;
  ASSERT_TRUE(made.leave_out({{{0, {1}}}, {{1, {5}}, {2, {0}}}}, budget, problem));
  EXPECT_EQ(made.size(), 999'000'000u - 999'000 - 999);
  EXPECT_EQ(at(made, 0), (Positions{0, 0, 0}));
  EXPECT_EQ(at(made, made.size() - 1), (Positions{999, 999, 998}));
  EXPECT_EQ(at(made, 1000 * 999 - 1), (Positions{2, 0, 0})) << "behind all of the first value of axis 0 but one";
  EXPECT_LT(budget.steps(), 200u);
  EXPECT_LT(budget.bytes(), 1000u);
}

TEST(Combinations, ThatCannotBeCountedWithinTheBudgetAreRefused) {
  // Each axis decides one half of an exclude, so that every subset of them may still fit in the middle.
  Positions sizes(48, 2);
  std::vector<Combinations::Exclude> excludes;
  for (std::uint32_t axis = 0; axis < 24; ++axis) excludes.push_back({{axis, {1}}, {47 - axis, {1}}});
  Combinations made(sizes);
  Budget budget = Budget::of_plan(0);
  std::string problem;
  EXPECT_FALSE(made.leave_out(excludes, budget, problem));
  EXPECT_EQ(problem, "it makes more than 32 MiB of values");
}

}  // namespace
}  // namespace ropewalk
