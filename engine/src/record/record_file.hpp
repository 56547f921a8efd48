#pragma once
// The writing end of a record: batches in, transactions out. One thread. Knows nothing of queues or of observers.
//
// A record begins as a draft: a database in memory, of which the file is a copy. A run that ends with its first batch
// replaces the file once, and needs neither log nor locks. Any other run goes on in the file, with a log.

#include "base/fd.hpp"
#include "record/database.hpp"
#include "record/record_batch.hpp"
#include "record/schema.hpp"
#include "record/session_start.hpp"
#include "record/task_span.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::record {

/// As engine/result_decoder.hpp; called on the thread that writes.
using ResultDecoder = std::function<std::optional<Value>(std::uint32_t stage, std::string_view fields)>;

/// Why a record cannot be written when there is no memory for it. Short, so that it needs none.
inline constexpr const char* kOutOfMemory = "out of memory";
inline constexpr const char* kGone = "it was removed or moved while the run lasted";

class RecordFile {
 public:
  /// A result of at least `large_bytes` becomes a file of its own.
  RecordFile(ResultDecoder decode, std::size_t large_bytes);
  ~RecordFile();

  /// Makes the database in `folder`, or continues the one that is there as a further session. false: problem(). Borrows
  /// `session` until end().
  bool begin(const std::filesystem::path& folder, const SessionStart& session);
  /// One transaction. false: nothing of it is written; problem() says why, and it may be tried again.
  bool write(const Batch& batch);
  /// With Durability::batch, waits until the disk has what was written; with the others, write() and end() see to it.
  /// false: the record is closed, and problem() says why.
  bool sync();
  /// Whether sync() must not wait for a further batch. Several batches share one, because it costs as much as one.
  bool is_sync_due() const;
  /// Folds the log into the file and closes it. false: what is written is safe, but lies in the log.
  bool end();

  /// begin() has succeeded, no sync() has failed, and end() was not called.
  bool is_open() const { return statements_ != nullptr; }
  const std::string& problem() const { return problem_; }
  /// Whether the last failure was for want of space, so that a later try may succeed. After any other, what was written
  /// may not be there, and nothing more is.
  bool was_full() const { return full_; }

 private:
  struct Statements;
  /// Plain tasks of successive indices that lie one behind the other.
  struct Stretch {
    std::int64_t id;
    const PlainTask* first;
    std::size_t tasks;
  };
  enum class Pages : std::uint8_t { usual, large };
  enum class Log : std::uint8_t { without, with };
  bool make_draft(Pages pages);
  bool put_draft(Log log);
  bool begin_draft();
  bool begin_in_file();
  bool open_file(Database& database);
  bool replace_file(Log log);
  bool leave_draft(Pages pages);
  static Pages pages_for(const Batch& batch);
  bool begin_session(const SessionStart& session);
  bool has_sources(const SessionStart& session);
  bool find_numbers(const SessionStart& session);
  bool write_transaction(const Batch& batch, bool of_tasks);
  bool write_rows(const Batch& batch);
  bool write_attempts(const Batch& batch);
  bool write_plain(const Batch& batch);
  bool write_span(const Batch& batch);
  bool insert_span(const Batch& batch);
  bool write_attempt(const Batch& batch, const AttemptRow& row);
  bool result_of(const Batch& batch, const PlainTask& task, std::string& json);
  bool take_result(const Batch& batch, const AttemptRow& row, std::uint32_t attempt, std::string& file);
  bool write_output(const AttemptRow& row, std::uint32_t attempt, const KeptOutput& output);
  bool write_stage(const Batch& batch, const StageRow& row);
  bool write_rest(const Batch& batch);
  bool write_file(const Batch& batch, const FileRow& row);
  bool write_running(const Batch& batch, const RunningRow& row);
  std::string write_large(const AttemptRow& row, std::uint32_t attempt, const Value& value);
  /// The row of an attempt, or with attempt 0 the begin of its task's rows. Stages have the places of the plan in a
  /// batch, and numbers of their own in the record.
  std::int64_t id_of(std::uint32_t stage, std::uint64_t index, std::uint32_t attempt) const {
    return row_id(numbers_[stage], index, attempt);
  }
  std::int64_t id_of(const PlainTask& task) const { return id_of(task.stage, task.index, 1); }
  std::uint32_t base_of(std::uint32_t stage, std::uint64_t index);
  bool sync_from_now();
  bool abandon(int error);
  bool fold_log();
  bool sync_whole();
  bool fail(std::string why);
  bool fail_with(int error);
  bool failed() { return failed(database_); }
  bool failed(const Database& database);

  const ResultDecoder decode_;
  const std::size_t large_bytes_;
  std::filesystem::path folder_;
  const SessionStart* start_ = nullptr;
  Database database_;
  std::unique_ptr<Statements> statements_;  // while the database is open
  bool is_draft_ = false;                   // the database is in memory
  bool is_ahead_ = false;                   // of its file, which could not be replaced
  Fd draft_;                                // the file of a draft
  Durability durability_ = Durability::batch;
  std::int64_t session_ = 1;
  std::vector<std::uint32_t> numbers_;  // of the stages in the record, by their places in the plan
  std::int64_t next_line_ = 0;
  bool data_folder_ = false;
  bool synced_ = false;  // what was written so far is on disk, and what follows will be
  Fd log_;               // to sync it
  std::optional<std::chrono::steady_clock::time_point> unsynced_since_;
  SpanText span_text_;
  // Scratch.
  std::vector<const AttemptRow*> sorted_;
  std::vector<Stretch> stretches_;
  std::vector<const PlainTask*> span_;
  std::vector<std::string> results_;
  bool full_ = false;
  std::string problem_;
};

}  // namespace ropewalk::record
