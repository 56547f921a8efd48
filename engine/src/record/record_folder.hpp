#pragma once
// Where the record of a run lies: DIR/runs/ID/, with its lock. Made before the run begins, so that a run that cannot be
// recorded is refused and not found out about later.

#include "record/run_lock.hpp"

#include <ropewalk/error.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace ropewalk::record {

struct RecordFolder {
  std::filesystem::path path;
  std::string id, name;
  std::optional<RunLock> lock;  ///< empty: it was given back

  /// Makes a folder for a new run below `root` (.ropewalk), with a name that no other run there has, and takes its
  /// lock. A root that is made gets a .gitignore, which keeps it out of the project's repository. Errors carry R306.
  static Result<RecordFolder> create(const std::filesystem::path& root);
  /// Takes the lock of an old run. R301: there is none. R305: another engine works on it.
  static Result<RecordFolder> reopen(const std::filesystem::path& folder);
};

}  // namespace ropewalk::record
