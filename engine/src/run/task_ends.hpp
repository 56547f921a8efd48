#pragma once
// How the attempts and tasks of a stage end: whether an attempt is tried again, and what the end of a task means for
// the table, the results, the stages that stream from it and the observer. Driven by the stage, on the run's thread. It
// knows no executor.

#include "executors/executor.hpp"
#include "run/downstream.hpp"
#include "run/retry_book.hpp"
#include "run/stage_context.hpp"
#include "run/task_files.hpp"
#include "run/task_keys.hpp"
#include "run/task_queue.hpp"
#include "run/task_table.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class TaskEnds {
 public:
  /// Borrows all of it for as long as it lives.
  TaskEnds(const StageContext& context, TaskTable& table, const TaskQueue& queue, const TaskKeys& keys,
           TaskFiles& files, RetryBook& retries, const Downstreams& downstreams)
      : context_(context),
        table_(table),
        queue_(queue),
        keys_(keys),
        files_(files),
        retries_(retries),
        downstreams_(downstreams) {}

  /// When the stage started, which is since when a task with an item of its own is ready.
  void stage_started(std::int64_t at_ns) { started_ns_ = at_ns; }
  /// Attempts ended. `timer_ns`: of the machine's timers. `may_retry`: the stage neither stops nor is broken.
  void attempts(std::span<const AttemptResult> tasks, std::int64_t timer_ns, bool may_retry);
  /// A task ends without an attempt, or, with the number of its last one, after it.
  void without_attempt(std::uint64_t index, Outcome outcome, std::string_view message, std::uint32_t attempt = 0,
                       const KeptOutput* output = nullptr);
  /// A task ends with the result of an earlier session of the run, if there is one that fits, or stays without one.
  /// False: it must run. Only if the run has RunSetting::kept.
  bool keep(std::uint64_t index);
  /// How many tasks keep() has left without a result.
  std::uint64_t left() const { return left_; }
  /// Every task in that state ends as not started.
  void all_in(TaskState state, std::string_view message);
  /// What waits for another try does not get it, and ends as its last try ended.
  void waiting_tries();
  /// A task that waits for its first try, or for another one, is cancelled, and gets none.
  void cancel(std::uint64_t index);
  /// Gives memory back.
  void release() { finished_ = {}; }

 private:
  bool is_expected(const AttemptResult& task) const;
  bool try_again(const AttemptResult& task, std::int64_t timer_ns);
  AttemptResult with_reason(AttemptResult task);
  void succeeded_with_outputs(AttemptResult task);
  void attempt(const AttemptResult& task, bool last);
  void look_at_written(std::uint64_t index);
  void end(const TaskFinished& finished, std::string_view payload, const std::shared_ptr<const board::Blob>* blob);

  const StageContext& context_;
  TaskTable& table_;
  const TaskQueue& queue_;
  const TaskKeys& keys_;
  TaskFiles& files_;
  RetryBook& retries_;
  const Downstreams& downstreams_;
  std::int64_t started_ns_ = 0;
  std::uint64_t left_ = 0;
  bool told_unwritten_ = false;         // of the first file that is not there
  std::vector<TaskFinished> finished_;  // scratch: of one span
  std::deque<std::string> messages_;    // scratch: results with outputs, and why others cannot be made
};

}  // namespace ropewalk
