#include "report/joblog.hpp"

#include "base/shell_word.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <memory>
#include <algorithm>
#include <csignal>
#include <iterator>
#include <optional>
#include <utility>

namespace ropewalk {
namespace {

constexpr double kJobSecond = 1e9;

/// What parallel writes of such an end. Nothing but a success has two zeros, so that --resume-failed repeats the rest.
std::pair<int, int> exit_and_signal(const TaskFinished& task, const JoblogWriter::Job& job) {
  switch (task.outcome) {
    case Outcome::succeeded: return {0, 0};
    case Outcome::crashed: return {0, task.detail};
    case Outcome::exited: return {task.detail != 0 ? task.detail : 1, 0};
    case Outcome::timed_out: return {-1, SIGTERM};
    case Outcome::out_of_memory: return {0, SIGKILL};
    case Outcome::cancelled: return {0, SIGTERM};
    default: return job.exit_code != 0 || job.signal != 0 ? std::pair{job.exit_code, job.signal} : std::pair{1, 0};
  }
}

std::string item_text(const Value& item) {
  const auto bytes = item.bytes();
  return bytes ? shell_word(std::string(*bytes)) : shell_word(to_json(item));
}

}  // namespace

JoblogWriter::Stage& JoblogWriter::stage(std::uint32_t number) {
  if (stages_.size() <= number) stages_.resize(number + 1);
  return stages_[number];
}

void JoblogWriter::run_started(std::int64_t, const RunStarted& event) {
  run_id_ = event.run_id;
  started_unix_ns_ = event.started_unix_ns;
  items_ = event.items;
}

void JoblogWriter::stage_started(std::int64_t, const StageStarted& event) {
  Stage& started = stage(event.stage);
  started.task = event.task;
  started.tasks = std::max(started.tasks, event.tasks);
}

void JoblogWriter::stage_listed(std::int64_t, const StageListed& event) {
  stage(event.stage).tasks = std::max(stage(event.stage).tasks, event.tasks);
}

void JoblogWriter::stage_finished(std::int64_t, const StageFinished& event) {
  stage(event.stage).tasks = std::max(stage(event.stage).tasks, event.tasks);
}

void JoblogWriter::tasks_finished(std::int64_t, std::uint32_t number, std::span<const TaskFinished> tasks) {
  for (const TaskFinished& task : tasks) {
    stage(number).tasks = std::max(stage(number).tasks, task.index + 1);
    // What did not run has no line, as in parallel; nor what an earlier session has done.
    if (!task.last || task.attempt == 0 || task.kept) continue;
    row_.clear();
    append_row(row_, number, task);
    rows_.add({.time_ns = task.started_ns + task.run_ns, .stage = number, .index = task.index}, row_);
  }
}

void JoblogWriter::append_row(std::string& out, std::uint32_t number, const TaskFinished& task) const {
  std::optional<Value> item;
  if (items_ != nullptr) item = items_->item_of(number, task.index);
  Job job;
  if (job_of_) job = job_of_(number, task, item ? &*item : nullptr, run_id_);
  if (job.command.empty()) job.command = stages_[number].task + (item ? " " + item_text(*item) : "");
  std::replace(job.command.begin(), job.command.end(), '\n', '\0');
  const auto [exit_code, signal] = exit_and_signal(task, job);
  const bool failed = is_failure(task.outcome) && task.output != nullptr;
  fmt::format_to(std::back_inserter(out), "\t:\t{:.3f}\t{:10.3f}\t0\t{}\t{}\t{}\t{}\n",
                 static_cast<double>(started_unix_ns_ + task.started_ns) / kJobSecond,
                 static_cast<double>(task.run_ns) / kJobSecond, failed ? task.output->bytes(OutputStream::out) : 0,
                 exit_code, signal, job.command);
}

bool JoblogWriter::write(Sink& sink, std::string_view) {
  std::vector<std::uint64_t> first(stages_.size(), 1);  // Seq of the first task of each stage
  for (std::size_t i = 1; i < stages_.size(); ++i) first[i] = first[i - 1] + stages_[i - 1].tasks;
  std::string block = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
  const bool good = rows_.write(sink, block, [&](const SortedRows::Key& key, std::string_view row) {
    fmt::format_to(std::back_inserter(block), "{}", first[key.stage] + key.index);
    block += row;
  });
  return good && sink.write(block);
}

std::unique_ptr<RunDocument> make_joblog_report(JoblogJobOf job_of) {
  return std::make_unique<JoblogWriter>(std::move(job_of));
}

}  // namespace ropewalk
