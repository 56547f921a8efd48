#pragma once
// The task types of text: count and merge, the two halves of a word count. They keep no state between tasks except a
// buffer per worker, so both are thread-safe.

#include "counts.hpp"

#include <ropewalk/sdk/task.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace text {

/// Lines, words and bytes of one regular file, and the count of each word.
struct Count {
  /// The read buffer. Allocated once per worker, because its first use costs more than a small file.
  struct Worker {
    static constexpr std::size_t kSize = 128 << 10;
    std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(kSize);
  };
  std::filesystem::path path;
  std::optional<std::int64_t> most;
  struct Result {
    std::filesystem::path path;
    std::int64_t lines = 0, words = 0, bytes = 0, distinct = 0;
    Counts counts;
  };
  Result run(ropewalk::Call& call, Worker& worker) const;
  static void describe(ropewalk::TaskType<Count>& task);
};

/// The sum of many counts.
struct Merge {
  std::vector<Counts> counts;
  std::optional<std::int64_t> most;
  struct Result {
    Counts counts;
    std::int64_t words = 0, distinct = 0;
    std::vector<std::string> lines;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Merge>& task);
};

}  // namespace text
