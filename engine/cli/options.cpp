#include "options.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

namespace ropewalk::cli {
namespace {

constexpr std::array kLaterCommands{"compare", "new", "resume", "runs", "show", "diff", "why", "report", "doctor"};
constexpr std::array kLaterOptions{"--runs"};
constexpr unsigned kMostJobs = 4096;

Error mistake(const char* code, std::string message, std::string note = {}) {
  Error error{code, std::move(message)};
  if (!note.empty()) error.notes.push_back(std::move(note));
  return error;
}

/// What the library fills; turned into Options afterwards.
struct Raw {
  std::vector<std::string> arguments, set, executors, stages, plugins;
  std::string jobs, color, results, events, format;
  std::vector<std::string> range, glob, lines, jsonl, with;
  std::string print;
  bool print_yaml = false;
  int verbose = 0;
  bool fail_fast = false, dry_run = false, json = false, quiet = false, allow_empty = false, version = false, origin = false;
};

void add_repeatable(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help,
                    const std::string& shown) {
  app.add_option(name, into, help)->allow_extra_args(false)->take_all()->type_name(shown);
}

void add_planning(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--set", raw.set, "give a parameter of the workflow its value", "NAME=VALUE");
  app.add_option("-j,--jobs", raw.jobs, "at most so many tasks at once, over all stages")->type_name("N");
  add_repeatable(app, "--executor", raw.executors,
                 "serial, thread, process, thread-per-task or process-per-task, for one stage or for all",
                 "[STAGE=]E");
}

void add_stage(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--stage", raw.stages, "only this stage and what it waits for", "NAME");
}

void add_running(CLI::App& app, Raw& raw) {
  app.add_flag("--fail-fast", raw.fail_fast, "start nothing more once a task has failed");
  app.add_flag("--dry-run", raw.dry_run, "say what would run; nothing is run and nothing written");
  app.add_flag("--json", raw.json, "one JSON document about the run on stdout");
  app.add_option("--results", raw.results, "a JSON line for each task; - is stdout")->type_name("FILE");
  app.add_option("--events", raw.events, "what happens, as JSON lines, live; - is stdout")->type_name("FILE");
  app.add_flag("--allow-empty", raw.allow_empty, "a run without any task is fine");
}

void add_mapping(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--range", raw.range, "the items are 0 to N-1", "N");
  add_repeatable(app, "--glob", raw.glob, "the items are the files that match; quote it", "PATTERN");
  add_repeatable(app, "--lines", raw.lines, "the items are lines; - is stdin, read while it is written", "FILE");
  add_repeatable(app, "--jsonl", raw.jsonl, "the items are JSON values, one a line; - is stdin", "FILE");
  add_repeatable(app, "--with", raw.with, "a parameter of the task; {} in it is the item", "NAME=VALUE");
  app.add_option("--print", raw.print, "this field of each result as it is, instead of all as JSON; of shell.run: stdout")->type_name("FIELD");
  app.add_flag("--print-yaml", raw.print_yaml, "the same as a workflow file on stdout; nothing is run");
}

void add_common(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--plugins", raw.plugins, "look for plugins here first", "DIR");
  app.add_flag("-q,--quiet", raw.quiet, "say only what went wrong");
  app.add_flag("-v,--verbose", raw.verbose, "also what plugins write, and what the engine does (-vv: in detail)");
  app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
}

/// A command as it is used.
struct Entry {
  CLI::App* app;
  Command command;
  const char* operands;           ///< as the usage line shows them
  const char* missing = nullptr;  ///< what it cannot do without: "a workflow file"; null: nothing
  bool several = false;           ///< it takes any number of them
};

struct Grammar {
  Raw raw;
  CLI::App app{"Ropewalk runs workloads: the same plugin serially, on threads or in processes.", "ropewalk"};
  CLI::App *run, *plugins;
  std::vector<Entry> entries;

