#include "record/task_replay.hpp"

#include "record/schema.hpp"
#include "values/json_value.hpp"

#include <algorithm>

namespace ropewalk::record {
namespace {

constexpr const char* kRows =
    "SELECT id, queued_ns, started_ns, run_ns, cpu_ns, place, key, item, state, detail, message, evidence FROM "
    "attempt_row WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
constexpr const char* kOutputs =
    "SELECT stream, bytes, head, tail FROM output WHERE stage = ?1 AND task = ?2 AND attempt = ?3 ORDER BY stream";

std::uint64_t index_of(std::int64_t id) { return static_cast<std::uint64_t>(id >> kIndexBit) & 0xffffffff; }

/// An attempt that waits until the next row says whether it was the last one of its task. Its texts keep their memory.
struct Pending {
  TaskFinished task = {};
  std::string item, message, evidence;
  std::uint32_t session = 0;

  void read(const Statement& row) {
    const std::int64_t id = row.integer(0), place = row.integer(5),
                       state = row.is_null(8) ? kPlainState : row.integer(8), outcome = state & kOutcomeBits;
    session = static_cast<std::uint32_t>(state >> kSessionBit);
    task = {.index = index_of(id),
            .attempt = static_cast<std::uint32_t>(id & kMaxAttempt),
            .outcome = outcome <= static_cast<std::int64_t>(Outcome::left_out) ? static_cast<Outcome>(outcome)
                                                                               : Outcome::failed,
            .detail = static_cast<std::int32_t>(row.integer(9)),
            .queued_ns = row.integer(1),
            .run_ns = row.integer(3),
            .cpu_ns = row.integer(4),
            .host = static_cast<std::int32_t>(place >> kHostBit),
            .worker = static_cast<std::uint32_t>(place & ((1 << kHostBit) - 1)),
            .last = false,
            .message = {},
            .started_ns = row.integer(2)};
    if (!row.is_null(6)) task.key = static_cast<std::uint64_t>(row.integer(6));
    item.assign(row.text(7));
    // Behind a long result these lie on other pages of the file.
    const bool good = task.outcome == Outcome::succeeded;
    message.assign(good ? std::string_view() : row.text(10));
    evidence.assign(good ? std::string_view() : row.text(11));
  }
};

class Replay {
 public:
  Replay(Database& database, std::uint32_t number, std::uint32_t place, std::uint32_t newest, Observer& observer,
         ItemNow& item)
      : stage_(number),
        place_(place),
        newest_(newest),
        observer_(observer),
        item_(item),
        rows_(database, kRows),
        outputs_(database, kOutputs) {}

  bool run(TaskCounts& ended) {
    rows_.bind(1, row_id(stage_, 0, 0)).bind(2, row_id(stage_ + 1, 0, 0) - 1);
    bool any = false;
    for (; rows_.step(); any = true) {
      if (any) report(index_of(rows_.integer(0)) != pending_.task.index, ended);
      pending_.read(rows_);
    }
    if (any && rows_.good()) report(true, ended);
    return rows_.good() && good_;
  }

 private:
  void report(bool last, TaskCounts& ended) {
    TaskFinished& task = pending_.task;
    KeptOutput output;
    if (last && is_failure(task.outcome)) read_output(output);
    item_.json = pending_.item;
    task.last = last;
    task.kept = last && task.outcome == Outcome::succeeded && pending_.session < newest_;
    task.message = pending_.message;
    task.evidence = pending_.evidence;
    task.output = output.empty() ? nullptr : &output;
    if (last) ended.add(task.outcome);
    observer_.tasks_finished(task.started_ns + task.run_ns, place_, {&task, 1});
  }

  void read_output(KeptOutput& output) {
    outputs_.bind(1, stage_).bind(2, static_cast<std::int64_t>(pending_.task.index)).bind(3, pending_.task.attempt);
    while (outputs_.step()) {
      const auto stream = static_cast<OutputStream>(std::clamp<std::int64_t>(outputs_.integer(0), 0, 2));
      const auto bytes = static_cast<std::uint64_t>(outputs_.integer(1));
      const std::string_view head = outputs_.text(2), tail = outputs_.text(3);
      output.put(stream, 0, head);
      output.put(stream, bytes - std::min<std::uint64_t>(bytes, tail.size()), tail);
    }
    good_ = outputs_.reset() && good_;
  }

  const std::uint32_t stage_, place_, newest_;
  Observer& observer_;
  ItemNow& item_;
  Statement rows_, outputs_;
  Pending pending_;
  bool good_ = true;
};

}  // namespace

std::optional<Value> ItemNow::item_of(std::uint32_t, std::uint64_t) const {
  std::string problem;
  return json.empty() ? std::nullopt : value_from_json(json, problem);
}

bool replay_tasks(Database& database, std::uint32_t number, std::uint32_t place, std::uint32_t newest,
                  Observer& observer, ItemNow& item, TaskCounts& ended) {
  return Replay(database, number, place, newest, observer, item).run(ended);
}

}  // namespace ropewalk::record
