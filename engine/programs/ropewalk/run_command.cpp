#include "commands.hpp"

#include "annotations.hpp"
#include "base/text.hpp"
#include "dry_run.hpp"
#include "jobs_note.hpp"
#include "listeners.hpp"
#include "logger.hpp"
#include "named_outputs.hpp"
#include "output_file.hpp"
#include "record/run_name.hpp"
#include "recorded_run.hpp"
#include "page_file.hpp"
#include "report_files.hpp"
#include "run_state.hpp"
#include "shell_jobs.hpp"
#include "standard_output.hpp"
#include "stdout_reader.hpp"
#include "workflow/document.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/engine.hpp>
#include <ropewalk/observer_list.hpp>
#include <ropewalk/progress_report.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/sink.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kAllEvidence = 1000;                      // lines
constexpr std::size_t kManyLines = 200, kAllLines = 1'000'000;  // of what a failed task wrote

/// The output files that the user has named, opened before the run.
struct Outputs {
  std::unique_ptr<OutputFile> results, events, report;
  std::unique_ptr<ReportFiles> reports;  // null: nothing was opened

  static Result<Outputs> open(const Options& options, const Plan& plan) {
    Outputs outputs;
    std::vector<Error> errors;
    const auto take = [&](std::unique_ptr<OutputFile>& into, const std::string& path, OutputFile::Kind kind,
                          const char* option) {
      if (path.empty()) return;
      auto opened = OutputFile::open(path, kind, option);
      if (opened)
        into = std::move(*opened);
      else
        errors.push_back(opened.error().list.front());
    };
    take(outputs.results, options.results, OutputFile::Kind::document, "--results");
    take(outputs.events, options.events, OutputFile::Kind::stream, "--events");
    take(outputs.report, options.report, OutputFile::Kind::document, "--report");
    auto reports = ReportFiles::open(options, shell_jobs(plan));
    if (reports)
      outputs.reports = std::move(*reports);
    else
      for (const Error& error : Errors(reports.error()).list) errors.push_back(error);
    if (!errors.empty()) return Errors(std::move(errors));
    return outputs;
  }
};

void show_summary(const RunResult& result, const Plan& plan, const PluginTexts& texts, const Options& options,
                  Screen& screen) {
  const bool good = result.outcome == Outcome::succeeded && !result.broken;
  if (options.quiet && good) return;
  std::string text;
  SummaryStyle style{.color = screen.color(), .table = !options.quiet};
  if (options.verbose > 0) style.evidence_lines = kAllEvidence;
  style.ledger = options.verbose > 0;
  style.logged = [&](const Failure& failure) { return texts.kept(failure.stage, failure.index); };
  if (options.verbose == 1) style.written = {.lines = kManyLines, .more = "-vv shows more"};
  if (options.verbose > 1) style.written.lines = kAllLines;
  style.written.err = !texts.passes_on();
  if (!result.record.empty())
    style.next = next_commands(result, std::string(record::name_in(result.record.filename().string())), options,
                               plan.secret_params);
  append_summary(text, result, style);
  screen.say(text);
}

void show_diagnostic(const Error& error, Severity severity, Screen& screen) {
  std::string text;
  append_diagnostic(text, error, severity, screen.color());
  screen.say(text);
}

void show_record_error(Error error, const Options& options, Screen& screen) {
  if (options.command != Command::resume)
    error.notes.emplace_back("--record-dir DIR names the folder of records, and --no-record runs without a record");
  show_diagnostic(error, Severity::error, screen);
}

std::optional<RecordOptions> record_options(const Options& options, const RunExtras& extras) {
  if (extras.resume.empty() && !options.record.value_or(options.command == Command::run)) return std::nullopt;
  return RecordOptions{.folder = options.record_folder,
                       .durability = options.durability.value_or(Durability::batch),
                       .resume = extras.resume,
                       .only_failed = extras.only_failed,
                       .command = options.words};
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

/// The page is made of the record, which is complete by now.
Result<void> write_page_of(const RunResult& result, Sink& sink) {
  const auto record = open_record(result.record);
  if (!record) return record.error();
  return write_page({record->get()}, sink);
}

/// Returns false if a requested output could not be written.
bool write_outputs(const RunResult& result, Outputs& outputs, const Options& options, Screen& screen) {
  bool good = true;
  if (uses_stdout(options) && is_terminal(STDOUT_FILENO)) screen.settle();
  const auto finish = [&](OutputFile& file) {
    const std::string why = file.commit();
    if (why.empty()) return;
    good = false;
    screen.say(fmt::format("ropewalk: {}\n", why));
  };
  if (outputs.results) {
    write_results(result, *outputs.results);
    const std::string problem = result.results ? result.results->problem() : std::string();
    // An incomplete file must not be mistaken for a complete one.
    if (problem.empty())
      finish(*outputs.results);
    else
      good = false, screen.say(fmt::format("ropewalk: --results: {}\n", problem));
  }
  if (outputs.events) finish(*outputs.events);
  if (outputs.report) {
    if (const auto written = write_page_of(result, *outputs.report))
      finish(*outputs.report);
    else
      good = false, refuse(written.error(), screen);
  }
  if (outputs.reports) {
    const std::vector<std::string> problems = outputs.reports->finish();
    good = good && problems.empty();
    for (const std::string& why : problems) screen.say(fmt::format("ropewalk: {}\n", why));
  }
  if (options.json) {
    std::string text;
    append_run_json(text, result, program_version());
    StandardOutput out;
    if (!out.write(text) && out.error() != 0)
      good = false, screen.say(fmt::format("ropewalk: cannot write to stdout: {}\n", std::strerror(out.error())));
  }
  return good;
}

/// Opens no file for writing, and reports which outputs are ignored.
int show_dry_run(const Plan& plan, const Options& options, Screen& screen) {
  DryRun made = dry_run(plan);
  for (const auto& [option, file] : named_outputs(options))
    fmt::format_to(std::back_inserter(made.text), "\nwould write {} ({})\n", escape_for_display(*file), option);
  if (!print(made.text, screen)) return kOutputFailed;
  return made.fails ? kTaskFailed : 0;
}

}  // namespace

