// Words of GitHub Actions, go-task, Snakemake and Argo Workflows, as people type them: each is an error that names the
// word of Ropewalk.

#include "workflow/foreign_words.hpp"

#include "expressions/functions.hpp"
#include "support/plans.hpp"
#include "workflow/key_tables.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

using testing::Contains;

/// The notes of all errors of a workflow.
std::vector<std::string> notes_of(const std::string& text) {
  const auto plan = test::plan_of(text);
  std::vector<std::string> notes;
  const Errors errors = plan ? Errors() : plan.error();
  for (const Error& error : errors.list) notes.insert(notes.end(), error.notes.begin(), error.notes.end());
  return notes;
}

bool has_key(const KeyTable& table, std::string_view key) {
  return std::find(table.keys.begin(), table.keys.end(), key) != table.keys.end();
}

/// All words of a text: letters, digits, '_' and '.'.
std::set<std::string> words_in(std::string_view text) {
  std::set<std::string> words{""};
  std::string word;
  for (const char c : std::string(text) + ' ') {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.')
      word += c;
    else
      words.insert(std::exchange(word, {}));
  }
  return words;
}

TEST(ForeignWords, AKeyOfAnotherToolIsAnErrorThatNamesTheKeyOfRopewalk) {
  std::set<std::string> own{"shell.run", "ropewalk"};
  for (const KeyTable* table : {&workflow_keys(), &stage_keys(), &foreach_keys(), &limits_keys(), &retries_keys()})
    own.insert(table->keys.begin(), table->keys.end());
  EXPECT_GE(foreign_keys().size(), 100u);
  for (const ForeignWord& each : foreign_keys()) {
    const std::string key(each.word), hint(each.hint);
    EXPECT_FALSE(has_key(workflow_keys(), key) && has_key(stage_keys(), key)) << key << " is a key";
    const std::string stage = "stages:\n  - {name: a, task: sim.noop";
    std::vector<std::string> texts;
    if (!has_key(workflow_keys(), key)) texts.push_back("ropewalk: 1\n" + key + ": x\n" + stage + "}\n");
    if (!has_key(stage_keys(), key)) texts.push_back("ropewalk: 1\n" + stage + ", " + key + ": x}\n");
    for (const std::string& text : texts) EXPECT_THAT(notes_of(text), Contains(hint)) << text;
    const std::set<std::string> words = words_in(hint);
    EXPECT_TRUE(std::any_of(words.begin(), words.end(), [&](const std::string& word) { return own.contains(word); }))
        << hint;
  }
}

TEST(ForeignWords, ANameOrFunctionOfAnotherToolIsAnErrorThatNamesThatOfRopewalk) {
  std::set<std::string> own{"??",
                            "item",
                            "item.NAME",
                            "params.NAME",
                            "env.NAME",
                            "stages.NAME.result",
                            "stages.NAME.outcome",
                            "after",
                            "foreach",
                            "finally",
                            "secret",
                            "workers",
                            "limits",
                            "file.checksum"};
  for (const std::string& function : function_names()) own.insert(function);
  EXPECT_GE(foreign_names().size(), 30u);
  for (const ForeignWord& each : foreign_names()) {
    const std::string name(each.word), hint(each.hint);
    for (const std::string& form : {name + "(1)", name + ".x"}) {
      const auto notes =
          notes_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.echo, with: {value: \"${{ " + form + " }}\"}}\n");
      EXPECT_THAT(notes, Contains(hint)) << form;
    }
    std::set<std::string> words = words_in(hint);
    if (hint.find("??") != hint.npos) words.insert("??");
    EXPECT_TRUE(std::any_of(words.begin(), words.end(), [&](const std::string& word) { return own.contains(word); }))
        << hint;
  }
}

TEST(ForeignWords, AreAnsweredWhereTheirToolsHaveThem) {
  const std::string stage = "ropewalk: 1\nstages:\n  - {name: a, task: sim.echo, ";
  EXPECT_THAT(notes_of(stage + "run: make}\n").front(), testing::HasSubstr("`task: shell.run`"));
  EXPECT_THAT(notes_of(stage + "cmd: make}\n").front(), testing::HasSubstr("`task: shell.run`"));
  EXPECT_THAT(notes_of(stage + "depends_on: [b]}\n").front(), testing::HasSubstr("`needs`"));
  EXPECT_THAT(notes_of(stage + "strategy: {matrix: {os: [a]}}}\n").front(),
              testing::HasSubstr("`foreach: {matrix: {...}}`"));
  EXPECT_THAT(notes_of(stage + "continue-on-error: true}\n").front(), testing::HasSubstr("`on_error: ignore`"));
  EXPECT_THAT(notes_of(stage + "with: {value: \"${{ matrix.os }}\"}}\n").front(), testing::HasSubstr("item.NAME"));
  EXPECT_THAT(notes_of(stage + "with: {value: \"${{ fromJSON('1') }}\"}}\n").front(),
              testing::HasSubstr("json_parse(text)"));
}

}  // namespace
}  // namespace ropewalk
