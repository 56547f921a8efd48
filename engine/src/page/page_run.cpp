#include "page/page_run.hpp"

#include "base/cycles.hpp"
#include "page/task_texts.hpp"
#include "page/worker_lanes.hpp"
#include "plan/executor_table.hpp"

#include <ropewalk/history.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace ropewalk::page {
namespace {

constexpr std::size_t kItemBytes = 300;         // of one item in the list of a stage
constexpr std::size_t kSourceBytes = 64 << 10;  // of the workflow's text

/// A record from elsewhere may hold any number. A browser counts exactly to 2^53, which is 104 days.
std::int64_t bounded(std::int64_t ns) { return std::clamp<std::int64_t>(ns, 0, std::int64_t{1} << 53); }

/// Collects what the page shows while the attempts of one stage pass by, ascending by index and attempt.
class StageReader {
 public:
  StageReader(Run& run, std::uint32_t place, const Limits& limits, std::size_t& item_bytes)
      : run_(run), place_(place), limits_(limits), item_bytes_(item_bytes) {}

  void take(const RecordedAttempt& attempt) {
    if (before_ && before_->index != attempt.index) end_task();
    if (attempt.attempt > 0) {
      run_.attempts.push_back({.start_ns = bounded(attempt.started_ns),
                               .run_ns = bounded(attempt.run_ns),
                               .cpu_ns = bounded(attempt.cpu_ns),
                               .index = attempt.index,
                               .stage = place_,
                               .session = attempt.session,
                               .attempt = attempt.attempt,
                               .host = attempt.host,
                               .worker = attempt.worker,
                               .outcome = attempt.outcome,
                               .last = attempt.last});
      started_ = true;
    }
    if (attempt.last && session_of(attempt.session)) ++session_of(attempt.session)->ended;
    note_kept(attempt);
    before_.emplace(Before{attempt.index, attempt.session, attempt.outcome});
    item_ = attempt.item;
  }

  /// Behind the last attempt.
  void finish() {
    if (before_) end_task();
    Items& items = run_.stages[place_].items;
    if (tasks_ == 0 || !has_items_)
      items = {};
    else if (are_indices_)
      items = {.kind = Items::Kind::indices};
    else if (!fit_)
      ++run_.left_out.items;
  }

  const TaskPlaces& failed() const { return failed_; }
  std::uint64_t tasks() const { return tasks_; }

 private:
  struct Before {
    std::uint64_t index;
    std::uint32_t session;
    Outcome outcome;
  };

  Session* session_of(std::uint32_t number) {
    for (Session& each : run_.sessions)
      if (each.about.number == number) return &each;
    return nullptr;
  }

  /// A task that has succeeded was kept by every later session until it ran again.
  void note_kept(const RecordedAttempt& attempt) {
    if (before_ && before_->index == attempt.index) keep_until(attempt.session);
  }
  void keep_until(std::uint32_t session) {
    if (before_->outcome != Outcome::succeeded) return;
    for (Session& each : run_.sessions)
      if (each.about.number > before_->session && each.about.number < session) ++each.kept;
  }

  void end_task() {
    keep_until(~std::uint32_t{});
    ++tasks_;
    run_.stages[place_].started += started_;
    started_ = false;
    if (is_failure(before_->outcome)) failed_.emplace(place_, before_->index);
    add_item();
  }

  void add_item() {
    if (item_.empty()) return;
    has_items_ = true;
    const std::uint64_t index = before_->index;
    are_indices_ = are_indices_ && item_ == std::to_string(index);
    Items& items = run_.stages[place_].items;
    items.kind = fit_ ? Items::Kind::texts : Items::Kind::left_out;
    if (!fit_) return;
    std::string text = readable_json(item_, kItemBytes);
    fit_ = item_bytes_ + text.size() <= limits_.item_bytes && index < 2 * tasks_ + 1000;
    if (!fit_) {
      for (const std::string& each : items.texts) item_bytes_ -= each.size();
      items = {.kind = Items::Kind::left_out};
      return;
    }
    item_bytes_ += text.size();
    items.texts.resize(index + 1);
    items.texts[index] = std::move(text);
  }

