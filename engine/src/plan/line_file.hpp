#pragma once
// The lines of a file or of standard input, found little by little and read when they are asked for: what
// `foreach: {lines: FILE}` runs over. A file is never held in memory; standard input goes into a file without a name.
// Not a mapping of the file: a task that shortens the file would end the engine with SIGBUS. One thread.

#include "base/fd.hpp"

#include <ropewalk/error.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class LineFile {
 public:
  static constexpr std::uint64_t kLongestLine = 64u << 20;

  /// "-" is stdin. Lines lose their "\n" or "\r\n"; empty ones stay; a last line needs no end.
  static Result<LineFile> open(const std::string& path);

  /// The lines that are known.
  std::uint64_t size() const { return lines_; }
  /// Whether there are no others.
  bool complete() const { return complete_; }
  /// Looks for further lines until that many are known, or as far as standard input has been written. False: it cannot
  /// be read further, and `problem` says why.
  bool grow(std::uint64_t wanted, std::string& problem);
  /// A known line, valid until the next call; false: it cannot be read, and `problem` says why.
  bool read(std::uint64_t index, std::string_view& line, std::string& problem) const;

 private:
  /// Where a line begins: that of every 512th line, and about every 256 KiB.
  struct Mark {
    std::uint64_t line, offset;
  };
  /// The lines from one mark to the next.
  struct Block {
    std::uint64_t first = ~std::uint64_t{0};
    std::uint64_t used = 0;  // when it was last asked for
    std::string bytes;
    std::vector<std::size_t> starts;
  };

  LineFile() = default;
  std::int64_t fetch(std::string& problem);
  bool is_ready() const;
  void scan(std::string_view bytes);
  void end_line(std::uint64_t next);
  const Block* block_of(std::uint64_t index, std::string& problem) const;

  std::string name_;
  Fd file_;                    // the file itself, or what came from stdin
  bool from_stdin_ = false;
  bool complete_ = false;
  std::string buffer_;         // scratch
  std::uint64_t scanned_ = 0;  // bytes
  std::uint64_t lines_ = 0;
  std::uint64_t end_ = 0;      // of the last known line
  std::vector<Mark> marks_;    // ascending; never empty
  mutable std::array<Block, 4> blocks_;  // several readers go through the lines side by side
  mutable std::uint64_t asked_ = 0;
};

}  // namespace ropewalk
