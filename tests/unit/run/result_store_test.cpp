#include "run/result_store.hpp"

#include "support/hand_plan.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace ropewalk {
namespace {

constexpr std::size_t kLarge = 1 << 20;

/// A stage whose tasks give bytes and an int.
Plan bytes_plan(std::uint64_t tasks) {
  auto plugin = std::make_shared<Plugin>();
  plugin->name = "plugin";
  TaskDescription& type = plugin->task_types.emplace_back();
  type.name = "give";
  for (const auto& [name, kind] : {std::pair{"data", Type::bytes}, std::pair{"number", Type::integer}}) {
    Field& field = type.results.emplace_back();
    field.name = name;
    field.type = kind;
  }
  return test::plan({test::stage(plugin, "give", tasks, {})});
}

/// The result of a task, encoded, and the blob that its bytes lie in.
struct Large {
  explicit Large(std::uint64_t index) {
    blob = board::Blob::adopt(board::make_blob(std::string(kLarge, static_cast<char>('a' + index % 26))));
    const Value values[] = {Value(Value::Kind::bytes, std::make_shared<board::BlobSlice>(blob, 0, kLarge)),
                            Value(static_cast<std::int64_t>(index))};
    const Type types[] = {Type::bytes, Type::integer};
    board::Blobs blobs;
    board::encode_fields(types, values, payload, &blobs);
  }
  std::shared_ptr<const board::Blob> blob;
  std::string payload;
};

TEST(ResultStore, Z02_MoreLargeResultsThanMemoryIsUsedForAreKeptInAFileAndReadFromThere) {
  constexpr std::uint64_t kTasks = 70;  // of which 64 stay in memory
  ResultStore store(bytes_plan(kTasks), true);
  store.open(0, kTasks, nullptr);
  for (std::uint64_t i = 0; i < kTasks; ++i) {
    const Large large(i);
    store.add(0, i, Outcome::succeeded, large.payload, &large.blob);
  }
  EXPECT_EQ(store.failed(), "");
  for (std::uint64_t i = 0; i < kTasks; ++i) {
    const Value result = store.value(0, i);
    ASSERT_NE(result.as_map(), nullptr);
    const Value& data = result.as_map()->at("data");
    EXPECT_NE(data.as_shared(), nullptr) << "it is not copied";
    EXPECT_TRUE(data == Value(Bytes{std::string(kLarge, static_cast<char>('a' + i % 26))})) << i;
    EXPECT_EQ(result.as_map()->at("number"), Value(static_cast<std::int64_t>(i)));
  }
  EXPECT_EQ(store.problem(), "");
}

TEST(ResultStore, FactsAreWhatTheStageCountedAtItsEnd) {
  const Plan one = bytes_plan(5);
  ResultStore store(one, false);
  EXPECT_EQ(store.facts(0).tasks, 0u);
  store.close(0, Outcome::failed, {.succeeded = 3, .failed = 1, .skipped = 1});
  const StageFacts facts = store.facts(0);
  EXPECT_EQ(facts.outcome, "failed");
  EXPECT_EQ(facts.tasks, 5u);
  EXPECT_EQ(facts.succeeded, 3u);
  EXPECT_EQ(facts.failed, 1u);
}

TEST(ResultStore, Z09_WhatCannotBeReadBackIsAProblemAndNotNull) {
  ResultStore store(bytes_plan(1), true);
  store.open(0, 1, nullptr);
  store.add(0, 0, Outcome::succeeded, "damaged");
  store.value(0, 0);
  EXPECT_EQ(store.problem(), "a result cannot be read back from the temporary file that it was kept in");
}

}  // namespace
}  // namespace ropewalk
