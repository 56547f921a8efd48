#include "options.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "choices/choices.hpp"
#include "command_words.hpp"
#include "foreign_options.hpp"
#include "grammar.hpp"
#include "named_outputs.hpp"
#include "record/session_start.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace ropewalk::cli {
namespace {

constexpr unsigned kMaxJobs = 4096, kMaxRuns = 1000, kMaxBatch = 1'000'000;
constexpr double kShortestDeadlineS = 1e-3, kLongestDeadlineS = 10 * 365 * 86400.0;  // as of the key

Error diagnostic(const char* code, std::string message, std::string note = {}) {
  Error error{code, std::move(message)};
  if (!note.empty()) error.notes.push_back(std::move(note));
  return error;
}

/// Reports words that the grammar did not accept: only the first, because others may be its consequence.
Error extra(const std::string& word, const CLI::App& chosen, const Grammar& grammar) {
  const std::string path = path_of(chosen);
  const std::string help = fmt::format("'{} --help' lists what there is", path);
  if (word.size() > 1 && word[0] == '-') {
    const std::string name = word.substr(0, word.find('='));
    if (const std::string_view twin = grammar.entry_of(chosen)->command == Command::map ? twin_of(name) : "";
        !twin.empty())
      return diagnostic(codes::kUnknownOption, fmt::format("'{}' has no option '{}'", path, name), std::string(twin));
    const std::string meant = name.starts_with("--") ? did_you_mean(name, option_names(chosen)) : "";
    return diagnostic(codes::kUnknownOption, fmt::format("'{}' has no option '{}'{}", path, name, meant), help);
  }
  if (!chosen.get_subcommands([](const CLI::App*) { return true; }).empty()) {
    std::vector<std::string> names;
    for (const CLI::App* each : chosen.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(each->get_name());
    const std::string way = word.find(".yaml") != std::string::npos || word.find(".yml") != std::string::npos
                                ? fmt::format("to run a workflow: ropewalk run {}", word)
                                : help;
    return diagnostic(codes::kUnknownCommand,
                      fmt::format("there is no command '{}'{}", word, did_you_mean(word, names)), way);
  }
  return diagnostic(codes::kExtraArgument, fmt::format("'{}' does not take another argument: '{}'", path, word),
                    grammar.entry_of(chosen)->command == Command::map
                        ? "a command and its arguments follow '--', as in: map shell.run -- echo hello"
                        : help);
}

/// `ropewalk help run FILE`.
Result<Options> help_options(const Raw& given) {
  Grammar grammar;  // a fresh one: once a command was given, the library prints the help of that one
  std::vector<std::string> words = given.arguments;
  CLI::App* about = grammar.named(words);
  Options help;
  if (about == grammar.run && words.size() == 1) help.arguments = std::exchange(words, {});
  if (!words.empty()) return Errors(extra(words.front(), *about, grammar));
  help.text = help_of(*about, grammar);
  return help;
}

Error from_library(const CLI::ParseError& error) {
  const std::string what = error.what();
  if (error.get_name() == "ArgumentMismatch")
    return diagnostic(codes::kMissingArgument, fmt::format("option {} needs a value", what.substr(0, what.find(':'))));
  return diagnostic(codes::kBadOptionValue, what);
}

void take_outputs(const Raw& raw, Options& options, std::vector<Error>& errors) {
  options.results = raw.results;
  options.events = raw.events;
  options.junit = raw.junit;
  options.joblog = raw.joblog;
  options.metrics = raw.metrics;
  options.report = raw.report;
  const std::vector<NamedOutput> outputs = named_outputs(options);
  const auto is_stdout = [](const NamedOutput& each) { return *each.path == "-"; };
  const auto on_stdout = std::count_if(outputs.begin(), outputs.end(), is_stdout) + raw.json + !raw.print.empty();
  if (on_stdout > 1)
    errors.push_back(diagnostic(codes::kStdoutTwice, "two outputs cannot share stdout",
                                "of --json, --print and the options with -, use one, and give the others a file"));
  std::error_code failed;
  const auto place = [&](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, failed), failed);
  };
  for (std::size_t i = 0; i < outputs.size(); ++i)
    for (std::size_t j = i + 1; j < outputs.size(); ++j)
      if (!is_stdout(outputs[i]) && !is_stdout(outputs[j]) && place(*outputs[i].path) == place(*outputs[j].path))
        errors.push_back(
            diagnostic(codes::kStdoutTwice,
                       fmt::format("{} and {} both name '{}'", outputs[i].option, outputs[j].option, *outputs[i].path),
                       "give each its own file"));
}

