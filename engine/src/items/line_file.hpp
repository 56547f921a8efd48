#pragma once
// The lines of a file or a stream (standard input, a FIFO) for `foreach: {lines: FILE}`. Lines are found incrementally
// and read on demand. A file is not kept in memory, and a stream is copied to a file without a name. The file is not
// mapped: a task that truncates it would end the engine with SIGBUS. One thread.

#include "base/fd.hpp"

#include <ropewalk/error.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// How a file is split into lines.
struct LineFormat {
  char end = '\n';                ///< ends each line; "\r\n" counts as "\n"
  bool skip_blank = false;        ///< skip lines that contain only blanks
  std::uint64_t block_bytes = 0;  ///< not 0: a "line" is a block of lines with their ends, of at most so many bytes
  std::uint64_t block_lines = 0;  ///< not 0: the same, of at most so many lines
  bool is_blocks() const { return block_bytes != 0 || block_lines != 0; }
};

class LineFile {
 public:
  static constexpr std::uint64_t kLongestLine = 64u << 20;

  /// Lines do not include their end. Empty lines count unless the format skips them, and the last line needs no end. A
  /// byte order mark at the beginning is skipped, unless lines end with NUL: those are written by programs, byte for
  /// byte.
  static Result<LineFile> open(const std::string& path, LineFormat format = {});

  /// Whether the file is standard input: "-", or a name that the kernel gives to it.
  static bool is_stdin(std::string_view path);
  /// Whether its bytes can be read only once: standard input, or a FIFO.
  static bool is_stream(const std::string& path);

  /// The number of known lines.
  std::uint64_t size() const { return lines_; }
  /// Whether all lines are known.
  bool complete() const { return complete_; }
  /// Finds further lines until that many are known, or as far as the stream has been written; of blocks also until a
  /// good deal was read, but at least one. Returns false and sets `problem` if reading fails.
  bool grow(std::uint64_t wanted, std::string& problem);
  /// Finds further lines, and waits for them if the stream has none yet. Returns false as grow() does.
  bool grow_waiting(std::string& problem);
  /// Reads a known line, valid until the next call. Returns false and sets `problem` if it cannot be read.
  bool read(std::uint64_t index, std::string_view& line, std::string& problem) const;
  /// The number of a known line in the file, from 1, with blank lines counted.
  std::uint64_t number(std::uint64_t index) const;
  const std::string& name() const { return name_; }

 private:
  /// The beginning of a line: of every 512th line, and about every 256 KiB.
  struct Mark {
    std::uint64_t line, offset;
    std::uint64_t ends;  // ends of lines before it, with skipped ones
  };
  struct Line {
    std::size_t start, size;
    std::uint64_t number;
  };
  /// The lines from one mark to the next.
  struct Block {
    std::uint64_t first = ~std::uint64_t{0};
    std::uint64_t used = 0;  // when it was last read
    std::string bytes;
    std::vector<Line> lines;
  };

  LineFile() = default;
  std::int64_t fetch(std::string& problem);
  bool is_ready() const;
  void scan(std::string_view bytes);
  std::size_t skip_byte_order_mark(std::string_view bytes);
  void end_line(std::uint64_t next);
  void end_line_of_block(std::uint64_t next);
  void end_last(std::uint64_t next);
  void set_mark();
  std::string_view without_end(std::string_view line) const;
  const Block* block_of(std::uint64_t index, std::string& problem) const;

  std::string name_;
  LineFormat format_;
  Fd file_;          // the file itself, or a copy of the stream
  Fd opened_;        // a FIFO
  int stream_ = -1;  // the descriptor that is read to its end; -1: file_ is read
  bool complete_ = false;
  std::string buffer_;         // scratch
  std::uint64_t scanned_ = 0;  // bytes
  std::uint64_t lines_ = 0;
  std::uint64_t ends_ = 0;               // ends of lines found, with skipped ones
  std::uint64_t end_ = 0;                // of the last known line
  std::uint64_t inner_end_ = 0;          // of the last line in a block that goes on
  std::uint64_t inner_lines_ = 0;        // in a block that goes on
  bool blank_ = true;                    // the line after end_ has only blanks so far
  std::size_t mark_bytes_ = 0;           // bytes of a byte order mark that were read; beyond its length: there is none
  std::vector<Mark> marks_;              // ascending; never empty
  mutable std::array<Block, 4> blocks_;  // several readers read lines at the same time
  mutable std::uint64_t asked_ = 0;
};

}  // namespace ropewalk
