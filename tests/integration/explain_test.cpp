// `ropewalk explain CODE`: every code has an explanation whose example gets that code, and whose corrected example does
// not.

#include "program.hpp"

#include <ropewalk/explanation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace ropewalk::test {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;

/// In the order of the header that declares them.
std::vector<std::string> declared_codes() {
  std::vector<std::string> found;
  const std::string text = read_file(std::string(ROPEWALK_SOURCE) + "/engine/include/ropewalk/codes.hpp");
  static const std::regex code(R"rx(=\s*"([A-Z]\d{3})";)rx");
  for (std::sregex_iterator at(text.begin(), text.end(), code), end; at != end; ++at) found.push_back((*at)[1]);
  return found;
}

bool is_command(std::string_view text) { return text.starts_with("$ ropewalk "); }
bool is_workflow(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  return !text.starts_with("$") && !text.starts_with("(") && (first.find(": ") != first.npos || first.ends_with(':'));
}

/// With the lines that every workflow has.
std::string completed(std::string_view text) {
  std::string out = text.find("ropewalk: ") == 0 ? "" : "ropewalk: 1\n";
  if (text.starts_with("- ")) out += "stages:\n";
  out += std::string(text) + "\n";
  if (out.find("stages:") == out.npos) out += "stages: [{name: s, task: sim.noop}]\n";
  return out;
}

/// Split like a shell that knows only single quotes.
std::vector<std::string> words_of(std::string_view command) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : command.substr(std::string_view("$ ropewalk ").size())) {
    if (c == '\'')
      quoted = !quoted;
    else if (c == ' ' && !quoted)
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

TEST(Explanations, ExistForEveryCode) {
  std::vector<std::string> explained;
  for (const Explanation& each : explanations()) explained.emplace_back(each.code);
  EXPECT_THAT(explained, testing::UnorderedElementsAreArray(declared_codes())) << "write it into engine/src/codes";
  EXPECT_TRUE(std::is_sorted(explained.begin(), explained.end(), [](const std::string& a, const std::string& b) {
    const std::string order = "WPCR";
    return std::pair(order.find(a[0]), a) < std::pair(order.find(b[0]), b);
  }));
}

TEST(Explanations, AreComplete) {
  for (const Explanation& each : explanations()) {
    EXPECT_NE(each.title, "") << each.code;
    EXPECT_LT(each.title.size(), 80u) << each.code;
    EXPECT_TRUE(each.meaning.ends_with('.')) << each.code;
    EXPECT_NE(each.diagnostic, each.corrected) << each.code;
    EXPECT_NE(each.diagnostic, "") << each.code;
    EXPECT_NE(each.corrected, "") << each.code;
  }
}

TEST(Explanations, OfWorkflowsShowTheRealMessageAndTheFix) {
  const Folder folder;
  folder.file("a", "x");
  std::vector<std::string> words{"validate"};
  const auto add = [&](const Explanation& each, const char* kind, std::string_view text) {
    if (is_workflow(text) && (each.code[0] == 'W' || each.code[0] == 'P'))
      words.push_back(folder.file(std::string(each.code) + kind + ".yaml", completed(text)));
  };
  for (const Explanation& each : explanations()) {
    add(each, "-mistake", each.diagnostic);
    add(each, "-corrected", each.corrected);
  }
  ASSERT_GT(words.size(), 100u);
  const ProgramEnd ended = ropewalk(words, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 3);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& file = words[i];
    const std::string code = file.substr(file.rfind('/') + 1, 4);
    bool told = false;
    for (const std::string& line : lines_of(ended.err))
      told = told || (line.starts_with(file) && line.find("[" + code + "]: ") != line.npos);
    EXPECT_EQ(told, file.find("-mistake") != file.npos) << file << "\n"
                                                        << read_file(file) << ended.err.substr(ended.err.find(file));
    if (!told) {
      EXPECT_THAT(ended.err, HasSubstr(file + ": valid")) << read_file(file);
    }
  }
}

TEST(Explanations, OfCommandsShowTheRealMessageAndTheFix) {
  const Folder folder;
  folder.file("photos.yaml",
              "ropewalk: 1\nparams: {width: 640}\nstages:\n  - {name: resize, task: sim.noop, workers: 2}\n");
  folder.file("needs-root.yaml", "ropewalk: 1\nparams: {root: {type: path}}\nstages:\n  - {name: s, task: sim.noop}\n");
  folder.file("limited.yaml", "ropewalk: 1\nstages:\n  - {name: count, task: sim.noop, limits: {cpu_time: 10s}}\n");
  folder.file("run.json", "{\"outcome\": \"succeeded\"}\n");
  std::size_t commands = 0;
  for (const Explanation& each : explanations()) {
    const std::string told = "[" + std::string(each.code) + "]: ";
    if (is_command(each.diagnostic) && each.code != "C207") {
      const ProgramEnd ended = ropewalk(words_of(each.diagnostic), {.folder = folder.path()});
      EXPECT_NE(ended.exit_code, 0) << each.diagnostic;
      EXPECT_THAT(ended.err, HasSubstr(told)) << each.diagnostic;
      ++commands;
    }
    if (is_command(each.corrected) && each.code[0] != 'P' && each.code != "C206") {
      const ProgramEnd ended = ropewalk(words_of(each.corrected), {.folder = folder.path()});
      EXPECT_EQ(ended.exit_code, 0) << each.corrected << ended.err;
      EXPECT_THAT(ended.err, Not(HasSubstr(told))) << each.corrected;
    }
  }
  EXPECT_GE(commands, 16u);
  const ProgramEnd warned = ropewalk(words_of(explanation_of("C207")->diagnostic), {.folder = folder.path()});
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_THAT(warned.err, HasSubstr("warning[C207]: "));
}

TEST(Explain, ShowsTheMeaningOfACodeWithAnExampleAndItsCorrection) {
  const ProgramEnd ended = ropewalk({"explain", "W302"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.out, R"(W302: nothing has this name

An expression begins with params, vars, env, item, index, result, stages, workflow or run, or calls
one of the functions that the message lists.

The mistake:

    params: {width: 640}
    stages:
      - {name: show, task: sim.echo, with: {value: "${{ parms.width }}"}}

Corrected:

    params: {width: 640}
    stages:
      - {name: show, task: sim.echo, with: {value: "${{ params.width }}"}}
)");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ropewalk({"explain", "w302"}).out, ended.out);
}

TEST(Explain, OfAnUnknownCodeIsACommandLineErrorWithASuggestion) {
  const ProgramEnd ended = ropewalk({"explain", "W20"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err,
            "ropewalk: error[C109]: there is no code 'W20'; did you mean 'W201'?\n     = 'ropewalk explain' lists all "
            "codes\n");
}

TEST(Explain, WithoutACodeListsAllOfThem) {
  std::vector<std::string> listed;
  for (const std::string& line : lines_of(ropewalk({"explain"}).out)) listed.push_back(line.substr(0, 4));
  std::vector<std::string> all;
  for (const Explanation& each : explanations()) all.emplace_back(each.code);
  EXPECT_THAT(listed, ElementsAreArray(all));
}

TEST(Explain, WorksWithABrokenConfigurationFile) {
  const Folder folder;
  folder.file(".ropewalk.yaml", "jbos: 4\n");
  EXPECT_EQ(ropewalk({"run", "x.yaml"}, {.folder = folder.path()}).exit_code, 2);
  EXPECT_EQ(ropewalk({"explain", "C104"}, {.folder = folder.path()}).exit_code, 0);
}

}  // namespace
}  // namespace ropewalk::test
