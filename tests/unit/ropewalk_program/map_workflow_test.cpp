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
            "C111: '{.}' is a placeholder of GNU parallel; here only {} is one\n"
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
  EXPECT_THAT(told, ElementsAre("C204: --executor other=thread: there is no stage 'other'",
                                "C104: --lines and --glob are two sources of items",
                                "C104: --with label: there is no value", "C104: --with =x: there is no value",
                                "C105: task 'shell.run' takes no command after '--': it has no parameter 'argv'",
                                "W203: task 'shell.run' needs the parameter 'path' (path)",
                                "C201: --set gives the params of a workflow, and 'map' has none"));
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
