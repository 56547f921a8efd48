#include "record/schema.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "record/big_endian.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ropewalk::record {
namespace {

// Rows are narrow, because there may be millions of them: `id` is the stage, the index and the attempt (schema.hpp),
// `place` the host and the worker, `state` NULL where a task of the first session has succeeded. Tasks of which nothing
// is known but numbers, an item and a small result share the rows of `span` (task_span.hpp): that costs a tenth. The
// views `attempt` and `task` show both as columns. A task is in one span at most, with its first attempt.
constexpr const char* kTables = R"(
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

constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

std::string shown(const std::filesystem::path& file) { return escape_for_display(file.string()); }

Errors foreign(const std::filesystem::path& file, std::string_view what) {
  return Error{codes::kRecordForeign,
               fmt::format("'{}' is no record of a run: {}", shown(file), what),
               {},
               {"name a run.db that 'ropewalk run' has written, or its folder"}};
}

/// A run that was killed before its first transaction.
Errors without_run(const std::filesystem::path& file) {
  return Error{codes::kNoRecord,
               fmt::format("the record '{}' is empty: its run was killed before anything was recorded", shown(file)),
               {},
               {"start the workflow again"}};
}

Result<void> check_versions(std::int64_t application, std::int64_t version, const std::filesystem::path& file) {
  if (application != kApplicationId) return foreign(file, "another program has made this database");
  if (version > kSchemaVersion)
    return Errors(
        Error{codes::kRecordVersion,
              fmt::format("the record '{}' has version {} of the schema, and this ropewalk reads versions up to {}",
                          shown(file), version, kSchemaVersion),
              {},
              {"read it with the version of ropewalk that wrote it, or a newer one"}});
  if (version < 1) return damaged(file, fmt::format("it says that its schema has version {}", version));
  return {};
}

}  // namespace

Errors damaged(const std::filesystem::path& file, std::string_view how) {
  return Error{codes::kRecordDamaged,
               fmt::format("the record '{}' is damaged: {}", shown(file), how),
               {},
               {"restore the file from a copy, or run the workflow again; Ropewalk repairs no record"}};
}

bool create_schema(Database& database) {
  const std::string identity =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplicationId, kSchemaVersion);
  return database.run(identity.c_str()) && database.run(kTables);
}

Result<void> check_file(const std::filesystem::path& file, bool log) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0)
    return Errors(Error{codes::kNoRecord,
                        fmt::format("cannot open the record '{}': {}", shown(file), std::strerror(errno)),
                        {},
                        {"'ropewalk runs' lists the runs; a record is the file run.db in the folder of its run"}});
  if (!S_ISREG(about.st_mode)) return foreign(file, "it is not a file");
  std::array<char, kHeaderBytes> header{};
  const std::int64_t got = read_at(fd.get(), header.data(), header.size(), 0);
  if (got < 0) return damaged(file, std::strerror(errno));
  // A run that was killed while it began: its tables may be in the log alone.
  if (got == 0 && log) return {};
  if (got == 0) return damaged(file, "it is empty");
  if (std::string_view(header.data(), static_cast<std::size_t>(got)).substr(0, kMagic.size()) != kMagic)
    return foreign(file, "it is not a SQLite database");
  if (got < static_cast<std::int64_t>(header.size()))
    return damaged(file, fmt::format("it is cut short: it has {} bytes", got));
  const std::uint32_t raw_page = static_cast<unsigned char>(header[16]) << 8 | static_cast<unsigned char>(header[17]);
  const std::uint64_t page = raw_page == 1 ? 65536 : raw_page;
  const std::uint64_t wanted = page * big_endian(&header[28]);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (page < 512 || (page & (page - 1)) != 0) return damaged(file, "its header names an impossible page size");
  if (!log && size < wanted) return damaged(file, fmt::format("it is cut short: it has {} bytes of {}", size, wanted));
  if (log) return {};  // which may hold a newer header
  // SQLite makes a header before the first table, which has a page of its own.
  if (wanted <= page && big_endian(&header[68]) == 0) return without_run(file);
  return check_versions(static_cast<std::int32_t>(big_endian(&header[68])),
                        static_cast<std::int32_t>(big_endian(&header[60])), file);
}

Result<void> check_schema(Database& database, const std::filesystem::path& file) {
  const auto application = database.number("PRAGMA application_id"), version = database.number("PRAGMA user_version");
  if (!application || !version) return unreadable(database, file);
  if (*application == 0 && database.number("SELECT count(*) FROM sqlite_schema") == 0) return without_run(file);
  if (const auto good = check_versions(*application, *version, file); !good) return good.error();
  if (!database.number("SELECT count(*) FROM run")) return unreadable(database, file);
  return {};
}

Errors unreadable(const Database& database, const std::filesystem::path& file) {
  switch (database.code()) {
    case SQLITE_NOTADB: return foreign(file, database.problem());
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Error{codes::kNoRecord,
                   fmt::format("cannot open the record '{}': {}", shown(file), database.problem()),
                   {},
                   {"'ropewalk runs' lists the runs; a record is the file run.db in the folder of its run"}};
    case SQLITE_BUSY:
      return Error{codes::kRecordInUse,
                   fmt::format("the record '{}' is in use: {}", shown(file), database.problem()),
                   {},
                   {"try again when the other process has finished"}};
    default: return damaged(file, database.problem());
  }
}

}  // namespace ropewalk::record
