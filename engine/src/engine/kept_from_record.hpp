#pragma once
// What a resumed run need not do again: the tasks that its record says have succeeded with the same key. Knows why each
// of the others runs. On the run's thread.

#include "run/kept_tasks.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ropewalk {

class KeptFromRecord final : public KeptTasks {
 public:
  /// Refuses a record that is damaged (R303), whose stages are not those of the plan (R307), or of whose run processes
  /// are still alive after a few seconds (R308). `only_failed`: as RecordOptions.
  static Result<std::unique_ptr<KeptFromRecord>> open(const std::filesystem::path& folder, const Plan& plan,
                                                      bool only_failed);

  KeptTask find(std::uint32_t stage, std::uint64_t index, std::uint64_t key) override;
  void refused(std::uint32_t stage, std::uint64_t index) override;
  /// For each stage that had tasks: "stage 'e': 970 of 1000 tasks kept; 20 run because they had not ended, 10 because
  /// ...".
  std::vector<std::string> notes() const;

 private:
  enum class Why : std::uint8_t { succeeded, not_ended, failed, skipped, changed, unreadable };
  static constexpr std::size_t kWhys = 6;
  struct Stage {
    std::string name = {};
    std::vector<std::uint32_t> depends_on = {};  // stages that it reads or needs as a whole
    std::optional<std::uint32_t> streams_from = {};
    bool was_skipped = false;  // as a whole, because of a failure
    std::uint64_t kept = 0, kept_changed = 0, left = 0;
    std::array<std::uint64_t, kWhys> again = {};  // by Why
    std::set<std::uint64_t> rerun = {};           // indices of tasks that run in this session
  };
  /// What the record knows of a task.
  struct Finding {
    Why why;
    Outcome outcome = Outcome::not_started;  // of one that has not ended
    std::string message = {};
    std::optional<Value> fields = {};  // of one that has succeeded, if they can be read
  };
  KeptFromRecord(std::unique_ptr<Record> record, bool only_failed)
      : record_(std::move(record)), only_failed_(only_failed) {}
  Finding look_up(std::uint32_t stage, std::uint64_t index, std::uint64_t key) const;
  bool depends_on_rerun(const Stage& stage, std::uint64_t index) const;

  std::unique_ptr<Record> record_;
  const bool only_failed_;
  std::vector<Stage> stages_;
};

}  // namespace ropewalk
