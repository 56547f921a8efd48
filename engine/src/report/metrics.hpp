#pragma once
// `--metrics`: the state of a run in the text format of Prometheus (version 0.0.4), as node_exporter's textfile
// collector reads it. Times are seconds. No sample has a time stamp, which the collector refuses.

#include <ropewalk/events.hpp>
#include <ropewalk/report_observers.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Folds the events of a run, live or replayed from a record. On the run's thread. A few ns a task; keeps no event.
class Metrics final : public MetricsReport {
 public:
  /// Upper bounds of the buckets of the histogram of run times, in seconds. The last bucket has no bound.
  static constexpr std::array kBounds_s = {0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0};

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_started(std::int64_t, std::uint32_t stage, std::span<const TaskStarted>) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;

  std::string text(std::int64_t now_ns, std::string_view unfinished = {}) const override;

 private:
  static constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::left_out) + 1;
  struct Stage {
    std::string name, task, executor;
    bool started = false, ended = false;
    std::uint32_t workers = 0;
    std::uint64_t tasks = 0;  // 0: not known yet
    std::uint64_t begun = 0, attempts = 0, retries = 0;
    std::array<std::uint64_t, kOutcomes> outcomes{};
    std::array<std::uint64_t, kBounds_s.size() + 1> buckets{};  // of attempts; not cumulative
    std::int64_t run_ns = 0, cpu_ns = 0, wall_ns = 0, started_ns = 0, runnable_wait_ns = 0;
  };
  class Text;
  Stage& stage(std::uint32_t number);
  void add_unseen(Stage& stage, const TaskCounts& counts);
  template <class Visit>
  void for_each_stage(const Visit& visit) const;
  void append_run(Text& text, std::int64_t now_ns, std::string_view unfinished) const;
  void append_stages(Text& text, std::int64_t now_ns, std::string_view unfinished) const;
  void append_tasks(Text& text) const;

  std::string run_id_, workflow_;
  std::int64_t started_unix_ns_ = 0, wall_ns_ = 0;
  bool finished_ = false, broken_ = false;
  Outcome outcome_ = Outcome::failed;
  std::vector<Stage> stages_;  // by place in the plan
};

}  // namespace ropewalk