  Run& run_;
  const std::uint32_t place_;
  const Limits& limits_;
  std::size_t& item_bytes_;
  std::optional<Before> before_;
  std::string item_;  // of the task that passes by
  bool started_ = false, has_items_ = false, are_indices_ = true, fit_ = true;
  std::uint64_t tasks_ = 0;
  TaskPlaces failed_;
};

/// An attempt may have ended between the two readings of a live record.
void drop_ended(Run& run) {
  if (run.running.empty()) return;
  std::set<std::tuple<std::uint32_t, std::uint64_t, std::uint32_t>> ended;
  for (const Attempt& each : run.attempts) ended.emplace(each.stage, each.index, each.attempt);
  std::erase_if(run.running, [&](const Running& each) {
    return ended.contains({each.stage, each.index, each.attempt});
  });
}

/// Sessions follow each other without the time between them.
void place_sessions(Run& run) {
  for (const Attempt& each : run.attempts)
    for (Session& session : run.sessions)
      if (session.about.number == each.session)
        session.wall_ns = std::max(session.wall_ns, each.start_ns + each.run_ns);
  std::map<std::uint32_t, std::int64_t> offsets;
  for (Session& session : run.sessions) {
    session.offset_ns = run.span_ns;
    offsets[session.about.number] = session.offset_ns;
    run.span_ns += session.wall_ns;
    run.wall_ns += bounded(session.about.wall_ns.value_or(session.wall_ns));
  }
  for (Attempt& each : run.attempts) each.start_ns += offsets[each.session];
}

void find_slowest(Run& run, std::size_t most) {
  const auto slower = [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(-run.attempts[a].run_ns, a) < std::tuple(-run.attempts[b].run_ns, b);
  };
  for (std::uint32_t i = 0; i < run.attempts.size(); ++i) {
    std::vector<std::uint32_t>& slowest = run.stages[run.attempts[i].stage].slowest;
    if (slowest.size() == most && !slower(i, slowest.back())) continue;
    // A task is named once, with its slowest attempt.
    const auto same = std::find_if(slowest.begin(), slowest.end(), [&](std::uint32_t other) {
      return run.attempts[other].index == run.attempts[i].index;
    });
    if (same != slowest.end() && !slower(i, *same)) continue;
    if (same != slowest.end()) slowest.erase(same);
    slowest.insert(std::upper_bound(slowest.begin(), slowest.end(), i, slower), i);
    if (slowest.size() > most) slowest.pop_back();
  }
}

/// All tasks of a small run; of a large one those that failed and the slowest.
TaskPlaces tasks_with_texts(Run& run, TaskPlaces failed, std::uint64_t tasks, const Limits& limits) {
  const std::uint64_t failures = failed.size();
  TaskPlaces wanted;
  if (tasks <= limits.tasks_with_texts) {
    for (const Attempt& each : run.attempts) wanted.emplace(each.stage, each.index);
    wanted.merge(failed);
    return wanted;
  }
  for (const auto& each : failed)
    if (wanted.size() < limits.failures) wanted.insert(each);
  run.left_out.failures = failures - wanted.size();
  std::uint64_t good = tasks - failures;
  for (const Stage& stage : run.stages)
    for (const std::uint32_t place : stage.slowest)
      if (const auto& slow = run.attempts[place]; wanted.emplace(slow.stage, slow.index).second) {
        const bool fails = failed.contains({slow.stage, slow.index});
        fails ? --run.left_out.failures : --good;
      }
  run.left_out.texts = good;
  return wanted;
}

/// The record of a live run has the end of an attempt within moments, so what it lacks now has not ended.
Result<void> read_running(Run& run, const Record& record) {
  if (run.sessions.empty() || run.sessions.back().about.outcome) return {};
  const RecordedSession& last = run.sessions.back().about;
  run.known_ns = run.state == "running" ? bounded(unix_ns() - last.started_unix_ns) : bounded(last.seen_ns);
  const auto running = record.running();
  if (!running) return running.error();
  for (const RecordedRunning& each : *running)
    if (each.stage < run.stages.size())
      run.running.push_back({.stage = each.stage,
                             .index = each.index,
                             .attempt = each.attempt,
                             .start_ns = bounded(each.started_ns),
                             .age_ns = bounded(run.known_ns - bounded(each.started_ns)),
                             .host = each.host,
                             .item = each.item.empty() ? std::string() : readable_json(each.item, kItemBytes)});
  std::sort(run.running.begin(), run.running.end(), [](const Running& a, const Running& b) {
    return std::tuple(a.start_ns, a.stage, a.index) < std::tuple(b.start_ns, b.stage, b.index);
  });
  return {};
}

Result<void> read_setup(Run& run, const Record& record) {
  auto params = record.params();
  if (!params) return params.error();
  run.params = std::move(*params);
  auto sources = record.sources();
  if (!sources) return sources.error();
  for (RecordedText& each : *sources) run.sources.push_back({each.path, shortened(each.text, kSourceBytes)});
  auto warnings = record.warnings();
  if (!warnings) return warnings.error();
  run.warnings = std::move(*warnings);
  return {};
}

/// The run as its summary has it, without its tasks.
Result<Run> read_outline(const Record& record) {
  Run run;
  run.about = record.run();
  run.state = run_state(run.about);
  for (const RecordedSession& each : run.about.sessions) {
    const bool is_last = &each == &run.about.sessions.back();
    run.sessions.push_back({.about = each,
                            .state = each.outcome ? std::string(each.broken ? "broken" : outcome_name(*each.outcome))
                                                  : std::string(is_last ? run.state : "killed"),
                            .wall_ns = bounded(each.wall_ns.value_or(each.seen_ns))});
    if (is_last) run.why = each.why;
  }
  auto result = record.result();
  if (!result) return result.error();
  for (const RecordedStage& each : record.stages()) {
    Stage& stage = run.stages.emplace_back(Stage{.about = each, .result = {}, .slowest = {}, .items = {}});
    for (StageResult& known : result->stages)
      if (known.name == each.name) stage.result = std::move(known);
  }
  for (const RecordedStage& each : record.gone_stages()) run.gone_stages.push_back(each.name);
  if (const auto read = read_setup(run, record); !read) return read.error();
  if (const auto read = read_running(run, record); !read) return read.error();
  return run;
}

}  // namespace

