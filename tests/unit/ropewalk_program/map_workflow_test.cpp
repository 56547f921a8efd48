#include "map_workflow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Field param(std::string name, Type type, bool required = false) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  field.required = required;
  return field;
}

/// A task type with a parameter of each sort.
TaskDescription type() {
  TaskDescription type;
  type.name = "run";
  type.params = {param("argv", Type::list), param("count", Type::integer), param("label", Type::text),
                 param("env", Type::map), param("value", Type::any)};
  type.results = {param("stdout", Type::text), param("exit_code", Type::integer), param("data", Type::bytes)};
  return type;
}

Options words(std::vector<std::string> with, std::optional<std::vector<std::string>> command = {}) {
  Options options;
  options.command = Command::map;
  options.arguments = {"shell.run"};
  options.map.items = {{"lines", "-"}};
  options.map.with = std::move(with);
  options.map.words = std::move(command);
  return options;
}

std::string text_of(const Options& options) {
  const TaskDescription known = type();
  const auto spec = map_workflow(options, &known);
  return spec ? to_yaml(*spec) : "mistake: " + spec.error().list.front().message;
}
/// What stands under `with`.
std::string with(std::vector<std::string> given) {
  const std::string text = text_of(words(std::move(given)));
  const std::size_t at = text.find("    with:\n");
  return at == std::string::npos ? text : text.substr(at + 10);
}

TEST(MapWorkflow, IsOneStageWithAllThatTheCommandLineSays) {
  Options options = words({"label=x"}, std::vector<std::string>{"gzip", "-k", "{}"});
  options.plugin_folders = options.named_folders = {"/my plugins"};
  options.executors = {{"", "thread"}};
  options.jobs = 3;
  options.fail_fast = true;
  EXPECT_EQ(text_of(options),
            "ropewalk: 1\n"
            "name: map\n"
            "plugins: {path: [\"/my plugins\"]}\n"
            "stages:\n"
            "  - name: map\n"
            "    task: shell.run\n"
            "    executor: thread\n"
            "    workers: 3\n"
            "    on_error: stop\n"
            "    foreach: {lines: \"-\"}\n"
            "    with:\n"
            "      label: x\n"
            "      argv: [gzip, -k, \"${{ item }}\"]\n");
}

TEST(MapWorkflow, LinesMayEndWithANulByte) {
  Options options = words({"label={}"});
  options.map.null = true;
  EXPECT_THAT(text_of(options), HasSubstr("    foreach: {lines: {file: \"-\", end: \"\\0\"}}\n"));
  for (const std::vector<std::pair<std::string, std::string>>& items :
       {std::vector<std::pair<std::string, std::string>>{}, {{"glob", "*"}}}) {
    options.map.items = items;
    options.map.with = {};
    EXPECT_EQ(text_of(options), "mistake: -0 sets the line ends of --lines, and --lines is not given");
  }
}

TEST(MapWorkflow, ATaskWithoutItemsAndParametersSaysNoMoreThanItsName) {
  Options options = words({});
  options.map.items.clear();
  EXPECT_EQ(text_of(options), "ropewalk: 1\nname: map\nstages:\n  - name: map\n    task: shell.run\n");
}

TEST(MapWorkflow, BracesAreTheItemWhereverTheyStandButInAnExpression) {
  EXPECT_EQ(with({"label={}"}), "      label: \"${{ item }}\"\n");
  EXPECT_EQ(with({"label=a{}b{}"}), "      label: \"a${{ item }}b${{ item }}\"\n");
  EXPECT_EQ(with({"label=${{ '{}' }}{}$${{{}"}), "      label: \"${{ '{}' }}${{ item }}$${{${{ item }}\"\n");
  EXPECT_EQ(with({"label=$$$${}"}), "      label: \"${{ '$$$$' }}${{ item }}\"\n") << "$${{ is a literal ${{";
  EXPECT_EQ(with({"env={}"}), "      env: \"${{ item }}\"\n");
  EXPECT_EQ(with({"env={\"A\": \"{}\", \"B\": {}}"}), "      env: {A: \"${{ item }}\", B: \"${{ item }}\"}\n");
}

