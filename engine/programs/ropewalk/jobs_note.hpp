#pragma once
// Prints one note when -j allows more concurrent tasks than the running stages use. The note names a stage that has
// more tasks than workers, and the setting that limits it. Called on the run's thread.

#include "report/tally.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk::cli {

class JobsNote final : public Observer {
 public:
  using Say = std::function<void(std::string_view line)>;
  JobsNote(unsigned jobs, Say say) : jobs_(jobs), say_(std::move(say)) {}

  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning>) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void tick(std::int64_t) override;

 private:
  struct Stage {
    std::string name;
    bool serial = false, running = false;
    std::uint64_t workers = 0, busy = 0;
    Tally tally = {};
  };

  std::string note_on(const Stage& stage) const;

  const unsigned jobs_;
  const Say say_;
  bool said_ = false;
  std::vector<Stage> stages_;  // by place in the plan
};

}  // namespace ropewalk::cli
