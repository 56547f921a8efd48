#pragma once
// The statements of a RecordFile, and how values are bound to them. For the sources of RecordFile.

#include "record/database.hpp"
#include "record/record_file.hpp"

#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace ropewalk::record {

inline std::int64_t number_of(Outcome outcome) { return static_cast<std::int64_t>(outcome); }

/// Binds what is there; the rest is NULL.
inline void bind_optional(Statement& statement, int at, std::string_view text) {
  if (text.empty())
    statement.bind_null(at);
  else
    statement.bind_text(at, text);
}
inline void bind_optional(Statement& statement, int at, std::optional<std::int64_t> number) {
  if (number)
    statement.bind(at, *number);
  else
    statement.bind_null(at);
}

struct RecordFile::Statements {
  explicit Statements(Database& db)
      : span(db, "INSERT INTO span VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"),
        // Of the tasks from ?1 to ?2, whether any has an attempt already.
        earlier(db,
                "SELECT EXISTS (SELECT 1 FROM attempt_row WHERE id BETWEEN ?1 AND ?2 AND id & 16383 > 0) OR "
                "ifnull((SELECT id + (count << 14) FROM span WHERE id <= ?2 ORDER BY id DESC LIMIT 1), 0) > ?1"),
        attempt(db, "INSERT INTO attempt_row VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"),
        unstarted(db, "INSERT OR REPLACE INTO attempt_row VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"),
        base(db,
             "SELECT max(ifnull((SELECT id & 16383 FROM attempt_row WHERE id BETWEEN ?1 AND ?1 + 16383 AND "
             "ifnull(state >> 8, 1) < ?2 ORDER BY id DESC LIMIT 1), 0), "
             "ifnull((SELECT id + (count << 14) > ?1 + 1 AND session < ?2 FROM span WHERE id <= ?1 + 1 "
             "ORDER BY id DESC LIMIT 1), 0))"),
        output(db, "INSERT OR REPLACE INTO output VALUES (?1,?2,?3,?4,?5,?6,?7)"),
        file(db, "INSERT OR REPLACE INTO file VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"),
        line(db, "INSERT INTO log VALUES (?1,?2,?3,?4,?5,?6,?7)"),
        host_started(db,
                     "INSERT OR REPLACE INTO host (session, pid, started_ns, stage, workers) VALUES (?1,?2,?3,?4,?5)"),
        host_ended(db, "UPDATE host SET ended_ns = ?3, how = ?4 WHERE session = ?1 AND pid = ?2 AND ended_ns IS NULL"),
        stage_started(db,
                      "UPDATE stage SET started_ns = ?3, executor = ?4, workers = ?5, tasks = ?6 WHERE session = ?1 "
                      "AND number = ?2"),
        stage_listed(db, "UPDATE stage SET tasks = ?3 WHERE session = ?1 AND number = ?2"),
        stage_finished(db,
                       "UPDATE stage SET tasks = ?3, outcome = ?4, wall_ns = ?5, runnable_wait_ns = ?6, hosts = ?7, "
                       "why = ?8, ledger = ?9, choice = ?10 WHERE session = ?1 AND number = ?2"),
        runs(db, "INSERT OR REPLACE INTO running VALUES (?1,?2,?3,?4,?5,?6,?7)"),
        runs_no_more(db, "DELETE FROM running WHERE stage = ?1 AND task = ?2"),
        resume_note(db, "INSERT OR REPLACE INTO resume_note VALUES (?1,?2,?3)"),
        warning(db, "INSERT INTO warning VALUES (?1,?2,?3)"),
        seen(db, "UPDATE session SET seen_ns = ?2 WHERE number = ?1"),
        finished(db, "UPDATE session SET outcome = ?2, wall_ns = ?3, broken = ?4, why = ?5 WHERE number = ?1") {}
  Statement span, earlier, attempt, unstarted, base, output, file, line, host_started, host_ended, stage_started,
      stage_listed, stage_finished, runs, runs_no_more, resume_note, warning, seen, finished;
};

}  // namespace ropewalk::record
