#include "pool/batch_columns.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace ropewalk {
namespace {

TaskDescription mixed() {
  TaskDescription type;
  for (const auto& [name, of] : {std::pair("label", Type::text), std::pair("seed", Type::integer),
                                 std::pair("turns", Type::integer), std::pair("share", Type::real)}) {
    Field& field = type.params.emplace_back();
    field.name = name;
    field.type = of;
  }
  return type;
}

std::string encoded(std::vector<Value> values) {
  std::string bytes;
  board::encode_fields(std::vector{Type::text, Type::integer, Type::integer, Type::real}, values, bytes);
  return bytes;
}

TEST(BatchColumns, NumbersAreSetInOneEncodingAndTheOthersAreShared) {
  ArgumentEncoder encoder("a.b", mixed());
  BatchColumns batch;
  const std::vector<std::int64_t> seeds{5, -6, 7};
  const std::vector<double> shares{0.5, 0.25, -1};
  const Column columns[] = {{"share", std::span(shares)}, {"seed", std::span(seeds)}};
  const Argument shared[] = {{"label", "common"}};
  ASSERT_TRUE(batch.make(encoder, columns, shared));
  ASSERT_EQ(batch.rows(), 3u);
  for (const std::size_t row : {2, 0, 1})
    EXPECT_EQ(batch.row(row), encoded({"common", seeds[row], {}, shares[row]})) << row;
}

TEST(BatchColumns, TextVariesToo) {
  ArgumentEncoder encoder("a.b", mixed());
  BatchColumns batch;
  const std::vector<std::int64_t> seeds{1, 2};
  const std::vector<std::string> labels{"one", "the second one"};
  const Column columns[] = {{"seed", std::span(seeds)}, {"label", std::span(labels)}};
  ASSERT_TRUE(batch.make(encoder, columns, {}));
  EXPECT_EQ(batch.row(1), encoded({"the second one", 2, {}, {}}));
  EXPECT_EQ(batch.row(0), encoded({"one", 1, {}, {}}));
}

TEST(BatchColumns, AreConvertedAsArgumentsAre) {
  ArgumentEncoder encoder("a.b", mixed());
  BatchColumns batch;
  const std::vector<std::int64_t> shares{1, 2};
  const Column columns[] = {{"share", std::span(shares)}};
  ASSERT_TRUE(batch.make(encoder, columns, {}));
  EXPECT_EQ(batch.row(1), encoded({{}, {}, {}, 2.0}));
}

TEST(BatchColumns, WhatIsWrongIsToldBeforeAnythingIsSubmitted) {
  TaskDescription type = mixed();
  type.params[1].maximum = Value(10);
  ArgumentEncoder encoder("a.b", type);
  const std::vector<std::int64_t> seeds{1, 2, 11, 12};
  const std::vector<double> shares{1};
  const auto refused = [&](std::vector<Column> columns) {
    BatchColumns batch;
    const Result<void> made = batch.make(encoder, columns, {});
    if (made) return std::string();
    const Errors errors = made.error();
    return errors.list.front().code + " " + errors.list.front().message;
  };
  EXPECT_EQ(refused({{"seed", std::span(seeds)}}), "W205 task 2 of 4: parameter 'seed' must be at most 10, this is 11");
  EXPECT_EQ(refused({{"seeds", std::span(seeds)}}), "W202 task 'a.b' takes no parameter 'seeds'; did you mean 'seed'?");
  EXPECT_EQ(refused({{"seed", std::span(seeds)}, {"share", std::span(shares)}}),
            "R416 column 'seed' has 4 values, and column 'share' has 1");
  EXPECT_EQ(refused({{"seed", std::span(seeds)}, {"seed", std::span(seeds)}}), "R416 parameter 'seed' is given twice");
}

TEST(BatchColumns, NoColumnsAreNoTasks) {
  ArgumentEncoder encoder("a.b", mixed());
  BatchColumns batch;
  ASSERT_TRUE(batch.make(encoder, {}, {}));
  EXPECT_EQ(batch.rows(), 0u);
}

}  // namespace
}  // namespace ropewalk