TEST(MapWorkflow, APlaceholderOfAnotherToolIsAnErrorThatNamesTheExpression) {
  const auto told = [](const std::string& word) {
    const TaskDescription known = type();
    const auto spec = map_workflow(words({}, std::vector<std::string>{"echo", word, word}), &known);
    return spec ? to_yaml(*spec)
                : spec.error().list.front().code + ": " + spec.error().list.front().message + "\n" +
                      spec.error().list.front().notes.front();
  };
  EXPECT_EQ(told("x{.}.png"),
            "C111: '{.}' is a placeholder of GNU parallel; here it is none\n"
            "write ${{ dirname(item) }}/${{ stem(item) }}, or ${{ stem(item) }} for the name alone; where these "
            "characters are meant write ${{ '{.}' }}");
  EXPECT_THAT(told("{/}"), HasSubstr("write ${{ basename(item) }};"));
  EXPECT_THAT(told("{//}"), HasSubstr("write ${{ dirname(item) }};"));
  EXPECT_THAT(told("{/.}"), HasSubstr("write ${{ stem(item) }};"));
  EXPECT_THAT(told("{#}"), HasSubstr("write ${{ index + 1 }};"));
  EXPECT_THAT(told("{%}"), HasSubstr("no number of a job slot"));
  EXPECT_EQ(with({"label=${{ '{.}' }} ${#} a{1} {a} ${}{"}),
            "      label: \"${{ '{.}' }} ${#} a{1} {a} ${{ '$' }}${{ item }}{\"\n")
      << "none of these is one";
  EXPECT_THAT(with({"label={/}", "env={\"A\": \"{.}\"}"}), HasSubstr("mistake: '{/}' is a placeholder"));
}

TEST(MapWorkflow, WithoutItemsBracesAreAMistakeAndAnEmptyMapIsOne) {
  Options options = words({}, std::vector<std::string>{"echo", "{}", "{}"});
  options.map.items.clear();
  EXPECT_EQ(text_of(options), "mistake: there is no item for '{}'");
  options = words({"env={}"});
  options.map.items.clear();
  EXPECT_THAT(text_of(options), HasSubstr("      env: {}\n"));
}

TEST(MapWorkflow, ValuesAreReadAsSetReadsThem) {
  EXPECT_EQ(with({"count=7", "label=yes"}), "      count: 7\n      label: \"yes\"\n");
  EXPECT_EQ(with({"label=a", "label=b"}), "      label: b\n") << "the last one counts";
  EXPECT_EQ(with({"argv=a", "argv=b c"}), "      argv: [a, \"b c\"]\n") << "each is an element";
  EXPECT_EQ(with({"argv=a", "argv=[1, \"x y\", true]"}), "      argv: [1, \"x y\", true]\n") << "JSON is all of it";
  EXPECT_EQ(with({"argv=[1]", "argv=b"}), "      argv: [b]\n");
  EXPECT_EQ(with({"label=[a]"}), "      label: \"[a]\"\n") << "text is no list";
  EXPECT_EQ(with({"value=[1, {\"a\": null}]"}), "      value: [1, {a: null}]\n");
  EXPECT_EQ(with({"value=[a"}), "      value: \"[a\"\n");
  EXPECT_EQ(with({"argv=[1"}).substr(0, 20), "mistake: --with argv");
}

TEST(MapWorkflow, TheCommandLinesOwnMistakesAreToldAllAtOnce) {
  TaskDescription known = type();
  known.params[0].type = Type::text;
  known.params.push_back(param("path", Type::path, true));
  Options options = words({"label", "=x", "count=\xff"}, std::vector<std::string>{"true"});
  options.map.items.emplace_back("glob", "*");
  options.set = {"a=b"};
  options.executors = {{"other", "thread"}};
  std::vector<std::string> told;
  const Errors errors = map_workflow(options, &known).error();
  for (const Error& error : errors.list) told.push_back(error.code + ": " + error.message);
  EXPECT_THAT(told, ElementsAre("C104: --lines and --glob are two sources of items",
                                "C204: --executor other=thread: there is no stage 'other'",
                                "C104: --with label: there is no value", "C104: --with =x: there is no value",
                                "C105: task 'shell.run' takes no command after '--': it has no parameter 'argv'",
                                "W203: task 'shell.run' needs the parameter 'path' (path)",
                                "C201: --set gives the params of a workflow, and 'map' has none"));
}

