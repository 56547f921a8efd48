#include "record/record_writer.hpp"

#include "base/failpoint.hpp"
#include "record/recorded_choice.hpp"
#include "record/recorded_ledger.hpp"
#include "record/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <set>

namespace ropewalk::record {
namespace {

// The writer lets this much gather before it writes, if there is time.
constexpr std::size_t kBatchBytes = 1 << 20;

/// About the memory that a copy of the value takes; counting ends beyond `limit`.
std::size_t size_of(const Value& value, std::size_t limit) {
  std::size_t size = sizeof(Value);
  if (const auto bytes = value.bytes()) return size + bytes->size();
  if (const Map* map = value.as_map()) {
    for (const auto& [key, each] : *map) {
      if (size > limit) break;
      size += key.size() + size_of(each, limit);
    }
  } else if (const auto elements = value.list_size()) {
    if (*elements > limit) return limit + 1;
    value.each_element([&](const Value& each) { size += size > limit ? 0 : size_of(each, limit); });
  }
  return size;
}

}  // namespace

RecordWriter::RecordWriter(RecordFolder folder, SessionStart session, ResultDecoder decode, std::function<void()> wake,
                           Limits limits)
    : folder_(std::move(folder)),
      session_(std::move(session)),
      wake_(std::move(wake)),
      limits_(limits),
      file_(std::move(decode), limits.large_bytes),
      thread_([this] { work(); }) {}

RecordWriter::~RecordWriter() {
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    to_writer_.notify_one();
  }
  thread_.join();
}

std::string RecordWriter::problem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

// --- the run's thread ---

/// If there is no memory for what happened, what waits to be written is given up: none of it was acknowledged. Nothing
/// follows it, since the end of a task must not be recorded without its result.
template <class Fill>
void RecordWriter::fill(Fill&& fill) {
  if (given_up_) return;
  try {
    fill();
  } catch (const std::bad_alloc&) {
    given_up_ = true;
    pending_.clear();
    filling_.clear();
    if (problem_.empty()) problem_ = kOutOfMemory;
    if (wake_) wake_();
  }
}

template <class Fill>
void RecordWriter::add(std::int64_t t_ns, Fill&& event) {
  const MutexLock lock(mutex_);
  filling_.seen_ns = t_ns;
  fill(event);
  added();
}

void RecordWriter::run_started(std::int64_t, const RunStarted& event) { items_ = event.items; }

void RecordWriter::stage_started(std::int64_t t_ns, const StageStarted& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.stages.push_back({.kind = StageRow::Kind::started,
                               .stage = event.stage,
                               .t_ns = t_ns,
                               .tasks = event.tasks,
                               .workers = event.workers,
                               .text = filling_.keep(event.executor)});
  });
}

void RecordWriter::stage_listed(std::int64_t t_ns, const StageListed& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.stages.push_back({.kind = StageRow::Kind::listed, .stage = event.stage, .tasks = event.tasks});
  });
}

void RecordWriter::stage_finished(std::int64_t t_ns, const StageFinished& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.stages.push_back({.kind = StageRow::Kind::finished,
                               .stage = event.stage,
                               .t_ns = t_ns,
                               .tasks = event.tasks,
                               .hosts = event.hosts,
                               .outcome = event.outcome,
                               .wall_ns = event.wall_ns,
                               .runnable_wait_ns = event.runnable_wait_ns,
                               .text = filling_.keep(event.why),
                               .ledger = event.ledger ? filling_.keep(ledger_to_json(*event.ledger)) : Piece(),
                               .choice = event.choice ? filling_.keep(choice_to_json(*event.choice)) : Piece()});
  });
}

void RecordWriter::task_result(std::int64_t, std::uint32_t, std::uint64_t index, const Value& fields) {
  if (const Map* map = fields.as_map(); map != nullptr && map->empty()) return;
  const MutexLock lock(mutex_);
  fill([&]() ROPEWALK_REQUIRES(mutex_) { add_result(index, fields); });
}

