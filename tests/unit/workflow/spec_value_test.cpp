// What a program writes for a value, and what becomes of it.

#include <ropewalk/spec_value.hpp>
#include <ropewalk/workflow_spec.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// As it stands in YAML.
std::string yaml(const SpecValue& value) {
  const std::string text = to_yaml({.vars = {{"x", value}}, .stages = {{.name = "s"}}});
  const std::size_t from = text.find("  x: ");
  return from == text.npos ? "absent" : text.substr(from + 5, text.find("\nstages:") - from - 5);
}

TEST(SpecValue, NumbersAndBoolsAreConstants) {
  EXPECT_EQ(yaml(true), "true");
  EXPECT_EQ(yaml(7), "7");
  EXPECT_EQ(yaml(-3L), "-3");
  EXPECT_EQ(yaml(std::size_t{4}), "4");
  EXPECT_EQ(yaml(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(yaml(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615") << "planning refuses it";
  EXPECT_EQ(yaml(1.0), "1.0");
  EXPECT_EQ(yaml(0.1f + 0.0), "0.10000000149011612");
  EXPECT_EQ(yaml(1e300), "1e+300");
  EXPECT_EQ(SpecValue(7).kind(), SpecValue::Kind::integer);
  EXPECT_EQ(SpecValue(true).kind(), SpecValue::Kind::boolean);
  EXPECT_EQ(SpecValue(2.5).kind(), SpecValue::Kind::real);
}

TEST(SpecValue, StringsAreTextWithExpressions) {
  EXPECT_EQ(yaml("${{ item }}"), "\"${{ item }}\"");
  EXPECT_EQ(yaml("gzip"), "gzip");
  EXPECT_EQ(yaml("7"), "\"7\"");
  EXPECT_EQ(yaml("yes"s), "\"yes\"");
  EXPECT_EQ(yaml(std::string_view("a\nb")), "\"a\\nb\"");
  EXPECT_EQ(yaml('\0'), "\"\\0\"");
  EXPECT_EQ(yaml('7'), "\"7\"") << "a character is text, not its number";
  EXPECT_EQ(yaml(SpecValue::expression("params.n + 1")), "\"${{ params.n + 1 }}\"");
  EXPECT_EQ(SpecValue("x").kind(), SpecValue::Kind::text);
}

TEST(SpecValue, ConstantsHaveNoExpressions) {
  EXPECT_EQ(yaml(Value("${{ item }}")), "\"$${{ item }}\"");
  EXPECT_EQ(yaml(Value(List{"${{ a }}", 1, Map{{"k", "$${{"}}})), "[\"$${{ a }}\", 1, {k: \"$$${{\"}]");
  EXPECT_EQ(yaml(std::filesystem::path("a ${{ b")), "\"a $${{ b\"");
  EXPECT_EQ(yaml(Value(Path{"/tmp"})), "/tmp");
  EXPECT_EQ(yaml(Value(Bytes{"\xff\0"s})), "\"${{ from_base64('/wA=') }}\"");
  EXPECT_EQ(yaml(Value("caf\xe9")), "\"caf${{ from_base64('6Q==') }}\"");
  EXPECT_EQ(yaml(std::filesystem::path("caf\xe9")), "\"caf${{ from_base64('6Q==') }}\"");
  EXPECT_EQ(yaml(Value()), "null");
  EXPECT_EQ(SpecValue(Value("x")), SpecValue("x"));
}

TEST(SpecValue, APlainScalarIsReadByTheTypeThatIsDeclared) {
  EXPECT_EQ(yaml(SpecValue::plain("3.10")), "3.10");
  EXPECT_EQ(yaml(SpecValue::plain("a: b")), "\"a: b\"");
  EXPECT_NE(SpecValue::plain("3.10"), SpecValue("3.10"));
}

TEST(SpecValue, DurationsAreExactText) {
  EXPECT_EQ(yaml(30s), "30s");
  EXPECT_EQ(yaml(1500ms), "1500ms");
  EXPECT_EQ(yaml(2min), "120s");
  EXPECT_EQ(yaml(1us), "1us");
  EXPECT_EQ(yaml(1'000'000'001ns), "1000000001ns");
  EXPECT_EQ(yaml(0s), "0s");
  EXPECT_EQ(yaml(std::chrono::duration<double>(0.25)), "250ms");
  EXPECT_EQ(yaml(-1s), "-1s") << "planning refuses it";
  EXPECT_EQ(yaml(std::chrono::hours(1'000'000'000)), "3600000000000s") << "planning refuses it";
}

TEST(SpecValue, ListsAndMapsKeepTheirOrder) {
  EXPECT_EQ(yaml(SpecList{"b", 1, SpecList{true}, SpecMap{{"z", 1}, {"a", "${{ item }}"}}}),
            "[b, 1, [true], {z: 1, a: \"${{ item }}\"}]");
  EXPECT_EQ(yaml(SpecMap{{"a b", 1}, {"yes", 2}, {"", 3}}), "{\"a b\": 1, \"yes\": 2, \"\": 3}");
  EXPECT_EQ(yaml(SpecList::none()), "[]");
  EXPECT_EQ(yaml(SpecList()), "[]") << "a value that is a list is there";
  EXPECT_EQ(yaml(SpecMap::none()), "{}");
}

TEST(SpecValue, WhatIsAbsentIsLeftOutOfMaps) {
  EXPECT_EQ(yaml(SpecValue()), "absent");
  const char* const nothing = nullptr;
  EXPECT_EQ(yaml(nothing), "absent");
  EXPECT_EQ(yaml(SpecMap{{"a", {}}, {"b", 1}}), "{b: 1}");
  EXPECT_EQ(yaml(SpecList{SpecValue(), 1}), "[null, 1]") << "planning refuses it";
}

TEST(SpecValue, AMapIsChangedByName) {
  SpecMap map{{"a", 1}, {"b", 2}};
  map["b"] = "x";
  map["c"] = 3;
  EXPECT_EQ(map, (SpecMap{{"a", 1}, {"b", "x"}, {"c", 3}}));
  EXPECT_EQ(*map.find("c"), SpecValue(3));
  EXPECT_EQ(map.find("d"), nullptr);
  SpecMap fresh;
  EXPECT_TRUE(fresh.is_absent());
  EXPECT_FALSE(SpecMap::none().is_absent());
  fresh["x"] = 1;
  EXPECT_FALSE(fresh.is_absent());
}

TEST(SpecValue, ARangeIsNotSpeltOut) {
  EXPECT_EQ(yaml(Value(std::make_shared<const SharedList>(5, 1'000'000'000))), "\"${{ range(5, 1000000004) }}\"");
  EXPECT_EQ(yaml(Value(std::make_shared<const SharedList>(5, 0))), "[]");
}

TEST(SpecValue, OfHugeAndDeepConstantsOnlyWhatAWorkflowMayHaveIsKept) {
  const SpecValue huge(Value(List(120'000, 1)));
  EXPECT_LT(huge.as_list()->elements().size(), 110'000u);
  EXPECT_GT(huge.as_list()->elements().size(), 100'000u);
  Value deep(1);
  for (int i = 0; i < 300; ++i) deep = Value(List{std::move(deep)});
  const std::string text = yaml(deep);
  EXPECT_LT(text.size(), 200u);
  EXPECT_GT(text.size(), 128u);
}

}  // namespace
}  // namespace ropewalk
