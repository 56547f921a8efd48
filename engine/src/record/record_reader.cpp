// The reading end of a record, behind ropewalk/record.hpp.

#include <ropewalk/record.hpp>

#include "base/text.hpp"
#include "events/fold.hpp"
#include "record/attempt_cursor.hpp"
#include "record/database.hpp"
#include "record/log_check.hpp"
#include "record/record_setup.hpp"
#include "record/recorded_results.hpp"
#include "record/run_lock.hpp"
#include "record/schema.hpp"
#include "record/task_replay.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace ropewalk {
namespace record {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles =
    "SELECT attempt, role, path, size, mtime_ns, hash, changed FROM file WHERE stage = ?1 AND task = ?2 AND attempt "
    "BETWEEN ?3 AND ?4 ORDER BY attempt, role, path";

RecordedFile file_of(const Statement& row) {
  RecordedFile file{.attempt = static_cast<std::uint32_t>(row.integer(0)),
                    .role = row.integer(1) == 0 ? FileRole::reads : FileRole::writes,
                    .path = std::string(row.text(2)),
                    .changed = row.integer(6) != 0};
  if (!row.is_null(3)) file.size = static_cast<std::uint64_t>(row.integer(3));
  if (!row.is_null(4)) file.mtime_ns = row.integer(4);
  if (!row.is_null(5)) file.hash = static_cast<std::uint64_t>(row.integer(5));
  return file;
}

RecordedAttempt attempt_of(const AttemptView& view, const fs::path& folder) {
  RecordedAttempt attempt;
  attempt.stage = stage_of(view.id);
  attempt.index = index_of(view.id);
  attempt.attempt = view.attempt();
  attempt.session = view.session;
  attempt.outcome = view.outcome;
  attempt.detail = view.detail;
  attempt.last = view.last;
  attempt.queued_ns = view.queued_ns;
  attempt.started_ns = view.started_ns;
  attempt.run_ns = view.run_ns;
  attempt.cpu_ns = view.cpu_ns;
  attempt.host = view.host();
  attempt.worker = view.worker();
  attempt.key = view.key;
  attempt.item = view.item;
  attempt.result = view.result;
  // Whatever the record says, no file outside of its folder is read.
  if (!view.result_file.empty()) attempt.result_file = folder / "data" / fs::path(view.result_file).filename();
  attempt.message = view.message;
  attempt.evidence = view.evidence;
  return attempt;
}

class SqliteRecord final : public Record {
 public:
  explicit SqliteRecord(fs::path file) : file_(std::move(file)) {}

  Result<void> open() {
    run_.folder = file_.parent_path().empty() ? fs::path(".") : file_.parent_path();
    if (file_.filename() == kDatabaseName) run_.live_pid = lock_holder(run_.folder);
    struct stat about {};
    if (run_.live() && ::stat(file_.c_str(), &about) != 0 && errno == ENOENT) return has_just_begun();
    const bool log = ::stat((file_.string() + "-wal").c_str(), &about) == 0 && about.st_size > 0;
    if (const auto good = check_file(file_, log || run_.live()); !good) return good.error();
    const auto mode = run_.live() ? Database::Mode::read_live
                      : log       ? Database::Mode::read_left
                                  : Database::Mode::read_whole;
    if (log && (!run_.live() || run_.live_pid == ::getpid())) note_damage();  // another engine may be writing it
    if (!database_.open(file_, mode)) return broken();
    if (run_.live() && database_.number("PRAGMA application_id") == 0) return has_just_begun();
    if (const auto good = check_schema(database_, file_); !good)
      return run_.log_damage.empty() ? good.error()
                                     : damaged(file_, "its log is damaged, and the file has no table yet");
    return read_run();
  }

  const RecordedRun& run() const override { return run_; }
  const std::vector<RecordedStage>& stages() const override { return stages_; }
  const std::vector<RecordedStage>& gone_stages() const override { return gone_; }

  Result<RecordedSetup> setup(std::uint32_t session) const override {
    RecordedSetup made;
    std::vector<std::uint32_t> numbers;
    if (!read_sources(database_, session, made.sources) || !read_params(database_, session, made.params) ||
        !read_stages(database_, session, made.stages, numbers))
      return broken();
    return made;
  }