/// From 1 to `most`; nothing: it is not.
std::optional<unsigned> whole_number(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && stop == text.data() + text.size() && number != 0 && number <= most;
  return good ? std::optional(number) : std::nullopt;
}

/// "a,b": at least one word, which may be empty.
std::vector<std::string> words_of_list(std::string_view list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= list.size(); at += words.back().size() + 1)
    words.emplace_back(list.substr(at, list.find(',', at) - at));
  return words;
}

void take_executors(const Raw& raw, Options& options) {
  for (const std::string& each : raw.executors) {
    const std::size_t at = each.find('=');
    options.executors.emplace_back(at == std::string::npos ? "" : each.substr(0, at),
                                   at == std::string::npos ? each : each.substr(at + 1));
  }
}

void take_comparison(const Raw& raw, Options& options, std::vector<Error>& errors) {
  CompareOptions& compare = options.compare;
  for (const std::string& each : raw.executors) {
    if (const std::size_t at = each.find('='); at != each.npos)
      errors.push_back(diagnostic(codes::kBadOptionValue,
                                  fmt::format("--executor of 'ropewalk compare' is for all stages, not for '{}'",
                                              escape_for_display(each.substr(0, at))),
                                  "list the executors to be compared: --executor serial,thread"));
    for (std::string& executor : words_of_list(each)) compare.executors.push_back(std::move(executor));
  }
  if (compare.executors.empty()) compare.executors = {"serial", "thread", "process"};
  const auto number = [&](std::string_view text, unsigned most, const char* option) {
    if (const auto value = whole_number(text, most)) return *value;
    errors.push_back(diagnostic(codes::kBadOptionValue,
                                fmt::format("{} wants whole numbers from 1 to {}, not '{}'", option, most, text)));
    return 0u;
  };
  if (!raw.runs.empty()) compare.runs = number(raw.runs, kMaxRuns, "--runs");
  if (raw.workers.empty())
    compare.workers = {usable_cores()};
  else
    for (const std::string& workers : words_of_list(raw.workers))
      compare.workers.push_back(number(workers, kMaxJobs, "--workers"));
}

void take_recording(const Raw& raw, Options& options, std::vector<Error>& errors) {
  if (raw.record && raw.no_record)
    errors.push_back(diagnostic(codes::kBadOptionValue, "--record and --no-record contradict each other"));
  if (raw.no_record && !raw.record_folder.empty())
    errors.push_back(diagnostic(codes::kBadOptionValue, "--no-record and --record-dir contradict each other"));
  // A folder for records implies --record.
  if (raw.record || !raw.record_folder.empty()) options.record = true;
  if (raw.no_record) options.record = false;
  if (!raw.record_folder.empty()) options.record_folder = raw.record_folder;
}

