#pragma once
// Reads the messages of workers that end no attempt: logs, progress, output, evidence of a crash, the condition of
// their host. Bytes of a host are bounded, and it cannot speak for an attempt that it does not run. On the engine's
// thread.

#include "executors/executor.hpp"
#include "executors/host_slot.hpp"
#include "executors/loss_counts.hpp"

#include <string_view>

namespace ropewalk {

class MessageReader {
 public:
  /// Borrows the stage.
  explicit MessageReader(const PlannedStage& stage) : stage_(stage) {}

  /// A record that is neither a result nor an error.
  void take(HostSlot& slot, Lane& lane, const board::RecordHead& head, std::string_view payload,
            ExecutorListener& listener);
  /// Reports the latest progress of the lane, if its attempt still runs.
  void report_progress(Lane& lane, ExecutorListener& listener);
  /// What all tasks of a host printed together.
  void take_printed(HostSlot& slot, std::string_view text, ExecutorListener& listener);
  /// What a dead host printed and did not hand over. If it had one worker, the text is that of the task that ran.
  void take_last_printed(HostSlot& slot, ExecutorListener& listener);
  /// Counts the log lines that the workers of the slot have dropped.
  void count_dropped_logs(HostSlot& slot);
  void count_left_behind(std::uint64_t processes) { losses_.left_behind += processes; }
  /// Reports what was lost, once the stage has ended.
  void report_losses(ExecutorListener& listener) const { losses_.report(stage_.name, listener); }

 private:
  void take_progress(Lane& lane, const board::RecordHead& head, std::string_view payload);
  void take_output(Lane& lane, const board::RecordHead& head, std::string_view payload, ExecutorListener& listener);

  const PlannedStage& stage_;
  LossCounts losses_;
};

}  // namespace ropewalk
