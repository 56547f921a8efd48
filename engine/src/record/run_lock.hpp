#pragma once
// The lock of a run: at most one engine writes to its record. It belongs to an open file, so it ends with its process,
// however that ends; there is no stale lock. Processes that exec inherit none of it.

#include "base/fd.hpp"

#include <ropewalk/error.hpp>

#include <cstdint>
#include <filesystem>

namespace ropewalk::record {

class RunLock {
 public:
  /// Takes the lock of the run in `folder`, which exists. R305 names the process that holds it; R306: the file system
  /// has no locks, or the folder cannot be written to.
  static Result<RunLock> take(const std::filesystem::path& folder);

  RunLock(RunLock&&) = default;
  /// Not assigned: the old lock would end without its file.
  RunLock& operator=(RunLock&&) = delete;
  /// Removes the file, and with it the lock.
  ~RunLock();

 private:
  RunLock(Fd fd, std::filesystem::path file) : fd_(std::move(fd)), file_(std::move(file)) {}

  Fd fd_;
  std::filesystem::path file_;
};

/// The process that holds the lock of the run in `folder`, without taking it; 0: none does. -1: one does, and has not
/// said yet which it is.
std::int32_t lock_holder(const std::filesystem::path& folder);

}  // namespace ropewalk::record
