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
#include <string>
#include <vector>

namespace ropewalk {

class KeptFromRecord final : public KeptTasks {
 public:
  /// Refuses a record that is damaged (R303), whose stages are not those of the plan (R307), or of whose run processes
  /// are still alive after a few seconds (R308).
  static Result<std::unique_ptr<KeptFromRecord>> open(const std::filesystem::path& folder, const Plan& plan);

  std::optional<Value> result(std::uint32_t stage, std::uint64_t index, std::uint64_t key) override;
  /// For each stage that had tasks: "stage 'e': 970 of 1000 tasks are kept; 20 run because they had not ended, 10
  /// because ...".
  std::vector<std::string> notes() const;

 private:
  enum class Why : std::uint8_t { not_ended, failed, changed, unreadable };
  struct Stage {
    std::string name;
    std::uint64_t kept = 0;
    std::array<std::uint64_t, 4> again{};  // by Why
  };
  explicit KeptFromRecord(std::unique_ptr<Record> record) : record_(std::move(record)) {}
  std::optional<Value> run_again(std::uint32_t stage, Why why);

  std::unique_ptr<Record> record_;
  std::vector<Stage> stages_;
};

}  // namespace ropewalk
