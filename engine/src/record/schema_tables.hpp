#pragma once
// The tables of a record as SQL, which docs/record.md documents. The build makes an empty record of them
// (make_empty_record.cpp), so that a run need not.

#include <cstdint>

namespace ropewalk::record {

/// "Rope": PRAGMA application_id, also shown by file(1).
inline constexpr std::int32_t kApplicationId = 0x526f7065;
/// PRAGMA user_version. A record of an older version is read as long as this program knows it; a newer one is refused.
inline constexpr std::int32_t kSchemaVersion = 1;

// Rows are narrow, because there may be millions of them: `id` is the stage, the index and the attempt (schema.hpp),
// `place` the host and the worker, `state` NULL where a task of the first session has succeeded. Tasks of which nothing
// is known but numbers, an item and a small result share the rows of `span` (task_span.hpp): that costs a tenth. The
// views `attempt` and `task` show both as columns. A task is in one span at most, with its first attempt.
inline constexpr const char* kTables = R"(
CREATE TABLE run (id TEXT NOT NULL, name TEXT NOT NULL, workflow TEXT NOT NULL, file TEXT NOT NULL,
  now_unix_s INTEGER NOT NULL);
CREATE TABLE session (
  number INTEGER PRIMARY KEY, started_unix_ns INTEGER NOT NULL, pid INTEGER NOT NULL, machine TEXT NOT NULL,
  boot_id TEXT NOT NULL, version TEXT NOT NULL, directory TEXT NOT NULL, durability TEXT NOT NULL,
  cores INTEGER NOT NULL, command TEXT,
  seen_ns INTEGER NOT NULL DEFAULT 0, outcome INTEGER, wall_ns INTEGER, broken INTEGER NOT NULL DEFAULT 0, why TEXT);
CREATE TABLE source (session INTEGER NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (session, number)) WITHOUT ROWID;
CREATE TABLE param (session INTEGER NOT NULL, name TEXT NOT NULL, value TEXT, secret INTEGER NOT NULL,
  PRIMARY KEY (session, name)) WITHOUT ROWID;
CREATE TABLE stage (
  session INTEGER NOT NULL, number INTEGER NOT NULL, place INTEGER NOT NULL, definition TEXT NOT NULL,
  name TEXT NOT NULL, task TEXT NOT NULL, executor TEXT NOT NULL,
  workers INTEGER NOT NULL, plugin TEXT NOT NULL, plugin_version TEXT NOT NULL, plugin_path TEXT NOT NULL,
  plugin_identity TEXT NOT NULL, environment TEXT, needs TEXT NOT NULL, baseline INTEGER, results TEXT NOT NULL,
  started_ns INTEGER, tasks INTEGER, outcome INTEGER, wall_ns INTEGER, runnable_wait_ns INTEGER, hosts INTEGER, why TEXT,
  ledger TEXT, choice TEXT,
  PRIMARY KEY (session, number)) WITHOUT ROWID;
CREATE TABLE attempt_row (
  id INTEGER PRIMARY KEY, queued_ns INTEGER NOT NULL, started_ns INTEGER NOT NULL, run_ns INTEGER NOT NULL, cpu_ns INTEGER NOT NULL,
  place INTEGER NOT NULL, key INTEGER, item ANY, result TEXT,
  state INTEGER, detail INTEGER, result_file TEXT, message TEXT, evidence TEXT);
CREATE TABLE output (
  stage INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL, stream INTEGER NOT NULL,
  bytes INTEGER NOT NULL, head BLOB NOT NULL, tail BLOB NOT NULL,
  PRIMARY KEY (stage, task, attempt, stream)) WITHOUT ROWID;
CREATE TABLE file (
  stage INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL, role INTEGER NOT NULL, path TEXT NOT NULL,
  size INTEGER, mtime_ns INTEGER, hash INTEGER, changed INTEGER NOT NULL,
  PRIMARY KEY (stage, task, attempt, role, path)) WITHOUT ROWID;
CREATE TABLE log (
  stage INTEGER NOT NULL, task INTEGER NOT NULL, number INTEGER NOT NULL, attempt INTEGER NOT NULL,
  t_ns INTEGER NOT NULL, level INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (stage, task, number)) WITHOUT ROWID;
CREATE TABLE host (
  session INTEGER NOT NULL, pid INTEGER NOT NULL, started_ns INTEGER NOT NULL, stage INTEGER NOT NULL,
  workers INTEGER NOT NULL, ended_ns INTEGER, how TEXT,
  PRIMARY KEY (session, pid, started_ns)) WITHOUT ROWID;
CREATE TABLE running (
  stage INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL, started_ns INTEGER NOT NULL,
  host INTEGER NOT NULL, worker INTEGER NOT NULL, item TEXT,
  PRIMARY KEY (stage, task)) WITHOUT ROWID;
CREATE TABLE resume_note (session INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (session, number)) WITHOUT ROWID;
CREATE TABLE warning (session INTEGER NOT NULL, t_ns INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE outcome (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO outcome VALUES (0, 'succeeded'), (1, 'failed'), (2, 'crashed'), (3, 'exited'), (4, 'timed_out'),
  (5, 'out_of_memory'), (6, 'cancelled'), (7, 'skipped'), (8, 'not_started'), (9, 'lost'), (10, 'left_out');
CREATE TABLE span (
  id INTEGER PRIMARY KEY, count INTEGER NOT NULL, session INTEGER NOT NULL, started_ns INTEGER NOT NULL,
  ready_ns INTEGER NOT NULL, key INTEGER, item_from INTEGER, places TEXT NOT NULL, tasks TEXT NOT NULL);
CREATE VIEW attempt AS
  SELECT s.name AS stage, (a.id >> 14) & 0xffffffff AS "index", a.id & 16383 AS attempt, o.name AS outcome, a.detail,
         a.item, a.result, a.result_file, a.message, a.evidence, a.queued_ns / 1e9 AS queued_s, a.started_ns / 1e9 AS started_s,
         a.run_ns / 1e9 AS run_s, a.cpu_ns / 1e9 AS cpu_s, a.place >> 16 AS host, a.place & 65535 AS worker,
         ifnull(a.state >> 8, 1) AS session, a.key, a.id
  FROM attempt_row a
  JOIN outcome o ON o.number = ifnull(a.state & 15, 0)
  JOIN stage s ON s.session = ifnull(a.state >> 8, 1) AND s.number = a.id >> 46
  UNION ALL
  SELECT s.name, ((p.id >> 14) & 0xffffffff) + t.key, 1, 'succeeded', NULL,
         ifnull(json_extract(t.value, '$[6]'), p.item_from + t.key), json_extract(t.value, '$[7]'), NULL, NULL, NULL,
         (p.started_ns + json_extract(t.value, '$[0]') - p.ready_ns - ifnull(json_extract(t.value, '$[4]'), 0)) / 1e9,
         (p.started_ns + json_extract(t.value, '$[0]')) / 1e9, json_extract(t.value, '$[1]') / 1e9,
         json_extract(t.value, '$[2]') / 1e9,
         json_extract(p.places, '$[' || ifnull(json_extract(t.value, '$[3]'), 0) || ']') >> 16,
         json_extract(p.places, '$[' || ifnull(json_extract(t.value, '$[3]'), 0) || ']') & 65535,
         p.session, ifnull(json_extract(t.value, '$[5]'), p.key), p.id + (t.key << 14)
  FROM span p
  JOIN stage s ON s.session = p.session AND s.number = p.id >> 46
  JOIN json_each(p.tasks) t;
CREATE VIEW task AS
  SELECT * FROM attempt
  WHERE NOT EXISTS (SELECT 1 FROM attempt_row b WHERE b.id > attempt.id AND b.id <= attempt.id | 16383)
    AND (attempt > 0 OR ifnull((SELECT p.id + (p.count << 14) FROM span p WHERE p.id <= attempt.id + 1 ORDER BY p.id DESC LIMIT 1), 0)
                        <= attempt.id);
)";

}  // namespace ropewalk::record
