#pragma once
// The events of a plan with one task, passed on as those of a task of another run: with its index and its item.

#include <ropewalk/events.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace ropewalk::cli {

/// What the task is called where it comes from.
struct RecordedName {
  std::uint64_t index = 0;
  std::optional<Value> item = {};  ///< empty: it has none
};

/// On the run's thread. Borrows the observer.
class RenumberedTask final : public Observer, private TaskItems {
 public:
  RenumberedTask(Observer& to, RecordedName name) : to_(to), name_(std::move(name)) {}

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted>) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;
  void task_slow(std::int64_t, std::uint32_t stage, const TaskSlow&) override;
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress&) override;
  void tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning>) override;
  void tasks_waiting(std::int64_t, std::uint32_t stage, const TasksWaiting&) override;
  void task_said(std::int64_t, std::uint32_t stage, const TaskSaid&) override;
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput&) override;
  void host_output(std::int64_t, const HostOutput&) override;
  void host_started(std::int64_t, const HostStarted&) override;
  void host_ended(std::int64_t, const HostEnded&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;
  void warning(std::int64_t, const Warning&) override;
  void tick(std::int64_t) override;

 private:
  std::optional<Value> item_of(std::uint32_t, std::uint64_t) const override { return name_.item; }
  template <class Event>
  Event renumbered(Event event) const {
    event.index += name_.index;
    return event;
  }
  template <class Event>
  std::vector<Event> renumbered_all(std::span<const Event> events) const {
    std::vector<Event> all;
    for (const Event& event : events) all.push_back(renumbered(event));
    return all;
  }

  Observer& to_;
  const RecordedName name_;
};

/// The same for the failures of the result.
void renumber(RunResult& result, const RecordedName& name);

}  // namespace ropewalk::cli
