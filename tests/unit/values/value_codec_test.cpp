#include "values/value_codec.hpp"

#include <flatbuffers/flexbuffers.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace ropewalk {
namespace {

std::string bytes_of(flexbuffers::Builder& builder) {
  builder.Finish();
  return {reinterpret_cast<const char*>(builder.GetBuffer().data()), builder.GetBuffer().size()};
}

TEST(ValueCodec, ReadsWhatItWrote) {
  const Value value(Map{{"list", Value(List{Value(), Value(true), Value(std::int64_t{-5}), Value(0.1), Value("text")})},
                        {"bytes", Value(Bytes{std::string("\0\xff", 2)})},
                        {"", Value(Map{})}});
  EXPECT_EQ(decode_value(encode_value(value)), value);
}

/// A text within `depth` lists.
Value nested(int depth) {
  Value value("leaf");
  for (int i = 0; i < depth; ++i) {
    List list;
    list.push_back(std::move(value));
    value = std::move(list);
  }
  return value;
}

TEST(ValueCodec, Z09_NestingHasOneLimitForWritersAndReaders) {
  const Value deepest = nested(kMaxNesting), too_deep = nested(kMaxNesting + 1);
  EXPECT_EQ(encoding_problem(deepest), "");
  EXPECT_EQ(decode_value(encode_value(deepest)), deepest);
  EXPECT_EQ(encoding_problem(too_deep), "it is nested more than 64 deep");
  EXPECT_EQ(decode_value(encode_value(too_deep)), std::nullopt);
  EXPECT_EQ(encoded_kind(encode_value(too_deep)), std::nullopt);
  Map map{{"key", nested(kMaxNesting - 1)}};
  EXPECT_EQ(encoding_problem(map), "");
  EXPECT_EQ(decode_value(encode_value(map)), Value(map));
}

TEST(ValueCodec, Z09_AValueThatWouldNotRoundTripIsAProblem) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(encoding_problem(List{Value(1.5), Value(List{Value(infinite)})}), "a number in it is not finite");
  EXPECT_EQ(decode_value(encode_value(List{Value(infinite)})), std::nullopt);
  EXPECT_EQ(encoding_problem(Map{{std::string("a\0b", 3), Value(true)}}), "a key in it contains a NUL character");
}

TEST(ValueCodec, TheKindOfAnEncodingIsKnownWithoutItsValue) {
  for (const Value& value : {Value(), Value(true), Value(std::int64_t{1}), Value(0.5), Value("text"),
                             Value(Bytes{"\xff"}), Value(List{}), Value(Map{})})
    EXPECT_EQ(encoded_kind(encode_value(value)), value.kind()) << to_json(value);
  EXPECT_EQ(encoded_kind(""), std::nullopt);
}

TEST(ValueCodec, I01_AFewBytesThatExpandBeyondAnyMemoryAreRejected) {
  flexbuffers::Builder builder;
  const std::size_t all = builder.StartVector();
  builder.Int(1);
  for (int level = 0; level < 60; ++level) {
    const flexbuffers::Builder::Value below = builder.LastValue();
    const std::size_t start = builder.StartVector();
    builder.ReuseValue(below);
    builder.ReuseValue(below);
    builder.EndVector(start, false, false);
  }
  builder.EndVector(all, false, false);
  const std::string bytes = bytes_of(builder);
  EXPECT_LT(bytes.size(), 2000u);
  EXPECT_EQ(decode_value(bytes), std::nullopt);
}

TEST(ValueCodec, I01_AnUnterminatedKeyIsNotReadBeyondTheBytes) {
  const std::string bytes("\x01\x02\x13\x01", 4);
  const std::optional<Value> value = decode_value(bytes);
  EXPECT_TRUE(!value || value->as_string()->size() <= bytes.size());
}

}  // namespace
}  // namespace ropewalk
