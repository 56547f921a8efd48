#include <ropewalk/report.hpp>

#include "events/task_name.hpp"
#include "plan/executor_table.hpp"
#include "report/json_object.hpp"
#include "report/numbers.hpp"
#include "report/time_text.hpp"
#include "report/trace_curves.hpp"
#include "report/trace_events.hpp"
#include "report/trace_tracks.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

/// The document's own data, as a JSON map.
std::string about(const RecordedRun& run, std::string_view state) {
  std::string map;
  {
    JsonObject object(map);
    object.text("run", run.name);
    object.text("id", run.id);
    object.text("workflow", run.workflow);
    object.text("state", state);
    if (!run.sessions.empty()) {
      object.text("started", utc_time_text(run.sessions.front().started_unix_ns));
      object.text("ropewalk", run.sessions.back().version);
      object.text("machine", run.sessions.back().machine);
    }
  }
  return map;
}

/// The name of the stage that this one streams from; empty: it streams from none. `foreach` is as the workflow has it:
/// {"results": "hash"}.
std::string upstream_of(const RecordedStage& stage) {
  std::string problem;
  const auto definition = value_from_json(stage.definition, problem);
  const Map* keys = definition ? definition->as_map() : nullptr;
  const auto text = keys ? keys->find("foreach") : Map::const_iterator();
  if (keys == nullptr || text == keys->end() || text->second.as_text() == nullptr) return {};
  const auto source = value_from_json(*text->second.as_text(), problem);
  const Map* forms = source ? source->as_map() : nullptr;
  const auto results = forms ? forms->find("results") : Map::const_iterator();
  if (forms == nullptr || results == forms->end() || results->second.as_text() == nullptr) return {};
  return *results->second.as_text();
}

/// Where the result of a task appeared.
struct Source {
  Track track = {};
  std::int64_t end_ns = 0;  ///< 0: there is no result
};

/// The curves of a stage.
struct Curves {
  StepCurve running, done, failed;
};

class TraceWriter {
 public:
  TraceWriter(const Record& record, std::string_view state, Sink& sink)
      : record_(record), state_(state), events_(sink, about(record.run(), state)), tracks_(events_) {
    stages_ = record.stages();
    stages_.insert(stages_.end(), record.gone_stages().begin(), record.gone_stages().end());
    for (const RecordedStage& stage : stages_) upstreams_.push_back(number_of(upstream_of(stage)));
    curves_.resize(stages_.size());
  }

  Result<void> write() {
    events_.name_process(TraceTracks::kEngine, "ropewalk", 0);
    std::vector<bool> done(stages_.size());
    for (std::uint32_t number = 0; number < stages_.size(); ++number)
      if (const auto good = write_stage(number, done); !good) return good;
    if (const auto good = write_ends_of_hosts(); !good) return good;
    if (const auto good = write_engine(); !good) return good;
    write_counters();
    events_.finish();
    return {};
  }

 private:
  std::optional<std::uint32_t> number_of(std::string_view stage) const {
    if (!stage.empty())
      for (const RecordedStage& each : stages_)
        if (each.name == stage) return static_cast<std::uint32_t>(&each - stages_.data());
    return std::nullopt;
  }

  bool is_streamed(std::uint32_t number) const {
    return std::any_of(upstreams_.begin(), upstreams_.end(), [&](const auto& each) { return each == number; });
  }

  /// In ns since the run began, all sessions on one line of time.
  std::int64_t since_begin(std::uint32_t session, std::int64_t t_ns) const {
    const auto& sessions = record_.run().sessions;
    for (const RecordedSession& each : sessions)
      if (each.number == session) return each.started_unix_ns - sessions.front().started_unix_ns + t_ns;
    return t_ns;
  }

  /// The stage that it streams from comes first, because the arrows begin there.
  Result<void> write_stage(std::uint32_t number, std::vector<bool>& done) {
    if (done[number]) return {};
    done[number] = true;
    if (upstreams_[number])
      if (const auto good = write_stage(*upstreams_[number], done); !good) return good;
    const bool has_lanes =
        worker_kind(stages_[number].executor, stages_[number].choice) == ExecutorKind::Worker::process_a_task;
    std::vector<Track> lanes;
    if (has_lanes) {
      std::vector<std::pair<std::int64_t, std::int64_t>> spans;
      const auto read = record_.visit_attempts(number, [&](const RecordedAttempt& attempt) {
        if (ran(attempt)) spans.emplace_back(start_of(attempt), start_of(attempt) + attempt.run_ns);
      });
      if (!read) return read;
      if (!spans.empty()) lanes = tracks_.lanes_of(stages_[number], spans);
    }
    std::size_t next = 0;
    return record_.visit_attempts(number, [&](const RecordedAttempt& attempt) {
      any_ = true;
      if (!ran(attempt)) return count_without_attempt(number, attempt);
      write_attempt(number, attempt, next < lanes.size() ? lanes[next] : tracks_.worker_of(attempt));
      ++next;
    });
  }

