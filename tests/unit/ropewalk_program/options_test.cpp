#include "command_words.hpp"
#include "options.hpp"

#include "plan/executor_table.hpp"
#include "choices/choices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ropewalk::cli {
namespace {

using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

Result<Options> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "ropewalk");
  return parse_options(static_cast<int>(words.size()), words.data());
}

/// "C102: message" of the only diagnostic.
std::string diagnostic(std::vector<const char*> words) {
  const auto options = parse(std::move(words));
  if (options) return "none";
  const Errors errors = options.error();
  if (errors.list.size() != 1) return std::to_string(errors.list.size()) + " mistakes";
  const Error& error = errors.list.front();
  return error.code + ": " + error.message;
}

TEST(CommandLine, RunTakesAllItsOptions) {
  const auto options = parse({"run",       "a.yaml",  "--set",       "x=1",          "--set",      "y=2",
                              "-j",        "4",       "--executor",  "thread",       "--executor", "hash=serial",
                              "--plugins", "/p",      "--fail-fast", "--results",    "r.jsonl",    "--events=-",
                              "-vv",       "--color", "never",       "--allow-empty"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_EQ(options->command, Command::run);
  EXPECT_THAT(options->arguments, ElementsAre("a.yaml"));
  EXPECT_THAT(options->set, ElementsAre("x=1", "y=2"));
  EXPECT_EQ(options->jobs, 4u);
  EXPECT_THAT(options->executors, ElementsAre(Pair("", "thread"), Pair("hash", "serial")));
  EXPECT_THAT(options->plugin_folders, ElementsAre("/p"));
  EXPECT_TRUE(options->fail_fast);
  EXPECT_TRUE(options->allow_empty);
  EXPECT_FALSE(options->json);
  EXPECT_EQ(options->results, "r.jsonl");
  EXPECT_EQ(options->events, "-");
  EXPECT_EQ(options->verbose, 2);
  EXPECT_EQ(options->color, ColorMode::never);
}

TEST(CommandLine, OptionsMayStandBeforeTheFileAndTakeOneValueEach) {
  const auto options = parse({"run", "--set", "x=1", "a.yaml"});
  ASSERT_TRUE(options);
  EXPECT_THAT(options->set, ElementsAre("x=1"));
  EXPECT_THAT(options->arguments, ElementsAre("a.yaml"));
}

TEST(CommandLine, MapTakesItsOwnOptionsThoseOfRunAndACommandBehindTwoDashes) {
  const auto options = parse({"map",      "shell.run", "-j",    "2",         "--lines", "-",           "--with",
                              "cwd=/tmp", "--with",    "x=y=z", "--results", "r",       "--fail-fast", "--print",
                              "stderr",   "--",        "grep",  "-q",        "--",      "--json",      "{}"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_EQ(options->command, Command::map);
  EXPECT_THAT(options->arguments, ElementsAre("shell.run"));
  EXPECT_EQ(options->jobs, 2u);
  EXPECT_THAT(options->map.items, ElementsAre(Pair("lines", "-")));
  EXPECT_THAT(options->map.with, ElementsAre("cwd=/tmp", "x=y=z"));
  EXPECT_EQ(options->map.print, "stderr");
  EXPECT_EQ(options->results, "r");
  EXPECT_TRUE(options->fail_fast);
  EXPECT_FALSE(options->json);
  EXPECT_THAT(options->map.words, Optional(ElementsAre("grep", "-q", "--", "--json", "{}")));
  EXPECT_FALSE(parse({"map", "sim.noop"})->map.words);
}

TEST(CommandLine, MapTakesListsOfItemsBehindTheCommand) {
  const auto options = parse({"map", "shell.run", "-n2", "--", "echo", "--", "-q", ":::", "a", "--", "-q", "::::", "f",
                              "g", ":::+", "::::+", "h"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_EQ(options->map.batch, 2u);
  EXPECT_FALSE(options->quiet);
  EXPECT_THAT(options->map.words, Optional(ElementsAre("echo", "--", "-q")));
  std::vector<std::string> lists;
  for (const TypedList& list : options->map.lists)
    lists.push_back(fmt::format("{}{}{}", list.linked ? "+" : "", list.file, list.words));
  EXPECT_THAT(lists, ElementsAre("[\"a\", \"--\", \"-q\"]", "f[]", "g[]", "+[]", "+h[]"));
  const auto other = parse({"map", "sim.echo", "--with", "value={}", ":::", "a"});
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->map.words);
  EXPECT_EQ(other->map.lists.size(), 1u);
  EXPECT_EQ(diagnostic({"run", "a.yaml", ":::", "a"}), "C105: 'ropewalk run' does not take another argument: ':::'");
}

TEST(CommandLine, MapNamesItsTwinOfAnOptionOfXargsOrParallel) {
  const auto note = [](std::vector<const char*> words) {
    const auto options = parse(std::move(words));
    return options ? std::string("none")
                   : options.error().list.front().code + ": " + options.error().list.front().notes.at(0);
  };
  EXPECT_EQ(note({"map", "shell.run", "-P4", "--", "a"}), "C102: -j N runs so many tasks at once");
  EXPECT_EQ(note({"map", "shell.run", "-P", "4", "--", "a"}), "C102: -j N runs so many tasks at once");
  EXPECT_EQ(note({"map", "shell.run", "-I{}", "--", "a"}),
            "C102: the item is {}, wherever it stands; no option is needed");
  EXPECT_EQ(note({"map", "shell.run", "--keep-order", "--", "a"}),
            "C102: results are in the order of the items, unless --order completion is given");
  EXPECT_EQ(note({"map", "shell.run", "--colsep=,", "--", "a"}),
            "C102: an expression splits the item: '${{ split(item, \",\")[0] }}'");
  EXPECT_EQ(note({"run", "a.yaml", "-P4"}), "C102: 'ropewalk run --help' lists what there is");
}

TEST(CommandLine, MapChecksTheValuesOfItsOptions) {
  EXPECT_EQ(diagnostic({"map", "sim.noop", "-n", "0"}), "C104: -n wants a whole number from 1 to 1000000, not '0'");
  EXPECT_EQ(diagnostic({"map", "sim.noop", "--order", "some"}), "C104: --order wants items or completion, not 'some'");
  EXPECT_EQ(diagnostic({"map", "sim.noop", "--block", "1MiB"}),
            "C104: --block is the size of blocks, and --pipe is not given");
  EXPECT_TRUE(parse({"map", "sim.noop", "--order", "completion"})->map.as_completed);
}

TEST(CommandLine, ADashIsAFile) {
  const auto options = parse({"run", "-", "--results", "-"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_THAT(options->arguments, ElementsAre("-"));
  EXPECT_EQ(options->results, "-");
}

TEST(CommandLine, ValuesMayBeEmptyOrLookLikeNumbersOrHoldBraces) {
  const auto options = parse({"run", "a.yaml", "--set", "x=", "--set", "y=-5", "--set", "z=[1, \"a\"]"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_THAT(options->set, ElementsAre("x=", "y=-5", "z=[1, \"a\"]"));
}

TEST(CommandLine, PluginsHaveTheirOwnCommands) {
  EXPECT_EQ(parse({"plugins"})->command, Command::plugins_list);
  EXPECT_EQ(parse({"plugins", "list"})->command, Command::plugins_list);
  EXPECT_EQ(parse({"plugins", "show", "sim"})->command, Command::plugins_show);
  EXPECT_EQ(parse({"plugins", "check", "x.so"})->command, Command::plugins_check);
  EXPECT_THAT(parse({"validate", "a", "b"})->arguments, ElementsAre("a", "b"));
}

TEST(CommandLine, EveryMistakeSaysWhatWouldHaveBeenRight) {
  EXPECT_EQ(diagnostic({"rnu", "a.yaml"}), "C101: there is no command 'rnu'; did you mean 'run'?");
  EXPECT_EQ(diagnostic({"a.yaml"}), "C101: there is no command 'a.yaml'");
  EXPECT_EQ(diagnostic({"plugins", "lits"}), "C101: there is no command 'lits'; did you mean 'list'?");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "--jsn"}),
            "C102: 'ropewalk run' has no option '--jsn'; did you mean '--json'?");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "--jsn=3"}),
            "C102: 'ropewalk run' has no option '--jsn'; did you mean '--json'?");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "-z"}), "C102: 'ropewalk run' has no option '-z'");
  EXPECT_EQ(diagnostic({"run"}), "C103: 'ropewalk run' needs a workflow file");
  EXPECT_EQ(diagnostic({"map", "--range", "3"}), "C103: 'ropewalk map' needs a task type, such as shell.run");
  EXPECT_EQ(diagnostic({"map", "shell.run", "true"}), "C105: 'ropewalk map' does not take another argument: 'true'");
  const auto behind = parse({"map", "shell.run", "true"});
  EXPECT_THAT(behind.error().list.front().notes,
              ElementsAre("a command and its arguments follow '--', as in: map shell.run -- echo hello"));
  EXPECT_EQ(diagnostic({"map", "shell.run", "--line", "x"}),
            "C102: 'ropewalk map' has no option '--line'; did you mean '--lines'?");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "--set"}), "C103: option --set needs a value");
  EXPECT_EQ(diagnostic({"plugins", "show"}), "C103: 'ropewalk plugins show' needs the name of a plugin");
  EXPECT_EQ(diagnostic({"new"}), "C103: 'ropewalk new' needs one of: plugin NAME, workflow NAME");
  EXPECT_EQ(diagnostic({"new", "plugn", "hello"}), "C101: there is no command 'plugn'; did you mean 'plugin'?");
  EXPECT_EQ(diagnostic({"new", "plugin"}), "C103: 'ropewalk new plugin' needs the name of the new plugin");
  EXPECT_EQ(diagnostic({"new", "workflow", "a", "b"}),
            "C105: 'ropewalk new workflow' does not take another argument: 'b'");
  EXPECT_EQ(diagnostic({"doctor", "x"}), "C105: 'ropewalk doctor' does not take another argument: 'x'");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "-j", "many"}), "C104: -j wants a whole number from 1 to 4096, not 'many'");
  for (const char* jobs : {"-1", "1000000000", "99999999999999999999"})
    EXPECT_EQ(diagnostic({"run", "a.yaml", "-j", jobs}),
              fmt::format("C104: -j wants a whole number from 1 to 4096, not '{}'", jobs));
  EXPECT_EQ(diagnostic({"run", "a.yaml", "-j", "0"}), "C104: -j wants a whole number from 1 to 4096, not '0'");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "--color", "alway"}),
            "C104: --color wants auto, always or never, not 'alway'; did you mean 'always'?");
  EXPECT_EQ(diagnostic({"graph", "a.yaml", "--format", "dto"}),
            "C104: --format wants text, dot, mermaid or json, not 'dto'; did you mean 'dot'?");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "b.yaml"}), "C105: 'ropewalk run' does not take another argument: 'b.yaml'");
  EXPECT_EQ(diagnostic({"run", "a.yaml", "-q", "-v"}), "C104: -q and -v contradict each other");
}

