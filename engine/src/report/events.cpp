#include <ropewalk/report_observers.hpp>

#include "base/mutex.hpp"
#include "report/choice_text.hpp"
#include "report/numbers.hpp"
#include "report/written.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/value.hpp>

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::size_t kQueuedBytes = 8 << 20;  // about 100,000 events; the run waits while the queue is full
constexpr std::size_t kBlock = 1 << 16;        // written at once while the writer is busy
constexpr std::size_t kKnown = 1024;           // recently used items that are not looked up again
constexpr std::size_t kSpan = 4096;            // events per batch, small relative to the queue

/// The data that the run's thread queues: a span of task events, or the text of one rare event.
struct Batch {
  std::int64_t t_ns = 0;
  std::uint32_t stage = 0;
  std::vector<TaskStarted> started = {};
  std::vector<TaskFinished> finished = {};  // their messages and evidence are concatenated in `text`
  std::string text = {};
  std::deque<KeptOutput> outputs = {};  // some of `finished` point here
  std::size_t output_bytes = 0;

  std::string items = {};                      // the JSON members of the tasks' items, concatenated
  std::vector<std::uint32_t> item_sizes = {};  // size of each task's part of `items`; empty: the stage has no items

  std::size_t bytes() const {
    return sizeof *this + started.size() * sizeof(TaskStarted) + finished.size() * sizeof(TaskFinished) + text.size() +
           output_bytes + items.size() + item_sizes.size() * sizeof(std::uint32_t);
  }
  void own(const KeptOutput*& output) {
    output_bytes += sizeof *output;
    for (const KeptOutput::Piece& piece : output->pieces()) output_bytes += sizeof piece + piece.text.size();
    output = &outputs.emplace_back(*output);
  }
};

/// Reads the items of a batch one by one.
class ItemCursor {
 public:
  explicit ItemCursor(const Batch& batch) : rest_(batch.items), sizes_(batch.item_sizes) {}
  std::string_view next() {
    if (sizes_.empty()) return {};
    const std::string_view item = rest_.substr(0, sizes_.front());
    rest_.remove_prefix(item.size());
    sizes_ = sizes_.subspan(1);
    return item;
  }

 private:
  std::string_view rest_;
  std::span<const std::uint32_t> sizes_;
};

/// Formats one event as a line; the destructor closes it.
class Line {
 public:
  Line(std::string& out, std::string_view event, std::int64_t t_ns) : out_(out) {
    out_ += "{\"event\": \"";
    out_ += event;
    out_ += "\", \"t\": ";
    append_json_seconds(out_, t_ns);
  }
  ~Line() { out_ += "}\n"; }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& text(std::string_view key, std::string_view value) {
    start(key);
    append_json_string(out_, value);
    return *this;
  }
  /// Appends `"key": value` as JSON; empty: nothing.
  Line& member(std::string_view member) {
    if (!member.empty()) (out_ += ", ") += member;
    return *this;
  }
  Line& lines(std::string_view key, std::string_view value) {
    start(key);
    append_json_lines(out_, value);
    return *this;
  }
  /// Writes null for values below `least`.
  Line& number(std::string_view key, std::int64_t value, std::int64_t least = 0) {
    start(key);
    if (value < least)
      out_ += "null";
    else
      append_json_count(out_, static_cast<std::uint64_t>(value));
    return *this;
  }
  Line& fraction(std::string_view key, double value) {
    start(key);
    append_json_rounded(out_, value, 6);
    return *this;
  }
  Line& seconds(std::string_view key, std::int64_t ns) {
    start(key);
    append_json_seconds(out_, ns);
    return *this;
  }

 private:
  void start(std::string_view key) {
    out_ += ", \"";
    out_ += key;
    out_ += "\": ";
  }
  std::string& out_;
};

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

void append_batch(std::string& out, const Batch& batch, const std::vector<std::string>& stages) {
  const std::string_view stage = batch.stage < stages.size() ? std::string_view(stages[batch.stage]) : "";
  ItemCursor items(batch);
  for (const TaskStarted& task : batch.started)
    Line(out, "task_started", batch.t_ns)
        .text("stage", stage)
        .number("index", whole(task.index))
        .member(items.next())
        .number("attempt", task.attempt);
  if (batch.finished.empty()) {
    if (batch.started.empty()) out += batch.text;
    return;
  }
  std::string_view messages = batch.text;
  for (const TaskFinished& task : batch.finished) {
    Line line(out, "task_finished", batch.t_ns);
    line.text("stage", stage).number("index", whole(task.index)).member(items.next()).number("attempt", task.attempt);
    line.text("outcome", outcome_name(task.outcome));
    if (task.outcome == Outcome::crashed) line.number("signal", task.detail);
    if (task.outcome == Outcome::exited) line.number("exit_code", task.detail);
    line.seconds("queued_s", task.queued_ns).seconds("run_s", task.run_ns).seconds("cpu_s", task.cpu_ns);
    line.number("host", task.host, 1).number("worker", task.worker);
    if (!task.last) out += ", \"last\": false";
    if (task.kept) out += ", \"kept\": true";
    if (!task.message.empty()) line.text("message", messages.substr(0, task.message.size()));
    messages.remove_prefix(task.message.size());
    if (!task.evidence.empty()) line.lines("evidence", messages.substr(0, task.evidence.size()));
    messages.remove_prefix(task.evidence.size());
    if (task.output != nullptr) append_output_members(out, *task.output);
  }
}

}  // namespace

