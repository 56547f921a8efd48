#include "record/record_file.hpp"

#include "base/failpoint.hpp"
#include "base/fd.hpp"
#include "record/schema.hpp"
#include "values/json_value.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace ropewalk::record {
namespace {

std::string boot_id() {
  const Fd fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[36];
  const std::int64_t size = fd ? read_at(fd.get(), text, sizeof text, 0) : 0;
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string machine_name() {
  utsname about{};
  ::uname(&about);
  return fmt::format("{} ({} {} {})", about.nodename, about.sysname, about.release, about.machine);
}

std::int64_t number_of(Outcome outcome) { return static_cast<std::int64_t>(outcome); }

/// Of the only attempt of a plain task.
std::int64_t first_id(const PlainTask& task) { return row_id(task.stage, task.index, 1); }

/// Binds what is there; the rest is NULL.
void bind_optional(Statement& statement, int at, std::string_view text) {
  if (text.empty())
    statement.bind_null(at);
  else
    statement.bind_text(at, text);
}

/// A write is on disk at most so long after it, and the time that a sync takes.
constexpr std::chrono::milliseconds kSyncAfter{20};

// Tasks of a span: enough that its row costs a task next to nothing, and few enough to read one of them quickly.
constexpr std::size_t kMaxSpan = 256;
constexpr std::size_t kMinSpan = 4;                 ///< fewer take less as rows of their own
constexpr std::size_t kSpanResultBytes = 64 << 10;  ///< a span ends with the task that reaches it

}  // namespace

struct RecordFile::Statements {
  explicit Statements(Database& db)
      : span(db, "INSERT INTO span VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"),
        // Of the tasks from ?1 to ?2, whether any has an attempt already.
        earlier(db,
                "SELECT EXISTS (SELECT 1 FROM attempt_row WHERE id BETWEEN ?1 AND ?2 AND id & 16383 > 0) OR "
                "ifnull((SELECT id + (count << 14) FROM span WHERE id <= ?2 ORDER BY id DESC LIMIT 1), 0) > ?1"),
        attempt(db, "INSERT INTO attempt_row VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"),
        unstarted(db, "INSERT OR REPLACE INTO attempt_row VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"),
        base(db,
             "SELECT max(ifnull((SELECT id & 16383 FROM attempt_row WHERE id BETWEEN ?1 AND ?1 + 16383 AND "
             "ifnull(state >> 8, 1) < ?2 ORDER BY id DESC LIMIT 1), 0), "
             "ifnull((SELECT id + (count << 14) > ?1 + 1 AND session < ?2 FROM span WHERE id <= ?1 + 1 "
             "ORDER BY id DESC LIMIT 1), 0))"),
        output(db, "INSERT OR REPLACE INTO output VALUES (?1,?2,?3,?4,?5,?6,?7)"),
        file(db, "INSERT OR REPLACE INTO file VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"),
        line(db, "INSERT INTO log VALUES (?1,?2,?3,?4,?5,?6,?7)"),
        host_started(db,
                     "INSERT OR REPLACE INTO host (session, pid, started_ns, stage, workers) VALUES (?1,?2,?3,?4,?5)"),
        host_ended(db, "UPDATE host SET ended_ns = ?3, how = ?4 WHERE session = ?1 AND pid = ?2 AND ended_ns IS NULL"),
        stage_started(db,
                      "UPDATE stage SET started_ns = ?3, executor = ?4, workers = ?5, tasks = ?6 WHERE session = ?1 "
                      "AND number = ?2"),
        stage_listed(db, "UPDATE stage SET tasks = ?3 WHERE session = ?1 AND number = ?2"),
        stage_finished(db,
                       "UPDATE stage SET tasks = ?3, outcome = ?4, wall_ns = ?5, runnable_wait_ns = ?6, hosts = ?7, "
                       "why = ?8 WHERE session = ?1 AND number = ?2"),
        warning(db, "INSERT INTO warning VALUES (?1,?2,?3)"),
        finished(db, "UPDATE session SET outcome = ?2, wall_ns = ?3, broken = ?4, why = ?5 WHERE number = ?1") {}
  bool good() const {
    return span && earlier && attempt && unstarted && base && output && file && line && host_started && host_ended &&
           stage_started && stage_listed && stage_finished && warning && finished;
  }
  Statement span, earlier, attempt, unstarted, base, output, file, line, host_started, host_ended, stage_started,
      stage_listed, stage_finished, warning, finished;
};

RecordFile::RecordFile(ResultDecoder decode, std::size_t large_bytes)
    : decode_([this, of_plan = std::move(decode)](std::uint32_t stage, std::string_view fields) {
        return of_plan(places_.empty() ? stage : places_.at(stage), fields);
      }),
      large_bytes_(large_bytes),
      results_(kMaxSpan) {}
RecordFile::~RecordFile() { statements_.reset(); }

bool RecordFile::failed() {
  full_ = database_.code() == SQLITE_FULL;
  return fail(database_.problem());
}

bool RecordFile::fail_with(int error) {
  full_ = error == ENOSPC;
  return fail(std::strerror(error));
}

bool RecordFile::fail(std::string why) {
  problem_ = std::move(why);
  return false;
}

bool RecordFile::begin(const std::filesystem::path& folder, const SessionStart& session) {
  folder_ = folder;
  if (session.stages.size() > kMaxStage) return fail("the workflow has more stages than a record can hold");
  durability_ = session.durability;
  if (const int error = ROPEWALK_FAILPOINT("record.open")) return fail(std::strerror(error));
  if (!database_.open(folder / kDatabaseName, Database::Mode::write)) return failed();
  // Until the first result is in it, losing the file to a power failure loses nothing.
  if (!database_.run("PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL"))
    return failed();
  const auto tables = database_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return failed();
  if (*tables != 0)
    if (const auto good = check_schema(database_, folder / kDatabaseName); !good)
      return fail(good.error().list.front().message);
  (void)ROPEWALK_FAILPOINT("record.before_session");
  // One transaction: the file has no table, or it has the run too.
  if (!database_.run("BEGIN IMMEDIATE")) return failed();
  if (*tables == 0 && !create_schema(database_)) return failed();
  if (!begin_session(session)) return false;
  (void)ROPEWALK_FAILPOINT("record.after_session");
  auto statements = std::make_unique<Statements>(database_);
  if (!statements->good()) return failed();
  statements_ = std::move(statements);
  // What an earlier session has written must survive a loss of power that happens now.
  const bool has_nothing = session_ == 1 && durability_ == Durability::batch;
  return has_nothing || sync_from_now();
}

/// In the log mode, NORMAL keeps the file consistent and syncs it when the log is folded in; FULL syncs each
/// transaction too. With Durability::batch, sync() does that for several.
bool RecordFile::sync_from_now() {
  synced_ =
      database_.run(durability_ == Durability::task ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  unsynced_since_ = std::chrono::steady_clock::now();
  return synced_ || failed();
}

bool RecordFile::is_sync_due() const {
  return unsynced_since_ && std::chrono::steady_clock::now() - *unsynced_since_ >= kSyncAfter;
}

bool RecordFile::sync() {
  if (!synced_ || durability_ != Durability::batch || !unsynced_since_) return true;
  if (!log_) log_ = Fd(::open((folder_ / kLogName).c_str(), O_RDONLY | O_CLOEXEC));
  int error = ROPEWALK_FAILPOINT("record.sync");
  if (error == 0 && !log_) error = errno;
  while (error == 0 && ::fdatasync(log_.get()) != 0)
    if (errno != EINTR) error = errno;
  if (error != 0) return abandon(error);
  unsynced_since_.reset();
  return true;
}

/// After a sync that failed, the log may lack what was written to it. Folding it in would destroy the file.
bool RecordFile::abandon(int error) {
  statements_.reset();
  ::sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database_.close();
  return fail(std::strerror(error));
}

/// The rest of the transaction.
bool RecordFile::begin_session(const SessionStart& session) {
  const auto sessions = database_.number("SELECT count(*) FROM session"),
             lines = database_.number("SELECT ifnull(max(number), -1) FROM log");
  if (!sessions || !lines) return failed();
  session_ = *sessions + 1;
  next_line_ = *lines + 1;
  bool good = true;
  if (session_ == 1)
    good = Statement(database_, "INSERT INTO run VALUES (?1,?2,?3,?4)")
               .bind_text(1, session.run_id)
               .bind_text(2, session.run_name)
               .bind_text(3, session.workflow)
               .bind_text(4, session.file.native())
               .execute();
  const std::string machine = machine_name(), boot = boot_id();
  good = good && Statement(database_,
                           "INSERT INTO session (number, started_unix_ns, pid, machine, boot_id, version, durability, "
                           "cores, directory) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")
                     .bind(1, session_)
                     .bind(2, session.unix_ns)
                     .bind(3, ::getpid())
                     .bind_text(4, machine)
                     .bind_text(5, boot)
                     .bind_text(6, session.version)
                     .bind_text(7, durability_name(session.durability))
                     .bind(8, session.cores)
                     .bind_text(9, session.directory.native())
                     .execute();
  Statement source(database_, "INSERT INTO source VALUES (?1,?2,?3,?4)");
  for (std::size_t i = 0; good && i < session.sources.size(); ++i)
    good = source.bind(1, session_)
               .bind(2, static_cast<std::int64_t>(i))
               .bind_text(3, session.sources[i].path)
               .bind_text(4, session.sources[i].text)
               .execute();
  Statement param(database_, "INSERT INTO param VALUES (?1,?2,?3,?4)");
  for (std::size_t i = 0; good && i < session.params.size(); ++i) {
    const SessionStart::Param& each = session.params[i];
    param.bind(1, session_).bind_text(2, each.name).bind(4, each.secret);
    bind_optional(param, 3, each.value);
    good = param.execute();
  }
  if (!good) return failed();
  if (!find_numbers(session)) return problem_.empty() ? failed() : false;
  Statement stage(database_,
                  "INSERT INTO stage (session, number, name, task, executor, workers, plugin, plugin_version, "
                  "plugin_path, plugin_identity, "
                  "environment, needs, baseline, results, place, definition) VALUES "
                  "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)");
  for (std::size_t i = 0; good && i < session.stages.size(); ++i) {
    const SessionStart::Stage& each = session.stages[i];
    stage.bind(1, session_)
        .bind(2, numbers_[i])
        .bind_text(3, each.name)
        .bind_text(4, each.task)
        .bind_text(5, each.executor)
        .bind(6, each.workers)
        .bind_text(7, each.plugin)
        .bind_text(8, each.plugin_version)
        .bind_text(9, each.plugin_path)
        .bind_text(10, each.plugin_identity)
        .bind_text(14, each.results)
        .bind(15, static_cast<std::int64_t>(i))
        .bind_text(16, each.definition);
    List needs;
    for (const std::uint32_t place : each.needs) needs.emplace_back(static_cast<std::int64_t>(numbers_[place]));
    const std::string needed = to_json(needs);
    stage.bind_text(12, needed);
    bind_optional(stage, 11, each.environment);
    if (each.baseline < 0)
      stage.bind_null(13);
    else
      stage.bind(13, numbers_[static_cast<std::size_t>(each.baseline)]);
    good = stage.execute();
  }
  return (good && database_.run("COMMIT")) || failed();
}

/// A name keeps the number that it was given once, so that the rows of a stage belong to it in every session.
bool RecordFile::find_numbers(const SessionStart& session) {
  std::map<std::string, std::uint32_t, std::less<>> known;
  std::uint32_t next = 0;
  Statement row(database_, "SELECT DISTINCT name, number FROM stage");
  while (row.step()) {
    const auto number = static_cast<std::uint32_t>(row.integer(1));
    known.emplace(row.text(0), number);
    next = std::max(next, number + 1);
  }
  if (!row.good()) return false;
  bool same = true;
  for (const SessionStart::Stage& stage : session.stages) {
    const auto [found, is_new] = known.emplace(stage.name, next);
    next += is_new ? 1 : 0;
    same = same && found->second == numbers_.size();
    places_[found->second] = static_cast<std::uint32_t>(numbers_.size());
    numbers_.push_back(found->second);
  }
  if (same) places_.clear();
  return next <= kMaxStage || fail("the workflow has had more stages than a record can hold");
}

void RecordFile::number_stages(Batch& batch) const {
  if (places_.empty()) return;
  for (PlainTask& task : batch.plain) task.stage = numbers_[task.stage];
  for (AttemptRow& row : batch.attempts) row.stage = numbers_[row.stage];
  for (FileRow& row : batch.files) row.stage = numbers_[row.stage];
  for (LogRow& row : batch.lines) row.stage = numbers_[row.stage];
  for (HostRow& row : batch.hosts) row.stage = numbers_[row.stage];
  for (StageRow& row : batch.stages) row.stage = numbers_[row.stage];
}

bool RecordFile::write(const Batch& batch) {
  // Files that were removed can still be written to, and nobody would read them.
  struct stat about {};
  if (::stat((folder_ / kDatabaseName).c_str(), &about) != 0)
    return fail("it was removed or moved while the run lasted");
  const bool of_tasks = !batch.plain.empty() || !batch.attempts.empty();  // a test counts these alone
  if (const int error = of_tasks ? ROPEWALK_FAILPOINT("record.before_write") : 0) return fail_with(error);
  // The last batch of a short run is synced with the whole file, once: end().
  if (!synced_ && !batch.finished && !sync_from_now()) return false;
  if (!database_.run("BEGIN IMMEDIATE")) return failed();
  bool good = write_rows(batch);
  if (good) {
    const int error = of_tasks ? ROPEWALK_FAILPOINT("record.before_commit") : 0;
    good = error == 0 ? database_.run("COMMIT") || failed() : fail_with(error);
  }
  if (!good) {
    // A statement that failed for want of space may have ended the transaction.
    if (::sqlite3_get_autocommit(database_.handle()) == 0) database_.run("ROLLBACK");
    return false;
  }
  if (!unsynced_since_) unsynced_since_ = std::chrono::steady_clock::now();
  // The disk begins at once, so that there is little to wait for.
  if (log_) ::sync_file_range(log_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  if (of_tasks) (void)ROPEWALK_FAILPOINT("record.after_commit");
  return true;
}

bool RecordFile::write_rows(const Batch& batch) {
  const std::int64_t first_line = next_line_;
  bool good = true;
  for (const StageRow& row : batch.stages) good = good && write_stage(batch, row);
  good = good && write_plain(batch) && write_attempts(batch) && write_rest(batch);
  if (!good) next_line_ = first_line;
  return good;
}

/// Tasks of successive indices become a span. A batch has them as the workers reported them: in stretches, which are
/// put in order first.
bool RecordFile::write_plain(const Batch& batch) {
  stretches_.clear();
  std::int64_t next = -1;  // the id that continues a stretch
  for (const PlainTask& task : batch.plain) {
    const std::int64_t id = first_id(task);
    if (id != next) stretches_.push_back({.id = id, .first = &task, .tasks = 0});
    ++stretches_.back().tasks;
    next = id + (1 << kIndexBit);
  }
  const auto before = [](const Stretch& a, const Stretch& b) { return a.id < b.id; };
  if (!std::is_sorted(stretches_.begin(), stretches_.end(), before))
    std::sort(stretches_.begin(), stretches_.end(), before);
  span_.clear();
  std::size_t bytes = 0;
  for (const Stretch& stretch : stretches_)
    for (const PlainTask& task : std::span(stretch.first, stretch.tasks)) {
      const bool joins = !span_.empty() && span_.size() < kMaxSpan && bytes < kSpanResultBytes &&
                         span_.back()->stage == task.stage && span_.back()->index + 1 == task.index &&
                         span_.back()->has_key == task.has_key;
      if (!joins) {
        if (!write_span(batch)) return false;
        bytes = 0;
      }
      span_.push_back(&task);
      bytes += task.result.size + task.item.size;
    }
  return write_span(batch);
}

/// Writes the tasks of span_ and clears it. Those that are few, or have attempts already, become rows of their own.
bool RecordFile::write_span(const Batch& batch) {
  if (span_.empty()) return true;
  bool alone = span_.size() < kMinSpan;
  if (!alone && session_ > 1) {
    Statement& earlier = statements_->earlier;
    earlier.bind(1, first_id(*span_.front())).bind(2, first_id(*span_.back()) | kMaxAttempt);
    alone = earlier.step() && earlier.integer(0) != 0;
    if (!earlier.reset()) return failed();
  }
  const bool good = !alone ? insert_span(batch) : std::all_of(span_.begin(), span_.end(), [&](const PlainTask* task) {
    return write_attempt(batch, {*task, 1, 0, Outcome::succeeded, true});
  });
  span_.clear();
  return good;
}

bool RecordFile::insert_span(const Batch& batch) {
  const bool results =
      std::any_of(span_.begin(), span_.end(), [](const PlainTask* task) { return task->result.size != 0; });
  for (std::size_t i = 0; results && i < span_.size(); ++i)
    if (!result_of(batch, *span_[i], results_[i])) return false;
  span_text_.make(batch, span_, results ? std::span<const std::string>(results_) : std::span<const std::string>());
  const SpanHead& head = span_text_.head();
  Statement& insert = statements_->span;
  insert.bind(1, first_id(*span_.front()))
      .bind(2, static_cast<std::int64_t>(span_.size()))
      .bind(3, session_)
      .bind(4, head.started_ns)
      .bind(5, head.ready_ns);
  if (head.key)
    insert.bind(6, static_cast<std::int64_t>(*head.key));
  else
    insert.bind_null(6);
  if (head.item_from)
    insert.bind(7, *head.item_from);
  else
    insert.bind_null(7);
  insert.bind_text(8, span_text_.places()).bind_text(9, span_text_.tasks());
  return insert.execute() || failed();
}

/// In the order of their ids: rows that are appended cost a third less.
bool RecordFile::write_attempts(const Batch& batch) {
  sorted_.clear();
  for (const AttemptRow& row : batch.attempts) sorted_.push_back(&row);
  const auto before = [](const AttemptRow* a, const AttemptRow* b) {
    return row_id(a->stage, a->index, a->attempt) < row_id(b->stage, b->index, b->attempt);
  };
  if (!std::is_sorted(sorted_.begin(), sorted_.end(), before)) std::sort(sorted_.begin(), sorted_.end(), before);
  return std::all_of(sorted_.begin(), sorted_.end(), [&](const AttemptRow* row) { return write_attempt(batch, *row); });
}

/// JSON; empty: it has none, or none that is small.
bool RecordFile::result_of(const Batch& batch, const PlainTask& task, std::string& json) {
  json.clear();
  if (!task.encoded) return json = batch.at(task.result), true;
  const std::optional<Value> value = decode_(task.stage, batch.at(task.result));
  if (!value) return fail("a result cannot be read");
  if (!value->as_map()->empty()) append_json(json, *value);
  return true;
}

/// How many attempts of a task earlier sessions have recorded: those stay, and this session's count on.
std::uint32_t RecordFile::base_of(std::uint32_t stage, std::uint64_t index) {
  if (session_ == 1) return 0;
  statements_->base.bind(1, row_id(stage, index, 0)).bind(2, session_);
  const auto base = statements_->base.step() ? static_cast<std::uint32_t>(statements_->base.integer(0)) : 0;
  statements_->base.reset();
  return base;
}

bool RecordFile::write_attempt(const Batch& batch, const AttemptRow& row) {
  const std::uint32_t base = base_of(row.stage, row.index);
  // A task that has earlier attempts and now fails without one gets a number, or an earlier outcome would count.
  const bool unnumbered = row.attempt == 0 && (base == 0 || !is_failure(row.outcome));
  const std::uint32_t attempt = unnumbered ? 0 : std::min(base + std::max(row.attempt, 1u), kMaxAttempt);
  std::string& result = results_.front();
  std::string file;
  if (!result_of(batch, row, result)) return false;
  if (row.large != 0)
    file = write_large(row, attempt, batch.large[row.large - 1]);
  else if (row.result.size >= large_bytes_ && row.encoded)
    file = write_large(row, attempt, *decode_(row.stage, batch.at(row.result)));
  if (row.large != 0 || (row.result.size >= large_bytes_ && row.encoded)) {
    if (file.empty()) return false;
    result.clear();
  }
  Statement& insert = unnumbered || attempt == kMaxAttempt ? statements_->unstarted : statements_->attempt;
  insert.bind(1, row_id(row.stage, row.index, attempt))
      .bind(2, row.queued_ns)
      .bind(3, row.started_ns)
      .bind(4, row.run_ns)
      .bind(5, row.cpu_ns)
      .bind(6, row.place);
  if (row.has_key)
    insert.bind(7, static_cast<std::int64_t>(row.key));
  else
    insert.bind_null(7);
  if (row.item_kind == PlainTask::Item::integer)
    insert.bind(8, row.item_int);
  else
    bind_optional(insert, 8, batch.at(row.item));
  bind_optional(insert, 9, result);
  const std::int64_t state = session_ << kSessionBit | (row.last ? kLastBit : 0) | number_of(row.outcome);
  if (state == kPlainState)
    insert.bind_null(10);
  else
    insert.bind(10, state);
  if (row.detail == 0)
    insert.bind_null(11);
  else
    insert.bind(11, row.detail);
  bind_optional(insert, 12, file);
  bind_optional(insert, 13, batch.at(row.message));
  bind_optional(insert, 14, batch.at(row.evidence));
  if (!insert.execute()) return failed();
  return row.output == 0 || write_output(row, attempt, batch.outputs[row.output - 1]);
}

bool RecordFile::write_output(const AttemptRow& row, std::uint32_t attempt, const KeptOutput& output) {
  for (const OutputStream stream : {OutputStream::process, OutputStream::out, OutputStream::err}) {
    const KeptStream kept = output.of(stream);
    if (kept.bytes == 0) continue;
    Statement& insert = statements_->output;
    insert.bind(1, row.stage)
        .bind(2, static_cast<std::int64_t>(row.index))
        .bind(3, attempt)
        .bind(4, static_cast<std::int64_t>(stream));
    insert.bind(5, static_cast<std::int64_t>(kept.bytes)).bind_blob(6, kept.head).bind_blob(7, kept.tail);
    if (!insert.execute()) return failed();
  }
  return true;
}

/// Writes a result to a file of its own, whole before the row that names it. Returns its name, or "" and problem().
std::string RecordFile::write_large(const AttemptRow& row, std::uint32_t attempt, const Value& value) {
  const std::filesystem::path folder = folder_ / "data";
  if (!data_folder_ && ::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    return fail(std::strerror(errno)), std::string();
  data_folder_ = true;
  const std::string name = fmt::format("data/{}-{}-{}.json", row.stage, row.index, attempt);
  const Fd fd(::open((folder_ / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd) return fail(std::strerror(errno)), std::string();
  std::uint64_t offset = 0;
  int error = ROPEWALK_FAILPOINT("record.large");
  const auto take = [&](std::string& piece) {
    if (error == 0 && !write_at(fd.get(), piece, offset)) error = errno;
    offset += piece.size();
    piece.clear();
    return error == 0;
  };
  std::string rest;
  if (error == 0 && append_json(rest, value, take)) take(rest);
  if (error == 0 && durability_ != Durability::run && ::fdatasync(fd.get()) != 0) error = errno;
  if (error == 0) return name;
  fail(std::strerror(error));
  ::unlink((folder_ / name).c_str());
  return {};
}

bool RecordFile::write_stage(const Batch& batch, const StageRow& row) {
  const auto tasks = static_cast<std::int64_t>(row.tasks);
  if (row.kind == StageRow::Kind::listed)
    return statements_->stage_listed.bind(1, session_).bind(2, row.stage).bind(3, tasks).execute() || failed();
  if (row.kind == StageRow::Kind::started)
    return statements_->stage_started.bind(1, session_)
               .bind(2, row.stage)
               .bind(3, row.t_ns)
               .bind_text(4, batch.at(row.text))
               .bind(5, row.workers)
               .bind(6, tasks)
               .execute() ||
           failed();
  Statement& finished = statements_->stage_finished;
  finished.bind(1, session_)
      .bind(2, row.stage)
      .bind(3, tasks)
      .bind(4, number_of(row.outcome))
      .bind(5, row.wall_ns)
      .bind(6, row.runnable_wait_ns)
      .bind(7, row.hosts);
  bind_optional(finished, 8, batch.at(row.text));
  return finished.execute() || failed();
}

/// What few tasks have, and the run's own.
bool RecordFile::write_rest(const Batch& batch) {
  for (const LogRow& row : batch.lines)
    if (!statements_->line.bind(1, row.stage)
             .bind(2, static_cast<std::int64_t>(row.index))
             .bind(3, next_line_++)
             .bind(4, base_of(row.stage, row.index) + row.attempt)
             .bind(5, row.t_ns)
             .bind(6, row.level)
             .bind_text(7, batch.at(row.text))
             .execute())
      return failed();
  for (const FileRow& row : batch.files)
    if (!write_file(batch, row)) return false;
  for (const HostRow& row : batch.hosts) {
    const bool good = row.ended ? statements_->host_ended.bind(1, session_)
                                      .bind(2, row.pid)
                                      .bind(3, row.t_ns)
                                      .bind_text(4, batch.at(row.how))
                                      .execute()
                                : statements_->host_started.bind(1, session_)
                                      .bind(2, row.pid)
                                      .bind(3, row.t_ns)
                                      .bind(4, row.stage)
                                      .bind(5, row.workers)
                                      .execute();
    if (!good) return failed();
  }
  for (const auto& [t_ns, text] : batch.warnings)
    if (!statements_->warning.bind(1, session_).bind(2, t_ns).bind_text(3, batch.at(text)).execute()) return failed();
  if (!batch.finished) return true;
  Statement& finished = statements_->finished;
  finished.bind(1, session_)
      .bind(2, number_of(batch.finished->outcome))
      .bind(3, batch.finished->wall_ns)
      .bind(4, batch.finished->broken);
  bind_optional(finished, 5, batch.why_run);
  return finished.execute() || failed();
}

/// What a file contains is read here, off the run's thread. If it is not what it was when it was looked at, its content
/// then is not known any more.
bool RecordFile::write_file(const Batch& batch, const FileRow& row) {
  const std::string path(batch.at(row.path));
  const auto hash = row.hash && row.state.is_there ? hash_file(path) : std::nullopt;
  const bool changed = file_state(path) != row.state;
  Statement& insert = statements_->file;
  insert.bind(1, row.stage)
      .bind(2, static_cast<std::int64_t>(row.index))
      .bind(3, std::min(base_of(row.stage, row.index) + row.attempt, kMaxAttempt))
      .bind(4, static_cast<std::int64_t>(row.role))
      .bind_text(5, path)
      .bind(9, changed);
  if (row.state.is_there)
    insert.bind(6, static_cast<std::int64_t>(row.state.size)).bind(7, row.state.mtime_ns);
  else
    insert.bind_null(6).bind_null(7);
  if (hash && !changed)
    insert.bind(8, static_cast<std::int64_t>(*hash));
  else
    insert.bind_null(8);
  return insert.execute() || failed();
}

bool RecordFile::end() {
  const bool begun = is_open();
  statements_.reset();
  if (!begun) return database_.close(), true;
  const int error = ROPEWALK_FAILPOINT("record.end");
  const bool good = error == 0 ? fold_log() : fail(std::strerror(error));
  database_.close();
  return good && sync_file();
}

/// What a reader of the live run still uses stays in the log, which SQLite folds in later.
bool RecordFile::fold_log() {
  if (!database_.run("PRAGMA busy_timeout = 0")) return failed();
  // Once the file has everything, leaving the log mode changes two bytes of its header, both of whose values are right.
  const bool copied = !synced_ || database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
  (void)ROPEWALK_FAILPOINT("record.after_checkpoint");
  const bool folded = copied && database_.run("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE");
  (void)ROPEWALK_FAILPOINT("record.after_fold");
  return folded || database_.code() == SQLITE_BUSY || failed();
}

/// Not while the database is open: closing the descriptor would end the locks of SQLite.
bool RecordFile::sync_file() {
  if (synced_) return true;
  for (const char* name : {kDatabaseName, kLogName}) {
    const Fd fd(::open((folder_ / name).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT && name == kLogName) continue;  // folded in
    if (!fd || ::fdatasync(fd.get()) != 0) return fail(std::strerror(errno));
  }
  return true;
}

}  // namespace ropewalk::record
