#include "record/record_file.hpp"

#include "base/failpoint.hpp"
#include "base/fd.hpp"
#include "base/file_state.hpp"
#include "record/record_statements.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace ropewalk::record {
namespace {

/// A write is on disk at most so long after it, and the time that a sync takes.
constexpr std::chrono::milliseconds kSyncAfter{30};
/// A log of this size is folded into the file while the run goes on. That syncs both, but the log then begins anew in
/// memory that the kernel has for it already, and little is left to fold at the end.
constexpr std::int64_t kLogBytes = 2 << 20;
/// Stages with so many tasks are worth larger pages: writing them takes half of the time.
constexpr std::uint64_t kManyTasks = 100'000;

}  // namespace

RecordFile::RecordFile(ResultDecoder decode, std::size_t large_bytes)
    : decode_(std::move(decode)), large_bytes_(large_bytes), results_(kMaxSpan) {}
RecordFile::~RecordFile() { statements_.reset(); }

bool RecordFile::failed(const Database& database) {
  full_ = database.code() == SQLITE_FULL;
  return fail(file_state(folder_).is_there ? database.problem() : kGone);
}

bool RecordFile::fail_with(int error) {
  full_ = error == ENOSPC;
  return fail(std::strerror(error));
}

bool RecordFile::fail(std::string why) {
  problem_ = std::move(why);
  return false;
}

bool RecordFile::begin(const std::filesystem::path& folder, const SessionStart& session) {
  folder_ = folder;
  start_ = &session;
  if (session.stages.size() > kMaxStage) return fail("the workflow has more stages than a record can hold");
  durability_ = session.durability;
  if (const int error = ROPEWALK_FAILPOINT("record.open")) return fail(std::strerror(error));
  const bool is_new = !file_state(folder / kDatabaseName).is_there;
  if (!(is_new ? begin_draft() : begin_in_file())) return false;
  (void)ROPEWALK_FAILPOINT("record.after_session");
  statements_ = std::make_unique<Statements>(database_);
  if (is_draft_ && durability_ != Durability::task) return true;
  // What an earlier session has written must survive a loss of power that happens now.
  return (!is_draft_ || leave_draft(Pages::usual)) && sync_from_now();
}

bool RecordFile::begin_draft() {
  if (!make_draft(Pages::usual)) return false;
  (void)ROPEWALK_FAILPOINT("record.before_session");
  return put_draft(Log::without);
}

bool RecordFile::open_file(Database& database) {
  if (!database.open(folder_ / kDatabaseName, Database::Mode::write)) return false;
  // Until the first result is in it, losing the file to a power failure loses nothing.
  if (!database.run("PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL")) return false;
  const auto page_bytes = database.number("PRAGMA page_size");
  if (!page_bytes) return false;
  const std::int64_t pages = kLogBytes / std::max<std::int64_t>(*page_bytes, 1);
  return database.run(fmt::format("PRAGMA wal_autocheckpoint = {}", pages).c_str());
}

bool RecordFile::begin_in_file() {
  ::unlink((folder_ / kNextName).c_str());  // of an engine that was killed
  if (!open_file(database_)) return failed();
  const auto tables = database_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return failed();
  if (*tables != 0)
    if (const auto good = check_schema(database_, folder_ / kDatabaseName); !good)
      return fail(good.error().list.front().message);
  (void)ROPEWALK_FAILPOINT("record.before_session");
  // One transaction: the file has no table, or it has the run too.
  if (!database_.run("BEGIN IMMEDIATE")) return failed();
  if (*tables == 0 && !create_schema(database_)) return failed();
  return begin_session(*start_);
}