struct EventsWriter::State {
  explicit State(Sink& to) : sink(to), thread([this] { write_all(); }) {}

  void put(Batch batch) {
    MutexLock lock(mutex);
    while (queued >= kQueuedBytes && !failed) room.wait(mutex);
    if (failed) return;
    queued += batch.bytes();
    queue.push_back(std::move(batch));
    const bool first = queue.size() == 1;
    lock.unlock();
    if (first) filled.notify_one();
  }

  std::string name(std::uint32_t stage) {
    const MutexLock lock(mutex);
    return stage < stages.size() ? stages[stage] : "";
  }

  void write_all() {
    std::string block;
    MutexLock lock(mutex);
    for (;;) {
      while (queue.empty() && !done) filled.wait(mutex);
      if (queue.empty()) return;
      std::deque<Batch> batches = std::exchange(queue, {});
      const std::vector<std::string> names = stages;
      lock.unlock();
      bool good = true;
      for (const Batch& batch : batches) {
        append_batch(block, batch, names);
        if (block.size() < kBlock) continue;
        good = good && sink.write(block);
        block.clear();
      }
      good = good && (block.empty() || sink.write(block));
      block.clear();
      lock.lock();
      failed = failed || !good;
      std::size_t bytes = 0;
      for (const Batch& batch : batches) bytes += batch.bytes();
      queued -= bytes;
      room.notify_one();
    }
  }

  /// Copies the items of those tasks into the batch. Runs on the run's thread, the only one that may look up items.
  template <class Task>
  void put_items(Batch& batch, std::span<const Task> tasks) {
    if (items == nullptr) return;
    batch.item_sizes.reserve(tasks.size());
    for (const Task& task : tasks) {
      const std::string& member = member_of(batch.stage, task.index);
      batch.items += member;
      batch.item_sizes.push_back(static_cast<std::uint32_t>(member.size()));
    }
    if (batch.items.empty()) batch.item_sizes.clear();
  }

  /// The item of a task as a JSON member. It is looked up when the task starts, and is usually still cached when it
  /// ends.
  const std::string& member_of(std::uint32_t stage, std::uint64_t index) {
    Known& known = lately[index % kKnown];
    if (known.stage == stage && known.index == index) return known.member;
    known.stage = stage, known.index = index;
    known.member.clear();
    if (std::optional<Value> item = items->item_of(stage, index))
      append_shown_member(known.member, "item", shown(std::move(*item)));
    return known.member;
  }

  Sink& sink;
  // Used by the run's thread only.
  struct Known {
    std::uint32_t stage = 0;
    std::uint64_t index = ~std::uint64_t{0};
    std::string member;
  };
  const TaskItems* items = nullptr;
  std::vector<Known> lately = std::vector<Known>(kKnown);  // by index modulo its size
  Mutex mutex;
  ConditionVariable filled, room;
  std::deque<Batch> queue ROPEWALK_GUARDED_BY(mutex);
  std::vector<std::string> stages ROPEWALK_GUARDED_BY(mutex);  // their names, by place in the plan
  std::size_t queued ROPEWALK_GUARDED_BY(mutex) = 0;           // bytes
  bool done ROPEWALK_GUARDED_BY(mutex) = false;
  bool failed ROPEWALK_GUARDED_BY(mutex) = false;
  std::thread thread;  // last: it uses all of the above
};

EventsWriter::EventsWriter(Sink& sink) : state_(std::make_unique<State>(sink)) {}

EventsWriter::~EventsWriter() { finish(); }

bool EventsWriter::finish() {
  {
    const MutexLock lock(state_->mutex);
    state_->done = true;
  }
  state_->filled.notify_one();
  if (state_->thread.joinable()) state_->thread.join();
  const MutexLock lock(state_->mutex);
  return !state_->failed;
}

void EventsWriter::run_started(std::int64_t t_ns, const RunStarted& event) {
  Batch batch;
  Line(batch.text, "run_started", t_ns).number("schema", 1).text("run", event.run_id).text("workflow", event.workflow);
  state_->put(std::move(batch));
  state_->items = event.items;
}

void EventsWriter::stage_started(std::int64_t t_ns, const StageStarted& event) {
  {
    const MutexLock lock(state_->mutex);
    if (state_->stages.size() <= event.stage) state_->stages.resize(event.stage + 1);
    state_->stages[event.stage] = event.name;
  }
  Batch batch;
  Line(batch.text, "stage_started", t_ns)
      .text("stage", event.name)
      .text("task", event.task)
      .text("executor", event.executor)
      .number("workers", event.workers)
      .number("tasks", whole(event.tasks));
  state_->put(std::move(batch));
}

