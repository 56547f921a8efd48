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
  void swap(Database& other) noexcept;

  bool open(const std::filesystem::path& file, Mode mode);
  /// Opens a copy of the bytes of a database, or an empty one. It stays in memory.
  bool open_in_memory(std::string_view bytes = {});
  /// The bytes of a database in memory, as the file would have them. Valid until the next change; empty: there is no
  /// memory for them.
  std::string_view bytes();
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
  bool fail_without_memory();

  sqlite3* db_ = nullptr;
  int code_ = SQLITE_OK;
  int errno_ = 0;
  std::string text_;
};

/// A statement that is prepared when it is first used. Borrows its database and `sql`, and must not outlive them. Text
/// that is bound stays the caller's until reset().
class Statement {
 public:
  Statement(Database& database, const char* sql) : database_(database), sql_(sql) {}
  ~Statement() { ::sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int at, std::int64_t value) {
    return prepare() ? check(::sqlite3_bind_int64(statement_, at, value)) : *this;
  }
  Statement& bind_text(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind_null(int at) { return prepare() ? check(::sqlite3_bind_null(statement_, at)) : *this; }

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
  bool prepare() { return statement_ != nullptr || prepare_now(); }
  bool prepare_now();

  Database& database_;
  const char* sql_;
  sqlite3_stmt* statement_ = nullptr;
  bool good_ = true;
};

}  // namespace ropewalk::record
