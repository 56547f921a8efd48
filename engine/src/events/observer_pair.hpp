#pragma once
// Forwards every event to two observers, in one order.

#include <ropewalk/events.hpp>

namespace ropewalk {

/// Borrows both observers and calls the first one first.
class ObserverPair final : public Observer {
 public:
  ObserverPair(Observer& first, Observer& second) : first_(first), second_(second) {}
  void run_started(std::int64_t t, const RunStarted& e) override {
    first_.run_started(t, e), second_.run_started(t, e);
  }
  void stage_started(std::int64_t t, const StageStarted& e) override {
    first_.stage_started(t, e), second_.stage_started(t, e);
  }
  void stage_listed(std::int64_t t, const StageListed& e) override {
    first_.stage_listed(t, e), second_.stage_listed(t, e);
  }
  void tasks_started(std::int64_t t, std::uint32_t s, std::span<const TaskStarted> e) override {
    first_.tasks_started(t, s, e), second_.tasks_started(t, s, e);
  }
  void tasks_finished(std::int64_t t, std::uint32_t s, std::span<const TaskFinished> e) override {
    first_.tasks_finished(t, s, e), second_.tasks_finished(t, s, e);
  }
  void task_result(std::int64_t t, std::uint32_t s, std::uint64_t i, const Value& v) override {
    first_.task_result(t, s, i, v), second_.task_result(t, s, i, v);
  }
  void task_slow(std::int64_t t, std::uint32_t s, const TaskSlow& e) override {
    first_.task_slow(t, s, e), second_.task_slow(t, s, e);
  }
  void task_progress(std::int64_t t, std::uint32_t s, const TaskProgress& e) override {
    first_.task_progress(t, s, e), second_.task_progress(t, s, e);
  }
  void tasks_running(std::int64_t t, std::uint32_t s, std::span<const TaskRunning> e) override {
    first_.tasks_running(t, s, e), second_.tasks_running(t, s, e);
  }
  void tasks_waiting(std::int64_t t, std::uint32_t s, const TasksWaiting& e) override {
    first_.tasks_waiting(t, s, e), second_.tasks_waiting(t, s, e);
  }
  void task_said(std::int64_t t, std::uint32_t s, const TaskSaid& e) override {
    first_.task_said(t, s, e), second_.task_said(t, s, e);
  }
  void task_output(std::int64_t t, std::uint32_t s, const TaskOutput& e) override {
    first_.task_output(t, s, e), second_.task_output(t, s, e);
  }
  void host_output(std::int64_t t, const HostOutput& e) override {
    first_.host_output(t, e), second_.host_output(t, e);
  }
  void host_started(std::int64_t t, const HostStarted& e) override {
    first_.host_started(t, e), second_.host_started(t, e);
  }
  void host_ended(std::int64_t t, const HostEnded& e) override { first_.host_ended(t, e), second_.host_ended(t, e); }
  void stage_finished(std::int64_t t, const StageFinished& e) override {
    first_.stage_finished(t, e), second_.stage_finished(t, e);
  }
  void run_finished(std::int64_t t, const RunFinished& e) override {
    first_.run_finished(t, e), second_.run_finished(t, e);
  }
  void warning(std::int64_t t, const Warning& e) override { first_.warning(t, e), second_.warning(t, e); }
  void tick(std::int64_t t) override { first_.tick(t), second_.tick(t); }

 private:
  Observer& first_;
  Observer& second_;
};

}  // namespace ropewalk