void RecordWriter::add_result(std::uint64_t index, const Value& fields) {
  if (size_of(fields, limits_.large_bytes) >= limits_.large_bytes) {
    filling_.large.push_back(fields);
    filling_.large_bytes += size_of(fields, limits_.queue_bytes);
    pending_.push_back({index, {}, static_cast<std::uint32_t>(filling_.large.size())});
    return;
  }
  json_.clear();
  append_json(json_, fields);
  pending_.push_back({index, filling_.keep(json_), 0});
}

void RecordWriter::tasks_finished(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskFinished> tasks) {
  if (tasks.empty()) return;
  const auto first_item = items_ != nullptr ? items_->counts_from(stage) : std::nullopt;
  const MutexLock lock(mutex_);
  filling_.seen_ns = t_ns;
  // What is kept has its row from an earlier session. What never started needs none when the disk takes no more.
  fill([&]() ROPEWALK_REQUIRES(mutex_) {
    for (const TaskFinished& task : tasks)
      if (!task.kept && (problem_.empty() || task.outcome != Outcome::not_started))
        add_attempt(stage, task, first_item);
    if (!running_.empty())
      for (const TaskFinished& task : tasks) add_no_more_running(stage, task.index);
  });
  pending_.clear();
  next_pending_ = 0;
  added();
  // Nothing is written of a span in which every task was kept.
  if (session_.durability == Durability::task && !filling_.empty()) {
    urgent_ = true;
    to_writer_.notify_one();
    const std::uint64_t batch = taken_ + 1;
    while (written_ < batch && problem_.empty()) to_run_.wait(mutex_);
  }
}

/// Most tasks are plain, and are made where they stay. `first_item`: as TaskItems::counts_from().
void RecordWriter::add_attempt(std::uint32_t stage, const TaskFinished& task, std::optional<std::int64_t> first_item) {
  PlainTask& plain = filling_.plain.emplace_back(PlainTask{.index = task.index,
                                                           .queued_ns = task.queued_ns,
                                                           .started_ns = task.started_ns,
                                                           .run_ns = task.run_ns,
                                                           .cpu_ns = task.cpu_ns,
                                                           .key = task.key.value_or(0),
                                                           .place = std::int64_t{task.host} << kHostBit | task.worker,
                                                           .item_int = 0,
                                                           .item = {},
                                                           .result = {},
                                                           .stage = stage,
                                                           .item_kind = PlainTask::Item::none,
                                                           .has_key = task.key.has_value(),
                                                           .encoded = false});
  if (first_item) {
    plain.item_kind = PlainTask::Item::integer;
    plain.item_int = *first_item + static_cast<std::int64_t>(task.index);
  } else if (items_ != nullptr) {
    keep_item(plain);
  }
  std::uint32_t large = 0;
  if (next_pending_ < pending_.size() && pending_[next_pending_].index == task.index) {
    plain.result = pending_[next_pending_].json;
    large = pending_[next_pending_++].large;
  } else if (!task.fields.empty()) {
    plain.result = filling_.keep_aligned(task.fields);
    plain.encoded = true;
  }
  for (const TaskFile& file : task.files)
    filling_.files.push_back({.stage = stage,
                              .index = task.index,
                              .attempt = task.attempt,
                              .role = file.role,
                              .path = filling_.keep(file.path),
                              .state = {file.is_there, file.size, file.mtime_ns},
                              .hash = session_.stages[stage].hashes_files});
  const bool is_plain = task.outcome == Outcome::succeeded && task.attempt == 1 && task.last &&
                        task.output == nullptr && large == 0 && plain.result.size < limits_.large_bytes;
  if (!is_plain || !printed_.empty()) add_details(task, large, is_plain);
}

/// Makes a row of the task that was added last, if it is not plain or has printed something.
void RecordWriter::add_details(const TaskFinished& task, std::uint32_t large, bool is_plain) {
  const PlainTask known = filling_.plain.back();
  const KeptOutput* output = task.output;
  const auto printed = printed_.extract({known.stage, known.index});
  if (output == nullptr && printed) output = &printed.mapped();
  const bool has_output = output != nullptr && !output->empty();
  if (is_plain && !has_output) return;
  filling_.plain.pop_back();
  AttemptRow& row =
      filling_.attempts.emplace_back(AttemptRow{known, task.attempt, task.detail, task.outcome, task.last});
  row.large = large;
  if (!task.message.empty()) row.message = filling_.keep(task.message);
  if (!task.evidence.empty()) row.evidence = filling_.keep(task.evidence);
  if (!has_output) return;
  filling_.outputs.push_back(*output);
  row.output = static_cast<std::uint32_t>(filling_.outputs.size());
}

