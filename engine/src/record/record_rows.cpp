// The part of RecordFile that makes rows of a batch, within the transaction of write().

#include "record/record_file.hpp"

#include "base/failpoint.hpp"
#include "base/fd.hpp"
#include "base/file_state.hpp"
#include "record/record_statements.hpp"
#include "record/schema.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ropewalk::record {
namespace {

/// SQLite has signed ints only.
std::optional<std::int64_t> as_column(std::optional<std::uint64_t> number) {
  return number ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
}

/// NULL stands for the usual value.
std::optional<std::int64_t> unless(std::int64_t usual, std::int64_t value) {
  return value == usual ? std::nullopt : std::optional(value);
}

constexpr std::size_t kMinSpan = 4;                 ///< fewer take less as rows of their own
constexpr std::size_t kSpanResultBytes = 64 << 10;  ///< a span ends with the task that reaches it

}  // namespace

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
    const std::int64_t id = id_of(task);
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
    earlier.bind(1, id_of(*span_.front())).bind(2, id_of(*span_.back()) | kMaxAttempt);
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
  insert.bind(1, id_of(*span_.front()))
      .bind(2, static_cast<std::int64_t>(span_.size()))
      .bind(3, session_)
      .bind(4, head.started_ns)
      .bind(5, head.ready_ns);
  bind_optional(insert, 6, as_column(head.key));
  bind_optional(insert, 7, head.item_from);
  insert.bind_text(8, span_text_.places()).bind_text(9, span_text_.tasks());
  return insert.execute() || failed();
}

