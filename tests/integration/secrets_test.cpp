// A param with `secret: true`: the sources of its value, and that the value is never shown.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// With a quote and a backslash, which JSON escapes.
constexpr const char* kSecret = R"(sw0rd"\f1sh)";

constexpr const char* kHeader = "ropewalk: 1\nname: w\nparams: {key: {type: text, secret: true}}\nstages:\n";

struct Secrets : testing::Test {
  ProgramEnd run(const std::string& stages, std::vector<std::string> words, const std::string& secret = kSecret) const {
    words.insert(words.begin(), {"run", folder.file("w.yaml", kHeader + stages), "--set-file",
                                 "key=" + folder.file("key", secret + "\n")});
    return ropewalk(words, {.folder = folder.path()});
  }
  /// Expects no part of the secret, in any form.
  static void expect_hidden(const std::string& text) {
    for (const char* part : {"sw0rd", "f1sh", "c3cwcmQi"}) EXPECT_THAT(text, Not(HasSubstr(part)));
    EXPECT_THAT(text, HasSubstr("***"));
  }
  const Folder folder;
};

TEST_F(Secrets, AreHiddenInEveryOutput) {
  const std::string stages = R"(
  - name: tell
    task: shell.run
    needs: []
    foreach: ["item ${{ params.key }}", "quiet"]
    with: {argv: [sh, -c, 'printf "%s\n" "$1"; printf "%s\n" "$2" >&2; exit $3', sh, "${{ item }}", "${{ json(params.key) }}", "${{ index }}"]}
  - {name: name, task: shell.run, needs: [], with: {argv: ["no such ${{ params.key }}"]}}
  - {name: print, task: zoo.print, executor: process, workers: 1, needs: [], with: {out: "printed ${{ params.key }}"}}
)";
  const ProgramEnd ended =
      run(stages, {"-v", "--json", "--events", "events", "--results", "results", "--plugins", ROPEWALK_TEST_PLUGINS});
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  expect_hidden(ended.err);
  expect_hidden(ended.out);
  expect_hidden(read_file(folder.path("events")));
  expect_hidden(read_file(folder.path("results")));
  EXPECT_THAT(ended.err, HasSubstr("print/0 | printed ***"));
  EXPECT_THAT(ended.err, HasSubstr("name/0 failed: "));
  const json row = json::parse(lines_of(read_file(folder.path("results"))).front());
  EXPECT_EQ(row["item"], "item ***");
  EXPECT_EQ(row["value"]["stdout"], "item ***\n");
  EXPECT_EQ(row["value"]["stderr"], "\"***\"\n");
}