std::vector<std::filesystem::path> files_of(const Workflow& workflow, const Options& options) {
  std::vector<std::filesystem::path> files;
  if (workflow.document) {
    files.push_back(workflow.document->file);
    for (const auto& included : workflow.document->included) files.push_back(included->file);
  }
  for (const std::string& setting : options.set_files) files.emplace_back(setting.substr(setting.find('=') + 1));
  return files;
}

Result<void> check_output(const char* option, const std::string& path,
                          const std::vector<std::filesystem::path>& inputs) {
  for (const std::filesystem::path& input : inputs) {
    std::error_code failed;
    if (path.empty() || path == "-" || !std::filesystem::is_regular_file(input, failed) ||
        !std::filesystem::equivalent(path, input, failed))
      continue;
    return Errors(Error{codes::kOutputIsInput,
                        fmt::format("{}: '{}' is what the run reads", option, escape_for_display(path)),
                        {},
                        {"give the output a file of its own"}});
  }
  return {};
}

Result<void> check_outputs(const Options& options, const std::vector<std::filesystem::path>& inputs) {
  Errors errors;
  for (const auto& [option, path] : named_outputs(options))
    if (const auto good = check_output(option, *path, inputs); !good) errors.list.push_back(good.error().list.front());
  if (errors.list.empty()) return {};
  return errors;
}

int run(const Options& options, Screen& screen, Signals& signals) {
  Logger logger(screen, options.verbose);
  Engine engine(engine_options(options, logger));
  engine.prepare();
  const auto workflow = load_workflow(options.arguments.front());
  if (!workflow) return refuse(workflow.error(), screen);
  if (const auto good = check_outputs(options, files_of(*workflow, options)); !good)
    return refuse(good.error(), screen);

  const auto plan = engine.plan(*workflow, plan_options(options));
  if (!plan) return refuse(plan.error(), screen);
  return run_plan(*plan, engine, options, screen, signals);
}

int run_plan(const Plan& plan, Engine& engine, const Options& options, Screen& screen, Signals& signals,
             const RunExtras& extras) {
  const std::optional<RecordOptions> recording = record_options(options, extras);
  if (!options.report.empty() && !recording)
    return refuse(Error{codes::kBadOptionValue,
                        "--report needs the record of the run, and this run is not recorded",
                        {},
                        {"add --record, in place of --no-record"}},
                  screen);
  auto outputs = options.dry_run ? Outputs() : Outputs::open(options, plan);
  if (!outputs) return refuse(outputs.error(), screen);
  if (!options.quiet)
    for (const Error& warning : plan.warnings) show_diagnostic(warning, Severity::warning, screen);
  if (options.dry_run) return show_dry_run(plan, options, screen);

  ObserverList listeners;
  RunState state;
  PluginTexts texts(
      screen, {.verbose = options.verbose, .quiet = options.quiet, .pass_on = extras.pass_on, .tag = options.map.tag});
  // A live frame would overwrite events on the same terminal.
  const bool live = screen.live() && !(options.events == "-" && is_terminal(STDOUT_FILENO));
  const auto progress = make_progress_report(screen, live ? ProgressStyle::live : ProgressStyle::plain);
  const bool annotate = shows_annotations();
  const auto failures =
      make_failure_report(screen, {.lines = !options.quiet,
                                   .color = screen.color(),
                                   .annotate = annotate,
                                   .places = annotate ? annotated_places(plan) : std::vector<AnnotatedPlace>()});
  StdoutReader reader(engine, screen);
  JobsNote jobs_note(options.jobs, [&](std::string_view line) { screen.say(line); });
  std::optional<EventsWriter> events;
  listeners.add(state);
  listeners.add(texts);
  if (!options.quiet && extras.progress) listeners.add(*progress);
  if (!options.quiet || annotate) listeners.add(*failures);
  if (!options.quiet && options.jobs_typed) listeners.add(jobs_note);
  if (uses_stdout(options)) listeners.add(reader);
  if (outputs->events) listeners.add(events.emplace(*outputs->events));
  if (outputs->reports) outputs->reports->add_to(listeners);
  if (extras.observer) listeners.add(*extras.observer);

  std::optional<RenumberedTask> renumbered;
  Observer* observer = &listeners;
  if (extras.task) observer = &renumbered.emplace(listeners, *extras.task);

  signals.attach(engine, state, plan);
  RunOptions running{.keep_results = outputs->results != nullptr,
                     .report_results = extras.observer != nullptr,
                     .record = recording,
                     .closes = true,
                     .last = true};
  if (extras.debugged) running.open_limit = std::chrono::nanoseconds(0);
  RunResult result = engine.run(plan, *observer, running);
  if (extras.task) renumber(result, *extras.task);
  signals.run_ended();
  screen.frame({});
  if (events) events->finish();

  if (result.record_error) show_record_error(*result.record_error, options, screen);
  if (result.record_error && result.record.empty()) return signals.detach(), kOutputFailed;  // it did not begin
  if (!options.quiet)
    for (const std::string& note : result.resumed) screen.say(fmt::format("ropewalk: {}\n", escape_for_display(note)));
  show_summary(result, plan, texts, options, screen);
  const bool written = write_outputs(result, *outputs, options, screen);
  signals.detach();
  return written ? exit_code(result, options.allow_empty) : kOutputFailed;
}

}  // namespace ropewalk::cli
