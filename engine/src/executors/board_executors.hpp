#pragma once
// Opens a BoardExecutor for each stage of a run, by the names of plan/executor_table. On the engine's thread.

#include "executors/board_executor.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ropewalk {

class BoardExecutors final : public ExecutorFactory {
 public:
  /// Of one run, which its executors do not outlive. Borrows the pool.
  explicit BoardExecutors(HostPool& pool, HostRules rules = {}) : pool_(pool), rules_(rules) {}
  Result<std::unique_ptr<Executor>> open(const PlannedStage& stage, StageSetting setting) override;
  std::vector<std::string> finish() override;

 private:
  HostPool& pool_;
  const HostRules rules_;
  RunShare share_;
};

}  // namespace ropewalk
