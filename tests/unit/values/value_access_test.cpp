// Value::get<T>(): what each type takes, and what a value that is not one is told to be.

#include <ropewalk/value.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace ropewalk {
namespace {

using namespace std::chrono_literals;

template <class T>
std::string message_of(const Result<T>& result) {
  if (result) return "no error";
  const Errors errors = result.error();
  EXPECT_EQ(errors.list.size(), 1u);
  EXPECT_EQ(errors.list.front().code, "R410");
  return errors.list.front().message;
}

Value image() {
  return Value(Map{{"width", 640},
                   {"ratio", 1.5},
                   {"name", "a.png"},
                   {"path", Path{"/tmp/a"}},
                   {"data", Bytes{"\x01"}},
                   {"good", true},
                   {"none", nullptr},
                   {"sizes", List{1, 2, 300}},
                   {"by_name", Map{{"a", 1}, {"b", "two"}}}});
}

TEST(ValueAccess, ReadsEachKindAsItsType) {
  const Value value = image();
  EXPECT_EQ(value.get<int>("width").value(), 640);
  EXPECT_EQ(value.get<std::uint64_t>("width").value(), 640u);
  EXPECT_EQ(value.get<double>("ratio").value(), 1.5);
  EXPECT_EQ(value.get<float>("width").value(), 640.0f) << "an int is a float too";
  EXPECT_EQ(value.get<std::string>("name").value(), "a.png");
  EXPECT_EQ(value.get<std::filesystem::path>("path").value(), "/tmp/a");
  EXPECT_EQ(value.get<std::filesystem::path>("name").value(), "a.png") << "a text is a path too";
  EXPECT_EQ(value.get<Bytes>("data").value(), Bytes{"\x01"});
  EXPECT_TRUE(value.get<bool>("good").value());
  EXPECT_EQ(value.get<std::vector<int>>("sizes").value(), (std::vector<int>{1, 2, 300}));
  EXPECT_EQ(value.get<List>("sizes").value(), (List{1, 2, 300}));
  EXPECT_EQ((value.get<std::map<std::string, Value>>("by_name").value().at("b")), Value("two"));
  EXPECT_EQ(value.get<Map>("by_name").value(), (Map{{"a", 1}, {"b", "two"}}));
  EXPECT_EQ(value.get<Value>("none").value(), Value());
  EXPECT_EQ(get<int>(*value.as_map(), "width").value(), 640) << "of a map itself";
  EXPECT_EQ(Value(7).get<std::int8_t>().value(), 7) << "of a value that is no map";
}

TEST(ValueAccess, DurationsAreSeconds) {
  EXPECT_EQ(Value(1.5).get<std::chrono::milliseconds>().value(), 1500ms);
  EXPECT_EQ(Value(2).get<std::chrono::nanoseconds>().value(), 2s);
  EXPECT_EQ(Value(-0.25).get<std::chrono::duration<double>>().value().count(), -0.25);
  EXPECT_EQ(message_of(Value(1e300).get<std::chrono::nanoseconds>()),
            "the value is 1e+300, which does not fit into the duration type");
  EXPECT_NE(message_of(Value(std::numeric_limits<double>::quiet_NaN()).get<std::chrono::nanoseconds>()), "no error");
  EXPECT_EQ(message_of(Value("1.5s").get<std::chrono::seconds>()), "the value is text (1.5s), not duration");
}

TEST(ValueAccess, OptionalTakesNullAndAMissingField) {
  const Value value = image();
  EXPECT_EQ(value.get<std::optional<int>>("width").value(), 640);
  EXPECT_EQ(value.get<std::optional<int>>("none").value(), std::nullopt);
  EXPECT_EQ(value.get<std::optional<int>>("widht").value(), std::nullopt);
  EXPECT_EQ(message_of(value.get<std::optional<int>>("name")), "field 'name' is text (a.png), not int");
}

TEST(ValueAccess, AMissingFieldIsNamedWithTheNearestOne) {
  EXPECT_EQ(message_of(image().get<int>("widht")), "the value has no field 'widht'; did you mean 'width'?");
  EXPECT_EQ(message_of(Value(Map{{"a", 1}, {"b", 2}}).get<int>("width")), "the value has no field 'width' (has: a, b)");
  EXPECT_EQ(message_of(Value(Map()).get<int>("width")), "the value has no field 'width' (it is empty)");
  EXPECT_EQ(message_of(Value(7).get<int>("width")), "the value is int (7), not map");
}

TEST(ValueAccess, AnotherTypeIsNamedWithItsValue) {
  const Value value = image();
  EXPECT_EQ(message_of(value.get<int>("ratio")), "field 'ratio' is float (1.5), not int");
  EXPECT_EQ(message_of(value.get<std::string>("width")), "field 'width' is int (640), not text");
  EXPECT_EQ(message_of(value.get<std::string>("path")), "field 'path' is path (/tmp/a), not text");
  EXPECT_EQ(message_of(value.get<int>("none")), "field 'none' is null, not int");
  EXPECT_EQ(message_of(value.get<bool>("width")), "field 'width' is int (640), not bool");
  EXPECT_EQ(message_of(value.get<std::vector<int>>("name")), "field 'name' is text (a.png), not list");
  EXPECT_EQ((message_of(value.get<std::map<std::string, int>>("by_name"))),
            "field 'b' of field 'by_name' is text (two), not int");
}

TEST(ValueAccess, ANumberThatDoesNotFitIsNamedWithTheLimits) {
  EXPECT_EQ(message_of(image().get<std::vector<std::uint8_t>>("sizes")),
            "element 2 of field 'sizes' is 300, which does not fit into 0 to 255");
  EXPECT_EQ(message_of(Value(-1).get<std::uint64_t>()),
            "the value is -1, which does not fit into 0 to 9223372036854775807");
  EXPECT_EQ(Value(std::numeric_limits<std::int64_t>::min()).get<std::int64_t>().value(),
            std::numeric_limits<std::int64_t>::min());
}

TEST(Errors, AreShownWithPlaceCodeAndNotes) {
  const Error error{.code = "W202",
                    .message = "task 'image.resize' takes no parameter 'widht'",
                    .place = {.file = "photos.yaml", .line = 20, .column = 7, .source = {}},
                    .notes = {"it takes: width"}};
  EXPECT_EQ(to_string(error),
            "photos.yaml:20:7: W202: task 'image.resize' takes no parameter 'widht'\n  it takes: width");
  EXPECT_EQ(to_string(Error{.code = "W101", .message = "no", .place = {.file = "a.yaml", .source = {}}}),
            "a.yaml: W101: no");
  EXPECT_EQ(to_string(Errors({Error{.code = "", .message = "one"}, Error{.code = "P1", .message = "two"}})),
            "one\nP1: two");
}

TEST(Errors, AreThrownByValueWithoutOne) {
  const Result<int> none = Errors(Error{.code = "R410", .message = "no such field"});
  try {
    (void)none.value();
    FAIL() << "nothing is thrown";
  } catch (const BadResult& error) {
    EXPECT_STREQ(error.what(), "R410: no such field");
    EXPECT_EQ(error.errors().list.front().code, "R410");
  }
}

}  // namespace
}  // namespace ropewalk