void RecordWriter::keep_item(PlainTask& task) {
  const std::optional<Value> item = items_->item_of(task.stage, task.index);
  if (!item) return;
  if (const std::int64_t* number = item->as_int()) {
    task.item_kind = PlainTask::Item::integer;
    task.item_int = *number;
    return;
  }
  task.item_kind = PlainTask::Item::json;
  json_.clear();
  append_json(json_, *item);
  task.item = filling_.keep(json_);
}

/// All that runs of the stage is among them. An attempt that is not has ended, or its host has died and it waits again.
void RecordWriter::tasks_running(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskRunning> tasks) {
  std::set<std::uint64_t> known;  // those of the stage that the record has
  for (auto each = running_.lower_bound({stage, 0}); each != running_.end() && each->first.first == stage; ++each)
    known.insert(each->first.second);
  const auto is_long = [&](const TaskRunning& task) { return task.running_ns >= limits_.long_ns; };
  if (known.empty() && std::none_of(tasks.begin(), tasks.end(), is_long)) return;
  const MutexLock lock(mutex_);
  fill([&]() ROPEWALK_REQUIRES(mutex_) {
    for (const TaskRunning& task : tasks) {
      if (!is_long(task)) continue;
      const std::int64_t started_ns = std::max<std::int64_t>(t_ns - task.running_ns, 0);
      const auto noted = running_.find({stage, task.index});
      // Its age is measured anew each time, and differs by a little.
      const bool is_same = noted != running_.end() && started_ns - noted->second < limits_.long_ns;
      if (!is_same) add_running(stage, task, started_ns);
      known.erase(task.index);
    }
    for (const std::uint64_t index : known) add_no_more_running(stage, index);
  });
  if (filling_.running.empty()) return;
  filling_.seen_ns = t_ns;
  added();
}

void RecordWriter::add_running(std::uint32_t stage, const TaskRunning& task, std::int64_t started_ns) {
  running_[{stage, task.index}] = started_ns;
  RunningRow row{.stage = stage,
                 .index = task.index,
                 .runs = true,
                 .attempt = task.attempt,
                 .started_ns = started_ns,
                 .host = task.host,
                 .worker = task.worker};
  if (const std::optional<Value> item = items_ != nullptr ? items_->item_of(stage, task.index) : std::nullopt) {
    json_.clear();
    append_json(json_, *item);
    row.item = filling_.keep(json_);
  }
  filling_.running.push_back(row);
}

void RecordWriter::add_no_more_running(std::uint32_t stage, std::uint64_t index) {
  if (running_.erase({stage, index}) != 0) filling_.running.push_back({.stage = stage, .index = index, .runs = false});
}

void RecordWriter::note_resumed(std::uint32_t number, std::string_view text) {
  const MutexLock lock(mutex_);
  fill([&]() ROPEWALK_REQUIRES(mutex_) { filling_.resume_notes.emplace_back(number, filling_.keep(text)); });
  added();
}

void RecordWriter::task_said(std::int64_t t_ns, std::uint32_t stage, const TaskSaid& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.lines.push_back({.stage = stage,
                              .index = event.index,
                              .attempt = event.attempt,
                              .t_ns = t_ns,
                              .level = static_cast<std::int32_t>(event.level),
                              .text = filling_.keep(event.text)});
  });
}

void RecordWriter::task_output(std::int64_t, std::uint32_t stage, const TaskOutput& event) {
  const MutexLock lock(mutex_);
  fill([&] { printed_[{stage, event.index}].add(event.stream, event.text); });
}

void RecordWriter::host_started(std::int64_t t_ns, const HostStarted& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.hosts.push_back(
        {.stage = event.stage, .pid = event.pid, .workers = event.workers, .t_ns = t_ns, .ended = false, .how = {}});
  });
}

void RecordWriter::host_ended(std::int64_t t_ns, const HostEnded& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.hosts.push_back({.stage = event.stage,
                              .pid = event.pid,
                              .workers = 0,
                              .t_ns = t_ns,
                              .ended = true,
                              .how = filling_.keep(event.how)});
  });
}

