#include <ropewalk/report.hpp>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk {
namespace {

Error widht() {
  return {"W202",
          "task 'image.resize' takes no parameter 'widht'; did you mean 'width'?",
          {"photos.yaml", 20, 7, 5, "      widht: 640"},
          {"it takes: input (path, required), output (path, required)"}};
}

std::string shown(const Error& error) {
  std::string out;
  append_diagnostic(out, error, Severity::error, false);
  return out;
}

TEST(Diagnostics, ShowTheLineTheCaretAndTheFix) {
  EXPECT_EQ(shown(widht()),
            "photos.yaml:20:7: error[W202]: task 'image.resize' takes no parameter 'widht'; did you mean 'width'?\n"
            "  20 |       widht: 640\n"
            "     |       ^^^^^\n"
            "     = it takes: input (path, required), output (path, required)\n");
}

TEST(Diagnostics, EndWithTheirNumberAndTheFile) {
  std::string out;
  append_diagnostics(out, Errors({widht(), widht()}), false);
  EXPECT_TRUE(out.ends_with("\n2 mistakes in photos.yaml\n")) << out;
  out.clear();
  append_diagnostics(out, Errors(widht()), false);
  EXPECT_TRUE(out.ends_with("\n1 mistake in photos.yaml\n")) << out;
}

TEST(Diagnostics, WithoutAPlaceBelongToTheProgram) {
  std::string out;
  append_diagnostics(out, Errors(Error{"C102", "there is no option '--jsn'", {}, {"see --help"}}), false);
  EXPECT_EQ(out, "ropewalk: error[C102]: there is no option '--jsn'\n     = see --help\n");
}

TEST(Diagnostics, OfAWholeFileHaveNoLine) {
  EXPECT_EQ(shown({"W101", "cannot read it", {"a.yaml", 0, 0, 1, ""}}), "a.yaml: error[W101]: cannot read it\n");
}

TEST(Diagnostics, OfASpecNameItsPartAndHaveNoLine) {
  Error error{
      "W302", "there is no 'itm'", {.column = 14, .length = 3, .source = "      path: \"${{ itm }}\""}, {"use item"}};
  error.place.part = "stage 'hash', parameter 'path'";
  EXPECT_EQ(shown(error),
            "stage 'hash', parameter 'path': error[W302]: there is no 'itm'\n"
            "     |       path: \"${{ itm }}\"\n"
            "     |              ^^^\n"
            "     = use item\n");
  error.place.source.clear();
  EXPECT_EQ(shown(error), "stage 'hash', parameter 'path': error[W302]: there is no 'itm'\n     = use item\n");
}

TEST(Diagnostics, TheCaretMarksTheCharactersOfThePlace) {
  // Tabs stay tabs. Two-byte characters are one column, wide characters two, combining marks none.
  EXPECT_EQ(shown({"W1", "m", {"f", 1, 3, 2, "\täxy"}}), "f:1:3: error[W1]: m\n   1 | \täxy\n     | \t ^^\n");
  EXPECT_EQ(shown({"W1", "m", {"f", 1, 3, 1, "日本x"}}), "f:1:3: error[W1]: m\n   1 | 日本x\n     |     ^\n");
  EXPECT_EQ(shown({"W1", "m", {"f", 1, 1, 1, "日"}}), "f:1:1: error[W1]: m\n   1 | 日\n     | ^^\n");
  EXPECT_EQ(shown({"W1", "m", {"f", 1, 3, 1, "e\u0301x"}}), "f:1:3: error[W1]: m\n   1 | e\u0301x\n     |  ^\n");
}

TEST(Diagnostics, ACaretMayBeJustBehindTheEndOfTheLine) {
  EXPECT_EQ(shown({"W1", "m", {"f", 3, 4, 1, "abc"}}), "f:3:4: error[W1]: m\n   3 | abc\n     |    ^\n");
  EXPECT_EQ(shown({"W1", "m", {"f", 3, 999, 5, "abc"}}), "f:3:999: error[W1]: m\n   3 | abc\n     |    ^\n");
}

TEST(Diagnostics, Y11_ForeignBytesCannotControlTheTerminal) {
  EXPECT_EQ(shown({"W1", "bad \x1b[2J name", {"f\n", 1, 2, 1, "\x1b[2Jx\xff"}}),
            "f\\n:1:2: error[W1]: bad \\x1b[2J name\n   1 | \\x1b[2Jx\\xff\n     |     ^\n");
}

TEST(Diagnostics, ALongLineIsCutAroundTheCaret) {
  const std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
  EXPECT_EQ(shown({"W1", "m", {"f", 1, 501, 1, line}}), "f:1:501: error[W1]: m\n   1 | ..." + std::string(60, 'a') +
                                                            "X" + std::string(59, 'b') + "...\n     |    " +
                                                            std::string(60, ' ') + "^\n");
}

TEST(Diagnostics, WideLineNumbersMoveTheGutter) {
  EXPECT_EQ(shown({"W1", "m", {"f", 123456, 1, 1, "x"}, {"note"}}),
            "f:123456:1: error[W1]: m\n123456 | x\n       | ^\n       = note\n");
}

TEST(Diagnostics, AreAvailableAsJson) {
  std::string out;
  append_diagnostic_json(out += '[', widht(), Severity::error, "photos.yaml");
  append_diagnostic_json(out += ',', {"W221", "held for the host", {"parts.yaml", 0, 0, 1, ""}, {"one", "two"}},
                         Severity::warning, "photos.yaml");
  append_diagnostic_json(out += ',', {"C201", "m"}, Severity::error, "photos.yaml");
  EXPECT_EQ(nlohmann::json::parse(out += ']'), nlohmann::json::parse(R"json([
    {"file": "photos.yaml", "line": 20, "column": 7, "end_column": 12, "severity": "error", "code": "W202",
     "message": "task 'image.resize' takes no parameter 'widht'; did you mean 'width'?",
     "hint": "it takes: input (path, required), output (path, required)"},
    {"file": "parts.yaml", "severity": "warning", "code": "W221", "message": "held for the host", "hint": "one\ntwo"},
    {"file": "photos.yaml", "severity": "error", "code": "C201", "message": "m", "hint": ""}])json"));
}

}  // namespace
}  // namespace ropewalk
