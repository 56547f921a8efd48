#pragma once
// Observers that write a run for other programs: events as they happen, results in order, and documents at its end. All
// but ResultReport also take the events that Record::replay() sends again. Used on the run's thread.

#include <ropewalk/events.hpp>
#include <ropewalk/sink.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ropewalk {

/// Writes `--events`: the events of a run as JSON lines while they happen. A contract: the first line carries "schema":
/// 1, the last one reports how the run ended.
///
/// Copies events into a bounded queue on the run's thread. A separate thread turns them into text and writes them to
/// the sink, immediately when idle and in blocks when busy. A full queue makes the run wait, so no event is dropped.
/// After the sink fails, further events are discarded.
class EventsWriter final : public Observer {
 public:
  /// Borrows the sink until finish() or the destructor. Only the writer's thread uses it.
  explicit EventsWriter(Sink& sink);
  ~EventsWriter() override;
  EventsWriter(const EventsWriter&) = delete;
  EventsWriter& operator=(const EventsWriter&) = delete;

  /// @{
  /// Writes the event.
  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted>) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_slow(std::int64_t, std::uint32_t stage, const TaskSlow&) override;
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress&) override;
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput&) override;
  void host_output(std::int64_t, const HostOutput&) override;
  void host_started(std::int64_t, const HostStarted&) override;
  void host_ended(std::int64_t, const HostEnded&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;
  /// @}

  /// Waits until everything is written. No event may follow. Returns whether all events were written.
  bool finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Collects the events of a run, and writes a document at its end.
class RunDocument : public Observer {
 public:
  /// Writes the document. `unfinished`: why the run has no end: "running" or "killed"; empty: it has one. Returns false
  /// if the sink failed or a row was lost, see problem().
  virtual bool write(Sink& sink, std::string_view unfinished = {}) = 0;
  /// Why a row was lost; empty: none was. Valid until the next call.
  virtual const std::string& problem() const = 0;
};

/// Makes `--junit`: a run as JUnit's XML, which continuous builds read. A test suite for each stage, a test case for
/// each task, by stage and index. The dialect is that of Maven Surefire, with its elements for attempts that were
/// repeated. Texts of tasks lie in a file without a name if they are many.
std::unique_ptr<RunDocument> make_junit_report();

/// What only the workflow knows of a task, for a joblog.
struct JoblogJob {
  std::string command = {};    ///< as a shell takes it; empty: the task type and the item stand for it
  std::int32_t exit_code = 0;  ///< of the command
  std::int32_t signal = 0;     ///< that ended the command; 0: none
};
/// Finds the job of a task. `item`: null if the stage has no `foreach`. Called for each task when it ends.
using JoblogJobOf =
    std::function<JoblogJob(std::uint32_t stage, const TaskFinished& task, const Value* item, std::string_view run_id)>;

/// Makes `--joblog`: a line for each task that ran, in the order of their ends, with the columns of GNU parallel's
/// --joblog:
///
///     Seq Host Starttime JobRuntime Send Receive Exitval Signal Command
///
/// Seq counts tasks over all stages, from 1, so that of one stage it is the index + 1. Host is ":", this machine. Send
/// is 0, and Receive the bytes of standard output of a task that failed. A line end in Command is a NUL, as parallel
/// has it. `job_of` may be null: nothing is known.
std::unique_ptr<RunDocument> make_joblog_report(JoblogJobOf job_of = {});

/// Folds the events of a run into metrics, a few ns a task, and keeps no event.
class MetricsReport : public Observer {
 public:
  /// Returns the state of the run in the text format of Prometheus (version 0.0.4), as node_exporter's textfile
  /// collector reads it, at any time. Times are seconds. No sample has a time stamp, which the collector refuses.
  /// `now_ns`: of a run without an end: how long it has lasted, as far as is known. `unfinished`: why a recorded run
  /// has no end: "running" or "killed"; empty: it goes on here, or has ended.
  virtual std::string text(std::int64_t now_ns, std::string_view unfinished = {}) const = 0;
};

/// Makes the metrics of `--metrics`.
std::unique_ptr<MetricsReport> make_metrics_report();

/// What is written of each result.
struct ResultReportStyle {
  std::string field = {};     ///< the field to write; empty: all fields as a line of JSON
  bool verbatim = false;      ///< write the field unchanged; otherwise a newline is added unless it ends with one
  bool as_completed = false;  ///< in the order in which tasks end; otherwise in that of their indices
  bool tag = false;           ///< begin each line with the task's item and a tab
};

/// Writes the results of a run's single stage.
class ResultReport : public Observer {
 public:
  /// Why a result could not be kept until its turn; empty if none was lost. Valid until the next event.
  virtual const std::string& problem() const = 0;
};

/// Makes the output of `ropewalk map`. Each result is written as soon as all tasks before it have ended, or as it
/// arrives if the style says so. Tasks that did
/// not succeed are left out. Needs RunOptions::report_results. Writes on the run's thread: a slow reader makes the run
/// wait, so unread results do not accumulate. Results that arrive before their turn are kept in a file without a name,
/// plus 64 bytes per task. Borrows the sink. `stuck` is called once, on the run's thread, when nothing more can be
/// written or kept.
std::unique_ptr<ResultReport> make_result_report(Sink& sink, ResultReportStyle style, std::function<void()> stuck);

}  // namespace ropewalk