TEST(CommandLine, WhatIsDesignedButNotBuiltIsNotInThisVersion) {
  EXPECT_EQ(diagnostic({"run", "a.yaml", "--dry-run", "--json"}), "C106: --json of --dry-run is not in this version");
}

TEST(CommandLine, CompareTakesListsOfExecutorsAndWorkers) {
  const auto options = parse({"compare", "a.yaml", "--executor", "serial,thread", "--workers", "1,2,4", "--runs", "7"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_EQ(options->command, Command::compare);
  EXPECT_THAT(options->compare.executors, ElementsAre("serial", "thread"));
  EXPECT_THAT(options->compare.workers, ElementsAre(1u, 2u, 4u));
  EXPECT_EQ(options->compare.runs, 7u);
  EXPECT_EQ(parse({"compare", "a.yaml"})->compare.runs, 5u);
  EXPECT_THAT(parse({"compare", "a.yaml"})->compare.executors, ElementsAre("serial", "thread", "process"));
  EXPECT_EQ(diagnostic({"compare", "a.yaml", "--workers", "1,x"}),
            "C104: --workers wants whole numbers from 1 to 4096, not 'x'");
  EXPECT_EQ(diagnostic({"compare", "a.yaml", "--runs", "0"}),
            "C104: --runs wants whole numbers from 1 to 1000, not '0'");
}

TEST(CommandLine, TwoOutputsCannotShareStdoutOrAFile) {
  EXPECT_EQ(diagnostic({"run", "a", "--json", "--results", "-"}), "C107: two outputs cannot share stdout");
  EXPECT_EQ(diagnostic({"map", "sim.echo", "--json", "--print", "value"}), "C107: two outputs cannot share stdout");
  EXPECT_EQ(diagnostic({"run", "a", "--results", "x", "--events", "x"}), "C107: --results and --events both name 'x'");
  EXPECT_EQ(diagnostic({"run", "a", "--junit", "-", "--metrics", "-"}), "C107: two outputs cannot share stdout");
  EXPECT_EQ(diagnostic({"run", "a", "--joblog", "x", "--junit", "./x"}), "C107: --junit and --joblog both name './x'");
}

TEST(CommandLine, ShowTakesTheReportsOfOtherProgramsTogether) {
  const auto options = parse({"show", "latest", "--junit", "x", "--joblog", "l", "--metrics", "m"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_EQ(options->junit + options->joblog + options->metrics, "xlm");
  EXPECT_EQ(diagnostic({"show", "latest", "--junit", "x", "--json"}),
            "C104: 'ropewalk show' takes one of --json, --results, --failures, --output and the group of --junit, "
            "--joblog and --metrics");
}

TEST(CommandLine, ExecutorsOfTheLanguageAreThoseThatThereAre) {
  std::vector<std::string> there;
  for (const ExecutorKind& executor : executor_kinds()) there.emplace_back(executor.name);
  EXPECT_THAT(executor_names(), testing::UnorderedElementsAreArray(there));
}

TEST(CommandLine, HelpEndsWithTwoExamples) {
  for (const CommandWords& command : command_words()) {
    std::vector<const char*> words;
    for (const std::string& word : command.path) words.push_back(word.c_str());
    words.push_back("--help");
    const auto help = parse(words);
    ASSERT_TRUE(help);
    EXPECT_EQ(help->command, Command::help);
    EXPECT_FALSE(help->misused);
    const std::string examples = help->text.substr(help->text.find("Examples:"));
    EXPECT_EQ(std::count(examples.begin(), examples.end(), '\n'), 3) << help->text;
  }
}

TEST(CommandLine, NothingAtAllGetsTheHelpButIsAMisuse) {
  const auto help = parse({});
  ASSERT_TRUE(help);
  EXPECT_TRUE(help->misused);
  EXPECT_NE(help->text.find("validate"), std::string::npos);
  EXPECT_EQ(parse({"--version"})->text, "ropewalk 0.1.0\n");
}

TEST(CommandLine, CleanTakesItsThreeLimits) {
  const auto options = parse({"clean", "--keep", "3", "--older", "1h30m", "--max-size", "2MiB", "--dry-run"});
  ASSERT_TRUE(options) << options.error().list.front().message;
  EXPECT_EQ(options->command, Command::clean);
  EXPECT_EQ(options->history.retention.keep, 3u);
  EXPECT_EQ(options->history.retention.max_age, std::chrono::seconds(5400));
  EXPECT_EQ(options->history.retention.max_bytes, 2u << 20);
  EXPECT_TRUE(options->dry_run);
  EXPECT_EQ(parse({"clean"})->history.retention.keep, 20u);
  EXPECT_EQ(diagnostic({"clean", "--keep", "-1"}), "C104: --keep wants a whole number from 0, not '-1'");
}

TEST(CommandLine, CommandsOnRunsTakeTheOperandsThatTheyNeed) {
  EXPECT_EQ(parse({"why", "latest", "hash/3"})->arguments, (std::vector<std::string>{"latest", "hash/3"}));
  EXPECT_EQ(parse({"show", "latest", "--output", "hash/3"})->history.output, "hash/3");
  EXPECT_TRUE(parse({"show", "latest", "--failures"})->history.failures);
  EXPECT_EQ(diagnostic({"show"}), "C103: 'ropewalk show' needs a run, such as latest");
  EXPECT_EQ(diagnostic({"diff", "latest"}), "C103: 'ropewalk diff' needs two runs");
  EXPECT_EQ(diagnostic({"diff", "a", "b", "c"}), "C105: 'ropewalk diff' does not take another argument: 'c'");
  EXPECT_EQ(diagnostic({"show", "latest", "--json", "--failures"}),
            "C104: 'ropewalk show' takes one of --json, --results, --failures, --output and the group of --junit, "
            "--joblog and --metrics");
}

}  // namespace
}  // namespace ropewalk::cli
