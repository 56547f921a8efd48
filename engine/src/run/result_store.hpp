#pragma once
// The results of all tasks of a run: appended in the order of completion, read by index. 16 bytes a task beside the
// results themselves. One thread.

#include "base/huge_pages.hpp"
#include "base/spool.hpp"
#include "protocol/fields.hpp"
#include "plan/items.hpp"
#include "plan/scope.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class ResultStore final : public KeptResults, public StageResults, public TaskItems {
 public:
  /// Keeps a copy of what it needs of the plan. `keep_all`: not only what later stages read.
  ResultStore(const Plan& plan, bool keep_all);

  /// Before the first add(): the stage has so many tasks, and these items (null: it has none of its own).
  void open(std::uint32_t stage, std::uint64_t tasks, std::unique_ptr<ItemList> items);
  /// The stage has more tasks than were known: so many.
  void grow(std::uint32_t stage, std::uint64_t tasks);
  /// The end of a task. `payload`: its result fields if it succeeded, else the message. What of the fields lies in
  /// `blob` (null: nothing) stays there, as long as not too much memory is held in this way.
  void add(std::uint32_t stage, std::uint64_t index, Outcome outcome, std::string_view payload,
           const std::shared_ptr<const board::Blob>* blob = nullptr);
  /// The end of a failed task whose attempt wrote `output` (null: nothing is known).
  void add_failed(std::uint32_t stage, std::uint64_t index, Outcome outcome, std::string_view message,
                  const KeptOutput* output);

  /// The end of the stage, and how its tasks ended.
  void close(std::uint32_t stage, Outcome outcome, const TaskCounts& counts);

  /// A succeeded task's result, encoded as add() takes it, as a map of its fields.
  Value fields(std::uint32_t stage, std::string_view payload, const std::shared_ptr<const board::Blob>& blob) const;
  /// The same back again, for a result that was kept elsewhere. Nothing: these are not the fields of the stage's
  /// results.
  std::optional<std::string> encode(std::uint32_t stage, const Value& fields) const;
  /// The result of a succeeded task as a map of its fields; null if there is none.
  Value value(std::uint32_t stage, std::uint64_t index) const;
  /// Whether there is one.
  bool has_value(std::uint32_t stage, std::uint64_t index) const;
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override;
  std::optional<std::int64_t> counts_from(std::uint32_t stage) const override;
  std::uint64_t tasks(std::uint32_t stage) const { return stages_[stage].entries.size(); }

  void visit(std::uint32_t stage, const std::function<void(std::uint64_t, const Value&)>& visit) const override;
  void visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const override;
  void visit_failures(std::uint32_t stage, const std::function<void(const StageFailure&)>& visit) const override;
  StageFacts facts(std::uint32_t stage) const override;

  /// Empty, or why results could not be kept.
  const std::string& failed() const { return large_failed_.empty() ? spool_.failed() : large_failed_; }
  std::string problem() const override { return problem_; }

 private:
  struct Entry {
    std::uint64_t offset : 40 = 0;
    std::uint64_t outcome : 8 = 0;  // Outcome + 1; 0: not ended
    std::uint64_t shared : 1 = 0;   // fields lie in a blob, which large_ has
    std::uint64_t wrote : 1 = 0;    // what its commands wrote is beside the message
    std::uint64_t size = 0;
  };
  struct Stage {
    bool kept = false;
    Outcome outcome = Outcome::not_started;
    TaskCounts counts;  // since its end
    bool fans_out = false;
    std::optional<std::uint32_t> upstream;
    std::vector<std::string> names;  // of a result's fields
    std::vector<Type> types;
    std::unique_ptr<ItemList> items;
    std::vector<Entry, HugePages<Entry>> entries;
  };

  void add_large(std::uint32_t stage, std::uint64_t index, Outcome outcome, std::string_view payload,
                 const std::shared_ptr<const board::Blob>& blob);
  void fill(Entry& entry, Outcome outcome, std::string_view payload) {
    entry.outcome = static_cast<std::uint64_t>(outcome) + 1;
    entry.size = payload.size();
    entry.offset = spool_.append(payload) & ((std::uint64_t{1} << 40) - 1);
  }
  Value decode(std::uint32_t stage, std::uint64_t index) const;
  std::string_view read(const Entry& entry) const;
  bool move_to_file(std::string_view bytes, std::uint64_t& offset);

  /// Where a large result lies: in the memory that it came in, or in the file.
  struct Large {
    std::shared_ptr<const board::Blob> blob;
    std::uint64_t offset = 0, size = 0;  // in the file, if there is no blob
  };

  mutable Spool spool_;
  std::vector<Stage> stages_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Large> large_;  // by stage and index
  const std::size_t most_blobs_;
  std::size_t blobs_ = 0;  // of large_
  std::uint64_t blob_bytes_ = 0;
  Fd large_file_;  // without a name
  std::uint64_t large_end_ = 0;
  std::string large_failed_;
  mutable std::string problem_;
};

}  // namespace ropewalk
