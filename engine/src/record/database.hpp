#pragma once
// A SQLite database with one owner: the only header of the engine that knows SQLite. Calls return false on failure and
// keep the reason, because writing must survive a full disk without an exception. One thread at a time.

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::record {

class Database {
 public:
  /// How a file is opened. None of the reading modes changes a file.
  enum class Mode : std::uint8_t {
    write,       ///< created if it is not there
    read_live,   ///< another process may be writing
    read_left,   ///< no process writes, but its log (run.db-wal) is still there
    read_whole,  ///< no process writes, and there is no log
  };

  Database() = default;
  ~Database() { close(); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  bool open(const std::filesystem::path& file, Mode mode);
  void close();
  bool is_open() const { return db_ != nullptr; }

  /// Runs statements that return nothing of interest.
  bool run(const char* sql);
  /// The first column of the first row as an int; none: an error, or no row.
  std::optional<std::int64_t> number(const char* sql);

  /// Why the last call failed: "disk I/O error", with the system's reason where there is one.
  std::string problem() const;
  /// The primary SQLite code of the last failure.
  int code() const { return code_ & 0xff; }
  sqlite3* handle() const { return db_; }
  /// Notes the failure of a call on handle(); returns false.
  bool fail(int code);
  /// The same of content that is not what was written.
  bool fail_as_damaged(std::string why);

 private:
  sqlite3* db_ = nullptr;
  int code_ = SQLITE_OK;
  int errno_ = 0;
  std::string text_;
};

/// A prepared statement. Borrows its database, and must not outlive it. Text that is bound stays the caller's until
/// reset().
class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement() { ::sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  explicit operator bool() const { return statement_ != nullptr; }
  Statement& bind(int at, std::int64_t value) { return check(::sqlite3_bind_int64(statement_, at, value)); }
  Statement& bind_text(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind_null(int at) { return check(::sqlite3_bind_null(statement_, at)); }

  /// true: there is a row.
  bool step();
  /// false: a call since the last reset() failed.
  bool good() const { return good_; }
  /// Executes a statement without rows and makes it ready for the next use.
  bool execute() {
    step();
    return reset();
  }
  bool reset();

  bool is_null(int column) const { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const { return ::sqlite3_column_int64(statement_, column); }
  /// Valid until the next step() or reset().
  std::string_view text(int column) const;

 private:
  Statement& check(int code);

  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  bool good_ = true;
};

}  // namespace ropewalk::record
