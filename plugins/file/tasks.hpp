#pragma once
// The task types of file: checksum, write, stat. They share only the file system, so all are thread-safe.

#include <ropewalk/sdk/task.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace file {

/// The digest of one regular file, and the line that sha256sum prints for it.
struct Checksum {
  /// The read buffer. Allocated once per worker, because its first use costs more than a small file.
  struct Worker {
    static constexpr std::size_t kSize = 256 << 10, kAlignment = 4096;
    Worker();
    struct Free {
      void operator()(char* memory) const;
    };
    std::unique_ptr<char[], Free> buffer;
  };
  std::filesystem::path path;
  std::string algorithm = "sha256";
  struct Result {
    std::filesystem::path path;
    std::string digest;
    std::int64_t bytes = 0;
    std::string line;
  };
  Result run(ropewalk::Call& call, Worker& worker) const;
  static void describe(ropewalk::TaskType<Checksum>& task);
};

/// A line in the format of sha256sum: a name with a backslash, a newline or a carriage return is escaped, and the line
/// begins with a backslash.
std::string checksum_line(std::string_view digest, std::string_view name);

/// Writes a file atomically: readers see the old content or the new.
struct Write {
  std::filesystem::path path;
  std::optional<std::vector<std::string_view>> lines;
  std::optional<std::string_view> text;
  struct Result {
    std::filesystem::path path;
    std::int64_t bytes = 0;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Write>& task);
};

/// The file system's metadata of a file; links are followed.
struct Stat {
  std::filesystem::path path;
  struct Result {
    std::filesystem::path path;
    std::string kind;
    std::int64_t bytes = 0;
    double modified = 0;
    std::string mode;
  };
  Result run(ropewalk::Call& call) const;
  static void describe(ropewalk::TaskType<Stat>& task);
};

}  // namespace file