void take_mapping(const Raw& raw, Options& options, std::vector<Error>& errors) {
  for (const auto& [name, given] :
       {std::pair("range", &raw.range), {"glob", &raw.glob}, {"lines", &raw.lines}, {"jsonl", &raw.jsonl}})
    for (const std::string& each : *given) options.map.items.emplace_back(name, each);
  options.map.with = raw.with;
  options.map.print = raw.print;
  options.map.print_yaml = raw.print_yaml;
  options.map.null = raw.null;
  options.map.pipe = raw.pipe;
  options.map.block = raw.block;
  options.map.shuffle = raw.shuffle;
  options.map.tag = raw.tag;
  options.map.results_folder = raw.results_folder;
  options.map.retries = raw.retries;
  options.map.timeout = raw.timeout;
  const auto refuse = [&](std::string message, std::string note = {}) {
    errors.push_back(diagnostic(codes::kBadOptionValue, std::move(message), std::move(note)));
  };
  if (const auto batch = whole_number(raw.batch, kMaxBatch); batch)
    options.map.batch = *batch;
  else if (!raw.batch.empty())
    refuse(fmt::format("-n wants a whole number from 1 to {}, not '{}'", kMaxBatch, raw.batch));
  if (raw.order == "completion")
    options.map.as_completed = true;
  else if (!raw.order.empty() && raw.order != "items")
    refuse(fmt::format("--order wants items or completion, not '{}'", escape_for_display(raw.order)));
  if (!raw.block.empty() && !raw.pipe) refuse("--block is the size of blocks, and --pipe is not given", "add --pipe");
}

/// The lists behind the first `:::`, `::::`, `:::+` or `::::+`. Of `::::` each word is the file of a list.
std::vector<TypedList> typed_lists(std::span<const char* const> words) {
  std::vector<TypedList> lists;
  bool file = false, linked = false;
  for (const std::string_view word : words) {
    if (is_list_mark(word)) {
      file = word.starts_with("::::");
      linked = word.ends_with('+');
      if (!file) lists.push_back({.linked = linked});
    } else if (file) {
      lists.push_back({.file = std::string(word), .linked = linked});
    } else {
      lists.back().words.emplace_back(word);
    }
  }
  return lists;
}

/// "--older 30d", as a workflow writes durations and sizes.
std::optional<Value> measure(const std::string& text, Type type, const char* option, std::vector<Error>& errors) {
  ScalarReading reading = read_scalar(text, type, false);
  if (!reading.value)
    errors.push_back(diagnostic(codes::kBadOptionValue,
                                fmt::format("{} wants {}, but {}", option, type_phrase(type), reading.problem),
                                reading.fix));
  return std::move(reading.value);
}

void take_deadline(const Raw& raw, Options& options, std::vector<Error>& errors) {
  if (raw.deadline.empty()) return;
  options.deadline = raw.deadline;
  const auto deadline = measure(raw.deadline, Type::duration, "--deadline", errors);
  if (!deadline) return;
  const double seconds = *deadline->as_float();
  if (seconds < kShortestDeadlineS || seconds > kLongestDeadlineS)
    errors.push_back(diagnostic(codes::kBadOptionValue,
                                fmt::format("--deadline lies between 1ms and 10 years, this is {}", raw.deadline),
                                "leave the option out where there is no deadline"));
  options.deadline_ns = static_cast<std::int64_t>(seconds * 1e9);
}

/// As GNU parallel's --halt, of which success= and done= are refused.
void take_halt(const Raw& raw, Options& options, std::vector<Error>& errors) {
  const std::string_view text = raw.halt;
  if (text.empty() || text == "never") return;
  constexpr const char* kHow = "write soon,fail=N or now,fail=N, where N is a number of tasks or a part such as 5%";
  const bool now = text.starts_with("now,");
  const std::string_view what = now || text.starts_with("soon,") ? text.substr(now ? 4 : 5) : std::string_view();
  if (raw.fail_fast)
    errors.push_back(diagnostic(codes::kBadOptionValue, "--fail-fast and --halt contradict each other",
                                "--fail-fast is --halt soon,fail=1"));
  else if (what.starts_with("success=") || what.starts_with("done="))
    errors.push_back(diagnostic(
        codes::kBadOptionValue,
        fmt::format("--halt {}: a run is not stopped by tasks that succeed, because later stages would read the "
                    "results of some tasks as those of all",
                    escape_for_display(text)),
        kHow));
  else if (const auto limit = what.starts_with("fail=") ? failure_limit(what.substr(5)) : std::nullopt)
    options.halt = HaltRule{.failures = *limit, .ends_running = now};
  else
    errors.push_back(
        diagnostic(codes::kBadOptionValue, fmt::format("--halt does not take '{}'", escape_for_display(text)), kHow));
}