void EventsWriter::stage_listed(std::int64_t t_ns, const StageListed& event) {
  Batch batch;
  Line(batch.text, "stage_listed", t_ns).text("stage", event.name).number("tasks", whole(event.tasks));
  state_->put(std::move(batch));
}

void EventsWriter::tasks_started(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskStarted> tasks) {
  for (; !tasks.empty(); tasks = tasks.subspan(std::min(kSpan, tasks.size()))) {
    const auto part = tasks.first(std::min(kSpan, tasks.size()));
    Batch batch{.t_ns = t_ns, .stage = stage, .started = {part.begin(), part.end()}};
    state_->put_items(batch, part);
    state_->put(std::move(batch));
  }
}

void EventsWriter::tasks_finished(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskFinished> tasks) {
  for (; !tasks.empty(); tasks = tasks.subspan(std::min(kSpan, tasks.size()))) {
    const auto part = tasks.first(std::min(kSpan, tasks.size()));
    Batch batch{.t_ns = t_ns, .stage = stage, .finished = {part.begin(), part.end()}};
    state_->put_items(batch, part);
    for (TaskFinished& task : batch.finished) {
      batch.text.append(task.message).append(task.evidence);
      if (task.output != nullptr) batch.own(task.output);
    }
    state_->put(std::move(batch));
  }
}

void EventsWriter::task_slow(std::int64_t t_ns, std::uint32_t stage, const TaskSlow& task) {
  Batch batch, items;
  items.stage = stage;
  state_->put_items(items, std::span(&task, 1));
  Line(batch.text, "task_slow", t_ns)
      .text("stage", state_->name(stage))
      .number("index", whole(task.index))
      .member(items.items)
      .number("attempt", task.attempt)
      .seconds("running_s", task.running_ns);
  state_->put(std::move(batch));
}

void EventsWriter::task_progress(std::int64_t t_ns, std::uint32_t stage, const TaskProgress& task) {
  Batch batch, items;
  items.stage = stage;
  state_->put_items(items, std::span(&task, 1));
  {
    Line line(batch.text, "task_progress", t_ns);
    line.text("stage", state_->name(stage)).number("index", whole(task.index)).member(items.items);
    line.number("attempt", task.attempt).fraction("fraction", task.fraction);
    if (!task.text.empty()) line.text("text", task.text);
  }
  state_->put(std::move(batch));
}

void EventsWriter::host_started(std::int64_t t_ns, const HostStarted& event) {
  Batch batch;
  Line(batch.text, "host_started", t_ns)
      .text("stage", state_->name(event.stage))
      .number("host", event.pid, 1)
      .number("workers", event.workers);
  state_->put(std::move(batch));
}

void EventsWriter::task_output(std::int64_t t_ns, std::uint32_t stage, const TaskOutput& event) {
  if (event.stream != OutputStream::process) return;  // output of commands is reported with their task's failure
  Batch batch;
  Line(batch.text, "task_output", t_ns)
      .text("stage", state_->name(stage))
      .number("index", whole(event.index))
      .number("attempt", event.attempt)
      .text("text", event.text);
  state_->put(std::move(batch));
}

void EventsWriter::host_output(std::int64_t t_ns, const HostOutput& event) {
  Batch batch;
  Line(batch.text, "host_output", t_ns)
      .text("stage", state_->name(event.stage))
      .number("host", event.pid, 1)
      .text("text", event.text);
  state_->put(std::move(batch));
}

void EventsWriter::host_ended(std::int64_t t_ns, const HostEnded& event) {
  Batch batch;
  Line(batch.text, "host_ended", t_ns)
      .text("stage", state_->name(event.stage))
      .number("host", event.pid, 1)
      .text("how", event.how);
  state_->put(std::move(batch));
}

void EventsWriter::stage_finished(std::int64_t t_ns, const StageFinished& event) {
  Batch batch;
  {
    Line line(batch.text, "stage_finished", t_ns);
    line.text("stage", event.name).text("outcome", outcome_name(event.outcome)).number("tasks", whole(event.tasks));
    line.number("hosts", event.hosts)
        .seconds("wall_s", event.wall_ns)
        .seconds("runnable_wait_s", event.runnable_wait_ns);
    if (!event.why.empty()) line.text("why", event.why);
    if (event.choice) append_choice_json(batch.text += ", \"choice\": ", *event.choice);
  }
  state_->put(std::move(batch));
}

void EventsWriter::run_finished(std::int64_t t_ns, const RunFinished& event) {
  Batch batch;
  {
    Line line(batch.text, "run_finished", t_ns);
    line.text("outcome", outcome_name(event.outcome)).seconds("wall_s", event.wall_ns);
    if (!event.why.empty()) line.text("why", event.why);
  }
  state_->put(std::move(batch));
}

}  // namespace ropewalk
