// The part of RecordFile that keeps a draft: the whole record in memory, and a copy of it in the file.

#include "record/record_file.hpp"

#include "base/fd.hpp"
#include "base/file_state.hpp"
#include "record/empty_record.hpp"
#include "record/record_statements.hpp"
#include "record/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

namespace ropewalk::record {
namespace {

/// The modes in which the file is written and read, two bytes of its header: a log.
constexpr std::string_view kWithLog = "\2\2";
constexpr std::uint64_t kModesAt = 18;

}  // namespace

/// In memory alone.
bool RecordFile::make_draft(Pages pages) {
  const bool large = pages == Pages::large;
  if (!database_.open_in_memory(large ? std::string_view() : empty_record())) return failed();
  is_draft_ = true;
  numbers_.clear();
  if (large && !database_.run("PRAGMA page_size = 32768")) return failed();
  if (!database_.run("BEGIN") || (large && !create_schema(database_))) return failed();
  return begin_session(*start_);
}

/// Synced, while the tasks run: at the end there is less to wait for, and a log has a file that it continues.
bool RecordFile::put_draft(Log log) { return replace_file(log) && (sync_file(draft_.get()) || fail_with(errno)); }

/// A reader, and a process that is killed meanwhile, have the old file or the new one.
bool RecordFile::replace_file(Log log) {
  const std::string_view bytes = database_.bytes();
  if (bytes.empty()) return failed();
  const std::filesystem::path next = folder_ / kNextName;
  Fd fd;
  do fd = Fd(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  while (!fd && errno == EINTR);
  const bool good = fd && write_at(fd.get(), bytes, 0) &&
                    (log == Log::without || write_at(fd.get(), kWithLog, kModesAt)) &&
                    ::rename(next.c_str(), (folder_ / kDatabaseName).c_str()) == 0;
  if (!good) {
    const int error = errno;
    if (fd) ::unlink(next.c_str());
    return file_state(folder_).is_there ? fail_with(error) : fail(kGone);
  }
  draft_ = std::move(fd);
  return true;
}

/// The run goes on, and so it does in the file. The size of its pages cannot change later, so with large ones it begins
/// anew. Readers of the draft keep the old file: they do not know of a log.
bool RecordFile::leave_draft(Pages pages) {
  if (pages == Pages::large) {
    statements_.reset();
    const bool made = make_draft(pages);
    statements_ = std::make_unique<Statements>(database_);
    if (!made) return false;
  }
  if (!put_draft(Log::with)) return false;
  Database file;
  if (!open_file(file)) return failed(file);
  statements_ = std::make_unique<Statements>(database_);  // ends those of the memory
  database_.swap(file);
  is_draft_ = synced_ = false;
  draft_.reset();
  return true;
}

}  // namespace ropewalk::record