/// In the order of their ids: rows that are appended cost a third less.
bool RecordFile::write_attempts(const Batch& batch) {
  sorted_.clear();
  for (const AttemptRow& row : batch.attempts) sorted_.push_back(&row);
  const auto before = [this](const AttemptRow* a, const AttemptRow* b) {
    return id_of(a->stage, a->index, a->attempt) < id_of(b->stage, b->index, b->attempt);
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

/// The result of a row: as JSON in results_.front(), or in a file of its own, if it is large.
bool RecordFile::take_result(const Batch& batch, const AttemptRow& row, std::uint32_t attempt, std::string& file) {
  if (row.large == 0 && (!row.encoded || row.result.size < large_bytes_))
    return result_of(batch, row, results_.front());
  results_.front().clear();
  std::optional<Value> decoded;
  if (row.large == 0 && !(decoded = decode_(row.stage, batch.at(row.result)))) return fail("a result cannot be read");
  file = write_large(row, attempt, decoded ? *decoded : batch.large[row.large - 1]);
  return !file.empty();
}

/// How many attempts of a task earlier sessions have recorded: those stay, and this session's count on.
std::uint32_t RecordFile::base_of(std::uint32_t stage, std::uint64_t index) {
  if (session_ == 1) return 0;
  statements_->base.bind(1, id_of(stage, index, 0)).bind(2, session_);
  const auto base = statements_->base.step() ? static_cast<std::uint32_t>(statements_->base.integer(0)) : 0;
  statements_->base.reset();
  return base;
}

bool RecordFile::write_attempt(const Batch& batch, const AttemptRow& row) {
  const std::uint32_t base = base_of(row.stage, row.index);
  // A task that has earlier attempts and now fails without one gets a number, or an earlier outcome would count.
  const bool unnumbered = row.attempt == 0 && (base == 0 || !is_failure(row.outcome));
  const std::uint32_t attempt = unnumbered ? 0 : std::min(base + std::max(row.attempt, 1u), kMaxAttempt);
  std::string file;
  if (!take_result(batch, row, attempt, file)) return false;
  Statement& insert = unnumbered || attempt == kMaxAttempt ? statements_->unstarted : statements_->attempt;
  insert.bind(1, id_of(row.stage, row.index, attempt))
      .bind(2, row.queued_ns)
      .bind(3, row.started_ns)
      .bind(4, row.run_ns)
      .bind(5, row.cpu_ns)
      .bind(6, row.place);
  bind_optional(insert, 7, row.has_key ? as_column(row.key) : std::nullopt);
  if (row.item_kind == PlainTask::Item::integer)
    insert.bind(8, row.item_int);
  else
    bind_optional(insert, 8, batch.at(row.item));
  bind_optional(insert, 9, results_.front());
  const std::int64_t state = session_ << kSessionBit | (row.last ? kLastBit : 0) | number_of(row.outcome);
  bind_optional(insert, 10, unless(kPlainState, state));
  bind_optional(insert, 11, unless(0, row.detail));
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
    insert.bind(1, numbers_[row.stage])
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
  const std::string name = fmt::format("data/{}-{}-{}.json", numbers_[row.stage], row.index, attempt);
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
  if (error == 0 && durability_ != Durability::run && !sync_file(fd.get())) error = errno;
  if (error == 0) return name;
  fail(std::strerror(error));
  ::unlink((folder_ / name).c_str());
  return {};
}

bool RecordFile::write_stage(const Batch& batch, const StageRow& row) {
  const auto tasks = static_cast<std::int64_t>(row.tasks);
  const std::uint32_t stage = numbers_[row.stage];
  if (row.kind == StageRow::Kind::listed)
    return statements_->stage_listed.bind(1, session_).bind(2, stage).bind(3, tasks).execute() || failed();
  if (row.kind == StageRow::Kind::started)
    return statements_->stage_started.bind(1, session_)
               .bind(2, stage)
               .bind(3, row.t_ns)
               .bind_text(4, batch.at(row.text))
               .bind(5, row.workers)
               .bind(6, tasks)
               .execute() ||
           failed();
  Statement& finished = statements_->stage_finished;
  finished.bind(1, session_)
      .bind(2, stage)
      .bind(3, tasks)
      .bind(4, number_of(row.outcome))
      .bind(5, row.wall_ns)
      .bind(6, row.runnable_wait_ns)
      .bind(7, row.hosts);
  bind_optional(finished, 8, batch.at(row.text));
  bind_optional(finished, 9, batch.at(row.ledger));
  bind_optional(finished, 10, batch.at(row.choice));
  return finished.execute() || failed();
}

/// What few tasks have, and the run's own.
bool RecordFile::write_rest(const Batch& batch) {
  for (const LogRow& row : batch.lines)
    if (!statements_->line.bind(1, numbers_[row.stage])
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
                                      .bind(4, numbers_[row.stage])
                                      .bind(5, row.workers)
                                      .execute();
    if (!good) return failed();
  }
  for (const RunningRow& row : batch.running)
    if (!write_running(batch, row)) return false;
  for (const auto& [number, text] : batch.resume_notes)
    if (!statements_->resume_note.bind(1, session_).bind(2, number).bind_text(3, batch.at(text)).execute())
      return failed();
  for (const auto& [t_ns, text] : batch.warnings)
    if (!statements_->warning.bind(1, session_).bind(2, t_ns).bind_text(3, batch.at(text)).execute()) return failed();
  if (!statements_->seen.bind(1, session_).bind(2, batch.seen_ns).execute()) return failed();
  if (!batch.finished) return true;
  Statement& finished = statements_->finished;
  finished.bind(1, session_)
      .bind(2, number_of(batch.finished->outcome))
      .bind(3, batch.finished->wall_ns)
      .bind(4, batch.finished->broken);
  bind_optional(finished, 5, batch.why_run);
  return finished.execute() || failed();
}

bool RecordFile::write_running(const Batch& batch, const RunningRow& row) {
  const std::int64_t stage = numbers_[row.stage], task = static_cast<std::int64_t>(row.index);
  if (!row.runs) return statements_->runs_no_more.bind(1, stage).bind(2, task).execute() || failed();
  Statement& insert = statements_->runs;
  insert.bind(1, stage)
      .bind(2, task)
      .bind(3, base_of(row.stage, row.index) + row.attempt)
      .bind(4, row.started_ns)
      .bind(5, row.host)
      .bind(6, row.worker);
  bind_optional(insert, 7, batch.at(row.item));
  return insert.execute() || failed();
}

/// What a file contains is read here, off the run's thread. If it is not what it was when it was looked at, its content
/// then is not known any more.
bool RecordFile::write_file(const Batch& batch, const FileRow& row) {
  const std::string path(batch.at(row.path));
  const auto hash = row.hash && row.state.is_there ? hash_file(path) : std::nullopt;
  const bool changed = file_state(path) != row.state;
  Statement& insert = statements_->file;
  insert.bind(1, numbers_[row.stage])
      .bind(2, static_cast<std::int64_t>(row.index))
      .bind(3, std::min(base_of(row.stage, row.index) + row.attempt, kMaxAttempt))
      .bind(4, static_cast<std::int64_t>(row.role))
      .bind_text(5, path)
      .bind(9, changed);
  bind_optional(insert, 6, row.state.is_there ? as_column(row.state.size) : std::nullopt);
  bind_optional(insert, 7, row.state.is_there ? std::optional(row.state.mtime_ns) : std::nullopt);
  bind_optional(insert, 8, changed ? std::nullopt : as_column(hash));
  return insert.execute() || failed();
}

}  // namespace ropewalk::record
