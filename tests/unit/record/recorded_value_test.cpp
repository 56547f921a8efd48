#include "record/recorded_value.hpp"

#include <gtest/gtest.h>

namespace ropewalk::record {
namespace {

TEST(RecordedValue, IsTheValueWhoseJsonWasRecorded) {
  const Value bytes(Bytes{std::string("\0a\xff", 3)});
  for (const Value& value : {Value(7), Value("text"), bytes, Value(List{bytes, Value("x")}),
                             Value(Map{{"stdout", bytes}, {"code", Value(0)}}), Value(Bytes{"a"}), Value(Bytes{""})}) {
    std::string problem;
    const auto read = recorded_value(to_json(value), problem);
    ASSERT_TRUE(read) << problem;
    EXPECT_EQ(to_json(*read), to_json(value));
    EXPECT_EQ(read->kind(), value.kind());
  }
}

TEST(RecordedValue, AMapThatIsNoBase64StaysAMap) {
  for (const char* json :
       {R"({"base64": "a"})", R"({"base64": "****"})", R"({"base64": 1})", R"({"base64": "AAAA", "x": 1})"}) {
    std::string problem;
    EXPECT_EQ(recorded_value(json, problem)->kind(), Value::Kind::map) << json;
  }
  std::string problem;
  EXPECT_FALSE(recorded_value("{", problem));
  EXPECT_NE(problem, "");
}

TEST(RecordedFields, AreAMapWhateverTheirNames) {
  std::string problem;
  const auto fields = recorded_fields(R"({"base64": {"base64": "AP8="}})", problem);
  ASSERT_TRUE(fields) << problem;
  EXPECT_EQ(*fields, Value(Map{{"base64", Value(Bytes{std::string("\0\xff", 2)})}}));
  EXPECT_EQ(*recorded_fields("", problem), Value(Map()));
  EXPECT_EQ(problem, "");
  EXPECT_FALSE(recorded_fields("[1]", problem));
  EXPECT_EQ(problem, "a result is a map of its fields");
}

}  // namespace
}  // namespace ropewalk::record