  Grammar() {
    app.set_help_flag("-h,--help", "this text");
    app.add_flag("--version", raw.version, "the version of ropewalk");
    app.require_subcommand(0, 1);
    app.allow_extras();
    app.footer("Exit codes: 0 all succeeded, 1 a task failed, 2 command line, 3 workflow invalid, 4 plugins missing or\n"
               "refused, 5 no task at all, 70 internal, 74 output could not be written.\n\n"
               "Examples:\n  ropewalk run workflows/checksum.yaml --set root=/usr/include\n  ropewalk plugins list");

    run = command(app, "run", "run a workflow and say where the time went",
                  "Examples:\n  ropewalk run workflows/checksum.yaml --set root=/usr/include --executor thread\n"
                  "  ropewalk run workflows/ten-sleeps.yaml -j 4 --json --events events.jsonl");
    run->add_option("FILE", raw.arguments, "the workflow; - is stdin; with --help also what can be set in it")->type_name("");
    add_planning(*run, raw);
    add_stage(*run, raw);
    add_running(*run, raw);
    add_common(*run, raw);

    CLI::App* map = command(app, "map", "run one task type over items and print the results in their order",
                            "Examples:\n  ls workflows/*.yaml | ropewalk map shell.run -j 4 --lines - -- wc -l {}\n"
                            "  ropewalk map file.checksum --glob 'workflows/*.yaml' --with path={} --print line");
    map->add_option("PLUGIN.TASK", raw.arguments, "the task type")->type_name("");
    add_mapping(*map, raw);
    add_planning(*map, raw);
    map->get_option("--set")->group("");  // there is nothing to set, which is said with the way out
    map->get_option("--jobs")->description("so many tasks at once; else as many as there are usable cores");
    add_running(*map, raw);
    add_common(*map, raw);

    CLI::App* validate = command(app, "validate", "check workflows and run nothing",
                                 "Examples:\n  ropewalk validate workflows/checksum.yaml --set root=/usr/include\n"
                                 "  ropewalk validate --json workflows/*.yaml");
    validate->add_option("FILE", raw.arguments, "the workflows")->type_name("");
    add_planning(*validate, raw);
    validate->add_flag("--json", raw.json, "one JSON document about all of them on stdout");
    add_common(*validate, raw);

    CLI::App* config = command(app, "config", "the settings that are in force: of flags, ROPEWALK_* variables, a workflow and configuration files",
                               "Examples:\n  ropewalk config --origin\n  ropewalk config workflows/ten-sleeps.yaml -j 4 --origin");
    config->add_option("FILE", raw.arguments, "of this workflow")->type_name("");
    config->add_flag("--origin", raw.origin, "where each of them comes from");
    config->add_flag("--json", raw.json, "one JSON document on stdout");
    add_planning(*config, raw);
    add_common(*config, raw);

    CLI::App* graph = command(app, "graph", "the stages of a workflow, and which waits for which and why",
                              "Examples:\n  ropewalk graph workflows/pipeline.yaml\n"
                              "  ropewalk graph workflows/compress.yaml --set root=/usr/include --format dot");
    graph->add_option("FILE", raw.arguments, "the workflow; - is stdin")->type_name("");
    graph->add_option("--format", raw.format, "text, dot (Graphviz), mermaid (Markdown) or json")->type_name("FORMAT");
    add_planning(*graph, raw);
    add_stage(*graph, raw);
    add_common(*graph, raw);

    CLI::App* explain = command(app, "explain", "what the code of a mistake means, an example of it, and how to mend it",
                                "Examples:\n  ropewalk explain W204\n  ropewalk explain");
    explain->add_option("CODE", raw.arguments, "such as W204; without it all codes are listed")->type_name("");

    CLI::App* schema = command(app, "schema", "a JSON Schema of workflows and of the plugins' parameters, for editors",
                               "Examples:\n  ropewalk schema > workflow.schema.json\n  ropewalk schema --plugins ./mine > workflow.schema.json");
    add_common(*schema, raw);

    CLI::App* completion = command(app, "completion", "a script with which a shell completes commands, options, task types and stages",
                                   "Examples:\n  source <(ropewalk completion bash)\n  ropewalk completion fish > ~/.config/fish/completions/ropewalk.fish");
    completion->add_option("SHELL", raw.arguments, "bash, zsh or fish")->type_name("");

    plugins = command(app, "plugins", "list, show or check plugins",
                      "Examples:\n  ropewalk plugins show file\n  ropewalk plugins check ./hello.so");
    plugins->require_subcommand(0, 1);
    CLI::App* list = command(*plugins, "list", "the plugins that can be found",
                             "Examples:\n  ropewalk plugins list\n  ropewalk plugins list --plugins ./mine");
    CLI::App* show = command(*plugins, "show", "what a plugin offers: its task types, their parameters and results",
                             "Examples:\n  ropewalk plugins show file\n  ropewalk plugins show hello --plugins .");
    show->add_option("NAME", raw.arguments, "the plugin")->type_name("");
    CLI::App* check = command(*plugins, "check", "whether a file is a good plugin, and whose fault it is if not",
                              "Examples:\n  ropewalk plugins check ./hello.so\n  ropewalk plugins check build/plugins/sim.so");
    check->add_option("FILE", raw.arguments, "the plugin's file")->type_name("");
    for (CLI::App* each : {plugins, list, show, check}) add_common(*each, raw);

    entries = {{run, Command::run, "FILE [OPTIONS]", "a workflow file"},
               {map, Command::map, "PLUGIN.TASK [OPTIONS] [-- COMMAND...]", "a task type, such as shell.run"},
               {validate, Command::validate, "FILE... [OPTIONS]", "a workflow file", true},
               {config, Command::config, "[FILE] [OPTIONS]"},
               {graph, Command::graph, "FILE [OPTIONS]", "a workflow file"},
               {explain, Command::explain, "[CODE] [OPTIONS]"},
               {schema, Command::schema, "[OPTIONS]"},
               {completion, Command::completion, "SHELL", "the name of a shell: bash, zsh or fish"},
               {plugins, Command::plugins_list, "[list | show NAME | check FILE] [OPTIONS]"},
               {list, Command::plugins_list, "[OPTIONS]"},
               {show, Command::plugins_show, "NAME [OPTIONS]", "the name of a plugin"},
               {check, Command::plugins_check, "FILE [OPTIONS]", "the file of a plugin"}};
  }