/// A command line with lists behind the command, and what its stage says from `foreach` on.
std::string mapped(std::vector<std::string> command, std::vector<TypedList> lists, MapOptions more = {}) {
  Options options;
  options.command = Command::map;
  options.arguments = {"shell.run"};
  options.map = std::move(more);
  options.map.words = std::move(command);
  options.map.lists = std::move(lists);
  const std::string text = text_of(options);
  const std::size_t at = text.find("    foreach: ");
  return at == std::string::npos ? text : text.substr(at + 4);
}

TEST(MapWorkflow, WordsBehindAListMarkAreTheItems) {
  EXPECT_EQ(mapped({"gzip", "{}"}, {{.words = {"a b", "3", "${{ x }}", "{}", "caf\xe9"}}}),
            "foreach: [\"a b\", \"3\", \"$${{ x }}\", \"{}\", \"${{ from_base64('Y2Fm6Q==') }}\"]\n"
            "    with:\n      argv: [gzip, \"${{ item }}\"]\n");
  EXPECT_EQ(mapped({"gzip", "{}"}, {{}}), "foreach: []\n    with:\n      argv: [gzip, \"${{ item }}\"]\n");
  EXPECT_EQ(mapped({"gzip", "{}"}, {{.file = "names"}}),
            "foreach: {lines: names}\n    with:\n      argv: [gzip, \"${{ item }}\"]\n");
}

TEST(MapWorkflow, ItemsFollowACommandThatDoesNotSayWhereTheyBelong) {
  const std::vector<TypedList> list{{.words = {"a"}}};
  const auto words_of = [&](std::vector<std::string> command, MapOptions more = {}) {
    const std::string text = mapped(std::move(command), list, std::move(more));
    const std::size_t at = text.find("argv: ");
    return at == std::string::npos ? text : text.substr(at + 6, text.find('\n', at) - at - 6);
  };
  EXPECT_EQ(words_of({"gzip", "-k"}), "[gzip, -k, \"${{ item }}\"]");
  EXPECT_EQ(words_of({"gzip", "${{ index }}"}), "[gzip, \"${{ index }}\"]");
  EXPECT_EQ(words_of({"gzip"}, {.with = {"label={}"}}), "[gzip]") << "it stands elsewhere";
  EXPECT_EQ(words_of({"gzip", "{...}"}), "[gzip, \"${{ item }}\"]");
  EXPECT_EQ(words_of({"gzip", "", "{1}"}), "[gzip, \"\", \"{1}\", \"${{ item }}\"]") << "one list has no numbers";
  EXPECT_EQ(words_of({"gzip", "x{...}"}), "mistake: '{...}' stands for several words, and is part of one here");
  Options options = words({}, std::vector<std::string>{"echo"});
  options.map.items = {{"range", "3"}};
  EXPECT_THAT(text_of(options), HasSubstr("argv: [echo]\n")) << "a range repeats a command";
}

TEST(MapWorkflow, SeveralListsAreAllTheirCombinationsUnlessTheyAreLinked) {
  const TypedList ab{.words = {"a", "b"}}, cd{.words = {"c", "d"}}, linked{.words = {"e", "f"}, .linked = true};
  EXPECT_EQ(mapped({"echo", "{2}-{1}", "{}", "{3}"}, {ab, cd}),
            "foreach: {matrix: {a: [a, b], b: [c, d]}}\n    with:\n"
            "      argv: [echo, \"${{ item.b }}-${{ item.a }}\", \"${{ item.a }} ${{ item.b }}\", \"{3}\"]\n");
  EXPECT_EQ(mapped({"echo"}, {ab, cd}),
            "foreach: {matrix: {a: [a, b], b: [c, d]}}\n    with:\n"
            "      argv: [echo, \"${{ item.a }}\", \"${{ item.b }}\"]\n");
  EXPECT_EQ(mapped({"echo", "{2}"}, {ab, linked}),
            "foreach: {zip: {a: [a, b], b: [e, f]}}\n    with:\n      argv: [echo, \"${{ item.b }}\"]\n");
  EXPECT_EQ(mapped({"echo", "{1}{2}{3}"}, {ab, cd, linked}),
            "foreach: {matrix: {a: [a, b], b: [[c, e], [d, f]]}}\n    with:\n"
            "      argv: [echo, \"${{ item.a }}${{ item.b[0] }}${{ item.b[1] }}\"]\n");
  EXPECT_EQ(mapped({"echo"}, {ab, {.words = {"e"}, .linked = true}}),
            "mistake: list 1 has 2 items, and list 2, which is linked to it, has 1");
  EXPECT_EQ(mapped({"echo"}, {linked}), "mistake: :::+ links a list to the one before it, and there is none");
  EXPECT_EQ(mapped({"echo"}, std::vector<TypedList>(27, ab)), "mistake: there are more than 26 lists");
  EXPECT_EQ(mapped({"echo"}, {ab, {.file = "/no/such"}}),
            "mistake: cannot read lines from '/no/such': there is no such file");
  EXPECT_THAT(with({"value={...}"}), HasSubstr("value: \"${{ item }}\""));
}

