#include "values/shown_value.hpp"
#include "events/task_name.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk {
namespace {

std::string short_of(Value value) { return short_text(shown(std::move(value))); }
std::string member_of(Value value) {
  std::string out;
  append_shown_member(out, "item", shown(std::move(value)));
  return out;
}

class Shared final : public SharedBytes {
 public:
  explicit Shared(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

TEST(ShownValue, IsOneShortLineForPeople) {
  EXPECT_EQ(short_of("photos/IMG_0012.jpg"), "photos/IMG_0012.jpg");
  EXPECT_EQ(short_of(Path{"caf\xe9"}), "caf\\xe9");
  EXPECT_EQ(short_of("a\nb\x1b[2J"), "a\\nb\\x1b[2J");
  EXPECT_EQ(short_of(17), "17");
  EXPECT_EQ(short_of(0.5), "0.5");
  EXPECT_EQ(short_of(true), "true");
  EXPECT_EQ(short_of(Value()), "null");
  EXPECT_EQ(short_of(""), "''");
  EXPECT_EQ(short_of(" a "), "' a '");
  EXPECT_EQ(short_of(List{1, "a"}), R"([1, "a"])");
  EXPECT_EQ(short_of(Map{{"model", "ideal"}, {"pressure", 0.1}, {"at", Map{{"x", 1}}}}),
            "at: {x: 1}, model: ideal, pressure: 0.1");
}

TEST(ShownValue, ALongTextLosesItsMiddleAtCharacterBoundaries) {
  EXPECT_EQ(short_of(std::string(30, 'a') + std::string(30, 'b')), std::string(30, 'a') + std::string(30, 'b'));
  EXPECT_EQ(short_of(std::string(31, 'a') + std::string(30, 'b')),
            std::string(20, 'a') + "..." + std::string(7, 'a') + std::string(30, 'b'));
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  const std::string text = short_of(accents);
  EXPECT_EQ(count_characters(text), 60u);
  EXPECT_TRUE(is_utf8(text));
}

TEST(ShownValue, IsCompleteForMachinesUpTo4096Bytes) {
  EXPECT_EQ(member_of("a"), R"("item": "a")");
  EXPECT_EQ(member_of(Path{"caf\xe9"}), R"("item": {"base64": "Y2Fm6Q=="})");
  EXPECT_EQ(member_of(Map{{"a", 1}}), R"("item": {"a": 1})");
  EXPECT_EQ(member_of(std::string(4096, 'x')), R"("item": ")" + std::string(4096, 'x') + '"');
  EXPECT_EQ(member_of(std::string(4097, 'x')), R"("item_start": ")" + std::string(1000, 'x') + '"');
}

TEST(ShownValue, OnlyTheStartOfALongValueIsRead) {
  const std::string long_text = "é" + std::string(100 << 20, 'x');
  const auto shared = std::make_shared<Shared>(long_text);
  const Value item(Map{{"line", Value(Value::Kind::text, shared)}, {"name", "n"}});
  const ShownValue shown = ropewalk::shown(item);
  EXPECT_TRUE(shown.cut);
  EXPECT_EQ(*shown.value.as_text(), R"({"line": "é)" + std::string(1000 - 12, 'x'));
  EXPECT_EQ(short_text(shown), R"({"line": "é)" + std::string(46, 'x') + "...");
  EXPECT_TRUE(nlohmann::json::accept("{" + member_of(item) + "}"));
}

TEST(ShownValue, ALongListOfManyIsCut) {
  List many(100'000, Value(7));
  const ShownValue shown = ropewalk::shown(Value(many));
  EXPECT_TRUE(shown.cut);
  EXPECT_LE(shown.value.as_text()->size(), 1000u);
  EXPECT_TRUE(shown.value.as_text()->starts_with("[7, 7, "));
}

TEST(TaskName, HasTheItemUnlessItIsTheIndex) {
  EXPECT_EQ(task_name("convert", 12, shown(Value("photos/IMG_0012.jpg"))), "convert/12 (photos/IMG_0012.jpg)");
  EXPECT_EQ(task_name("convert", 12, std::nullopt), "convert/12");
  EXPECT_EQ(task_name("convert", 12, shown(Value(12))), "convert/12");
  EXPECT_EQ(task_name("convert", 12, shown(Value(13))), "convert/12 (13)");
  EXPECT_EQ(task_name("convert", 12, shown(Value("12"))), "convert/12 (12)");
}

}  // namespace
}  // namespace ropewalk
