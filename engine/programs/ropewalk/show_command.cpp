#include "commands.hpp"
#include "named_outputs.hpp"
#include "output_file.hpp"
#include "recorded_run.hpp"
#include "report_files.hpp"
#include "shell_jobs.hpp"
#include "standard_output.hpp"

#include "base/cycles.hpp"
#include "base/style.hpp"
#include "base/text.hpp"
#include "history/running_text.hpp"
#include "history/task_story.hpp"
#include "record/recorded_value.hpp"
#include "report/written.hpp"

#include <ropewalk/history.hpp>
#include <ropewalk/observer_list.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/sink.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kEveryLine = 1'000'000;
constexpr std::size_t kBlock = 1 << 16;

const RecordedStage* stage_named(const Record& record, std::string_view name) {
  for (const RecordedStage& stage : record.stages())
    if (stage.name == name) return &stage;
  return nullptr;
}

/// What a failed task logged, as the live summary shows it.
std::string logged(const Record& record, const Failure& failure, int verbose) {
  const RecordedStage* stage = stage_named(record, failure.stage);
  const auto task = stage ? record.task(stage->number, failure.index) : Result<RecordedTask>(RecordedTask());
  std::string lines;
  if (!task) return lines;
  for (const RecordedLine& line : task->lines)
    if ((line.level > LogLevel::debug || verbose > 1) && lines.size() < kKeptLogBytes)
      lines += log_lines(failure.stage, failure.index, line.level, line.text);
  return lines;
}

SummaryStyle style_of(const Record& record, const Options& options) {
  SummaryStyle style;
  if (options.verbose > 0) style.evidence_lines = style.written.lines = kEveryLine;
  style.ledger = options.verbose > 0;
  style.logged = [&record, verbose = options.verbose](const Failure& failure) {
    return logged(record, failure, verbose);
  };
  const std::string_view state = run_state(record.run());
  if (state == "running" || state == "killed") style.unfinished = state;
  return style;
}

/// What has not ended: the record of a live run has the end of an attempt within moments.
Result<void> append_unfinished(std::string& out, const Record& record) {
  const auto running = record.running();
  if (!running) return running.error();
  const RecordedSession& last = record.run().sessions.back();
  append_running(out, record, *running, record.run().live() ? unix_ns() - last.started_unix_ns : last.seen_ns);
  return {};
}

int show_summary(const Record& record, const Options& options, Screen& screen) {
  const auto result = record.result();
  if (!result) return refuse(result.error(), screen);
  std::string text;
  if (options.json) {
    append_run_json(text, *result, record.run().sessions.empty() ? "" : record.run().sessions.back().version);
  } else {
    text = headline(record.run()) + "\n";
    SummaryStyle style = style_of(record, options);
    if (!style.unfinished.empty() && !record.run().sessions.empty())
      if (const auto read = append_unfinished(text, record); !read) return refuse(read.error(), screen);
    if (style.unfinished != "running")
      style.next = next_commands(
          *result, options.arguments.front() == kLatest ? record.run().name : options.arguments.front(), options);
    append_summary(text, *result, style);
  }
  return print(text, screen) ? 0 : kOutputFailed;
}

int write_recorded_results(const Record& record, const Options& options, Screen& screen) {
  if (const auto good = check_outputs(options, {record.run().folder / "run.db"}); !good)
    return refuse(good.error(), screen);
  auto file = OutputFile::open(options.results, OutputFile::Kind::document, "--results");
  if (!file) return refuse(file.error(), screen);
  const auto result = record.result(true);
  if (!result) return refuse(result.error(), screen);
  write_results(*result, **file);
  std::string problem = result->results ? result->results->problem() : std::string();
  if (!problem.empty())
    problem = "--results: " + problem;  // a file that lacks a result is not to be taken for the whole
  else
    problem = (*file)->commit();
  if (problem.empty()) return 0;
  screen.say(fmt::format("ropewalk: {}\n", problem));
  return kOutputFailed;
}

/// The same that the run writes as it ends, from the same events.
int write_reports(const Record& record, const Options& options, Screen& screen) {
  if (const auto good = check_outputs(options, {record.run().folder / "run.db"}); !good)
    return refuse(good.error(), screen);
  auto files = ReportFiles::open(options, options.joblog.empty() ? JoblogJobOf() : shell_jobs(record, options));
  if (!files) return refuse(files.error(), screen);
  ObserverList listeners;
  (*files)->add_to(listeners);
  if (const auto read = record.replay(listeners); !read) return refuse(read.error(), screen);
  const std::string_view state = run_state(record.run());
  const auto& sessions = record.run().sessions;
  const std::vector<std::string> problems = (*files)->finish(state == "running" || state == "killed" ? state : "",
                                                             sessions.empty() ? 0 : sessions.back().seen_ns);
  for (const std::string& why : problems) screen.say(fmt::format("ropewalk: {}\n", why));
  return problems.empty() ? 0 : kOutputFailed;
}

