#pragma once
// Records a run while it lasts: an Observer that copies what it hears, and one thread of its own that writes. The run
// waits for the disk where it must: when the queue is full, and with Durability::task after each span. Nothing is ever
// left out. It stands behind the RedactingObserver, so it sees no secret. Called on the run's thread, like any
// Observer.

#include "base/mutex.hpp"
#include "record/record_batch.hpp"
#include "record/record_file.hpp"
#include "record/record_folder.hpp"
#include "record/session_start.hpp"

#include <ropewalk/events.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ropewalk::record {

class RecordWriter final : public Observer {
 public:
  struct Limits {
    std::size_t queue_bytes = 32 << 20;  ///< what may wait to be written before the run waits
    std::size_t large_bytes = 32 << 10;  ///< a result of at least this size gets a file of its own
    /// An attempt that runs for so long is recorded before it ends. Shorter ones cost nothing.
    std::int64_t long_ns = 1'000'000'000;
    /// The writer lets so much time pass before it writes, if nothing is urgent: a transaction costs a sync of the
    /// disk, and a run that ends sooner needs no log.
    std::chrono::milliseconds gather{20};
  };

  /// Begins at once, on its own thread. `wake` is called on that thread when the record cannot be written any more, so
  /// that the run looks at problem().
  RecordWriter(RecordFolder folder, SessionStart session, ResultDecoder decode, std::function<void()> wake,
               Limits limits);
  RecordWriter(RecordFolder folder, SessionStart session, ResultDecoder decode, std::function<void()> wake)
      : RecordWriter(std::move(folder), std::move(session), std::move(decode), std::move(wake), Limits{}) {}
  /// Without finish(): what was queued is written, and the run is left as one that was killed.
  ~RecordWriter() override;

  const std::string& id() const { return session_.run_id; }
  std::int64_t started_unix_ns() const { return session_.unix_ns; }
  const std::filesystem::path& folder() const { return folder_.path; }
  /// Any thread. Empty, or why the record cannot be written; it then stays what it was. What was not written is kept,
  /// and tried once more by finish().
  std::string problem() const;
  /// How often the run has waited for the disk because the queue was full. Any thread.
  std::uint64_t waits() const { return waits_.load(std::memory_order_relaxed); }

  /// A sentence on what a resumed run keeps, or why the rest runs again. Replaces the one of this number.
  void note_resumed(std::uint32_t number, std::string_view text);

  /// After run_finished(): writes the rest, folds the record into one file, closes it and gives up its lock.
  void finish();

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t, const StageStarted&) override;
  void stage_listed(std::int64_t, const StageListed&) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;
  void tasks_running(std::int64_t, std::uint32_t stage, std::span<const TaskRunning>) override;
  void task_said(std::int64_t, std::uint32_t stage, const TaskSaid&) override;
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput&) override;
  void host_started(std::int64_t, const HostStarted&) override;
  void host_ended(std::int64_t, const HostEnded&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;
  void warning(std::int64_t, const Warning&) override;

 private:
  /// A result that waits for its task's end.
  struct Pending {
    std::uint64_t index;
    Piece json;
    std::uint32_t large;
  };

  template <class Fill>
  void fill(Fill&& fill) ROPEWALK_REQUIRES(mutex_);
  template <class Fill>
  void add(std::int64_t t_ns, Fill&& event);
  void add_result(std::uint64_t index, const Value& fields) ROPEWALK_REQUIRES(mutex_);
  void add_attempt(std::uint32_t stage, const TaskFinished& task, std::optional<std::int64_t> first_item)
      ROPEWALK_REQUIRES(mutex_);
  void add_details(const TaskFinished& task, std::uint32_t large, bool is_plain) ROPEWALK_REQUIRES(mutex_);
  void keep_item(PlainTask& task) ROPEWALK_REQUIRES(mutex_);
  void add_running(std::uint32_t stage, const TaskRunning& task, std::int64_t started_ns) ROPEWALK_REQUIRES(mutex_);
  void add_no_more_running(std::uint32_t stage, std::uint64_t index) ROPEWALK_REQUIRES(mutex_);
  void added() ROPEWALK_REQUIRES(mutex_);
  bool has_batch() const ROPEWALK_REQUIRES(mutex_) { return pending_.empty() && !filling_.empty(); }
  bool is_due() const ROPEWALK_REQUIRES(mutex_);
  void work();
  bool swap_batch() ROPEWALK_REQUIRES(mutex_);
  bool take_rest();
  bool write_batch();
  void set_problem(std::string why);

  RecordFolder folder_;
  const SessionStart session_;
  const std::function<void()> wake_;
  const Limits limits_;

  // The run's thread only.
  const TaskItems* items_ = nullptr;
  std::map<std::pair<std::uint32_t, std::uint64_t>, KeptOutput> printed_;  // by tasks that run, as it comes
  /// Attempts that are known to run for long, with their starts: those that the table `running` has.
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::int64_t> running_;
  std::string json_;

  // The writer's thread only, and finish() after it.
  RecordFile file_;
  Batch writing_;

  mutable Mutex mutex_;
  ConditionVariable to_writer_, to_run_;
  Batch filling_ ROPEWALK_GUARDED_BY(mutex_);
  std::uint64_t taken_ ROPEWALK_GUARDED_BY(mutex_) = 0;       // batches that the writer has taken
  std::uint64_t written_ ROPEWALK_GUARDED_BY(mutex_) = 0;     // and has done with
  std::vector<Pending> pending_ ROPEWALK_GUARDED_BY(mutex_);  // lead into filling_, which stays while there are any
  std::size_t next_pending_ ROPEWALK_GUARDED_BY(mutex_) = 0;
  enum class Writer : std::uint8_t { idle, gathers, works };
  Writer writer_ ROPEWALK_GUARDED_BY(mutex_) = Writer::works;
  bool urgent_ ROPEWALK_GUARDED_BY(mutex_) = false, stop_ ROPEWALK_GUARDED_BY(mutex_) = false;
  bool given_up_ ROPEWALK_GUARDED_BY(mutex_) = false;  // there was no memory
  std::string problem_ ROPEWALK_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> waits_ = 0;

  std::thread thread_;  // last: it uses the others
};

}  // namespace ropewalk::record