  static bool ran(const RecordedAttempt& attempt) { return attempt.attempt != 0 && attempt.started_ns != 0; }
  std::int64_t start_of(const RecordedAttempt& attempt) const {
    return since_begin(attempt.session, attempt.started_ns);
  }

  void count_without_attempt(std::uint32_t number, const RecordedAttempt& attempt) {
    if (is_failure(attempt.outcome)) curves_[number].failed.step(last_ns_, 1);
  }

  void write_attempt(std::uint32_t number, const RecordedAttempt& attempt, const Track& track) {
    const std::int64_t start = start_of(attempt), end = start + attempt.run_ns;
    write_span(number, attempt, track, start);
    last_ns_ = std::max(last_ns_, end);
    std::int64_t& known = ends_[{attempt.session, stages_[number].name}];
    known = std::max(known, end);
    Curves& curves = curves_[number];
    curves.running.step(start, 1);
    curves.running.step(end, -1);
    if (attempt.outcome == Outcome::succeeded)
      curves.done.step(end, 1);
    else if (attempt.last && is_failure(attempt.outcome))
      curves.failed.step(end, 1);
    cores_.add(start, end, static_cast<double>(attempt.cpu_ns));
    if (is_streamed(number) && attempt.outcome == Outcome::succeeded) {
      std::vector<Source>& sources = sources_[number];
      if (sources.size() <= attempt.index) sources.resize(attempt.index + 1);
      sources[attempt.index] = {track, end};
    }
    write_arrow(number, attempt, track, start);
  }

  void write_span(std::uint32_t number, const RecordedAttempt& attempt, const Track& track, std::int64_t start) {
    std::string problem;
    std::optional<ShownValue> item;
    if (!attempt.item.empty())
      if (auto value = value_from_json(attempt.item, problem)) item = shown(std::move(*value));
    args_.clear();
    {
      JsonObject args(args_);
      args.text("stage", stages_[number].name);
      args.count("index", attempt.index);
      if (item) args.shown("item", *item);
      args.text("outcome", outcome_name(attempt.outcome));
      if (attempt.outcome == Outcome::crashed) args.text("signal", signal_name(attempt.detail));
      if (attempt.outcome == Outcome::exited) args.whole("exit_code", attempt.detail);
      args.count("attempt", attempt.attempt);
      append_json_seconds(args.key("cpu_s"), attempt.cpu_ns);
      append_json_seconds(args.key("queued_s"), attempt.queued_ns);
      args.whole("host", std::max(attempt.host, 0));
      args.optional_text("message", attempt.message);
      args.optional_text("evidence", attempt.evidence);
    }
    events_.span(track, task_name(stages_[number].name, attempt.index, item), outcome_name(attempt.outcome), start,
                 attempt.run_ns, args_);
  }

  /// A task of a stream consumes the result of the task with its index.
  void write_arrow(std::uint32_t number, const RecordedAttempt& attempt, const Track& track, std::int64_t start) {
    if (!upstreams_[number]) return;
    const std::vector<Source>& sources = sources_[*upstreams_[number]];
    if (attempt.index >= sources.size() || sources[attempt.index].end_ns == 0) return;
    const Source& source = sources[attempt.index];
    // Both ends lie within their spans. An attempt that is repeated gets no second arrow.
    const std::int64_t inside = std::min<std::int64_t>(attempt.run_ns / 2, 1);
    if (attempt.index >= drawn_[number].size()) drawn_[number].resize(attempt.index + 1);
    if (!drawn_[number][attempt.index])
      events_.arrow(source.track, source.end_ns - 1, track, start + inside, stages_[*upstreams_[number]].name);
    drawn_[number][attempt.index] = true;
  }

  /// Hosts that ended other than as asked.
  Result<void> write_ends_of_hosts() {
    const auto hosts = record_.hosts();
    if (!hosts) return hosts.error();
    for (const RecordedHost& host : *hosts)
      if (host.ended_ns && !host.how.empty() && host.how != "exited with code 0")
        events_.instant({tracks_.process_of(host.session, host.pid), 1}, TraceEvents::Reach::process,
                        "host " + host.how, "host", since_begin(host.session, *host.ended_ns));
    return {};
  }

