#pragma once
// `--joblog`: a line for each task that ran, in the order of their ends, with the columns of GNU parallel's --joblog:
//   Seq Host Starttime JobRuntime Send Receive Exitval Signal Command
// Seq counts tasks over all stages, from 1, so that of one stage it is the index + 1. Host is ":", this machine. Send
// is 0, and Receive the bytes of standard output of a task that failed. A line end in Command is a NUL, as parallel has
// it.

#include "report/sorted_rows.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/sink.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Collects the events of a run, live or replayed from a record, and writes the lines at its end. On the run's thread.
class JoblogWriter final : public RunDocument {
 public:
  using Job = JoblogJob;
  using JobOf = JoblogJobOf;
  /// Null: nothing is known.
  explicit JoblogWriter(JobOf job_of = {}) : job_of_(std::move(job_of)) {}

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void stage_finished(std::int64_t, const StageFinished&) override;

  bool write(Sink& sink, std::string_view unfinished = {}) override;
  const std::string& problem() const override { return rows_.problem(); }

 private:
  struct Stage {
    std::string task;
    std::uint64_t tasks = 0;
  };
  Stage& stage(std::uint32_t number);
  void append_row(std::string& out, std::uint32_t number, const TaskFinished& task) const;

  const JobOf job_of_;
  std::string run_id_;
  std::int64_t started_unix_ns_ = 0;
  const TaskItems* items_ = nullptr;  // borrowed while the run lasts
  std::vector<Stage> stages_;         // by place in the plan
  SortedRows rows_;                   // lines without their Seq
  std::string row_;                   // the one that is made; keeps its memory
};

}  // namespace ropewalk