TEST_F(Secrets, AreHiddenInADryRunEvenIfTheValueIsCut) {
  const ProgramEnd ended = run(R"(
  - {name: s, task: sim.echo, foreach: ["${{ params.key }}"], with: {value: "${{ item }}"}}
  - {name: t, task: sim.echo, with: {value: ")" +
                                   std::string(75, 'x') + R"(${{ params.key }})" + std::string(100, 'y') + "\"}}\n",
                               {"--dry-run"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  expect_hidden(ended.out);
  EXPECT_THAT(ended.out, HasSubstr("s/0  value: \"***\""));
}

TEST_F(Secrets, ReachTheTasksUnchanged) {
  const ProgramEnd ended = run(R"(
  - {name: a, task: sim.echo, with: {value: "${{ params.key }}"}}
  - {name: b, task: file.write, with: {path: copy, text: "${{ stages.a.result.value }}"}}
)",
                               {});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(read_file(folder.path("copy")), kSecret);
}

TEST_F(Secrets, AreHiddenInErrors) {
  const ProgramEnd ended =
      run("  - {name: s, task: sim.sleep, with: {seconds: \"${{ params.key }}\"}}\n  - {name: t, task: sim.noop, "
          "executor: \"${{ params.key }}\"}\n",
          {});
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  expect_hidden(ended.err);
}

TEST_F(Secrets, NoPartOfOneIsShownByAFailedExpression) {
  const ProgramEnd planned =
      run("  - {name: s, task: sim.echo, with: {value: \"${{ int(split(params.key, '\\\"')[0]) }}\"}}\n", {});
  EXPECT_EQ(planned.exit_code, 3) << planned.err;
  const ProgramEnd ran =
      run("  - {name: s, task: sim.echo, foreach: {range: 1}, with: {value: \"${{ int(format('{}{}', stem(params.key), "
          "item)) }}\"}}\n",
          {"--json"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  for (const std::string& text : {planned.err, ran.err, ran.out}) {
    for (const char* part : {"sw0rd", "f1sh"}) EXPECT_THAT(text, Not(HasSubstr(part)));
    EXPECT_THAT(text, HasSubstr("it has no value, and the reason is not shown because it reads a secret"));
  }
}

TEST_F(Secrets, NoPartOfOneIsShownByADryRun) {
  const ProgramEnd ended = run(R"(
  - {name: s, task: sim.echo, vars: {v: "${{ stem(params.key) }}"}, with: {value: "a ${{ vars.v }}"}}
  - {name: t, task: sim.echo, foreach: [1], with: {value: "${{ format('{}{}', replace(params.key, '\\\\', ''), item) }}"}}
)",
                               {"--dry-run"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  expect_hidden(ended.out);
  EXPECT_THAT(ended.out, HasSubstr("s/0  value: ***"));
  EXPECT_THAT(ended.out, HasSubstr("t/0  value: ***"));
}

TEST_F(Secrets, NoPartOfOneIsShownByAJobLog) {
  const ProgramEnd ended = run(R"(
  - {name: s, task: shell.run, foreach: [x], with: {argv: ["true", "${{ replace(params.key, '\\\\', '') }}", "${{ item }}"]}}
)",
                               {"--joblog", "jobs"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const std::string jobs = read_file(folder.path("jobs"));
  expect_hidden(jobs);
  EXPECT_THAT(lines_of(jobs).back(), EndsWith("\t***"));
}

TEST_F(Secrets, AreHiddenInAWorkflowThatMapPrints) {
  const ProgramEnd printed = ropewalk({"map", "--plugins", ROPEWALK_TEST_PLUGINS, "--print-yaml", "--range", "2",
                                       "--with", "key=sw0rdf1sh", "--with", "pin=4217", "vault.open"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("***"));
  const ProgramEnd refused = ropewalk({"map", "--plugins", ROPEWALK_TEST_PLUGINS, "--range", "2", "--with",
                                       "key=sw0rdf1sh", "--with", "pin=42170", "vault.open"});
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  for (const std::string& text : {printed.out, printed.err, refused.err})
    for (const char* part : {"sw0rdf1sh", "4217"}) EXPECT_THAT(text, Not(HasSubstr(part)));
}

TEST_F(Secrets, MayBeNumbers) {
  const ProgramEnd ended = run(R"(
  - {name: s, task: sim.echo, needs: [], foreach: [4217, 42170], with: {value: "${{ item }}"}}
  - {name: t, task: sim.echo, needs: [], with: {value: "pin ${{ params.key }}."}}
)",
                               {"--results", "-", "-q"}, "4217");
  EXPECT_EQ(
      ended.out,
      "{\"stage\": \"s\", \"index\": 0, \"item\": \"***\", \"outcome\": \"succeeded\", \"value\": {\"value\": "
      "\"***\"}}\n"
      "{\"stage\": \"s\", \"index\": 1, \"item\": 42170, \"outcome\": \"succeeded\", \"value\": {\"value\": 42170}}\n"
      "{\"stage\": \"t\", \"index\": 0, \"item\": null, \"outcome\": \"succeeded\", \"value\": {\"value\": \"pin "
      "***.\"}}\n")
      << ended.err;
}

constexpr const char* kWrite = "  - {name: s, task: file.write, with: {path: out, text: \"${{ params.key }}\"}}\n";

TEST_F(Secrets, CanBeSetByAVariableThatNoCommandInherits) {
  const std::string file = folder.file(
      "w.yaml",
      std::string(kHeader) +
          "  - {name: look, task: shell.run, with: {command: \"env | grep -c ROPEWALK_PARAM > seen || true\"}}\n" +
          kWrite);
  const ProgramOptions options{.folder = folder.path(),
                               .environment = {{"ROPEWALK_PARAM_KEY", kSecret}, {"ROPEWALK_PARAM_OF_ANOTHER", "x"}}};
  const ProgramEnd ended = ropewalk({"run", file, "-q"}, options);
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(read_file(folder.path("out")), kSecret);
  EXPECT_EQ(read_file(folder.path("seen")), "0\n");
  EXPECT_EQ(
      ropewalk({"run", file, "-q"}, {.folder = folder.path(), .environment = {{"ROPEWALK_PARAM_KEY", ""}}}).exit_code,
      2)
      << "empty is not set";
}

TEST_F(Secrets, TheNearestSourceWins) {
  const std::string file = folder.file("w.yaml", std::string(kHeader) + kWrite),
                    key = folder.file("key", "from the file");
  const ProgramOptions options{.folder = folder.path(), .environment = {{"ROPEWALK_PARAM_KEY", "from the variable"}}};
  const auto written = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"run", file, "-q"});
    const ProgramEnd ended = ropewalk(words, options);
    return ended.exit_code == 0 ? read_file(folder.path("out")) : ended.err;
  };
  EXPECT_EQ(written({}), "from the variable");
  EXPECT_EQ(written({"--set-file", "key=" + key}), "from the file");
  EXPECT_EQ(written({"--set-file", "key=" + key, "--set", "key=from the flag"}), "from the flag");
  const auto setting = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"config", file, "--origin"});
    for (const std::string& line : lines_of(ropewalk(words, options).out))
      if (line.starts_with("params.key ")) return line.substr(line.find("***"));
    return std::string("none");
  };
  EXPECT_THAT(setting({}), testing::ContainsRegex("^\\*\\*\\* +ROPEWALK_PARAM_KEY$"));
  EXPECT_THAT(setting({"--set-file", "key=" + key}), testing::ContainsRegex("^\\*\\*\\* +--set-file$"));
  EXPECT_THAT(setting({"--set", "key=x"}), testing::ContainsRegex("^\\*\\*\\* +--set$"));
}

TEST_F(Secrets, AFileIsTheValueWithoutItsFinalLineEnd) {
  const std::string file = folder.file("w.yaml", std::string(kHeader) + kWrite);
  for (const auto& [content, value] : {std::pair<std::string, std::string>{"a b", "a b"},
                                       {"a b\n", "a b"},
                                       {"a b\n\n", "a b\n"},
                                       {"a b\r\n", "a b"},
                                       {"a\nb\n", "a\nb"}}) {
    const ProgramEnd ended =
        ropewalk({"run", file, "-q", "--set-file", "key=" + folder.file("key", content)}, {.folder = folder.path()});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(read_file(folder.path("out")), value);
  }
  EXPECT_EQ(ropewalk({"run", file, "-q", "--set-file", "key=-"}, {.folder = folder.path(), .standard_input = "piped\n"})
                .exit_code,
            0);
  EXPECT_EQ(read_file(folder.path("out")), "piped");
  Program bash(
      {"/bin/bash", "-c", "\"$0\" run \"$1\" -q --set-file key=<(echo made)", ropewalk_words({}).front(), file},
      {.folder = folder.path()});
  EXPECT_EQ(bash.wait().exit_code, 0);
  EXPECT_EQ(read_file(folder.path("out")), "made");
}

TEST_F(Secrets, AnUnreadableFileIsACommandLineError) {
  const std::string file = folder.file("w.yaml", std::string(kHeader) + kWrite);
  const ProgramEnd missing =
      ropewalk({"run", file, "--set-file", "key=no/such", "--set-file", "key"}, {.folder = folder.path()});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err,
              HasSubstr("error[C202]: --set-file key: cannot read 'no/such': No such file or directory\n"));
  EXPECT_THAT(missing.err,
              HasSubstr("error[C202]: --set-file key: there is no file\n     = write --set-file NAME=PATH\n"));
  const ProgramEnd unset = ropewalk({"run", file}, {.folder = folder.path()});
  EXPECT_EQ(unset.exit_code, 2);
  EXPECT_THAT(
      unset.err,
      HasSubstr("= give it with --set-file key=FILE or in ROPEWALK_PARAM_KEY; other users can see what --set gives\n"));
  const ProgramEnd misspelt =
      ropewalk({"run", file}, {.folder = folder.path(), .environment = {{"ROPEWALK_PARAM_KYE", "x"}}});
  EXPECT_THAT(misspelt.err, HasSubstr("= ROPEWALK_PARAM_KYE is set, but the workflow has no param of that name; did "
                                      "you mean 'ROPEWALK_PARAM_KEY'?\n"));
  EXPECT_EQ(ropewalk({"map", "sim.noop", "--set-file", "key=" + file}).exit_code, 2);
}

}  // namespace
}  // namespace ropewalk::test
