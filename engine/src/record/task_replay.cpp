#include "record/task_replay.hpp"

#include "record/attempt_cursor.hpp"
#include "record/schema.hpp"

#include <ropewalk/json.hpp>

#include <algorithm>

namespace ropewalk::record {
namespace {

constexpr const char* kOutputs =
    "SELECT stream, bytes, head, tail FROM output WHERE stage = ?1 AND task = ?2 AND attempt = ?3 ORDER BY stream";

/// An attempt that waits until the next one says whether it was the last one of its task. Its texts keep their memory.
struct Pending {
  TaskFinished task = {};
  std::string item, message, evidence;
  std::uint32_t session = 0;

  void copy(const AttemptView& view) {
    session = view.session;
    task = {.index = index_of(view.id),
            .attempt = view.attempt(),
            .outcome = view.outcome,
            .detail = view.detail,
            .queued_ns = view.queued_ns,
            .run_ns = view.run_ns,
            .cpu_ns = view.cpu_ns,
            .host = view.host(),
            .worker = view.worker(),
            .last = false,
            .message = {},
            .started_ns = view.started_ns,
            .key = view.key};
    item.assign(view.item);
    const bool good = task.outcome == Outcome::succeeded;
    message.assign(good ? std::string_view() : view.message);
    evidence.assign(good ? std::string_view() : view.evidence);
  }
};

class Replay {
 public:
  Replay(Database& database, std::uint32_t number, std::uint32_t place, const ReplayedSession& session,
         Observer& observer, ItemNow& item)
      : stage_(number),
        place_(place),
        session_(session),
        observer_(observer),
        item_(item),
        attempts_(database, AttemptCursor::Results::skip),
        outputs_(database, kOutputs) {}

  bool run(TaskCounts& ended) {
    attempts_.seek(stage_);
    bool any = false;
    for (; attempts_.next(); any = true) {
      if (any) report(index_of(attempts_.now().id) != pending_.task.index, ended);
      pending_.copy(attempts_.now());
    }
    if (!attempts_.finish()) return false;
    if (any) report(true, ended);
    return good_;
  }

 private:
  void report(bool last, TaskCounts& ended) {
    TaskFinished& task = pending_.task;
    KeptOutput output;
    if (last && is_failure(task.outcome)) read_output(output);
    item_.json = pending_.item;
    task.last = last;
    task.kept = last && task.outcome == Outcome::succeeded && pending_.session < session_.newest;
    task.started_ns += started_before();
    task.message = pending_.message;
    task.evidence = pending_.evidence;
    task.output = output.empty() ? nullptr : &output;
    if (last) ended.add(task.outcome);
    observer_.tasks_finished(task.started_ns + task.run_ns, place_, {&task, 1});
  }

  /// Of an attempt of an earlier session, in ns since the newest one: at most 0.
  std::int64_t started_before() const {
    if (pending_.task.attempt == 0 || pending_.session == session_.newest) return 0;
    const auto start = session_.starts.find(pending_.session);
    return start == session_.starts.end() ? 0 : start->second;
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

  const std::uint32_t stage_, place_;
  const ReplayedSession session_;
  Observer& observer_;
  ItemNow& item_;
  AttemptCursor attempts_;
  Statement outputs_;
  Pending pending_;
  bool good_ = true;
};

}  // namespace

std::optional<Value> ItemNow::item_of(std::uint32_t, std::uint64_t) const {
  std::string problem;
  return json.empty() ? std::nullopt : value_from_json(json, problem);
}

bool replay_tasks(Database& database, std::uint32_t number, std::uint32_t place, const ReplayedSession& session,
                  Observer& observer, ItemNow& item, TaskCounts& ended) {
  return Replay(database, number, place, session, observer, item).run(ended);
}

}  // namespace ropewalk::record
