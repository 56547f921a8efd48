#pragma once
// Several observers of one run.

#include <ropewalk/events.hpp>

#include <initializer_list>
#include <vector>

namespace ropewalk {

/// Passes every event to several observers, in their order. Borrows them. On the run's thread.
class ObserverList final : public Observer {
 public:
  /// None yet.
  ObserverList() = default;
  /// These, which must outlive the list.
  ObserverList(std::initializer_list<Observer*> observers) : all_(observers) {}
  /// Adds the last one. It must outlive the list.
  void add(Observer& observer) { all_.push_back(&observer); }

  /// @{
  /// Passes the event on.
  void run_started(std::int64_t t_ns, const RunStarted& e) override {
    for (auto* o : all_) o->run_started(t_ns, e);
  }
  void stage_started(std::int64_t t_ns, const StageStarted& e) override {
    for (auto* o : all_) o->stage_started(t_ns, e);
  }
  void stage_listed(std::int64_t t_ns, const StageListed& e) override {
    for (auto* o : all_) o->stage_listed(t_ns, e);
  }
  void tasks_started(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskStarted> e) override {
    for (auto* o : all_) o->tasks_started(t_ns, stage, e);
  }
  void tasks_finished(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskFinished> e) override {
    for (auto* o : all_) o->tasks_finished(t_ns, stage, e);
  }
  void task_result(std::int64_t t_ns, std::uint32_t stage, std::uint64_t index, const Value& fields) override {
    for (auto* o : all_) o->task_result(t_ns, stage, index, fields);
  }
  void task_slow(std::int64_t t_ns, std::uint32_t stage, const TaskSlow& e) override {
    for (auto* o : all_) o->task_slow(t_ns, stage, e);
  }
  void task_progress(std::int64_t t_ns, std::uint32_t stage, const TaskProgress& e) override {
    for (auto* o : all_) o->task_progress(t_ns, stage, e);
  }
  void tasks_running(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskRunning> e) override {
    for (auto* o : all_) o->tasks_running(t_ns, stage, e);
  }
  void tasks_waiting(std::int64_t t_ns, std::uint32_t stage, const TasksWaiting& e) override {
    for (auto* o : all_) o->tasks_waiting(t_ns, stage, e);
  }
  void task_said(std::int64_t t_ns, std::uint32_t stage, const TaskSaid& e) override {
    for (auto* o : all_) o->task_said(t_ns, stage, e);
  }
  void task_output(std::int64_t t_ns, std::uint32_t stage, const TaskOutput& e) override {
    for (auto* o : all_) o->task_output(t_ns, stage, e);
  }
  void host_output(std::int64_t t_ns, const HostOutput& e) override {
    for (auto* o : all_) o->host_output(t_ns, e);
  }
  void host_started(std::int64_t t_ns, const HostStarted& e) override {
    for (auto* o : all_) o->host_started(t_ns, e);
  }
  void host_ended(std::int64_t t_ns, const HostEnded& e) override {
    for (auto* o : all_) o->host_ended(t_ns, e);
  }
  void stage_finished(std::int64_t t_ns, const StageFinished& e) override {
    for (auto* o : all_) o->stage_finished(t_ns, e);
  }
  void run_finished(std::int64_t t_ns, const RunFinished& e) override {
    for (auto* o : all_) o->run_finished(t_ns, e);
  }
  void warning(std::int64_t t_ns, const Warning& e) override {
    for (auto* o : all_) o->warning(t_ns, e);
  }
  void tick(std::int64_t t_ns) override {
    for (auto* o : all_) o->tick(t_ns);
  }
  /// @}

 private:
  std::vector<Observer*> all_;
};

}  // namespace ropewalk
