#include "plugin_files/describe.hpp"

#include "values/value_codec.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

ropewalk_host table() {
  ropewalk_host table{};
  table.struct_size = sizeof table;
  fill_describe(table);
  return table;
}
Result<TaskDescription> described(void (*describe)(const ropewalk_host*, ropewalk_types*)) {
  static const ropewalk_host host = table();
  ropewalk_task_type type{};
  type.struct_size = sizeof type;
  type.name = "task";
  type.describe = describe;
  return describe_task_type(type, host);
}
std::string wrong(void (*describe)(const ropewalk_host*, ropewalk_types*)) {
  const Result<TaskDescription> type = described(describe);
  return type ? "good" : type.error().list.at(0).message;
}
ropewalk_field field(const char* name, std::int32_t type) {
  ropewalk_field field{};
  field.struct_size = sizeof field;
  field.name = name;
  field.type = type;
  return field;
}

TEST(Describe, EverythingThatAPluginSaysArrives) {
  const Result<TaskDescription> type = described([](const ropewalk_host* host, ropewalk_types* types) {
    ropewalk_task_info info{};
    info.struct_size = sizeof info;
    info.flags = ROPEWALK_TASK_THREAD_SAFE | ROPEWALK_TASK_NOT_REPEATABLE | ROPEWALK_TASK_STOPS;
    info.summary = "Does it.";
    info.executor = "thread";
    info.exactly_one = R"([["a", "b"]])";
    host->task_info(types, &info);
    ropewalk_field width = field("width", ROPEWALK_TYPE_INT);
    width.flags = ROPEWALK_FIELD_REQUIRED;
    width.unit = "pixels";
    width.default_value = "640";
    width.minimum = "16";
    width.maximum = "8192";
    width.choices = "[640, 800]";
    width.help = "how wide";
    host->param(types, &width);
    const ropewalk_field a = field("a", ROPEWALK_TYPE_TEXT), b = field("b", ROPEWALK_TYPE_TEXT);
    host->param(types, &a);
    host->param(types, &b);
    ropewalk_field names = field("names", ROPEWALK_TYPE_LIST);
    names.element_type = ROPEWALK_TYPE_TEXT;
    host->result(types, &names);
  });
  ASSERT_TRUE(type);
  EXPECT_TRUE(type->thread_safe);
  EXPECT_FALSE(type->repeatable);
  EXPECT_EQ(type->executor, "thread");
  EXPECT_TRUE(type->stops);
  EXPECT_EQ(type->exactly_one, (std::vector<std::vector<std::string>>{{"a", "b"}}));
  ASSERT_EQ(type->params.size(), 3u);
  EXPECT_EQ(type->params[0].default_value, Value(640));
  EXPECT_EQ(type->params[0].minimum, Value(16));
  EXPECT_EQ(type->params[0].choices, (std::vector<Value>{640, 800}));
  EXPECT_EQ(type->results.at(0).element, Type::text);

  Plugin plugin{
      .name = "p", .version = "1.2.3", .path = {}, .identity = {}, .image = {}, .abi_minor = 0, .task_types = {*type}};
  const std::optional<Plugin> copy = plugin_from_value(*decode_value(encode_value(describe_as_value(plugin))));
  ASSERT_TRUE(copy);
  EXPECT_EQ(describe_as_value(*copy), describe_as_value(plugin)) << "it travels from host to engine unchanged";
}

TEST(Describe, WhatIsWrongIsNamed) {
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              const ropewalk_field twice = field("x", ROPEWALK_TYPE_INT);
              host->param(types, &twice);
              host->param(types, &twice);
            }),
            "parameter 'x': it is declared twice");
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              const ropewalk_field bad = field("X y", ROPEWALK_TYPE_INT);
              host->result(types, &bad);
            }),
            "result field 'X y': a name is [a-z][a-z0-9_]*");
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              const ropewalk_field bad = field("x", 99);
              host->param(types, &bad);
            }),
            "parameter 'x': it has an unknown type");
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              ropewalk_field bad = field("x", ROPEWALK_TYPE_TEXT);
              bad.default_value = "not json";
              host->param(types, &bad);
            }),
            "parameter 'x': its default is not JSON: not json");
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              ropewalk_task_info info{};
              info.struct_size = sizeof info;
              info.exactly_one = R"([["a"]])";
              host->task_info(types, &info);
            }),
            "its exactly_one is not a JSON array of arrays of names");
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              ropewalk_task_info info{};
              info.struct_size = sizeof info;
              info.exactly_one = R"([["a", "b"]])";
              host->task_info(types, &info);
              const ropewalk_field a = field("a", ROPEWALK_TYPE_TEXT);
              host->param(types, &a);
            }),
            "exactly_one names 'b', which is no parameter");
  EXPECT_EQ(wrong([](const ropewalk_host* host, ropewalk_types* types) {
              ropewalk_task_info info{};
              info.struct_size = offsetof(ropewalk_task_info, exactly_one);
              info.exactly_one = reinterpret_cast<const char*>(1);  // beyond its size: must not be read
              host->task_info(types, &info);
            }),
            "good");
}

TEST(Describe, AFieldOfAnOlderPluginIsReadAsFarAsItGoes) {
  const Result<TaskDescription> type = described([](const ropewalk_host* host, ropewalk_types* types) {
    ropewalk_field shorter = field("x", ROPEWALK_TYPE_INT);
    shorter.struct_size = offsetof(ropewalk_field, unit);
    shorter.unit = reinterpret_cast<const char*>(1);  // beyond its size: must not be read
    host->param(types, &shorter);
  });
  ASSERT_TRUE(type);
  EXPECT_EQ(type->params.at(0).unit, "");
}

TEST(Describe, AnyOtherValueIsNoDescription) {
  for (const Value& value : {Value(), Value(1), Value(Map{}), Value(Map{{"name", 1}}), Value(List{"a"})})
    EXPECT_FALSE(plugin_from_value(value));
}

}  // namespace
}  // namespace ropewalk