TEST(MapWorkflow, ABatchStandsAmongTheWordsOfACommand) {
  const std::vector<TypedList> list{{.words = {"a", "b", "c"}}};
  EXPECT_EQ(mapped({"rm", "-f"}, list, {.batch = 2}),
            "foreach: {list: [a, b, c], batch: 2}\n    with:\n      argv: \"${{ concat('rm', '-f', item) }}\"\n");
  EXPECT_EQ(mapped({"it's", "{}", "\\}}", "caf\xe9"}, list, {.batch = 2}),
            "foreach: {list: [a, b, c], batch: 2}\n    with:\n"
            "      argv: \"${{ concat('it\\\\'s', item, '\\\\\\\\\\\\x7d\\\\x7d', from_base64('Y2Fm6Q==')) }}\"\n");
  EXPECT_EQ(mapped({"echo", "<{1}>", "{...}", "${{ index }}"}, list, {.batch = 2}),
            "foreach: {list: [a, b, c], batch: 2}\n    with:\n"
            "      argv: \"${{ concat('echo', vars.word1, item, vars.word2) }}\"\n"
            "    vars:\n      word1: \"<${{ item[0] ?? '' }}>\"\n      word2: \"${{ index }}\"\n");
  EXPECT_EQ(mapped({"echo", "{2}", "{3}"}, list, {.batch = 2}),
            "foreach: {list: [a, b, c], batch: 2}\n    with:\n      argv: [echo, \"${{ item[1] ?? '' }}\", \"{3}\"]\n");
  EXPECT_EQ(mapped({"echo", "x{}"}, list, {.batch = 2}),
            "mistake: '{}' stands for several words, and is part of one here");
  EXPECT_EQ(mapped({"echo"}, {list[0], list[0]}, {.batch = 2}),
            "mistake: -n makes tasks of several items of one list, and there are several lists");
  EXPECT_EQ(mapped({"echo"}, {}, {.batch = 2}), "mistake: -n makes tasks of several items, and there are no items");
}

TEST(MapWorkflow, APipeGivesBlocksOfLinesToTheStandardInput) {
  TaskDescription known = type();
  known.params.push_back(param("stdin", Type::bytes));
  Options options = words({}, std::vector<std::string>{"wc"});
  options.map.items.clear();
  options.map.pipe = true;
  const auto text = [&] {
    const auto spec = map_workflow(options, &known);
    return spec ? to_yaml(*spec) : "mistake: " + spec.error().list.front().message;
  };
  EXPECT_THAT(text(),
              HasSubstr("    foreach: {blocks: \"-\"}\n    with:\n      argv: [wc]\n      stdin: \"${{ item }}\"\n"));
  options.map.items = {{"lines", "names"}};
  options.map.block = "10MiB";
  options.map.batch = 100;
  options.map.null = true;
  EXPECT_THAT(text(), HasSubstr("foreach: {blocks: {file: names, size: 10MiB, lines: 100, end: \"\\0\"}}\n"));
  options.map.null = false;
  options.map.items = {{"glob", "*"}};
  EXPECT_EQ(text(), "mistake: --pipe makes blocks of a file's lines, and --glob has none");
}