/// Every failure, not the first ones alone.
int show_failures(const Record& record, const Options& options, Screen& screen) {
  const SummaryStyle style = style_of(record, options);
  std::string text;
  bool good = true;
  Errors problem;
  for (const RecordedStage& stage : record.stages()) {
    const auto read = record.visit(stage.number, [&](const RecordedAttempt& attempt) {
      if (!is_failure(attempt.outcome) || !good || !problem.list.empty()) return;
      const auto task = record.task(stage.number, attempt.index);
      if (!task) return void(problem = task.error());
      append_failure(text, failure_of(stage, attempt, *task), style);
      if (text.size() < kBlock) return;
      good = print(text, screen);
      text.clear();
    });
    if (!read) return refuse(read.error(), screen);
  }
  if (!problem.list.empty()) return refuse(problem, screen);
  return good && print(text, screen) ? 0 : kOutputFailed;
}

/// Of a shell.run that succeeded: its output is part of its result.
std::string result_stream(const RecordedAttempt& attempt, const char* name) {
  std::string problem;
  const auto value = record::recorded_fields(attempt.result, problem);
  const Map* fields = value ? value->as_map() : nullptr;
  const auto found = fields ? fields->find(name) : Map::const_iterator();
  if (!fields || found == fields->end()) return {};
  const auto bytes = found->second.bytes();
  return bytes ? std::string(*bytes) : std::string();
}

/// The bytes as they are, but for a terminal, which is given nothing that it would obey.
template <class Out>
void write_stream(const KeptStream& stream, Out out, bool terminal, OutputStream which, Screen& screen, bool& good) {
  const auto write = [&](const std::string& bytes) { out.write(terminal ? for_terminal(bytes, false) : bytes); };
  write(stream.head);
  if (!stream.whole())
    screen.say(fmt::format("ropewalk: {} bytes of {} were not kept here\n",
                           stream.bytes - stream.head.size() - stream.tail.size(), stream_name(which)));
  write(stream.tail);
  if (out.error() == 0 || out.error() == EPIPE) return;
  good = false;
  screen.say(fmt::format("ropewalk: cannot write the output: {}\n", std::strerror(out.error())));
}

/// Byte for byte: standard output and what the task itself printed to ours, standard error to ours.
int show_output(const Record& record, const Options& options, Screen& screen) {
  const auto place = find_task(options.history.output, record.stages());
  if (!place) return refuse(place.error(), screen);
  const auto task = record.task(place->stage, place->index);
  if (!task) return refuse(task.error(), screen);
  if (task->attempts.empty())
    return screen.say(
               fmt::format("ropewalk: no attempt of {} is recorded\n", escape_for_display(options.history.output))),
           0;
  const RecordedAttempt& last = task->attempts.back();
  const KeptOutput output = output_of(*task, last.attempt);
  bool good = true;
  for (const auto& [which, fd] : {std::pair(OutputStream::process, STDOUT_FILENO),
                                  {OutputStream::out, STDOUT_FILENO},
                                  {OutputStream::err, STDERR_FILENO}}) {
    KeptStream stream = output.of(which);
    if (stream.bytes == 0 && which != OutputStream::process) {
      stream.head = result_stream(last, which == OutputStream::out ? "stdout" : "stderr");
      stream.bytes = stream.head.size();
    }
    if (fd == STDOUT_FILENO)
      write_stream(stream, StandardOutput(), ::isatty(fd) == 1, which, screen, good);
    else
      write_stream(stream, FdSink(fd), ::isatty(fd) == 1, which, screen, good);
  }
  return good ? 0 : kOutputFailed;
}

}  // namespace

int show(const Options& options, Screen& screen) {
  const auto record = named_run(options);
  if (!record) return refuse(record.error(), screen);
  if (!options.results.empty()) return write_recorded_results(**record, options, screen);
  if (!named_outputs(options).empty()) return write_reports(**record, options, screen);
  if (options.history.failures) return show_failures(**record, options, screen);
  if (!options.history.output.empty()) return show_output(**record, options, screen);
  return show_summary(**record, options, screen);
}

}  // namespace ropewalk::cli