  /// Null: the program itself.
  const Entry* entry_of(const CLI::App& chosen) const {
    for (const Entry& entry : entries)
      if (entry.app == &chosen) return &entry;
    return nullptr;
  }

  static CLI::App* command(CLI::App& parent, const char* name, const char* summary, const char* examples) {
    CLI::App* made = parent.add_subcommand(name, summary);
    made->set_help_flag("-h,--help", "this text");
    made->allow_extras()->footer(examples);
    return made;
  }

  /// The command that was given, as deep as it goes.
  CLI::App* chosen() {
    CLI::App* deepest = &app;
    while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
    return deepest;
  }
};

/// "ropewalk plugins show", "ropewalk" for the program itself.
std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? "ropewalk" : path_of(*app.get_parent()) + " " + app.get_name();
}

/// The library's help, with a usage line as one would type it.
std::string help_of(CLI::App& app, const Grammar& grammar) {
  const Entry* entry = grammar.entry_of(app);
  std::string text = app.help();
  // Operands are read as lists, so that one too many gets a message of ours.
  const std::size_t dots = text.find(" ...", text.find("Positionals:"));
  if (!(entry && entry->several) && dots < text.find("Options:")) text.replace(dots, 4, "    ");
  const std::size_t start = text.find("Usage: ");
  if (start == std::string::npos) return text;
  return text.replace(start, text.find('\n', start) - start, fmt::format("\nUsage: {} {}", path_of(app), entry ? entry->operands : "COMMAND ..."));
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// Without operands, and without what the help does not show.
std::vector<OptionWords> option_words(const CLI::App& app) {
  std::vector<OptionWords> all;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty() || (option->get_lnames().empty() && option->get_snames().empty())) continue;
    OptionWords& words = all.emplace_back();
    for (const std::string& name : option->get_lnames()) words.names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.names.push_back("-" + name);
    words.takes_value = option->get_items_expected_max() > 0;
  }
  return all;
}