  Result<std::vector<RecordedText>> sources() const override {
    std::vector<RecordedText> all;
    return read_sources(database_, last_session(), all) ? Result<std::vector<RecordedText>>(std::move(all)) : broken();
  }
  Result<std::vector<RecordedParam>> params() const override {
    std::vector<RecordedParam> all;
    return read_params(database_, last_session(), all) ? Result<std::vector<RecordedParam>>(std::move(all)) : broken();
  }

  Result<std::vector<std::string>> warnings() const override {
    std::vector<std::string> all;
    Statement row(database_, "SELECT text FROM warning ORDER BY session, rowid");
    while (row.step()) all.emplace_back(row.text(0));
    return row.good() ? Result<std::vector<std::string>>(std::move(all)) : broken();
  }

  Result<std::vector<RecordedWarning>> timed_warnings() const override {
    std::vector<RecordedWarning> all;
    Statement row(database_, "SELECT session, t_ns, text FROM warning ORDER BY session, rowid");
    while (row.step())
      all.push_back({static_cast<std::uint32_t>(row.integer(0)), row.integer(1), std::string(row.text(2))});
    return row.good() ? Result<std::vector<RecordedWarning>>(std::move(all)) : broken();
  }

  Result<std::vector<RecordedHost>> hosts() const override {
    std::vector<RecordedHost> all;
    Statement row(database_,
                  "SELECT session, pid, started_ns, ended_ns, how FROM host ORDER BY session, started_ns, pid");
    while (row.step()) {
      RecordedHost& host = all.emplace_back();
      host.session = static_cast<std::uint32_t>(row.integer(0));
      host.pid = static_cast<std::int32_t>(row.integer(1));
      host.started_ns = row.integer(2);
      if (!row.is_null(3)) host.ended_ns = row.integer(3);
      host.how = row.text(4);
    }
    return row.good() ? Result<std::vector<RecordedHost>>(std::move(all)) : broken();
  }

  Result<std::vector<RecordedRunning>> running() const override {
    std::vector<RecordedRunning> all;
    if (run_.sessions.empty() || run_.sessions.back().outcome) return all;
    Statement row(database_,
                  "SELECT stage, task, attempt, started_ns, host, worker, item FROM running ORDER BY stage, task");
    while (row.step()) {
      const auto place = std::find(numbers_.begin(), numbers_.end(), row.integer(0));
      if (place == numbers_.end()) continue;
      all.push_back({.stage = static_cast<std::uint32_t>(place - numbers_.begin()),
                     .index = static_cast<std::uint64_t>(row.integer(1)),
                     .attempt = static_cast<std::uint32_t>(row.integer(2)),
                     .started_ns = row.integer(3),
                     .host = static_cast<std::int32_t>(row.integer(4)),
                     .worker = static_cast<std::uint32_t>(row.integer(5)),
                     .item = std::string(row.text(6))});
    }
    return row.good() ? Result<std::vector<RecordedRunning>>(std::move(all)) : broken();
  }

  Result<void> visit_attempts(std::uint32_t stage,
                              const std::function<void(const RecordedAttempt&)>& visit) const override {
    AttemptCursor cursor(database_);
    cursor.seek(number_of(stage));
    while (cursor.next()) visit(attempt_of(cursor.now(), stage));
    return cursor.finish() ? Result<void>() : broken();
  }

