#pragma once
// What the page shows of one run, read from its record. Plain values. Reads only; one thread.

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace ropewalk::page {

/// One attempt that has started. 64 bytes, because there may be millions.
struct Attempt {
  std::int64_t start_ns = 0;  ///< since the run began; sessions follow each other without the time between them
  std::int64_t run_ns = 0, cpu_ns = 0;
  std::uint64_t index = 0;
  std::uint32_t stage = 0, session = 0, attempt = 0;
  std::int32_t host = 0;     ///< pid
  std::uint32_t worker = 0;  ///< within its host
  std::uint32_t lane = 0;    ///< the row of the timeline: see worker_lanes.hpp
  Outcome outcome = Outcome::succeeded;
  bool last = false;  ///< its task ended with it, in its session
};

struct Session {
  RecordedSession about;
  std::string state;           ///< an outcome, "running" or "killed"
  std::int64_t offset_ns = 0;  ///< its beginning, since the run began
  std::int64_t wall_ns = 0;    ///< of one without an end: until its last event that is recorded
  std::uint64_t ended = 0;     ///< tasks that ended in it
  std::uint64_t kept = 0;      ///< tasks that had succeeded before it, and did not run in it
};

/// The items of a stage, if they are few or short enough.
struct Items {
  enum class Kind : std::uint8_t {
    none,     ///< the stage has no `foreach`
    indices,  ///< each is the index of its task
    texts,
    left_out,
  };
  Kind kind = Kind::none;
  std::vector<std::string> texts = {};  ///< by index
};

struct Stage {
  RecordedStage about;
  StageResult result;
  std::uint64_t started = 0;           ///< tasks with an attempt that started
  std::vector<std::uint32_t> slowest;  ///< places in Run::attempts, the slowest first
  Items items;
};

/// What one stream of an attempt received: its head, its tail, and what is left out between them.
struct Output {
  std::string name, head, tail;
  std::uint64_t left_out = 0;  ///< bytes
};

struct AttemptTexts {
  RecordedAttempt about;          ///< with its texts shortened
  std::vector<RecordedLine> log;  ///< shortened
  std::vector<Output> output;
};

/// A task whose texts are part of the page.
struct Task {
  std::uint32_t stage = 0;
  std::uint64_t index = 0;
  bool failed = false;
  std::string item, result;
  std::vector<AttemptTexts> attempts;
};

/// An attempt that has not ended, as far as the record knows.
struct Running {
  std::uint32_t stage = 0;
  std::uint64_t index = 0;
  std::uint32_t attempt = 0;
  std::int64_t start_ns = 0;  ///< since its session began
  std::int64_t age_ns = 0;    ///< until Run::known_ns
  std::int32_t host = 0;      ///< pid
  std::string item;
};

/// What is in the record and not on the page.
struct LeftOut {
  std::uint64_t texts = 0;     ///< tasks that succeeded
  std::uint64_t failures = 0;  ///< tasks that failed
  std::uint64_t outputs = 0;   ///< attempts whose output is left out
  std::uint64_t items = 0;     ///< stages
};

struct Run {
  RecordedRun about;
  std::string state;  ///< as run_state()
  std::string why;
  std::int64_t wall_ns = 0;  ///< of all sessions
  std::int64_t span_ns = 0;  ///< of the timeline: no attempt ends later
  std::vector<Session> sessions;
  std::vector<Stage> stages;
  std::vector<std::string> gone_stages;  ///< their names
  std::vector<Attempt> attempts;         ///< ascending by start
  std::uint32_t lanes = 0;
  std::vector<Running> running;  ///< the oldest first; see Record::running()
  /// Of a run that has not ended: until when the record is known, since its last session began. While it goes on, the
  /// moment of reading; of one that was killed, its last event.
  std::int64_t known_ns = 0;
  std::vector<Task> tasks;  ///< ascending by stage and index
  std::vector<RecordedParam> params;
  std::vector<RecordedText> sources;
  std::vector<std::string> warnings;
  LeftOut left_out;
};

/// How much of a large run is part of the page.
struct Limits {
  std::uint64_t tasks_with_texts = 5000;  ///< in a run of at most so many tasks, all have their texts
  std::uint64_t failures = 1000;          ///< with their texts, in a larger run
  std::size_t slowest = 10;               ///< of each stage, named
  std::size_t item_bytes = 4 << 20;       ///< of all items that are listed by index
  std::size_t text_bytes = 8 << 20;       ///< of all texts; beyond it outputs are left out
  std::size_t output_bytes = 8 << 10;     ///< of each head and each tail
};

Result<Run> read_run(const Record& record, const Limits& limits = {});

}  // namespace ropewalk::page
