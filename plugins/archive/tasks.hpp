#pragma once
// The task types of archive: compress and decompress, one file each. They keep no state between tasks, so both are
// thread-safe.

#include <ropewalk/sdk/task.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace archive {

/// Compresses a file. The output appears atomically.
struct Compress {
  std::filesystem::path path;
  std::optional<std::filesystem::path> to;
  std::string algorithm = "zstd";
  std::optional<int> level;
  struct Result {
    std::filesystem::path path, to;
    std::int64_t bytes_in = 0, bytes_out = 0;
    double ratio = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Compress>& task);
};

/// Decompresses a file. The output appears atomically. The first bytes determine the format.
struct Decompress {
  std::filesystem::path path;
  std::optional<std::filesystem::path> to;
  using Result = Compress::Result;
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Decompress>& task);
};

}  // namespace archive
