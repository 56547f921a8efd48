#pragma once
// What happened in a run between two writes to its record, copied from the events: plain data that one thread fills and
// another writes. Clearing it keeps its memory.

#include "base/file_state.hpp"
#include "base/huge_pages.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk::record {

/// A stretch of Batch::text; size 0: nothing.
struct Piece {
  std::uint32_t at = 0, size = 0;
};

/// A task of which nothing is known but numbers, its item and a small result: its first attempt succeeded. A run may
/// have millions of them, so they are few bytes here, and successive ones share a row (task_span.hpp).
struct PlainTask {
  std::uint64_t index;
  std::int64_t queued_ns, started_ns, run_ns, cpu_ns;
  std::uint64_t key;
  std::int64_t place;     ///< as attempt_row.place
  std::int64_t item_int;  ///< the item, if `item_kind` is `integer`
  Piece item;             ///< the item, if it is `json`
  Piece result;           ///< JSON, or with `encoded` as TaskFinished::fields has it
  std::uint32_t stage;
  enum class Item : std::uint8_t { none, integer, json } item_kind;
  bool has_key, encoded;
};

/// Any other attempt.
struct AttemptRow : PlainTask {
  std::uint32_t attempt;
  std::int32_t detail;
  Outcome outcome;
  bool last;
  Piece message = {}, evidence = {};
  std::uint32_t large = 0;   ///< its result's place in Batch::large + 1; 0: it is not large
  std::uint32_t output = 0;  ///< the place of what it wrote in Batch::outputs + 1; 0: nothing is known
};

/// A file of the last attempt of a task that has succeeded.
struct FileRow {
  std::uint32_t stage;
  std::uint64_t index;
  std::uint32_t attempt;
  FileRole role;
  Piece path;
  FileState state;
  bool hash;  ///< its content is to be recorded too
};

struct LogRow {
  std::uint32_t stage;
  std::uint64_t index;
  std::uint32_t attempt;
  std::int64_t t_ns;
  std::int32_t level;
  Piece text;
};

struct HostRow {
  std::uint32_t stage;
  std::int32_t pid;
  std::uint32_t workers;
  std::int64_t t_ns;
  bool ended;
  Piece how;
};

struct StageRow {
  enum class Kind : std::uint8_t { started, listed, finished } kind;
  std::uint32_t stage;
  std::int64_t t_ns = 0;
  std::uint64_t tasks = 0;
  std::uint32_t workers = 0, hosts = 0;
  Outcome outcome = Outcome::not_started;
  std::int64_t wall_ns = 0, runnable_wait_ns = 0;
  Piece text = {};    ///< the executor, or why it ended so
  Piece ledger = {};  ///< JSON
  Piece choice = {};  ///< JSON
};

/// That an attempt runs for long, or that it does so no more.
struct RunningRow {
  std::uint32_t stage;
  std::uint64_t index;
  bool runs;
  std::uint32_t attempt = 0;
  std::int64_t started_ns = 0;
  std::int32_t host = 0;
  std::uint32_t worker = 0;
  Piece item = {};  ///< JSON; empty: none
};

struct Batch {
  std::string text;  ///< at most 4 GiB: Piece
  std::vector<PlainTask, HugePages<PlainTask>> plain;
  std::vector<AttemptRow> attempts;
  std::vector<Value> large;  ///< results that become files
  std::vector<KeptOutput> outputs;
  std::vector<FileRow> files;
  std::vector<LogRow> lines;
  std::vector<HostRow> hosts;
  std::vector<StageRow> stages;
  std::vector<RunningRow> running;
  std::vector<std::pair<std::uint32_t, Piece>> resume_notes;  ///< by their numbers
  std::vector<std::pair<std::int64_t, Piece>> warnings;
  std::optional<RunFinished> finished = {};  ///< `why` leads into why_run
  std::string why_run;
  std::size_t large_bytes = 0;
  std::int64_t seen_ns = 0;  ///< the time of its last event

  Piece keep(std::string_view bytes) {
    const Piece piece{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(bytes.size())};
    text += bytes;
    return piece;
  }
  /// The same where encoded fields are read in place.
  Piece keep_aligned(std::string_view bytes) {
    text.resize((text.size() + 7) / 8 * 8);
    return keep(bytes);
  }
  std::string_view at(Piece piece) const { return std::string_view(text).substr(piece.at, piece.size); }

  /// An estimate of the memory that it holds.
  std::size_t bytes() const {
    return text.size() + plain.size() * sizeof(PlainTask) + attempts.size() * sizeof(AttemptRow) +
           lines.size() * sizeof(LogRow) + files.size() * sizeof(FileRow) + outputs.size() * sizeof(KeptOutput) +
           large_bytes;
  }
  bool empty() const {
    return plain.empty() && attempts.empty() && lines.empty() && hosts.empty() && stages.empty() && running.empty() &&
           resume_notes.empty() && warnings.empty() && !finished;
  }
  void clear() {
    text.clear();
    plain.clear();
    attempts.clear();
    large.clear();
    outputs.clear();
    files.clear();
    lines.clear();
    hosts.clear();
    stages.clear();
    running.clear();
    resume_notes.clear();
    warnings.clear();
    finished.reset();
    why_run.clear();
    large_bytes = 0;
  }
};

}  // namespace ropewalk::record
