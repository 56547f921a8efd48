#include "base/value_codec.hpp"

#include <flatbuffers/flexbuffers.h>
#include <gtest/gtest.h>

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

TEST(ValueCodec, I01_AFewBytesThatStandForMoreThanAnyMemoryHoldsAreRefused) {
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

TEST(ValueCodec, I01_AKeyWithoutAnEndIsNotReadBeyondTheBytes) {
  const std::string bytes("\x01\x02\x13\x01", 4);
  const std::optional<Value> value = decode_value(bytes);
  EXPECT_TRUE(!value || value->as_string()->size() <= bytes.size());
}

}  // namespace
}  // namespace ropewalk