void take_history(const Raw& raw, Options& options, std::vector<Error>& errors) {
  HistoryOptions& history = options.history;
  history.output = raw.task_output;
  history.failures = raw.failures;
  history.gdb = raw.gdb;
  const char* const end = raw.keep.data() + raw.keep.size();
  if (!raw.keep.empty())
    if (const auto [stop, error] = std::from_chars(raw.keep.data(), end, history.retention.keep);
        error != std::errc() || stop != end)
      errors.push_back(
          diagnostic(codes::kBadOptionValue, fmt::format("--keep wants a whole number from 0, not '{}'", raw.keep)));
  if (!raw.older.empty())
    if (const auto age = measure(raw.older, Type::duration, "--older", errors))
      history.retention.max_age = std::chrono::seconds(static_cast<std::int64_t>(*age->as_float()));
  if (!raw.max_size.empty())
    if (const auto size = measure(raw.max_size, Type::size, "--max-size", errors))
      history.retention.max_bytes = static_cast<std::uint64_t>(*size->as_int());
  const bool reports = !raw.junit.empty() || !raw.joblog.empty() || !raw.metrics.empty();
  if (options.command == Command::show &&
      raw.json + !raw.results.empty() + raw.failures + !raw.task_output.empty() + reports > 1)
    errors.push_back(diagnostic(codes::kBadOptionValue,
                                "'ropewalk show' takes one of --json, --results, --failures, --output and the group of "
                                "--junit, --joblog and --metrics",
                                "call it once for each"));
  if (!raw.trace_file.empty()) history.trace_file = raw.trace_file;
}

/// "auto, always or never".
std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{} or {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

template <class Choice>
Result<Choice> choice(std::string_view text, std::string_view what, WordTable<Choice> table) {
  if (const auto found = find_word(table, text)) return *found;
  const std::vector<std::string> names = names_of(table);
  return diagnostic(codes::kBadOptionValue,
                    fmt::format("{} wants {}, not '{}'{}", what, listed(names), text, did_you_mean(text, names)));
}

Result<Options> options_of(Grammar& grammar, const CLI::App& chosen) {
  const Raw& raw = grammar.raw;
  Options options;
  std::vector<Error> errors;
  const Entry& entry = *grammar.entry_of(chosen);
  options.command = entry.command;
  options.arguments = raw.arguments;
  options.set = raw.set;
  options.set_files = raw.set_files;
  options.stages = raw.stages;
  for (const std::string& folder : raw.plugins) {
    std::error_code failed;
    options.plugin_folders.push_back(std::filesystem::absolute(folder, failed));
  }
  options.typed_folders = options.named_folders = options.plugin_folders;
  options.trust = raw.trust;
  options.remove = raw.remove;
  options.c = raw.c;
  options.python = raw.python;
  options.fail_fast = raw.fail_fast;
  options.dry_run = raw.dry_run;
  if (raw.dry_run && raw.json)
    errors.push_back(diagnostic(codes::kOptionNotYet, "--json of --dry-run is not in this version",
                                "'ropewalk graph FILE --format json' has the stages and what they wait for"));
  options.json = raw.json;
  options.origin = raw.origin;
  options.quiet = raw.quiet;
  options.verbose = raw.verbose;
  options.allow_empty = raw.allow_empty;
  options.only_failed = raw.only_failed;
  const auto take = [&](const auto& parsed, auto& into) {
    if (parsed)
      into = *parsed;
    else
      errors.push_back(parsed.error().list.front());
  };
  if (!raw.jobs.empty()) take(parse_jobs(raw.jobs, "-j"), options.jobs);
  options.jobs_typed = !raw.jobs.empty();
  take_deadline(raw, options, errors);
  take_halt(raw, options, errors);
  if (!raw.format.empty()) take(choice(raw.format, "--format", graph_format_words()), options.graph);
  if (!raw.color.empty()) take(parse_color(raw.color, "--color"), options.color);
  take_outputs(raw, options, errors);
  if (options.command == Command::compare)
    take_comparison(raw, options, errors);
  else
    take_executors(raw, options);
  take_recording(raw, options, errors);
  take_mapping(raw, options, errors);
  take_history(raw, options, errors);

  if (entry.missing && options.arguments.size() < entry.wanted)
    errors.push_back(diagnostic(codes::kMissingArgument, fmt::format("'{}' needs {}", path_of(chosen), entry.missing),
                                "add --help to see how it is used"));
  if (options.arguments.size() > entry.most) errors.push_back(extra(options.arguments[entry.most], chosen, grammar));
  if (options.quiet && options.verbose > 0)
    errors.push_back(diagnostic(codes::kBadOptionValue, "-q and -v contradict each other"));
  if (!errors.empty()) return Errors(std::move(errors));
  return options;
}

}  // namespace

