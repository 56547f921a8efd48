#pragma once
// `--junit`: a run as JUnit's XML, which continuous builds read. A test suite for each stage, a test case for each
// task, by stage and index. The dialect is that of Maven Surefire, with its elements for attempts that were repeated.

#include "report/sorted_rows.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/sink.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Collects the events of a run, live or replayed from a record, and writes the document at its end. On the run's
/// thread. Texts of tasks lie in a file without a name if they are many.
class JunitWriter final : public RunDocument {
 public:
  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;

  bool write(Sink& sink, std::string_view unfinished = {}) override;
  const std::string& problem() const override { return rows_.problem(); }

 private:
  struct Attempt {
    Outcome outcome;
    std::string message, evidence;
  };
  struct Counts {
    std::uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  };
  struct Stage {
    std::string name, task, executor, why;
    std::uint32_t workers = 0;
    std::int64_t started_ns = 0, wall_ns = 0;
    Counts counts;
    std::map<std::uint64_t, std::vector<Attempt>> repeated;  // of tasks whose last attempt has not ended, by index
  };
  /// The test case of the run as a whole.
  struct RunCase {
    std::string message;
    std::string_view type;
    bool error = true;  ///< else it counts as skipped
  };

  Stage& stage(std::uint32_t number);
  void append_case(std::string& out, std::uint32_t number, const TaskFinished& task);
  void append_suite(std::string& out, const Stage& stage) const;
  std::optional<RunCase> run_case(std::string_view unfinished) const;
  void append_run_suite(std::string& out, const RunCase& about) const;

  std::string run_id_, workflow_, why_;
  std::int64_t started_unix_ns_ = 0, wall_ns_ = 0;
  bool finished_ = false, broken_ = false;
  const TaskItems* items_ = nullptr;  // borrowed while the run lasts
  std::vector<Stage> stages_;         // by place in the plan
  SortedRows rows_;                   // a test case each
  std::string row_;                   // the one that is made; keeps its memory
};

}  // namespace ropewalk
