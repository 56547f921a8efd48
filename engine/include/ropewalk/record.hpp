#pragma once
// Reads the record of a run: its sessions, stages and tasks, without SQL. A record is read only; opening and reading
// one changes no file, also while its run is live. Times without a unit in their name are nanoseconds.

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk {

/// One engine that worked on the run: the first `run` and each resume.
struct RecordedSession {
  std::uint32_t number = 0;                  ///< from 1
  std::int64_t started_unix_ns = 0;          ///< CLOCK_REALTIME
  std::int32_t pid = 0;                      ///< of the engine
  std::string machine = {};                  ///< identity of the machine that it ran on
  std::string boot_id = {};                  ///< of the kernel that it ran on
  std::string version = {};                  ///< of ropewalk
  std::filesystem::path directory = {};      ///< its current one, to which relative paths refer
  std::string durability = {};               ///< "run", "batch" or "task"
  std::uint32_t cores = 0;                   ///< that the engine could use
  std::string command = {};                  ///< JSON list of the words that started it; empty: not recorded
  std::optional<Outcome> outcome = {};       ///< empty: it has not ended, or was killed
  std::optional<std::int64_t> wall_ns = {};  ///< as `outcome`
  std::int64_t seen_ns = 0;                  ///< the time of the last event that is recorded, since it started
  bool broken = false;                       ///< the run itself failed, not its tasks
  std::string why = {};                      ///< it did not succeed, if its tasks do not say it
  /// Of a resume: what was edited, and for each stage what was kept and why the rest ran again, a sentence each. Of a
  /// session that has not ended, or was killed, the stages that had ended.
  std::vector<std::string> resumed = {};
};

/// A file of the workflow, as it was read.
struct RecordedText {
  std::string path = {};  ///< as it was named
  std::string text = {};  ///< its content
};

/// A param of the workflow.
struct RecordedParam {
  std::string name = {};   ///< as the workflow declares it
  std::string value = {};  ///< JSON; empty if it is secret
  bool secret = false;     ///< its value is not recorded
};

/// A stage, as its session has planned it, and how it ended.
struct RecordedStage {
  std::uint32_t number = 0;          ///< its place in stages() or behind it in gone_stages()
  std::string name = {};             ///< of the stage
  std::string task = {};             ///< "plugin.task"
  std::string executor = {};         ///< "process", ...
  std::uint32_t workers = 0;         ///< concurrent tasks
  std::string plugin = {};           ///< its name
  std::string plugin_version = {};   ///< MAJOR.MINOR.PATCH
  std::string plugin_path = {};      ///< of its file, absolute
  std::string plugin_identity = {};  ///< as Plugin::identity
  std::string definition = {};   ///< JSON map {key: text} of its keys in the workflow, in one form; secrets are hidden
  std::string environment = {};  ///< JSON map of the variables that it sets; secrets are hidden
  std::vector<std::uint32_t> needs = {};       ///< stages that it waits for, those that it streams from too
  std::optional<std::uint32_t> baseline = {};  ///< as PlannedStage
  std::optional<Outcome> outcome = {};         ///< of the last session; empty: it has not ended
  std::optional<std::uint64_t> tasks = {};     ///< empty: not known
  std::int64_t started_ns = 0;                 ///< since the session began; 0: it did not start
  std::int64_t wall_ns = 0;                    ///< from its start to its end; 0: it did not start
  std::int64_t runnable_wait_ns = 0;           ///< its workers were runnable, but had no core
  std::uint32_t hosts = 0;                     ///< maximum at the same time
  std::string why = {};                        ///< it did not succeed; empty if its tasks say it
  std::optional<StageLedger> ledger = {};      ///< of the last session; empty: not measured
  std::optional<AutoChoice> choice = {};       ///< as StageFinished
};

/// What a session was planned from.
struct RecordedSetup {
  std::vector<RecordedText> sources = {};  ///< the workflow's text, then its includes
  std::vector<RecordedParam> params = {};  ///< ascending by name
  std::vector<RecordedStage> stages = {};  ///< `number`: the place in this list
};

/// What one attempt wrote, of one stream.
struct RecordedOutput {
  OutputStream stream = OutputStream::process;  ///< which one
  std::uint64_t bytes = 0;                      ///< in all
  std::string head = {};                        ///< its first bytes
  std::string tail = {};                        ///< its last bytes; none that are in `head`
};

/// A process that ran tasks.
struct RecordedHost {
  std::uint32_t session = 0;                  ///< number of its session
  std::int32_t pid = 0;                       ///< of the process
  std::int64_t started_ns = 0;                ///< since its session began
  std::optional<std::int64_t> ended_ns = {};  ///< as `started_ns`; empty: it ended with its run, or the run was killed
  std::string how = {};                       ///< how it ended, as HostEnded; empty as `ended_ns`
};

/// A warning of the engine.
struct RecordedWarning {
  std::uint32_t session = 0;  ///< number of its session
  std::int64_t t_ns = 0;      ///< since its session began
  std::string text = {};      ///< one line
};

/// A line that a task has logged.
struct RecordedLine {
  std::uint32_t attempt = 0;         ///< that has logged it
  std::int64_t t_ns = 0;             ///< since its session began
  LogLevel level = LogLevel::debug;  ///< as TaskSaid
  std::string text = {};             ///< at most 1 KiB
};

/// A file that an attempt that succeeded has declared. One that was not there has no size and no time.
struct RecordedFile {
  std::uint32_t attempt = 0;                  ///< that has declared it
  FileRole role = FileRole::reads;            ///< what the task does with it
  std::string path = {};                      ///< as the workflow made it
  std::optional<std::uint64_t> size = {};     ///< bytes
  std::optional<std::int64_t> mtime_ns = {};  ///< since 1970
  std::optional<std::uint64_t> hash = {};     ///< of its content; empty: not recorded
  bool changed = false;                       ///< before the record was written; its content is then not known
};

/// One attempt of a task.
struct RecordedAttempt {
  std::uint32_t stage = 0;                 ///< place in stages()
  std::uint64_t index = 0;                 ///< of the task in its stage, from 0
  std::uint32_t attempt = 0;               ///< counts on over all sessions, from 1; 0: the task never started
  std::uint32_t session = 0;               ///< number of its session
  Outcome outcome = Outcome::not_started;  ///< how it ended
  std::int32_t detail = 0;                 ///< as TaskFinished
  bool last = false;                       ///< the task ended with it, in its session
  std::int64_t queued_ns = 0;              ///< from ready to started
  std::int64_t started_ns = 0;             ///< since its session began
  std::int64_t run_ns = 0;                 ///< from started to ended
  std::int64_t cpu_ns = 0;                 ///< CPU time, with that of its commands
  std::int32_t host = 0;                   ///< pid; 0: none
  std::uint32_t worker = 0;                ///< within its host
  std::optional<std::uint64_t> key = {};   ///< of its plugin, task type and parameters
  std::string item = {};                   ///< JSON; empty: the stage has no `foreach`
  std::string result = {};                 ///< JSON; empty: none. A large one is in `result_file`
  std::filesystem::path result_file = {};  ///< absolute or relative as the record's folder; empty: none
  std::string message = {};                ///< why it did not succeed
  std::string evidence = {};               ///< of a crash: address, backtrace, last log and output lines
};

/// An attempt that has run for a second or longer and has not ended.
struct RecordedRunning {
  std::uint32_t stage = 0;      ///< number of its stage
  std::uint64_t index = 0;      ///< of its task
  std::uint32_t attempt = 0;    ///< from 1
  std::int64_t started_ns = 0;  ///< since its session, the last one, began
  std::int32_t host = 0;        ///< pid
  std::uint32_t worker = 0;     ///< in its host
  std::string item = {};        ///< JSON; empty: the stage has no `foreach`
};

/// Everything that is known of one task.
struct RecordedTask {
  std::vector<RecordedAttempt> attempts = {};                          ///< ascending; the last one decides
  std::vector<RecordedLine> lines = {};                                ///< as they came
  std::vector<std::pair<std::uint32_t, RecordedOutput>> outputs = {};  ///< {attempt, stream}
  std::vector<RecordedFile> files = {};                                ///< ascending by attempt, role and path
};

/// A run, without its stages and tasks.
struct RecordedRun {
  std::string id = {};                ///< the name of its folder
  std::string name = {};              ///< "quiet-otter"
  std::string workflow = {};          ///< its name
  std::filesystem::path file = {};    ///< the workflow's, as it was given
  std::int64_t now_unix_s = 0;        ///< what now() is in its expressions
  std::filesystem::path folder = {};  ///< where the record lies
  std::int32_t live_pid = 0;          ///< of the engine that works on it now; 0: none does
  /// Why the end of the log of a killed run cannot be read; tasks whose end lies there count as not ended. Empty: all
  /// of it is read.
  std::string log_damage = {};
  std::vector<RecordedSession> sessions = {};  ///< ascending; at least one
  /// Whether an engine works on it now.
  bool live() const { return live_pid != 0; }
};

/// One record, open for reading. One thread at a time. Of a live run each call sees what is committed at that moment.
/// Errors carry R codes: the file was damaged or vanished after it was opened.
class Record {
 public:
  virtual ~Record() = default;
  /// Returns what is known of the run. Valid as long as the record.
  virtual const RecordedRun& run() const = 0;
  virtual const std::vector<RecordedStage>& stages() const = 0;  ///< of the last session
  /// Stages of earlier sessions that the last one does not have. Their tasks are read as those of the others.
  virtual const std::vector<RecordedStage>& gone_stages() const {
    static const std::vector<RecordedStage> none;
    return none;
  }
  /// Empty: there is no such session.
  virtual Result<RecordedSetup> setup(std::uint32_t /*session*/) const { return RecordedSetup(); }
  virtual Result<std::vector<RecordedText>> sources()
      const = 0;  ///< the workflow's text, then its includes; of the last session
  virtual Result<std::vector<RecordedParam>> params() const = 0;  ///< of the last session
  /// The warnings of the engine, in all sessions.
  virtual Result<std::vector<std::string>> warnings() const = 0;
  /// The same, with their moments.
  virtual Result<std::vector<RecordedWarning>> timed_warnings() const { return std::vector<RecordedWarning>(); }
  /// The processes that ran tasks, of all sessions, in the order in which they started.
  virtual Result<std::vector<RecordedHost>> hosts() const { return std::vector<RecordedHost>(); }
  /// What runs now, or ran when the run was killed, ascending by stage and index. An attempt is listed within a tenth
  /// of a second after its first second. None of a run that has ended.
  virtual Result<std::vector<RecordedRunning>> running() const { return std::vector<RecordedRunning>(); }
  /// Every attempt of a stage, ascending by index and attempt. What a call passes is valid during it.
  virtual Result<void> visit_attempts(std::uint32_t stage,
                                      const std::function<void(const RecordedAttempt&)>& visit) const = 0;
  /// The last attempt of every task of a stage that has one, ascending by index.
  Result<void> visit(std::uint32_t stage, const std::function<void(const RecordedAttempt&)>& visit) const;
  /// Empty attempts: nothing is recorded of that task.
  virtual Result<RecordedTask> task(std::uint32_t stage, std::uint64_t index) const = 0;
  /// The last attempt of a task; empty: it has none. Quick.
  virtual Result<std::optional<RecordedAttempt>> last_attempt(std::uint32_t stage, std::uint64_t index) const {
    auto all = task(stage, index);
    if (!all) return all.error();
    return all->attempts.empty() ? std::optional<RecordedAttempt>() : std::optional(std::move(all->attempts.back()));
  }
  /// The files of one attempt, ascending by role and path. Quick.
  virtual Result<std::vector<RecordedFile>> files(std::uint32_t stage, std::uint64_t index,
                                                  std::uint32_t attempt) const {
    auto all = task(stage, index);
    if (!all) return all.error();
    std::erase_if(all->files, [&](const RecordedFile& file) { return file.attempt != attempt; });
    return std::move(all->files);
  }
  /// Processes that ran tasks in sessions that have not ended, and are not known to have ended themselves.
  virtual Result<std::vector<RecordedHost>> open_hosts() const { return std::vector<RecordedHost>(); }
  /// Reads the whole file. R303 if any of it is not what was written.
  virtual Result<void> check() const { return {}; }
  /// Sends the run's events again, those of each task with its last attempt last, in the order of stages and indices.
  /// Retried attempts count; output of failed tasks is passed.
  virtual Result<void> replay(Observer& observer) const = 0;
  /// The same that Engine::run() returned, by the same fold; of a run that has not ended, as far as it came.
  /// `keep_results`: with RunResult::results, which read from this record and must not outlive it.
  virtual Result<RunResult> result(bool keep_results = false) const = 0;
};

/// `path`: a run.db, or the folder that holds it. Refuses a file that is no record (R302), damaged or truncated (R303),
/// of another version (R304), or not there (R301). Never repairs one.
Result<std::unique_ptr<Record>> open_record(const std::filesystem::path& path);

}  // namespace ropewalk