Result<Run> read_run(const Record& record, const Limits& limits) {
  auto outline = read_outline(record);
  if (!outline) return outline.error();
  Run run = std::move(*outline);
  std::size_t item_bytes = 0;
  std::uint64_t tasks = 0;
  TaskPlaces failed;
  for (std::uint32_t place = 0; place < run.stages.size(); ++place) {
    StageReader reader(run, place, limits, item_bytes);
    const auto read = record.visit_attempts(place, [&](const RecordedAttempt& attempt) { reader.take(attempt); });
    if (!read) return read.error();
    reader.finish();
    tasks += reader.tasks();
    failed.insert(reader.failed().begin(), reader.failed().end());
  }
  drop_ended(run);
  place_sessions(run);
  std::sort(run.attempts.begin(), run.attempts.end(), [](const Attempt& a, const Attempt& b) {
    return std::tuple(a.start_ns, a.stage, a.index, a.attempt) < std::tuple(b.start_ns, b.stage, b.index, b.attempt);
  });
  run.lanes = assign_lanes(run.attempts, [&](std::uint32_t stage) {
    const RecordedStage& about = run.stages[stage].about;
    return worker_kind(about.executor, about.choice) == ExecutorKind::Worker::process_a_task;
  });
  find_slowest(run, limits.slowest);
  const TaskPlaces wanted = tasks_with_texts(run, std::move(failed), tasks, limits);
  if (const auto read = read_texts(run, record, wanted, limits); !read) return read.error();
  return run;
}

}  // namespace ropewalk::page
