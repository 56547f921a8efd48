#pragma once
// A span of submitted tasks, from their parameters to their results: what a Batch is a handle of. On the pool's thread.

#include "pool/batch_columns.hpp"
#include "pool/submission.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::pool_detail {

class BatchState final : public Submission {
 public:
  BatchState(std::shared_ptr<const PoolFacts> facts, pool_detail::PoolRun* run, BatchColumns columns);

  SubmittedTasks::Parameters parameters(std::uint32_t position) override;
  void ended(std::uint32_t position, const TaskFinished& task, Value* large) override;

  std::size_t size() const { return rows_.size(); }
  std::size_t ended() const { return ended_; }
  const TaskCounts& counts() const { return counts_; }

  // Of tasks that have ended.
  Outcome outcome(std::size_t at) const { return rows_.at(at).outcome; }
  /// Nothing: its bytes are damaged. Of one that succeeded.
  std::optional<Value> value(std::size_t at) const;
  /// The encoded result of one that succeeded, unless it is large.
  std::string_view fields(std::size_t at) const { return {results_.data() + rows_[at].offset, rows_[at].size}; }
  /// Null: it succeeded.
  std::shared_ptr<const TaskFailure> failure(std::size_t at) const;

 private:
  struct Row {
    std::uint64_t offset = 0;  // in results_
    std::uint32_t size = 0;
    Outcome outcome = Outcome::not_started;
  };

  BatchColumns columns_;
  std::vector<Row> rows_;
  std::string results_;  // in the order of the ends
  std::map<std::uint32_t, Value> large_;
  std::map<std::uint32_t, std::shared_ptr<const TaskFailure>> failures_;
  TaskCounts counts_;
  std::size_t ended_ = 0;
};

}  // namespace ropewalk::pool_detail
