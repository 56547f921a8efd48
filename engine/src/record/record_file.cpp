#include "record/record_file.hpp"

#include "base/failpoint.hpp"
#include "base/fd.hpp"
#include "base/file_state.hpp"
#include "record/record_statements.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace ropewalk::record {
namespace {

/// A write is on disk at most so long after it, and the time that a sync takes.
constexpr std::chrono::milliseconds kSyncAfter{30};
/// Folding the log into the file syncs both, while the run goes on and its queue fills. A log of 64 MiB is some
/// millions of tasks.
constexpr const char* kLogPages = "PRAGMA wal_autocheckpoint = 16384";

constexpr const char* kGone = "it was removed or moved while the run lasted";

}  // namespace

RecordFile::RecordFile(ResultDecoder decode, std::size_t large_bytes)
    : decode_(std::move(decode)), large_bytes_(large_bytes), results_(kMaxSpan) {}
RecordFile::~RecordFile() { statements_.reset(); }

bool RecordFile::failed() {
  full_ = database_.code() == SQLITE_FULL;
  return fail(file_state(folder_).is_there ? database_.problem() : kGone);
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
  if (session.stages.size() > kMaxStage) return fail("the workflow has more stages than a record can hold");
  durability_ = session.durability;
  if (const int error = ROPEWALK_FAILPOINT("record.open")) return fail(std::strerror(error));
  if (!database_.open(folder / kDatabaseName, Database::Mode::write)) return failed();
  // Until the first result is in it, losing the file to a power failure loses nothing.
  if (!database_.run("PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL"))
    return failed();
  if (!database_.run(kLogPages)) return failed();
  const auto tables = database_.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return failed();
  if (*tables != 0)
    if (const auto good = check_schema(database_, folder / kDatabaseName); !good)
      return fail(good.error().list.front().message);
  (void)ROPEWALK_FAILPOINT("record.before_session");
  // One transaction: the file has no table, or it has the run too.
  if (!database_.run("BEGIN IMMEDIATE")) return failed();
  if (*tables == 0 && !create_schema(database_)) return failed();
  if (!begin_session(session)) return false;
  (void)ROPEWALK_FAILPOINT("record.after_session");
  auto statements = std::make_unique<Statements>(database_);
  if (!statements->good()) return failed();
  statements_ = std::move(statements);
  // What an earlier session has written must survive a loss of power that happens now.
  const bool has_nothing = session_ == 1 && durability_ == Durability::batch;
  return has_nothing || sync_from_now();
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
  // The last batch of a short run is synced with the whole file, once: end().
  if (!synced_ && !batch.finished && !sync_from_now()) return false;
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
  if (!good) {
    // A statement that failed for want of space may have ended the transaction.
    if (::sqlite3_get_autocommit(database_.handle()) == 0) database_.run("ROLLBACK");
    return false;
  }
  if (!unsynced_since_) unsynced_since_ = std::chrono::steady_clock::now();
  // The disk begins at once, so that there is little to wait for.
  if (log_) ::sync_file_range(log_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  if (of_tasks) (void)ROPEWALK_FAILPOINT("record.after_commit");
  return true;
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
