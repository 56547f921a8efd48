#include "yaml_text.hpp"

#include <ropewalk/workflow.hpp>

#include <gtest/gtest.h>

namespace ropewalk::cli {
namespace {

std::string scalar(std::string_view text) {
  std::string out;
  append_scalar(out, text);
  return out;
}

TEST(YamlText, PlainWordsAndNumbersNeedNoQuotes) {
  for (const char* text :
       {"gzip", "-k", "--keep", "a.b/c_d-e+f=g", "7", "-0.5", "1e-09", "true", "false", "/usr/bin/env", ".", ".."})
    EXPECT_EQ(scalar(text), text);
}

TEST(YamlText, WhatAReaderCouldTakeForSomethingElseIsQuoted) {
  for (const char* text :
       {"",   "-", "--",  "---", "yes", "No", "010", "0x10", "1e9999", "1e9", "3.10", "null", "~", "a: b",
        "a:", "#", "[a]", "{}",  "*a",  "&a", "!a",  "%a",   "@a",     "a b", "'",    "?",    "=", "a,b"})
    EXPECT_EQ(scalar(text), "\"" + std::string(text) + "\"");
}

TEST(YamlText, ANumberStaysOneWhereOneIsDeclared) {
  const auto declared = [](std::string_view text, Type type) {
    std::string out;
    append_scalar(out, text, type);
    return out;
  };
  EXPECT_EQ(declared("3.10", Type::real), "3.10");
  EXPECT_EQ(declared("1e9", Type::real), "1e9");
  EXPECT_EQ(declared("010", Type::integer), "\"010\"");
  EXPECT_EQ(declared("yes", Type::text), "\"yes\"");
}

TEST(YamlText, WhatMustNotStandInAWorkflowBecomesAnEscape) {
  EXPECT_EQ(scalar("a\"b\\c\n\t\x1b\x7f"), R"("a\"b\\c\n\t\u001b\u007f")");
  EXPECT_EQ(scalar("\u00e4\u0085\u2028\u202e\u2066\ufeff\U0001f600"),
            "\"\u00e4\\u0085\\u2028\\u202e\\u2066\\ufeff\U0001f600\"");
}

TEST(YamlText, ComesBackFromOurOwnReader) {
  for (const std::string text :
       {"a\"b\\c\n\t\x1b\x7f \r\n", "\u00e4\u0085\u2028\u202e\u2066\ufeff\U0001f600", "' # : - ? |", "~", "..."}) {
    const auto workflow = parse_workflow(
        "ropewalk: 1\nname: x\ndescription: " + scalar(text) + "\nstages: [{name: a, task: sim.noop}]\n", "x");
    ASSERT_TRUE(workflow) << text;
    EXPECT_EQ(workflow->description, text);
  }
}

}  // namespace
}  // namespace ropewalk::cli
