#include "executors/choice_memory.hpp"

#include "support/scratch.hpp"
#include "values/value_codec.hpp"

#include <ropewalk/value.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ropewalk {
namespace {

using auto_rules::Kind;
using auto_rules::Remembered;

struct ChoiceMemoryTest : testing::Test {
  std::filesystem::path file() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) return entry.path();
    return {};
  }
  void put(const std::string& bytes) const { std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes; }
  std::string content() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  const test::Scratch folder;
  const ChoiceMemory memory{folder.path()};
  const Remembered choice{{Kind::thread, 32}, 0.25, 1'000'000};
};

TEST_F(ChoiceMemoryTest, FindsWhatItKept) {
  EXPECT_FALSE(memory.find("a stage"));
  memory.keep("a stage", choice);
  const auto found = memory.find("a stage");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mode, choice.mode);
  EXPECT_EQ(found->cpu_share, 0.25);
  EXPECT_EQ(found->mean_ns, 1'000'000);
  EXPECT_FALSE(memory.find("another stage"));
}

TEST_F(ChoiceMemoryTest, TheLastChoiceCounts) {
  memory.keep("a stage", choice);
  memory.keep("a stage", {{Kind::process_per_task, 2}, 1, 5});
  EXPECT_EQ(memory.find("a stage")->mode, (auto_rules::Mode{Kind::process_per_task, 2}));
}

TEST_F(ChoiceMemoryTest, WithoutAFolderNothingIsKept) {
  const ChoiceMemory nowhere{{}};
  nowhere.keep("a stage", choice);
  EXPECT_FALSE(nowhere.find("a stage"));
}

TEST_F(ChoiceMemoryTest, EveryTruncationAndEveryFlippedByteIsHarmless) {
  memory.keep("a stage", choice);
  const std::string good = content();
  for (std::size_t length = 0; length < good.size(); ++length) {
    put(good.substr(0, length));
    EXPECT_FALSE(memory.find("a stage")) << length;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    put(bad);
    const auto found = memory.find("a stage");
    if (found) {
      EXPECT_GE(found->mode.workers, 1u);
      EXPECT_LE(found->mode.workers, 4096u);
    }
  }
}

TEST_F(ChoiceMemoryTest, AFileOfAnotherStageOrWithImpossibleNumbersIsIgnored) {
  memory.keep("a stage", choice);
  const auto write = [&](const char* key, const Value& value) {
    Map map{{"format", std::int64_t{1}},  {"key", Bytes{"a stage"}}, {"executor", "thread"},
            {"workers", std::int64_t{2}}, {"cpu_share", 0.5},        {"mean_ns", std::int64_t{7}}};
    map[key] = value;
    put(encode_value(Value(map)));
    return memory.find("a stage").has_value();
  };
  EXPECT_TRUE(write("workers", std::int64_t{4096}));
  EXPECT_FALSE(write("workers", std::int64_t{0}));
  EXPECT_FALSE(write("workers", std::int64_t{4097}));
  EXPECT_FALSE(write("workers", "many"));
  EXPECT_FALSE(write("executor", "serial"));
  EXPECT_FALSE(write("executor", std::int64_t{1}));
  EXPECT_FALSE(write("cpu_share", 1.5));
  EXPECT_FALSE(write("mean_ns", std::int64_t{-1}));
  EXPECT_FALSE(write("format", std::int64_t{2}));
  EXPECT_FALSE(write("key", Bytes{"a stage that has the same hash"}));
}

}  // namespace
}  // namespace ropewalk
