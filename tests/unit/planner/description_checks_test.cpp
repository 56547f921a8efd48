// Descriptions of plugins that cannot be.

#include "support/fake_plugins.hpp"
#include "planner/description_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Plugin plugin_with(TaskDescription type) {
  Plugin plugin;
  plugin.name = "evil";
  plugin.version = "1.0.0";
  plugin.path = "/plugins/evil.so";
  plugin.task_types.push_back(std::move(type));
  return plugin;
}

Field with_default(Field made, Value value) {
  made.default_value = std::move(value);
  return made;
}

/// Without what all of them begin with.
std::vector<std::string> findings(const Plugin& plugin) {
  std::vector<std::string> all;
  for (const Error& error : check_description(plugin)) {
    EXPECT_EQ(error.code, "P113");
    EXPECT_EQ(error.place.file, "/plugins/evil.so");
    EXPECT_FALSE(error.notes.empty());
    const std::string begin = "the plugin describes itself wrongly: ";
    EXPECT_TRUE(error.message.starts_with(begin)) << error.message;
    all.push_back(error.message.substr(std::min(begin.size(), error.message.size())));
  }
  return all;
}

std::vector<std::string> findings_of(Field field) {
  std::vector<std::string> all = findings(plugin_with(task_type("do", {std::move(field)}, {})));
  for (std::string& each : all) {
    EXPECT_TRUE(each.starts_with("task 'do', parameter 'x': ")) << each;
    each.erase(0, std::string("task 'do', parameter 'x': ").size());
  }
  return all;
}

TEST(DescriptionChecks, DefaultsAreOfTheirType) {
  const auto refuses = [](Type type, Value value, Type element = Type::any) {
    return findings_of(with_default(field("x", type, false, element), std::move(value)));
  };
  EXPECT_THAT(refuses(Type::integer, 1.5), ElementsAre("its default 1.5 is not an int"));
  EXPECT_THAT(refuses(Type::text, 5), ElementsAre("its default 5 is not text"));
  EXPECT_THAT(refuses(Type::boolean, "true"), ElementsAre("its default \"true\" is not a bool"));
  EXPECT_THAT(refuses(Type::size, -1), ElementsAre("its default -1 is not a size"));
  EXPECT_THAT(refuses(Type::duration, -0.5), ElementsAre("its default -0.5 is not a duration"));
  EXPECT_THAT(refuses(Type::path, std::string("a\0b", 3)), ElementsAre("its default \"a\\u0000b\" is not a path"));
  EXPECT_THAT(refuses(Type::list, "a"), ElementsAre("its default \"a\" is not a list"));
  EXPECT_THAT(refuses(Type::list, List{Value(1), Value("a")}, Type::integer),
              ElementsAre("its default [1, \"a\"] is not a list of int"));
  EXPECT_THAT(refuses(Type::map, Map{{"a", 1}}, Type::text),
              ElementsAre("its default {\"a\": 1} is not a map of text"));
  EXPECT_THAT(refuses(Type::text, List{Value(std::string(200, 'a'))}),
              ElementsAre("its default [\"" + std::string(78, 'a') + "... is not text"));

  EXPECT_THAT(refuses(Type::real, 1), IsEmpty());
  EXPECT_THAT(refuses(Type::duration, 1), IsEmpty());
  EXPECT_THAT(refuses(Type::path, "a/b"), IsEmpty());
  EXPECT_THAT(refuses(Type::bytes, "a"), IsEmpty());
  EXPECT_THAT(refuses(Type::any, List{}), IsEmpty());
  EXPECT_THAT(refuses(Type::list, List{Value("a")}, Type::text), IsEmpty());
  EXPECT_THAT(refuses(Type::integer, Value()), IsEmpty()) << "none";
}

TEST(DescriptionChecks, DefaultsLieWithinLimitsAndChoices) {
  EXPECT_THAT(findings_of(with_default(limited(field("x", Type::integer), 1, 3), 5)),
              ElementsAre("its default 5 is outside of what it declares: it must be at most 3"));
  EXPECT_THAT(findings_of(with_default(limited(field("x", Type::integer), 1, 3), 0)),
              ElementsAre("its default 0 is outside of what it declares: it must be at least 1"));
  EXPECT_THAT(findings_of(with_default(one_of(field("x", Type::text), {"a", "b"}), "c")),
              ElementsAre("its default \"c\" is outside of what it declares: it must be one of a, b"));
  EXPECT_THAT(findings_of(with_default(limited(field("x", Type::integer), 1, 3), 2)), IsEmpty());
  Field secret = with_default(limited(field("x", Type::integer), 1, 3), 4711);
  secret.secret = true;
  EXPECT_THAT(findings_of(secret), ElementsAre("its default is outside of what it declares: it must be at most 3"));
}

TEST(DescriptionChecks, LimitsAreInOrderAndOfNumbers) {
  EXPECT_THAT(findings_of(limited(field("x", Type::real), 2, 1.5)),
              ElementsAre("its minimum 2 is above its maximum 1.5"));
  EXPECT_THAT(findings_of(limited(field("x", Type::text), 1, 2)),
              ElementsAre("a minimum or maximum is for numbers, and it is text"));
  EXPECT_THAT(findings_of(one_of(field("x", Type::integer), {1, "two", "three"})),
              ElementsAre("its choice \"two\" is not an int"));
  EXPECT_THAT(findings_of(one_of(field("x", Type::list, false, Type::text), {"a"})), IsEmpty())
      << "choices are those of the elements";
}

TEST(DescriptionChecks, ExecutorsExist) {
  TaskDescription type = task_type("do", {}, {});
  type.executor = "thraed";
  EXPECT_THAT(findings(plugin_with(type)),
              ElementsAre("task 'do': there is no executor 'thraed', which it prefers; did you mean 'thread'?"));
  for (const char* executor : {"", "serial", "process-per-task"}) {
    type.executor = executor;
    EXPECT_THAT(findings(plugin_with(type)), IsEmpty());
  }
}

TEST(DescriptionChecks, VersionsAreVersions) {
  Plugin plugin = plugin_with(task_type("do", {}, {}));
  plugin.version = "of today";
  EXPECT_THAT(findings(plugin), ElementsAre("its version 'of today' is none"));
  plugin.version = "2.1-rc1+5";
  EXPECT_THAT(findings(plugin), IsEmpty());
}

TEST(DescriptionChecks, AllFindingsAreReported) {
  TaskDescription type = task_type(
      "do", {with_default(limited(field("a", Type::integer), 3, 1), "x"), with_default(field("b", Type::boolean), 1)},
      {limited(field("r", Type::text), 1, 2)});
  type.executor = "mpi";
  Plugin plugin = plugin_with(type);
  plugin.version = "?";
  EXPECT_THAT(findings(plugin),
              ElementsAre("its version '?' is none", "task 'do': there is no executor 'mpi', which it prefers",
                          "task 'do', parameter 'a': its minimum 3 is above its maximum 1",
                          "task 'do', parameter 'a': its default \"x\" is not an int",
                          "task 'do', parameter 'b': its default 1 is not a bool",
                          "task 'do', result field 'r': a minimum or maximum is for numbers, and it is text"));
}

}  // namespace
}  // namespace ropewalk::test