/// In the log mode, NORMAL keeps the file consistent and syncs it when the log is folded in; FULL syncs each
/// transaction too. With Durability::batch, sync() does that for several.
bool RecordFile::sync_from_now() {
  synced_ =
      database_.run(durability_ == Durability::task ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  unsynced_since_ = std::chrono::steady_clock::now();
  return synced_ || failed();
}

bool RecordFile::is_sync_due() const {
  return unsynced_since_ && std::chrono::steady_clock::now() - *unsynced_since_ >= kSyncAfter;
}

bool RecordFile::sync() {
  if (!synced_ || durability_ != Durability::batch || !unsynced_since_) return true;
  if (!log_) log_ = Fd(::open((folder_ / kLogName).c_str(), O_RDONLY | O_CLOEXEC));
  int error = ROPEWALK_FAILPOINT("record.sync");
  if (error == 0 && !log_) error = errno;
  if (error == 0 && !sync_file(log_.get())) error = errno;
  if (error != 0) return abandon(error);
  unsynced_since_.reset();
  return true;
}

/// After a sync that failed, the log may lack what was written to it. Folding it in would destroy the file.
bool RecordFile::abandon(int error) {
  statements_.reset();
  ::sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database_.close();
  return fail(std::strerror(error));
}

bool RecordFile::write(const Batch& batch) {
  // Files that were removed can still be written to, and nobody would read them.
  if (!file_state(folder_ / kDatabaseName).is_there) return fail(kGone);
  const bool of_tasks = !batch.plain.empty() || !batch.attempts.empty();  // a test counts these alone
  if (const int error = of_tasks ? ROPEWALK_FAILPOINT("record.before_write") : 0) return fail_with(error);
  if (is_draft_ && !batch.finished && !leave_draft(synced_ ? Pages::usual : pages_for(batch))) return false;
  // The last batch of a short run is synced with the whole file, once.
  if (!synced_ && !batch.finished && !sync_from_now()) return false;
  if (!is_ahead_ && !write_transaction(batch, of_tasks)) return false;
  if (is_draft_) {
    is_ahead_ = true;
    if (const int error = ROPEWALK_FAILPOINT("record.before_replace")) return fail_with(error);
    if (!replace_file(Log::without)) return false;
    (void)ROPEWALK_FAILPOINT("record.after_replace");
    if (!sync_file(draft_.get())) return fail_with(errno);
    synced_ = true;
    is_ahead_ = false;
  }
  if (!unsynced_since_) unsynced_since_ = std::chrono::steady_clock::now();
  // The disk begins at once, so that there is little to wait for.
  if (log_) ::sync_file_range(log_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  if (of_tasks) (void)ROPEWALK_FAILPOINT("record.after_commit");
  return true;
}

RecordFile::Pages RecordFile::pages_for(const Batch& batch) {
  const auto is_large = [](const StageRow& stage) { return stage.tasks >= kManyTasks; };
  return std::any_of(batch.stages.begin(), batch.stages.end(), is_large) ? Pages::large : Pages::usual;
}

bool RecordFile::write_transaction(const Batch& batch, bool of_tasks) {
  if (!database_.run("BEGIN IMMEDIATE")) return failed();
  bool good = false;
  try {
    good = write_rows(batch);
  } catch (const std::bad_alloc&) {
    fail(kOutOfMemory);
  }
  if (good) {
    const int error = of_tasks ? ROPEWALK_FAILPOINT("record.before_commit") : 0;
    good = error == 0 ? database_.run("COMMIT") || failed() : fail_with(error);
  }
  // A statement that failed for want of space may have ended the transaction.
  if (!good && ::sqlite3_get_autocommit(database_.handle()) == 0) database_.run("ROLLBACK");
  return good;
}

bool RecordFile::end() {
  const bool begun = is_open();
  statements_.reset();
  if (!begun) return database_.close(), true;
  const int error = ROPEWALK_FAILPOINT("record.end");
  const bool good = error == 0 ? fold_log() : fail(std::strerror(error));
  database_.close();
  return good && sync_whole();
}

/// What a reader of the live run still uses stays in the log, which SQLite folds in later.
bool RecordFile::fold_log() {
  if (is_draft_) return true;
  if (!database_.run("PRAGMA busy_timeout = 0")) return failed();
  // Once the file has everything, leaving the log mode changes two bytes of its header, both of whose values are right.
  const bool copied = !synced_ || database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
  (void)ROPEWALK_FAILPOINT("record.after_checkpoint");
  const bool folded = copied && database_.run("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE");
  (void)ROPEWALK_FAILPOINT("record.after_fold");
  return folded || database_.code() == SQLITE_BUSY || failed();
}

/// Not while the database is open: closing the descriptor would end the locks of SQLite.
bool RecordFile::sync_whole() {
  if (synced_) return true;
  for (const char* name : {kDatabaseName, kLogName}) {
    const Fd fd(::open((folder_ / name).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT && name == kLogName) continue;  // folded in
    if (!fd || !sync_file(fd.get())) return fail(std::strerror(errno));
  }
  return true;
}

}  // namespace ropewalk::record