void RecordWriter::warning(std::int64_t t_ns, const Warning& event) {
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) { filling_.warnings.emplace_back(t_ns, filling_.keep(event.text)); });
}

void RecordWriter::run_finished(std::int64_t t_ns, const RunFinished& event) {
  items_ = nullptr;
  add(t_ns, [&]() ROPEWALK_REQUIRES(mutex_) {
    filling_.why_run = event.why;
    filling_.finished = event;
  });
  // Nothing more gathers. The engine ends its processes meanwhile.
  const MutexLock lock(mutex_);
  urgent_ = true;
  to_writer_.notify_one();
}

/// After each event, but not after a result: the end of its task follows, and the writer takes no batch in between.
void RecordWriter::added() {
  const std::size_t bytes = filling_.bytes();
  if (writer_ == Writer::idle || (writer_ == Writer::gathers && bytes >= kBatchBytes)) {
    writer_ = writer_ == Writer::idle ? Writer::gathers : Writer::works;  // woken once is enough
    to_writer_.notify_one();
  }
  if (bytes < limits_.queue_bytes || !problem_.empty()) return;
  waits_.fetch_add(1, std::memory_order_relaxed);
  urgent_ = true;
  to_writer_.notify_one();
  const std::uint64_t before = taken_;
  while (taken_ == before && problem_.empty()) to_run_.wait(mutex_);
}

void RecordWriter::finish() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    to_writer_.notify_one();
  }
  thread_.join();
  // The disk may have room again for what was kept.
  while (file_.is_open() && file_.was_full() && (!writing_.empty() || take_rest())) {
    if (!file_.write(writing_)) break;
    writing_.clear();
  }
  if (!file_.end()) set_problem(file_.problem());
  folder_.lock.reset();
}

// --- the writer's thread ---

void RecordWriter::set_problem(std::string why) {
  {
    const MutexLock lock(mutex_);
    if (!problem_.empty()) return;
    problem_ = std::move(why);
    to_run_.notify_all();
  }
  if (wake_) wake_();
}

void RecordWriter::work() {
  try {
    if (!file_.begin(folder_.path, session_)) return set_problem(file_.problem());
    while (write_batch()) {
    }
  } catch (const std::bad_alloc&) {
    set_problem(kOutOfMemory);
  }
}

/// Whether the writer has waited long enough for more.
bool RecordWriter::is_due() const { return stop_ || (has_batch() && (urgent_ || filling_.bytes() >= kBatchBytes)); }

/// false: there is nothing to write.
bool RecordWriter::swap_batch() {
  if (filling_.empty()) return false;
  urgent_ = false;
  writing_.clear();
  std::swap(writing_, filling_);
  ++taken_;
  to_run_.notify_all();
  return true;
}

bool RecordWriter::take_rest() {
  const MutexLock lock(mutex_);
  return swap_batch();
}

/// Waits for something to write, lets a little gather, and writes it. false: there is nothing more, or no more can be
/// written.
bool RecordWriter::write_batch() {
  {
    const MutexLock lock(mutex_);
    writer_ = Writer::idle;
    while (!stop_ && !has_batch()) to_writer_.wait(mutex_);
    writer_ = Writer::gathers;
    // A test makes any run a short one.
    const auto gather = ROPEWALK_FAILPOINT("record.gather") == 0 ? limits_.gather : std::chrono::hours(1);
    const auto until = std::chrono::steady_clock::now() + gather;
    while (!is_due() && std::chrono::steady_clock::now() < until) to_writer_.wait_until(mutex_, until);
    writer_ = Writer::works;
    if (!stop_ && !has_batch()) return true;
    if (!swap_batch()) return !stop_;
  }
  if (!file_.write(writing_)) {
    set_problem(file_.problem());
    return false;
  }
  const bool finished = writing_.finished.has_value();  // the end syncs
  writing_.clear();
  bool more;
  {
    const MutexLock lock(mutex_);
    ++written_;
    more = has_batch();
    to_run_.notify_all();
  }
  if (finished || (more && !file_.is_sync_due()) || file_.sync()) return true;
  set_problem(file_.problem());
  return false;
}

}  // namespace ropewalk::record
