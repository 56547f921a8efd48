#include "renumbered_task.hpp"

#include "values/shown_value.hpp"

namespace ropewalk::cli {

void RenumberedTask::run_started(std::int64_t t_ns, const RunStarted& e) {
  RunStarted started = e;
  started.items = this;
  to_.run_started(t_ns, started);
}
void RenumberedTask::stage_started(std::int64_t t_ns, const StageStarted& e) { to_.stage_started(t_ns, e); }
void RenumberedTask::stage_listed(std::int64_t t_ns, const StageListed& e) { to_.stage_listed(t_ns, e); }
void RenumberedTask::tasks_started(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskStarted> e) {
  to_.tasks_started(t_ns, stage, renumbered_all(e));
}
void RenumberedTask::tasks_finished(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskFinished> e) {
  to_.tasks_finished(t_ns, stage, renumbered_all(e));
}
void RenumberedTask::task_result(std::int64_t t_ns, std::uint32_t stage, std::uint64_t index, const Value& fields) {
  to_.task_result(t_ns, stage, name_.index + index, fields);
}
void RenumberedTask::task_slow(std::int64_t t_ns, std::uint32_t stage, const TaskSlow& e) {
  to_.task_slow(t_ns, stage, renumbered(e));
}
void RenumberedTask::task_progress(std::int64_t t_ns, std::uint32_t stage, const TaskProgress& e) {
  to_.task_progress(t_ns, stage, renumbered(e));
}
void RenumberedTask::tasks_running(std::int64_t t_ns, std::uint32_t stage, std::span<const TaskRunning> e) {
  to_.tasks_running(t_ns, stage, renumbered_all(e));
}
void RenumberedTask::tasks_waiting(std::int64_t t_ns, std::uint32_t stage, const TasksWaiting& e) {
  to_.tasks_waiting(t_ns, stage, e);
}
void RenumberedTask::task_said(std::int64_t t_ns, std::uint32_t stage, const TaskSaid& e) {
  to_.task_said(t_ns, stage, renumbered(e));
}
void RenumberedTask::task_output(std::int64_t t_ns, std::uint32_t stage, const TaskOutput& e) {
  to_.task_output(t_ns, stage, renumbered(e));
}
void RenumberedTask::host_output(std::int64_t t_ns, const HostOutput& e) { to_.host_output(t_ns, e); }
void RenumberedTask::host_started(std::int64_t t_ns, const HostStarted& e) { to_.host_started(t_ns, e); }
void RenumberedTask::host_ended(std::int64_t t_ns, const HostEnded& e) { to_.host_ended(t_ns, e); }
void RenumberedTask::stage_finished(std::int64_t t_ns, const StageFinished& e) { to_.stage_finished(t_ns, e); }
void RenumberedTask::run_finished(std::int64_t t_ns, const RunFinished& e) { to_.run_finished(t_ns, e); }
void RenumberedTask::warning(std::int64_t t_ns, const Warning& e) { to_.warning(t_ns, e); }
void RenumberedTask::tick(std::int64_t t_ns) { to_.tick(t_ns); }

void renumber(RunResult& result, const RecordedName& name) {
  for (Failure& failure : result.failures) {
    failure.index += name.index;
    failure.item = shown(name.item);
  }
}

}  // namespace ropewalk::cli