/// What the grammar did not take: the first of it is the mistake, the rest may be its consequence.
Error extra(const std::string& word, const CLI::App& chosen, const Grammar& grammar) {
  const std::string path = path_of(chosen);
  const std::string help = fmt::format("'{} --help' lists what there is", path);
  if (word.size() > 1 && word[0] == '-') {
    const std::string name = word.substr(0, word.find('='));
    if (std::find(kLaterOptions.begin(), kLaterOptions.end(), name) != kLaterOptions.end())
      return mistake(codes::kOptionNotYet, fmt::format("option {} is not in this version", name), help);
    const std::string meant = name.starts_with("--") ? did_you_mean(name, option_names(chosen)) : "";
    return mistake(codes::kUnknownOption, fmt::format("'{}' has no option '{}'{}", path, name, meant), help);
  }
  if (&chosen == &grammar.app || &chosen == grammar.plugins) {
    if (&chosen == &grammar.app && std::find(kLaterCommands.begin(), kLaterCommands.end(), word) != kLaterCommands.end())
      return mistake(codes::kOptionNotYet, fmt::format("command '{}' is not in this version", word), help);
    std::vector<std::string> names;
    for (const CLI::App* each : chosen.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(each->get_name());
    const std::string way = word.find(".yaml") != std::string::npos || word.find(".yml") != std::string::npos
                                ? fmt::format("to run a workflow: ropewalk run {}", word) : help;
    return mistake(codes::kUnknownCommand, fmt::format("there is no command '{}'{}", word, did_you_mean(word, names)), way);
  }
  return mistake(codes::kExtraArgument, fmt::format("'{}' does not take another argument: '{}'", path, word),
                 grammar.entry_of(chosen)->command == Command::map ? "a command and its arguments stand behind '--', as in: map shell.run -- echo hello" : help);
}

Error from_library(const CLI::ParseError& error) {
  const std::string what = error.what();
  if (error.get_name() == "ArgumentMismatch")
    return mistake(codes::kMissingArgument, fmt::format("option {} needs a value", what.substr(0, what.find(':'))));
  return mistake(codes::kBadOptionValue, what);
}

void take_outputs(const Raw& raw, Options& options, std::vector<Error>& errors) {
  options.results = raw.results;
  options.events = raw.events;
  const int on_stdout = (raw.results == "-") + (raw.events == "-") + raw.json + !raw.print.empty();
  if (on_stdout > 1)
    errors.push_back(mistake(codes::kStdoutTwice, "two outputs cannot share stdout",
                             "of --json, --results -, --events - and --print take one, and give the others a file"));
  if (!raw.results.empty() && raw.results != "-" && raw.results == raw.events)
    errors.push_back(mistake(codes::kStdoutTwice, fmt::format("--results and --events both name '{}'", raw.results),
                             "give each its own file"));
}

void take_mapping(const Raw& raw, Options& options) {
  for (const auto& [name, given] : {std::pair("range", &raw.range), {"glob", &raw.glob}, {"lines", &raw.lines}, {"jsonl", &raw.jsonl}})
    for (const std::string& each : *given) options.map.items.emplace_back(name, each);
  options.map.with = raw.with;
  options.map.print = raw.print;
  options.map.print_yaml = raw.print_yaml;
}

/// "auto, always or never".
std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{} or {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

/// Of an enumeration whose values have these names, in this order.
template <class Enumeration>
Result<Enumeration> choice(std::string_view text, std::string_view what, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<Enumeration>(found - names.begin());
  return mistake(codes::kBadOptionValue, fmt::format("{} wants {}, not '{}'{}", what, listed(names), text, did_you_mean(text, names)));
}

Result<Options> options_of(Grammar& grammar, const CLI::App& chosen) {
  const Raw& raw = grammar.raw;
  Options options;
  std::vector<Error> errors;
  const Entry& entry = *grammar.entry_of(chosen);
  options.command = entry.command;
  options.arguments = raw.arguments;
  options.set = raw.set;
  options.stages = raw.stages;
  for (const std::string& each : raw.executors) {
    const std::size_t at = each.find('=');
    options.executors.emplace_back(at == std::string::npos ? "" : each.substr(0, at),
                                   at == std::string::npos ? each : each.substr(at + 1));
  }
  for (const std::string& folder : raw.plugins) {
    std::error_code failed;
    options.plugin_folders.push_back(std::filesystem::absolute(folder, failed));
  }
  options.fail_fast = raw.fail_fast;
  options.dry_run = raw.dry_run;
  if (raw.dry_run && raw.json) errors.push_back(mistake(codes::kOptionNotYet, "--json of --dry-run is not in this version", "'ropewalk graph FILE --format json' has the stages and what they wait for"));
  options.json = raw.json;
  options.origin = raw.origin;
  options.quiet = raw.quiet;
  options.verbose = raw.verbose;
  options.allow_empty = raw.allow_empty;
  const auto take = [&](const auto& parsed, auto& into) {
    if (parsed) into = *parsed;
    else errors.push_back(parsed.error().list.front());
  };
  if (!raw.jobs.empty()) take(parse_jobs(raw.jobs, "-j"), options.jobs);
  if (!raw.format.empty()) take(choice<GraphFormat>(raw.format, "--format", graph_format_names()), options.graph);
  if (!raw.color.empty()) take(parse_color(raw.color, "--color"), options.color);
  take_outputs(raw, options, errors);
  take_mapping(raw, options);

  if (entry.missing && options.arguments.empty())
    errors.push_back(mistake(codes::kMissingArgument, fmt::format("'{}' needs {}", path_of(chosen), entry.missing), "add --help to see how it is used"));
  if (!entry.several && options.arguments.size() > 1)
    errors.push_back(extra(options.arguments[1], chosen, grammar));
  if (options.quiet && options.verbose > 0)
    errors.push_back(mistake(codes::kBadOptionValue, "-q and -v contradict each other"));
  if (!errors.empty()) return Errors(std::move(errors));
  return options;
}

}  // namespace

Result<unsigned> parse_jobs(std::string_view text, std::string_view what) {
  unsigned jobs = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, jobs);
  if (error == std::errc() && stop == end && jobs != 0 && jobs <= kMostJobs) return jobs;
  return mistake(codes::kBadOptionValue, fmt::format("{} wants a whole number from 1 to {}, not '{}'", what, kMostJobs, text));
}