TEST(MapWorkflow, ManyWordsAreOneTextThatIsSplit) {
  TypedList many{.words = std::vector<std::string>(20'000, "it's {1}")};
  const std::string text = mapped({"echo"}, {many});
  EXPECT_THAT(text.substr(0, 60), HasSubstr("foreach: \"${{ split('it\\\\'s {1\\\\x7d\\\\x0a"));
  many.words.push_back("\xff");
  EXPECT_THAT(mapped({"echo"}, {many}).substr(0, 40), HasSubstr("foreach: [\"it's {1}\", "));
}

TEST(MapWorkflow, RetriesTimeoutAndShuffleAreKeysOfTheStage) {
  const std::string text = mapped({"echo"}, {{.words = {"a"}}}, {.shuffle = true, .retries = "2", .timeout = "90s"});
  EXPECT_THAT(text, HasSubstr("foreach: {list: [a], shuffle: "));
  EXPECT_THAT(text, HasSubstr("    retries: 2\n"));
  EXPECT_THAT(text, HasSubstr("    timeout: 90s\n"));
  EXPECT_EQ(mapped({"echo"}, {}, {.shuffle = true}),
            "mistake: --shuf gives items another order, and there are no items");
}

TEST(MapWorkflow, BytesThatAreNoTextAreWrittenAsBase64) {
  EXPECT_EQ(with({"label=caf\xe9\xff-\xc3\xa9{}"}),
            "      label: \"caf${{ from_base64('6f8=') }}-\xc3\xa9${{ item }}\"\n");
}

TEST(MapWorkflow, OfAGroupOfParametersExactlyOneIsGiven) {
  TaskDescription known = type();
  known.exactly_one = {{"label", "argv"}};
  const auto told = [&](const Options& options) {
    const auto text = map_workflow(options, &known);
    return text ? std::string("good") : text.error().list.at(0).code + ": " + text.error().list.at(0).message;
  };
  EXPECT_EQ(told(words({"count=1"})), "W203: task 'shell.run' needs one of the parameters 'label' and 'argv'");
  EXPECT_EQ(told(words({"label=a"}, std::vector<std::string>{"b"})),
            "W223: task 'shell.run' takes one of the parameters 'label' and 'argv', not both");
  EXPECT_EQ(told(words({}, std::vector<std::string>{"b"})), "good");
}

TEST(MapWorkflow, ACommandIsGivenOnceAndIsNotEmpty) {
  EXPECT_EQ(text_of(words({"argv=a"}, std::vector<std::string>{"b"})),
            "mistake: the command is given twice: by --with argv and after '--'");
  EXPECT_EQ(text_of(words({}, std::vector<std::string>{})), "mistake: there is no command after '--'");
}

TEST(MapWorkflow, ASerialStageHasNoWorkers) {
  Options options = words({});
  options.jobs = 3;
  options.executors = {{"map", "serial"}};
  EXPECT_THAT(text_of(options), Not(HasSubstr("workers")));
  options.executors = {};
  options.fallback_executor = "serial";
  EXPECT_THAT(text_of(options), Not(HasSubstr("workers")));
}

/// The field, and whether it is left as it is.
std::pair<std::string, bool> printed(const std::string& task, const std::string& field) {
  Options options;
  options.arguments = {task};
  options.map.print = field;
  const auto style = printed_style(options, type());
  return style ? std::pair(style->field, style->verbatim) : std::pair(style.error().list.front().message, false);
}

TEST(MapWorkflow, WhatACommandWroteIsPrintedAsItIsAndOtherResultsAreLines) {
  EXPECT_EQ(printed("shell.run", ""), std::pair(std::string("stdout"), true));
  EXPECT_EQ(printed("shell.run", "exit_code"), std::pair(std::string("exit_code"), false));
  EXPECT_EQ(printed("other.run", ""), std::pair(std::string(), false));
  EXPECT_EQ(printed("other.run", "stdout"), std::pair(std::string("stdout"), false));
  EXPECT_EQ(printed("other.run", "data"), std::pair(std::string("data"), true));
  EXPECT_EQ(printed("other.run", "dat").first,
            "--print dat: a result of task 'other.run' has no such field; did you mean 'data'?");
}

}  // namespace
}  // namespace ropewalk::cli