  Result<RecordedTask> task(std::uint32_t stage, std::uint64_t index) const override {
    RecordedTask task;
    const auto of_task = [&](Statement& row) -> Statement& {
      return row.bind(1, number_of(stage)).bind(2, static_cast<std::int64_t>(index));
    };
    AttemptCursor& cursor = tasks();
    cursor.seek(number_of(stage), index);
    while (cursor.next()) task.attempts.push_back(attempt_of(cursor.now(), stage));
    if (!cursor.finish()) return broken();
    Statement line(database_,
                   "SELECT attempt, t_ns, level, text FROM log WHERE stage = ?1 AND task = ?2 ORDER BY number");
    of_task(line);
    while (line.step())
      task.lines.push_back({static_cast<std::uint32_t>(line.integer(0)), line.integer(1), log_level(line.integer(2)),
                            std::string(line.text(3))});
    if (!line.good()) return broken();
    Statement output(database_,
                     "SELECT attempt, stream, bytes, head, tail FROM output WHERE stage = ?1 AND task = ?2 ORDER BY "
                     "attempt, stream");
    of_task(output);
    while (output.step())
      task.outputs.emplace_back(
          static_cast<std::uint32_t>(output.integer(0)),
          RecordedOutput{static_cast<OutputStream>(std::clamp<std::int64_t>(output.integer(1), 0, 2)),
                         static_cast<std::uint64_t>(output.integer(2)), std::string(output.text(3)),
                         std::string(output.text(4))});
    if (!output.good()) return broken();
    Statement file(database_, kFiles);
    of_task(file).bind(3, 0).bind(4, kMaxAttempt);
    while (file.step()) task.files.push_back(file_of(file));
    if (!file.good()) return broken();
    return task;
  }

  Result<std::optional<RecordedAttempt>> last_attempt(std::uint32_t stage, std::uint64_t index) const override {
    AttemptCursor& cursor = tasks();
    cursor.seek(number_of(stage), index);
    std::optional<RecordedAttempt> last;
    while (cursor.next()) last = attempt_of(cursor.now(), stage);
    if (!cursor.finish()) return broken();
    return last;
  }

  Result<std::vector<RecordedFile>> files(std::uint32_t stage, std::uint64_t index,
                                          std::uint32_t attempt) const override {
    if (!files_) files_ = std::make_unique<Statement>(database_, kFiles);
    files_->bind(1, number_of(stage)).bind(2, static_cast<std::int64_t>(index)).bind(3, attempt).bind(4, attempt);
    std::vector<RecordedFile> all;
    while (files_->step()) all.push_back(file_of(*files_));
    if (!files_->reset()) return broken();
    return all;
  }

  Result<std::vector<RecordedHost>> open_hosts() const override {
    std::vector<RecordedHost> all;
    Statement row(database_,
                  "SELECT h.session, h.pid, h.started_ns FROM host h JOIN session s ON s.number = h.session WHERE "
                  "s.outcome IS NULL AND h.ended_ns IS NULL");
    while (row.step())
      all.push_back({.session = static_cast<std::uint32_t>(row.integer(0)),
                     .pid = static_cast<std::int32_t>(row.integer(1)),
                     .started_ns = row.integer(2)});
    return row.good() ? Result<std::vector<RecordedHost>>(std::move(all)) : broken();
  }

  Result<void> check() const override {
    Statement row(database_, "PRAGMA quick_check(1)");
    if (row.step() && row.text(0) != "ok") return damaged(file_, row.text(0));
    return row.good() ? Result<void>() : broken();
  }

  Result<void> replay(Observer& observer) const override;

  Result<RunResult> result(bool keep_results) const override {
    Fold fold(run_.workflow, folded_stages());
    if (const auto good = replay(fold); !good) return good.error();
    RunResult result = fold.result();
    if (!run_.sessions.empty()) result.resumed = run_.sessions.back().resumed;
    if (keep_results) result.results = std::make_shared<RecordedResults>(*this);
    return result;
  }

 private:
  void note_damage() {
    if (const auto damage = find_log_damage(file_.string() + "-wal"))
      run_.log_damage = fmt::format(
          "the log of the record is damaged: {} of its {} bytes cannot be read, and tasks whose end lies there count "
          "as "
          "not ended",
          damage->size - damage->at, damage->size);
  }
  Errors broken() const { return unreadable(database_, file_); }
  Errors has_just_begun() const {
    return Error{codes::kRecordInUse,
                 fmt::format("the run in '{}' has just begun, and nothing is recorded yet", run_.folder.string()),
                 {},
                 {"try again"}};
  }
  /// Looks up one task after another.
  AttemptCursor& tasks() const {
    if (!tasks_) tasks_ = std::make_unique<AttemptCursor>(database_);
    return *tasks_;
  }
  Result<void> read_run();
  std::uint32_t last_session() const { return run_.sessions.empty() ? 0 : run_.sessions.back().number; }
  /// Of a stage in the rows, by its place in stages() and behind it in gone_stages(). What there is not has no rows.
  std::uint32_t number_of(std::uint32_t stage) const { return stage < numbers_.size() ? numbers_[stage] : kMaxStage; }
  RecordedAttempt attempt_of(const AttemptView& view, std::uint32_t stage) const {
    RecordedAttempt attempt = record::attempt_of(view, run_.folder);
    attempt.stage = stage;
    return attempt;
  }
  std::vector<FoldedStage> folded_stages() const;

