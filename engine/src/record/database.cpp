#include "record/database.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace ropewalk::record {
namespace {

// A reader holds its locks for microseconds, a checkpoint for milliseconds; a person with sqlite3 for longer.
constexpr int kBusyMs = 60'000;

/// "file:/a%20b/run.db?mode=ro": the characters that a URI gives a meaning are escaped.
std::string uri_of(const std::filesystem::path& file, const char* query) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#')
      fmt::format_to(std::back_inserter(uri), "%{:02x}", static_cast<unsigned char>(c));
    else
      uri += c;
  }
  return uri + query;
}

}  // namespace

void Database::swap(Database& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(code_, other.code_);
  std::swap(errno_, other.errno_);
  text_.swap(other.text_);
}

bool Database::open(const std::filesystem::path& file, Mode mode) {
  close();
  code_ = SQLITE_OK;
  const char* query = "?mode=ro";
  if (mode == Mode::write) query = "?mode=rwc";
  // Without locks and with the index of the log in its own memory, nothing in the folder is touched. (`nolock=1` would
  // refuse a log.)
  if (mode == Mode::read_left) query = "?mode=ro&vfs=unix-none";
  if (mode == Mode::read_whole) query = "?mode=ro&immutable=1";
  const int flags = (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  const int code = ::sqlite3_open_v2(uri_of(file, query).c_str(), &db_, flags, nullptr);
  if (code != SQLITE_OK) {
    fail(code);
    close();
    return false;
  }
  ::sqlite3_busy_timeout(db_, kBusyMs);
  // A record may come from somebody else: nothing in its schema runs.
  ::sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  ::sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  ::sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  if (mode == Mode::write) return true;
  ::sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return mode != Mode::read_left || run("PRAGMA locking_mode = EXCLUSIVE");
}

bool Database::open_in_memory(std::string_view bytes) {
  close();
  code_ = SQLITE_OK;
  // Unlike ":memory:", this has its content in one piece. A name without a slash is nobody else's.
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (const int code = ::sqlite3_open_v2("draft", &db_, kFlags, "memdb"); code != SQLITE_OK) {
    fail(code);
    close();
    return false;
  }
  if (bytes.empty()) return true;
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  auto* const copy = static_cast<unsigned char*>(::sqlite3_malloc64(bytes.size()));
  if (copy == nullptr) return fail_without_memory();
  std::memcpy(copy, bytes.data(), bytes.size());
  // It owns the copy now, also if it fails.
  const int code = ::sqlite3_deserialize(db_, "main", copy, size, size,
                                         SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  return code == SQLITE_OK || fail(code);
}

std::string_view Database::bytes() {
  sqlite3_int64 size = 0;
  const unsigned char* const bytes = ::sqlite3_serialize(db_, "main", &size, SQLITE_SERIALIZE_NOCOPY);
  if (bytes == nullptr) return fail_without_memory(), std::string_view();
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

void Database::close() {
  if (db_ != nullptr) ::sqlite3_close_v2(db_);
  db_ = nullptr;
}

bool Database::run(const char* sql) {
  const int code = ::sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK || fail(code);
}

std::optional<std::int64_t> Database::number(const char* sql) {
  Statement statement(*this, sql);
  if (!statement.step()) return std::nullopt;
  return statement.integer(0);
}

bool Database::fail(int code) {
  code_ = code;
  text_ = db_ != nullptr ? ::sqlite3_errmsg(db_) : ::sqlite3_errstr(code);
  errno_ = db_ != nullptr ? ::sqlite3_system_errno(db_) : 0;
  return false;
}

bool Database::fail_without_memory() {
  code_ = SQLITE_NOMEM;
  text_ = ::sqlite3_errstr(SQLITE_NOMEM);
  errno_ = 0;
  return false;
}

bool Database::fail_as_damaged(std::string why) {
  code_ = SQLITE_CORRUPT;
  text_ = std::move(why);
  errno_ = 0;
  return false;
}

std::string Database::problem() const {
  const bool of_system = this->code() == SQLITE_IOERR || this->code() == SQLITE_CANTOPEN || this->code() == SQLITE_FULL;
  return errno_ != 0 && of_system ? fmt::format("{}: {}", text_, std::strerror(errno_)) : text_;
}

bool Statement::prepare_now() {
  if (!good_) return false;
  check(::sqlite3_prepare_v3(database_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  return statement_ != nullptr;
}

Statement& Statement::check(int code) {
  if (code != SQLITE_OK) good_ = database_.fail(code);
  return *this;
}

// A view without a place in memory would be NULL.
Statement& Statement::bind_text(int at, std::string_view text) {
  if (!prepare()) return *this;
  return check(::sqlite3_bind_text64(statement_, at, text.data() != nullptr ? text.data() : "", text.size(),
                                     SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind_blob(int at, std::string_view bytes) {
  if (!prepare()) return *this;
  return check(
      ::sqlite3_bind_blob64(statement_, at, bytes.data() != nullptr ? bytes.data() : "", bytes.size(), SQLITE_STATIC));
}

bool Statement::step() {
  if (!prepare() || !good_) return false;
  const int code = ::sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) good_ = database_.fail(code);
  return false;
}

bool Statement::reset() {
  if (statement_ != nullptr) ::sqlite3_reset(statement_);
  return std::exchange(good_, true);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(statement_, column));
  return {bytes != nullptr ? bytes : "", static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column))};
}

}  // namespace ropewalk::record
