#pragma once
// Reads the attempts of a record in the order of stage, index and attempt, whether a row of the database holds one or
// two hundred. Keeps the span that it has read last, so that tasks can be looked up one after another. Borrows the
// database. One thread at a time.

#include "record/database.hpp"
#include "record/task_span.hpp"

#include <ropewalk/events.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ropewalk::record {

/// By its number in the tables; `failed` if it is none.
Outcome outcome_of(std::int64_t number);

/// One attempt. Texts are valid until the cursor moves; empty: none.
struct AttemptView {
  std::int64_t id = 0;  ///< as attempt_row.id
  std::int64_t queued_ns = 0, started_ns = 0, run_ns = 0, cpu_ns = 0;
  std::int64_t place = 0;  ///< as attempt_row.place
  std::uint32_t session = 0;
  Outcome outcome = Outcome::not_started;
  bool last = false;
  std::int32_t detail = 0;
  std::optional<std::uint64_t> key = {};
  std::string_view item = {}, result = {}, result_file = {}, message = {}, evidence = {};

  std::uint32_t attempt() const;
  std::int32_t host() const;
  std::uint32_t worker() const;
};

class AttemptCursor {
 public:
  /// `skip`: of attempts that have a row, results are not read: they may be long.
  enum class Results : std::uint8_t { read, skip };
  explicit AttemptCursor(Database& database, Results results = Results::read);

  /// Begins before the first attempt of the stage.
  void seek(std::uint32_t stage);
  /// The same of one task.
  void seek(std::uint32_t stage, std::uint64_t index);
  /// Moves to the next attempt. false: there is none, or the record cannot be read; see good().
  bool next();
  const AttemptView& now() const { return now_; }
  /// Ends the reading, which holds locks of the database. false: it has failed, and the database has the reason.
  bool finish();

 private:
  void seek(std::int64_t first, std::int64_t last);
  void read_row();
  bool read_span();
  bool next_span();
  void read_task();

  Database& database_;
  Statement rows_, spans_;
  std::int64_t first_ = 0, last_ = -1;
  bool has_row_ = false;     // rows_ is at one that comes later
  bool at_row_ = false;      // rows_ is at the present one
  bool more_spans_ = false;  // spans_ may have further ones
  bool good_ = true;
  AttemptView now_;

  // The span that was read last.
  std::int64_t span_id_ = -1;
  std::uint32_t span_session_ = 0;
  SpanTasks span_;
  std::size_t next_task_ = 0;  // of span_; its size: none is left
};

}  // namespace ropewalk::record