  /// The run and its stages, each on a track, because stages may overlap.
  Result<void> write_engine() {
    events_.name_thread({TraceTracks::kEngine, 1}, "run");
    for (const RecordedStage& stage : stages_)
      events_.name_thread({TraceTracks::kEngine, track_of(stage.name)}, "stage " + stage.name);
    for (const RecordedSession& session : record_.run().sessions) {
      const auto setup = record_.setup(session.number);
      if (!setup) return setup.error();
      for (const RecordedStage& stage : setup->stages) write_stage_span(session.number, stage);
      write_session(session);
    }
    const auto warnings = record_.timed_warnings();
    if (!warnings) return warnings.error();
    for (const RecordedWarning& warning : *warnings)
      events_.instant({TraceTracks::kEngine, 1}, TraceEvents::Reach::all, "warning: " + warning.text, "warning",
                      since_begin(warning.session, warning.t_ns));
    if (state_ == "running" || state_ == "killed")
      events_.instant({TraceTracks::kEngine, 1}, TraceEvents::Reach::all,
                      state_ == "running" ? "the run goes on; what follows is not recorded yet"
                                          : "the run was killed, or its machine stopped",
                      "run", last_ns_);
    else if (!any_)
      events_.instant({TraceTracks::kEngine, 1}, TraceEvents::Reach::all, "the run had no task", "run", 0);
    return {};
  }

  std::int64_t track_of(std::string_view stage) const {
    for (const RecordedStage& each : stages_)
      if (each.name == stage) return 2 + (&each - stages_.data());
    return 1;
  }

  void write_stage_span(std::uint32_t session, const RecordedStage& stage) {
    if (stage.started_ns == 0) return;
    const std::int64_t start = since_begin(session, stage.started_ns);
    const auto known = ends_.find({session, stage.name});
    const std::int64_t length = stage.outcome          ? stage.wall_ns
                                : known != ends_.end() ? std::max<std::int64_t>(known->second - start, 0)
                                                       : 0;
    args_.clear();
    {
      JsonObject args(args_);
      args.text("task", stage.task);
      args.text("executor", stage.executor);
      args.count("workers", stage.workers);
      if (stage.tasks) args.count("tasks", *stage.tasks);
      args.text("outcome", stage.outcome ? outcome_name(*stage.outcome) : "unfinished");
      args.optional_text("why", stage.why);
    }
    events_.span({TraceTracks::kEngine, track_of(stage.name)}, stage.name, "stage", start, length, args_);
    last_ns_ = std::max(last_ns_, start + length);
  }

  void write_session(const RecordedSession& session) {
    const std::int64_t start = since_begin(session.number, 0);
    const std::int64_t length = session.wall_ns.value_or(session.seen_ns);
    args_.clear();
    {
      JsonObject args(args_);
      args.text("outcome", session.outcome ? outcome_name(*session.outcome) : "unfinished");
      args.count("session", session.number);
      args.whole("pid", std::max(session.pid, 0));
      args.optional_text("why", session.why);
    }
    events_.span({TraceTracks::kEngine, 1}, "run " + record_.run().name, "run", start, length, args_);
  }

  void write_counters() {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      write_steps(stages_[i].name + ": running", curves_[i].running);
      write_steps(stages_[i].name + ": succeeded", curves_[i].done);
      write_steps(stages_[i].name + ": failed", curves_[i].failed);
    }
    std::optional<double> before;
    std::int64_t t_ns = 0;
    const auto put = [&](double cores) {
      if (before == cores) return;
      args_.clear();
      append_json_rounded(JsonObject(args_).key("cores"), cores, 4);
      events_.counter(TraceTracks::kEngine, "cores busy", t_ns, args_);
      before = cores;
    };
    for (const double cores : cores_.samples()) put(cores), t_ns += cores_.interval_ns();
    if (before) put(0);
  }

  void write_steps(std::string_view name, const StepCurve& curve) {
    std::optional<std::int64_t> before;
    std::int64_t t_ns = 0;
    for (const std::int64_t value : curve.samples()) {
      if (before != value) {
        args_.clear();
        JsonObject(args_).whole("tasks", value);
        events_.counter(TraceTracks::kEngine, name, t_ns, args_);
      }
      before = value;
      t_ns += curve.interval_ns();
    }
  }

  const Record& record_;
  const std::string state_;
  TraceEvents events_;
  TraceTracks tracks_;
  std::vector<RecordedStage> stages_;                                   // with those of earlier sessions
  std::vector<std::optional<std::uint32_t>> upstreams_;                 // of each stage
  std::vector<Curves> curves_;                                          // of each stage
  RateCurve cores_;                                                     // CPU time, spread evenly over each attempt
  std::map<std::uint32_t, std::vector<Source>> sources_;                // of stages that others stream from, by index
  std::map<std::uint32_t, std::vector<bool>> drawn_;                    // arrows to tasks of a stage, by index
  std::map<std::pair<std::uint32_t, std::string>, std::int64_t> ends_;  // the last known one, by session and stage
  std::int64_t last_ns_ = 0;                                            // the last known moment
  bool any_ = false;                                                    // task was seen
  std::string args_;                                                    // of an event; keeps its memory
};

}  // namespace

Result<void> write_trace(const Record& record, std::string_view state, Sink& sink) {
  return TraceWriter(record, state, sink).write();
}

}  // namespace ropewalk
