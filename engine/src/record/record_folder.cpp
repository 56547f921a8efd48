#include "record/record_folder.hpp"

#include "base/folder_entries.hpp"
#include "base/text.hpp"
#include "record/run_name.hpp"
#include "record/schema.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <set>
#include <system_error>

namespace ropewalk::record {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kNames = 4096;

Errors unwritable(const fs::path& path, int error) {
  return Error{codes::kRecordUnwritable,
               fmt::format("cannot record the run: '{}': {}", escape_for_display(path.string()), std::strerror(error)),
               {},
               {"name a folder of records that can be written to, or run without a record"}};
}

/// 0: it is there now. `made`: it was not there before.
int make_folder(const fs::path& path, bool& made) {
  made = ::mkdir(path.c_str(), 0777) == 0;
  if (made || errno != EEXIST) return made ? 0 : errno;
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return errno;
  return S_ISDIR(about.st_mode) ? 0 : ENOTDIR;
}

int ignore_in_git(const fs::path& root) {
  const Fd fd(::open((root / ".gitignore").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd) return errno == EEXIST ? 0 : errno;
  return write_at(fd.get(), "*\n", 0) ? 0 : errno;
}

/// The names of the runs in the folder.
std::set<std::string, std::less<>> names_in(const fs::path& runs) {
  std::set<std::string, std::less<>> names;
  for (const fs::path& entry : folder_entries(runs)) names.emplace(name_in(entry.filename().string()));
  return names;
}

/// An engine that was killed as it left the log mode may have left a journal of that change, which SQLite undoes when
/// somebody who may write opens the file. Readers do without: they see the same rows before and after the change.
Result<void> undo_half_of_a_change(const fs::path& folder) {
  std::error_code error;
  const fs::path file = folder / kDatabaseName;
  if (!fs::exists(file.string() + "-journal", error)) return {};
  Database database;
  if (database.open(file, Database::Mode::write) && database.number("SELECT count(*) FROM sqlite_schema")) return {};
  return unreadable(database, file);
}

}  // namespace

Result<RecordFolder> RecordFolder::create(const fs::path& root) {
  const fs::path runs = root / "runs";
  bool made = false;
  std::error_code error;
  if (root.has_parent_path()) fs::create_directories(root.parent_path(), error);
  if (const int why = make_folder(root, made)) return unwritable(root, why);
  if (const int why = made ? ignore_in_git(root) : 0) return unwritable(root / ".gitignore", why);
  if (const int why = make_folder(runs, made)) return unwritable(runs, why);

  const auto taken = names_in(runs);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::uint32_t chance = 0;
  if (::getrandom(&chance, sizeof chance, GRND_NONBLOCK) != sizeof chance)
    chance = static_cast<std::uint32_t>(now.tv_nsec) ^ static_cast<std::uint32_t>(::getpid());
  for (std::uint32_t i = 0; i < 2 * kNames; ++i) {
    // Beyond 4,096 runs names get a number.
    const std::string name =
        i < kNames ? run_name(chance + i) : fmt::format("{}-{}", run_name(chance + i), taken.size() + i);
    if (taken.contains(name)) continue;
    const std::string id = run_id(now.tv_sec, name);
    const int why = make_folder(runs / id, made);
    if (why != 0) return unwritable(runs / id, why);
    if (!made) continue;
    auto lock = RunLock::take(runs / id);
    if (!lock) {
      const Errors refused = lock.error();
      ::rmdir((runs / id).c_str());
      return refused;
    }
    return RecordFolder{runs / id, id, name, std::move(*lock)};
  }
  return unwritable(runs, EEXIST);
}

Result<RecordFolder> RecordFolder::reopen(const fs::path& folder) {
  struct stat about {};
  // An engine that has just begun the run holds its lock and has no database yet.
  if (::stat((folder / kDatabaseName).c_str(), &about) != 0 && lock_holder(folder) == 0)
    return Errors(
        Error{codes::kNoRecord,
              fmt::format("there is no record in '{}': {}", escape_for_display(folder.string()), std::strerror(errno)),
              {},
              {"'ropewalk runs' lists the runs"}});
  auto lock = RunLock::take(folder);
  if (!lock) return lock.error();
  if (const auto good = undo_half_of_a_change(folder); !good) return good.error();
  const std::string id = folder.filename().string();
  return RecordFolder{folder, id, std::string(name_in(id)), std::move(*lock)};
}

}  // namespace ropewalk::record