Result<ColorWish> parse_color(std::string_view text, std::string_view what) {
  return choice<ColorWish>(text, what, color_names());
}

const std::vector<std::string>& color_names() {
  static const std::vector<std::string> kNames{"auto", "always", "never"};  // as ColorWish
  return kNames;
}

const std::vector<std::string>& graph_format_names() {
  static const std::vector<std::string> kNames{"text", "dot", "mermaid", "json"};  // as GraphFormat
  return kNames;
}

std::vector<CommandWords> command_words() {
  Grammar grammar;
  std::vector<CommandWords> all{{.path = {}, .command = Command::help, .options = option_words(grammar.app)}};
  for (const Entry& entry : grammar.entries) {
    CommandWords& words = all.emplace_back(CommandWords{.path = {}, .command = entry.command, .options = option_words(*entry.app)});
    for (const CLI::App* app = entry.app; app->get_parent() != nullptr; app = app->get_parent()) words.path.insert(words.path.begin(), app->get_name());
  }
  return all;
}

Result<Options> parse_options(int argc, const char* const* argv) {
  if (argc > 1 && argv[1] == std::string_view("__complete")) {  // what follows is no command line yet
    Options asked;
    asked.command = Command::complete;
    asked.arguments.assign(argv + 2, argv + argc);
    return asked;
  }
  Grammar grammar;
  // What stands behind `--` belongs to the command that map runs, options and all.
  const char* const* const end = argv + argc;
  const char* const* const dashes = argc > 1 && argv[1] == std::string_view("map") ? std::find(argv + 2, end, std::string_view("--")) : end;
  try {
    grammar.app.parse(static_cast<int>(dashes - argv), argv);
  } catch (const CLI::CallForHelp&) {
    Options help;
    help.text = help_of(*grammar.chosen(), grammar);
    if (grammar.chosen() == grammar.run) help.arguments = grammar.run->get_option("FILE")->results();
    return help;
  } catch (const CLI::ParseError& error) {
    return Errors(from_library(error));
  }
  if (grammar.raw.version) {
    Options version;
    version.text = "ropewalk " ROPEWALK_VERSION "\n";
    return version;
  }
  const CLI::App* chosen = grammar.chosen();
  for (const CLI::App* app : {static_cast<const CLI::App*>(&grammar.app), static_cast<const CLI::App*>(grammar.plugins), chosen})
    for (const std::string& word : app->remaining()) return Errors(extra(word, *chosen, grammar));
  if (chosen == &grammar.app) {
    Options help;
    help.text = help_of(grammar.app, grammar);
    help.misused = true;
    return help;
  }
  Result<Options> options = options_of(grammar, *chosen);
  if (options && dashes != end) options->map.words.emplace(dashes + 1, end);
  return options;
}

}  // namespace ropewalk::cli