  fs::path file_;
  mutable Database database_;
  mutable std::unique_ptr<AttemptCursor> tasks_;
  mutable std::unique_ptr<Statement> files_;  // of files()
  RecordedRun run_;
  std::vector<RecordedStage> stages_, gone_;
  std::vector<std::uint32_t> numbers_;  // of stages_, then of gone_
};

Result<void> SqliteRecord::read_run() {
  if (!read_sessions(database_, run_) || !read_stages(database_, last_session(), stages_, numbers_) ||
      !read_gone_stages(database_, last_session(), gone_, numbers_))
    return broken();
  return {};
}

std::vector<FoldedStage> SqliteRecord::folded_stages() const {
  std::vector<FoldedStage> all;
  for (const RecordedStage& stage : stages_)
    all.push_back({.name = stage.name,
                   .task = stage.task,
                   .executor = stage.executor,
                   .workers = stage.workers,
                   .baseline = stage.baseline});
  return all;
}

Result<void> SqliteRecord::replay(Observer& observer) const {
  ItemNow items;
  const std::uint32_t newest = last_session();
  const std::int64_t started = run_.sessions.empty() ? 0 : run_.sessions.back().started_unix_ns;
  SessionStarts starts;  // before the last one
  for (const RecordedSession& session : run_.sessions) starts[session.number] = session.started_unix_ns - started;
  observer.run_started(0, {.run_id = run_.id, .workflow = run_.workflow, .items = &items, .started_unix_ns = started});
  const auto texts = warnings();
  if (!texts) return texts.error();
  for (const std::string& text : *texts) observer.warning(0, {text});
  for (const RecordedStage& stage : stages_) {
    if (stage.started_ns != 0)
      observer.stage_started(stage.started_ns, {stage.number, stage.name, stage.task, stage.executor, stage.workers,
                                                stage.tasks.value_or(0)});
    TaskCounts ended;
    if (!replay_tasks(database_, number_of(stage.number), stage.number, {newest, starts}, observer, items, ended))
      return broken();
    if (!stage.outcome && !stage.tasks && ended.all() == 0) continue;
    const Outcome outcome = stage.outcome.value_or(Outcome::not_started);
    observer.stage_finished(
        stage.started_ns + stage.wall_ns,
        {stage.number, stage.name, outcome, std::max(stage.tasks.value_or(0), ended.all()), stage.hosts, stage.wall_ns,
         stage.runnable_wait_ns, stage.why, ended, stage.ledger, stage.choice});
  }
  if (run_.sessions.empty() || !run_.sessions.back().outcome) return {};
  const RecordedSession& last = run_.sessions.back();
  observer.run_finished(last.wall_ns.value_or(0), {*last.outcome, last.wall_ns.value_or(0), last.why, last.broken});
  return {};
}

}  // namespace
}  // namespace record

Result<void> Record::visit(std::uint32_t stage, const std::function<void(const RecordedAttempt&)>& visit) const {
  std::optional<RecordedAttempt> before;
  const auto read = visit_attempts(stage, [&](const RecordedAttempt& attempt) {
    if (before && before->index != attempt.index) visit(*before);
    before = attempt;
  });
  if (read && before) visit(*before);
  return read;
}

Result<std::unique_ptr<Record>> open_record(const std::filesystem::path& path) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error);
  auto record = std::make_unique<record::SqliteRecord>(folder ? path / record::kDatabaseName : path);
  if (const auto good = record->open(); !good) return good.error();
  return std::unique_ptr<Record>(std::move(record));
}

}  // namespace ropewalk
