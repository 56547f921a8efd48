#include "workflow/yaml_text.hpp"

#include <ropewalk/workflow.hpp>

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

std::string text(std::string_view text) {
  std::string out;
  append_text(out, text);
  return out;
}
std::string plain(std::string_view text) {
  std::string out;
  append_plain(out, text);
  return out;
}

TEST(YamlText, PlainWordsNeedNoQuotes) {
  for (const char* word : {"gzip", "-k", "--keep", "a.b/c_d-e+f=g", "/usr/bin/env", ".", ".."}) {
    EXPECT_EQ(text(word), word);
    EXPECT_EQ(plain(word), word);
  }
}

TEST(YamlText, TextThatAReaderCouldTakeForSomethingElseIsQuoted) {
  for (const char* word :
       {"",   "-", "--",  "---", "yes", "No", "010", "0x10", "1e9999", "1e9", "3.10", "null", "~", "a: b", "7",
        "a:", "#", "[a]", "{}",  "*a",  "&a", "!a",  "%a",   "@a",     "a b", "'",    "?",    "=", "a,b",  "true"})
    EXPECT_EQ(text(word), "\"" + std::string(word) + "\"");
}

TEST(YamlText, APlainScalarStaysWhatItIsUnlessYamlReadsSomethingElse) {
  for (const char* word : {"7", "-0.5", "1e-09", "3.10", "1e9", "010", "yes", "true", "30s"})
    EXPECT_EQ(plain(word), word);
  for (const char* word : {"", "~", "null", "a: b", "#", "[a]", "- a", "a b"})
    EXPECT_EQ(plain(word), "\"" + std::string(word) + "\"");
}

TEST(YamlText, LiteralTextHasNoExpression) {
  EXPECT_EQ(literal_text("a ${{ b }} $${{ c"), "a $${{ b }} $$${{ c");
  EXPECT_EQ(literal_text("$ {{ ${ $"), "$ {{ ${ $");
}

TEST(YamlText, BytesThatAreNotUtf8BecomeExpressions) {
  EXPECT_EQ(with_byte_expressions("caf\xe9\xff-\xc3\xa9"), "caf${{ from_base64('6f8=') }}-\xc3\xa9");
  EXPECT_EQ(with_byte_expressions("$\xe9"), "${{ '$' }}${{ from_base64('6Q==') }}") << "$${{ is a literal ${{";
  EXPECT_EQ(with_byte_expressions("\xe9"), "${{ from_base64('6Q==') }}");
}

TEST(YamlText, WhatMustNotStandInAWorkflowBecomesAnEscape) {
  EXPECT_EQ(text("a\"b\\c\n\t\x1b\x7f"), R"("a\"b\\c\n\t\u001b\u007f")");
  EXPECT_EQ(text("\u00e4\u0085\u2028\u202e\u2066\ufeff\U0001f600"),
            "\"\u00e4\\u0085\\u2028\\u202e\\u2066\\ufeff\U0001f600\"");
}

TEST(YamlText, ComesBackFromOurOwnReader) {
  for (const std::string written :
       {"a\"b\\c\n\t\x1b\x7f \r\n", "\u00e4\u0085\u2028\u202e\u2066\ufeff\U0001f600", "' # : - ? |", "~", "..."}) {
    const auto workflow = parse_workflow(
        "ropewalk: 1\nname: x\ndescription: " + text(written) + "\nstages: [{name: a, task: sim.noop}]\n", "x");
    ASSERT_TRUE(workflow) << written;
    EXPECT_EQ(workflow->description, written);
  }
}

}  // namespace
}  // namespace ropewalk