bool is_list_mark(std::string_view word) {
  return word == ":::" || word == "::::" || word == ":::+" || word == "::::+";
}

Result<unsigned> parse_jobs(std::string_view text, std::string_view what) {
  if (const auto jobs = whole_number(text, kMaxJobs)) return *jobs;
  return diagnostic(codes::kBadOptionValue,
                    fmt::format("{} wants a whole number from 1 to {}, not '{}'", what, kMaxJobs, text));
}

Result<ColorMode> parse_color(std::string_view text, std::string_view what) {
  return choice(text, what, color_words());
}

Result<bool> parse_switch(std::string_view text, std::string_view what) { return choice(text, what, switch_words()); }

Result<Durability> parse_durability(std::string_view text, std::string_view what) {
  return choice(text, what, durability_words());
}

WordTable<bool> switch_words() {
  static constexpr Word<bool> kWords[] = {{"false", false}, {"true", true}};
  return kWords;
}

WordTable<ColorMode> color_words() {
  static constexpr Word<ColorMode> kWords[] = {
      {"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}};
  return kWords;
}

WordTable<GraphFormat> graph_format_words() {
  static constexpr Word<GraphFormat> kWords[] = {{"text", GraphFormat::text},
                                                 {"dot", GraphFormat::dot},
                                                 {"mermaid", GraphFormat::mermaid},
                                                 {"json", GraphFormat::json}};
  return kWords;
}

Result<Options> parse_options(int argc, const char* const* argv) {
  if (argc > 1 && argv[1] == std::string_view("__complete")) {  // what follows is no command line yet
    Options asked;
    asked.command = Command::complete;
    asked.arguments.assign(argv + 2, argv + argc);
    return asked;
  }
  if (argc > 1 && argv[1] == std::string_view("__man")) {
    Options page;
    page.command = Command::man;
    page.arguments.assign(argv + 2, argv + argc);
    return page;
  }
  Grammar grammar;
  // All words after `--` belong to the command that map runs, options included, up to lists of items.
  const char* const* const end = argv + argc;
  const bool mapping = argc > 1 && argv[1] == std::string_view("map");
  const char* const* const lists = mapping ? std::find_if(argv + 2, end, is_list_mark) : end;
  const char* const* const dashes = mapping ? std::find(argv + 2, lists, std::string_view("--")) : end;
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
    version.text = fmt::format("ropewalk {}\n", program_version());
    return version;
  }
  const CLI::App* chosen = grammar.chosen();
  for (const CLI::App* app : {static_cast<const CLI::App*>(&grammar.app), static_cast<const CLI::App*>(grammar.plugins),
                              static_cast<const CLI::App*>(grammar.make), chosen})
    for (const std::string& word : app->remaining()) return Errors(extra(word, *chosen, grammar));
  if (chosen == &grammar.app) {
    Options help;
    help.text = help_of(grammar.app, grammar);
    help.misused = true;
    return help;
  }
  if (chosen == grammar.help) return help_options(grammar.raw);
  Result<Options> options = options_of(grammar, *chosen);
  if (options) options->words.assign(argv, end);
  if (options && dashes != lists) options->map.words.emplace(dashes + 1, lists);
  if (options) options->map.lists = typed_lists({lists, end});
  return options;
}

}  // namespace ropewalk::cli
