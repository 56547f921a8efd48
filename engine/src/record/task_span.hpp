#pragma once
// The text of a span: the plain tasks of successive indices that share a row of the table `span`. The text is JSON, so
// that the views of the record show each task with nothing but the sqlite3 program:
//
//   [[started, run, cpu, place, ready, key, item, result], ...]
//
// Times are nanoseconds, `started` and `ready` from those of the span, `place` leads into the span's places. An item
// and a result are their JSON as text; an item that is an int, a key and the rest are ints. What a task shares with its
// span, and 0, are left out at the end of its array, and are null or 0 within it: an empty task takes about 20 bytes.
// Pure; knows nothing of SQLite.

#include "record/record_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::record {

/// Tasks of a span, at most: enough that its row costs a task next to nothing, and few enough to read one of them
/// quickly.
inline constexpr std::size_t kMaxSpan = 256;

/// What the tasks of a span have in common.
struct SpanHead {
  std::int64_t started_ns = 0, ready_ns = 0;
  std::optional<std::uint64_t> key = {};       ///< of the tasks that name none
  std::optional<std::int64_t> item_from = {};  ///< the item of the task `i` of the span is this int + i
};

/// Makes the row of a span. Keeps its memory from one to the next.
class SpanText {
 public:
  /// At least one task; their indices follow each other. `results[i]`: the JSON of the task's result; empty: none. No
  /// results at all: no task has one.
  void make(const Batch& batch, std::span<const PlainTask* const> tasks, std::span<const std::string> results);
  const SpanHead& head() const { return head_; }
  std::string_view places() const { return places_; }  ///< JSON: a list of ints, as attempt_row.place
  std::string_view tasks() const { return {buffer_.data(), used_}; }

 private:
  void set_head(std::span<const PlainTask* const> tasks);
  std::size_t place_of(const PlainTask& task);
  void add(const Batch& batch, const PlainTask& task, std::string_view result);
  char* room(std::size_t bytes);

  SpanHead head_;
  std::vector<std::int64_t> known_places_;
  std::size_t last_place_ = 0;  // in known_places_
  std::string places_;
  std::string buffer_;  // its size is the room that there is
  std::size_t used_ = 0;
};

/// A task of a span, as it is read.
struct SpanTask {
  std::int64_t queued_ns, started_ns, run_ns, cpu_ns, place;
  std::optional<std::uint64_t> key;
  std::string_view item, result;  ///< JSON; empty: none. Borrowed from the SpanTasks
};

/// Reads the row of a span. Keeps its memory from one to the next.
class SpanTasks {
 public:
  /// false: that is no span of `count` tasks.
  bool read(const SpanHead& head, std::uint64_t count, std::string_view places, std::string_view tasks);
  std::size_t size() const { return tasks_.size(); }
  SpanTask at(std::size_t i) const;

 private:
  struct Task {
    SpanTask known;
    Piece item, result;  // of texts_
  };
  class Parser;
  class TaskReader;
  bool read_places(std::string_view places);

  std::vector<std::int64_t> places_;
  std::vector<Task> tasks_;
  std::string texts_;
};

}  // namespace ropewalk::record
