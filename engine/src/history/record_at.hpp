#pragma once
// A record as it was at the end of one of its sessions: the workflow, the params and the stages of that session, and
// the attempts up to it. Borrows the record.

#include <ropewalk/record.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace ropewalk {

class RecordAt final : public Record {
 public:
  static Result<std::unique_ptr<RecordAt>> open(const Record& record, std::uint32_t session);

  const RecordedRun& run() const override { return run_; }
  const std::vector<RecordedStage>& stages() const override { return setup_.stages; }
  Result<std::vector<RecordedText>> sources() const override { return setup_.sources; }
  Result<std::vector<RecordedParam>> params() const override { return setup_.params; }
  Result<std::vector<std::string>> warnings() const override { return record_.warnings(); }
  Result<void> visit_attempts(std::uint32_t stage,
                              const std::function<void(const RecordedAttempt&)>& visit) const override;
  Result<RecordedTask> task(std::uint32_t stage, std::uint64_t index) const override;
  /// Not of a session: that of the whole record.
  Result<void> replay(Observer& observer) const override { return record_.replay(observer); }
  Result<RunResult> result(bool keep_results) const override { return record_.result(keep_results); }

 private:
  RecordAt(const Record& record, std::uint32_t session) : record_(record), session_(session) {}

  const Record& record_;
  const std::uint32_t session_;
  RecordedRun run_;
  RecordedSetup setup_;
  std::vector<std::uint32_t> numbers_;  // of its stages in the record
};

}  // namespace ropewalk
