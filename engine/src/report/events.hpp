#pragma once
// `--events`: writes the events of a run as JSON lines while they happen. A contract: the first line carries "schema":
// 1, the last one reports how the run ended.

#include "report/sink.hpp"

#include <ropewalk/events.hpp>

#include <memory>

namespace ropewalk {

/// Copies events into a bounded queue on the run's thread. A separate thread turns them into text and writes them to
/// the sink, immediately when idle and in blocks when busy. A full queue makes the run wait, so no event is dropped.
/// After the sink fails, further events are discarded and failed() returns true.
class EventsWriter final : public Observer {
 public:
  /// Borrows the sink until finish() or the destructor. Only the writer's thread uses it.
  explicit EventsWriter(Sink& sink);
  ~EventsWriter() override;
  EventsWriter(const EventsWriter&) = delete;
  EventsWriter& operator=(const EventsWriter&) = delete;

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted>) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_slow(std::int64_t, std::uint32_t stage, const TaskSlow&) override;
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress&) override;
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput&) override;
  void host_output(std::int64_t, const HostOutput&) override;
  void host_started(std::int64_t, const HostStarted&) override;
  void host_ended(std::int64_t, const HostEnded&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;

  /// Waits until everything is written. No event may follow. Returns whether all events were written.
  bool finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ropewalk
