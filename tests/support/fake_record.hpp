#pragma once
// A record in memory, for tests of what is shown of runs.

#include <ropewalk/record.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace ropewalk::test {

class FakeRecord : public Record {
 public:
  RecordedRun about;
  std::vector<RecordedStage> planned;
  std::vector<RecordedAttempt> attempts;  ///< in any order
  std::vector<RecordedRunning> going;

  const RecordedRun& run() const override { return about; }
  const std::vector<RecordedStage>& stages() const override { return planned; }
  Result<std::vector<RecordedText>> sources() const override { return std::vector<RecordedText>(); }
  Result<std::vector<RecordedParam>> params() const override { return std::vector<RecordedParam>(); }
  Result<std::vector<std::string>> warnings() const override { return std::vector<std::string>(); }
  Result<std::vector<RecordedRunning>> running() const override { return going; }
  Result<void> visit_attempts(std::uint32_t stage,
                              const std::function<void(const RecordedAttempt&)>& visit) const override {
    for (const auto& [place, attempt] : sorted(stage)) visit(attempt);
    return {};
  }
  Result<RecordedTask> task(std::uint32_t stage, std::uint64_t index) const override {
    RecordedTask task;
    for (const auto& [place, attempt] : sorted(stage))
      if (attempt.index == index) task.attempts.push_back(attempt);
    return task;
  }
  Result<void> replay(Observer&) const override { return {}; }
  Result<RunResult> result(bool) const override { return RunResult(); }

 private:
  std::map<std::pair<std::uint64_t, std::uint32_t>, RecordedAttempt> sorted(std::uint32_t stage) const {
    std::map<std::pair<std::uint64_t, std::uint32_t>, RecordedAttempt> all;
    for (const RecordedAttempt& each : attempts)
      if (each.stage == stage) all[{each.index, each.attempt}] = each;
    return all;
  }
};

}  // namespace ropewalk::test
