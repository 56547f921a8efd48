#pragma once
// What a resumed run need not do again: the tasks that its record says have succeeded with the same key. Knows why each
// of the others runs. On the run's thread.

#include "engine/file_changes.hpp"
#include "run/kept_tasks.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/record.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

class KeptFromRecord final : public KeptTasks {
 public:
  /// Refuses a record that is damaged (R303), none of whose stages is in the plan (R307), or of whose run processes are
  /// still alive after a few seconds (R308). `only_failed`: as RecordOptions. Borrows the plan and the items, which are
  /// read during find().
  static Result<std::unique_ptr<KeptFromRecord>> open(const std::filesystem::path& folder, const Plan& plan,
                                                      bool only_failed, const TaskItems& items);

  KeptTask find(std::uint32_t stage, std::uint64_t index, std::optional<std::uint64_t> key,
                std::span<const TaskFile> files) override;
  void refused(std::uint32_t stage, std::uint64_t index) override;
  /// What was edited in the workflow, and what of the record cannot be read: a sentence each.
  const std::vector<std::string>& edits() const { return texts_; }
  /// "stage 'e': 970 of 1000 tasks kept; 20 run because they had not ended, 10 because param 'width' changed (80 ->
  /// 90)". Empty: none of its tasks was looked up.
  std::string note_of(std::uint32_t stage) const;
  std::uint32_t stages() const { return static_cast<std::uint32_t>(stages_.size()); }
  /// edits(), then the notes of all stages.
  std::vector<std::string> notes() const;

  /// So many tasks run for one reason.
  struct Reason {
    std::string one, several;
    std::uint64_t tasks;
  };
  struct Stage {
    std::optional<std::uint32_t> recorded = {};  ///< its place in the record; empty: the run had no such stage
    std::vector<std::uint32_t> depends_on = {};  ///< stages that it reads or needs as a whole
    std::optional<std::uint32_t> streams_from = {};
    bool was_skipped = false;  ///< as a whole, because of a failure
    bool finally = false;      ///< it ends each session in which something else ran
    std::uint64_t kept = 0, kept_changed = 0, left = 0;
    std::vector<Reason> again = {};                     ///< why others run
    std::set<std::uint64_t> rerun = {};                 ///< indices of tasks that run in this session
    std::map<std::uint32_t, std::string> changes = {};  ///< since a session; empty: none of its own
  };

 private:
  enum class Why : std::uint8_t { not_ended, failed, skipped, unreadable, others_ran, changed, succeeded };
  /// What the record knows of a task.
  struct Finding {
    Why why;
    Outcome outcome = Outcome::not_started;  // of one that has not ended
    std::string message = {};
    std::uint32_t session = 0;  // of one that has succeeded
    std::string item = {};
    std::optional<Value> fields = {};     // if they can be read
    std::optional<FileChange> file = {};  // why, if its key is the same
    bool keyless = false;                 // it has no key to compare
  };
  KeptFromRecord(std::unique_ptr<Record> record, const Plan& plan, bool only_failed, const TaskItems& items)
      : record_(std::move(record)), plan_(plan), only_failed_(only_failed), items_(items) {}
  void match_stages();
  Result<void> compare_texts();
  Result<void> note_if_gone(const RecordedStage& stage, std::vector<const PlannedStage*>& added);
  Finding look_up(std::uint32_t stage, std::uint64_t index, std::optional<std::uint64_t> key,
                  std::span<const TaskFile> files) const;
  void run_again(std::uint32_t stage, std::uint64_t index, const Finding& found);
  std::string change_of(std::uint32_t stage, std::uint64_t index, const Finding& found);
  bool depends_on_rerun(const Stage& stage, std::uint64_t index) const;

  std::unique_ptr<Record> record_;
  const Plan& plan_;
  const bool only_failed_;
  const TaskItems& items_;
  std::vector<Stage> stages_;       // as the plan's
  std::vector<std::string> texts_;  // what was edited
};

}  // namespace ropewalk
