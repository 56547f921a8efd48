#include "record/attempt_cursor.hpp"

#include "record/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace ropewalk::record {
namespace {

constexpr const char* kRows =
    "SELECT id, queued_ns, started_ns, run_ns, cpu_ns, place, key, item, {}, state, detail, result_file, message, "
    "evidence FROM attempt_row WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
// The first one may begin before ?1.
constexpr const char* kSpans =
    "SELECT id, count, session, started_ns, ready_ns, key, item_from, places, tasks FROM span WHERE id BETWEEN "
    "ifnull((SELECT id FROM span WHERE id <= ?1 ORDER BY id DESC LIMIT 1), ?1) AND ?2 ORDER BY id";

constexpr std::int64_t kNextTask = 1 << kIndexBit;

const char* rows_with(AttemptCursor::Results results) {
  static const std::string kWith = fmt::format(fmt::runtime(kRows), "result"),
                           kWithout = fmt::format(fmt::runtime(kRows), "NULL");
  return (results == AttemptCursor::Results::read ? kWith : kWithout).c_str();
}

}  // namespace

Outcome outcome_of(std::int64_t number) {
  return number >= 0 && number <= static_cast<std::int64_t>(Outcome::left_out) ? static_cast<Outcome>(number)
                                                                               : Outcome::failed;
}

std::uint32_t AttemptView::attempt() const { return static_cast<std::uint32_t>(id & kMaxAttempt); }
std::int32_t AttemptView::host() const { return static_cast<std::int32_t>(place >> kHostBit); }
std::uint32_t AttemptView::worker() const { return static_cast<std::uint32_t>(place & ((1 << kHostBit) - 1)); }

AttemptCursor::AttemptCursor(Database& database, Results results)
    : database_(database), rows_(database, rows_with(results)), spans_(database, kSpans) {}

void AttemptCursor::seek(std::uint32_t stage) { seek(row_id(stage, 0, 0), row_id(stage + 1, 0, 0) - 1); }

void AttemptCursor::seek(std::uint32_t stage, std::uint64_t index) {
  seek(row_id(stage, index, 0), row_id(stage, index, kMaxAttempt));
}

void AttemptCursor::seek(std::int64_t first, std::int64_t last) {
  rows_.reset();
  spans_.reset();
  first_ = first;
  last_ = last;
  good_ = true;
  at_row_ = false;
  has_row_ = rows_.bind(1, first).bind(2, last).step();
  // A task is in one span at most.
  const std::int64_t end = span_id_ + static_cast<std::int64_t>(span_.size()) * kNextTask;
  if (span_id_ >= 0 && span_id_ <= last && last < end && first >= span_id_ - 1) {
    more_spans_ = false;
    next_task_ = static_cast<std::size_t>((last - span_id_) / kNextTask);
    return;
  }
  more_spans_ = true;
  next_task_ = span_.size();
  spans_.bind(1, first + 1).bind(2, last);
}

/// false: there is none in the range.
bool AttemptCursor::next_span() {
  while (next_task_ == span_.size() && more_spans_) {
    more_spans_ = spans_.step();
    if (more_spans_ && !read_span()) return false;
  }
  return next_task_ < span_.size() && span_id_ + static_cast<std::int64_t>(next_task_) * kNextTask <= last_;
}

bool AttemptCursor::read_span() {
  SpanHead head{.started_ns = spans_.integer(3), .ready_ns = spans_.integer(4)};
  if (!spans_.is_null(5)) head.key = static_cast<std::uint64_t>(spans_.integer(5));
  if (!spans_.is_null(6)) head.item_from = spans_.integer(6);
  span_id_ = spans_.integer(0);
  span_session_ = static_cast<std::uint32_t>(spans_.integer(2));
  next_task_ = 0;
  if (!span_.read(head, static_cast<std::uint64_t>(spans_.integer(1)), spans_.text(7), spans_.text(8))) {
    span_id_ = -1;
    more_spans_ = false;
    next_task_ = span_.size();
    return good_ = database_.fail_as_damaged("a span of tasks cannot be read");
  }
  if (span_id_ < first_)
    next_task_ = std::min(static_cast<std::size_t>((first_ - span_id_ + kNextTask - 1) / kNextTask), span_.size());
  return true;
}

bool AttemptCursor::next() {
  if (at_row_) has_row_ = rows_.step();
  at_row_ = false;
  const bool task = next_span();
  if (!good_) return false;
  if (has_row_ && (!task || rows_.integer(0) < span_id_ + static_cast<std::int64_t>(next_task_) * kNextTask)) {
    at_row_ = true;
    read_row();
    return true;
  }
  if (task) read_task();
  return task;
}

void AttemptCursor::read_row() {
  const std::int64_t state = rows_.is_null(9) ? kPlainState : rows_.integer(9);
  now_ = {.id = rows_.integer(0),
          .queued_ns = rows_.integer(1),
          .started_ns = rows_.integer(2),
          .run_ns = rows_.integer(3),
          .cpu_ns = rows_.integer(4),
          .place = rows_.integer(5),
          .session = static_cast<std::uint32_t>(state >> kSessionBit),
          .outcome = outcome_of(state & kOutcomeBits),
          .last = (state & kLastBit) != 0,
          .detail = static_cast<std::int32_t>(rows_.integer(10)),
          .item = rows_.text(7),
          .result = rows_.text(8),
          .result_file = rows_.text(11),
          .message = rows_.text(12),
          .evidence = rows_.text(13)};
  if (!rows_.is_null(6)) now_.key = static_cast<std::uint64_t>(rows_.integer(6));
}

void AttemptCursor::read_task() {
  const SpanTask task = span_.at(next_task_);
  now_ = {.id = span_id_ + static_cast<std::int64_t>(next_task_) * kNextTask,
          .queued_ns = task.queued_ns,
          .started_ns = task.started_ns,
          .run_ns = task.run_ns,
          .cpu_ns = task.cpu_ns,
          .place = task.place,
          .session = span_session_,
          .outcome = Outcome::succeeded,
          .last = true,
          .key = task.key,
          .item = task.item,
          .result = task.result};
  ++next_task_;
}

bool AttemptCursor::finish() {
  const bool rows = rows_.reset(), spans = spans_.reset();
  return rows && spans && good_;
}

}  // namespace ropewalk::record
