#pragma once
// The lines of a file or of a stream (standard input, a FIFO), found little by little and read when they are asked for:
// what `foreach: {lines: FILE}` runs over. A file is never held in memory; a stream goes into a file without a name.
// Not a mapping of the file: a task that shortens the file would end the engine with SIGBUS. One thread.

#include "base/fd.hpp"

#include <ropewalk/error.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// How a file is cut into lines.
struct LineFormat {
  char end = '\n';          ///< behind each line; of "\n" a "\r" before it belongs to the end
  bool skip_blank = false;  ///< lines of nothing but blanks are no lines
};

class LineFile {
 public:
  static constexpr std::uint64_t kLongestLine = 64u << 20;

  /// Lines lose their end; empty ones stay unless the format skips them; a last line needs no end. A byte order mark at
  /// the beginning is skipped, but not where lines end with NUL: programs write those, and every byte of them counts.
  static Result<LineFile> open(const std::string& path, LineFormat format = {});

  /// "-", or a name that the kernel gives to it.
  static bool is_stdin(std::string_view path);
  /// Whether its bytes can be read only once: standard input, or a FIFO.
  static bool is_stream(const std::string& path);

  /// The lines that are known.
  std::uint64_t size() const { return lines_; }
  /// Whether there are no others.
  bool complete() const { return complete_; }
  /// Looks for further lines until that many are known, or as far as standard input has been written. False: it cannot
  /// be read further, and `problem` says why.
  bool grow(std::uint64_t wanted, std::string& problem);
  /// A known line, valid until the next call; false: it cannot be read, and `problem` says why.
  bool read(std::uint64_t index, std::string_view& line, std::string& problem) const;
  /// Where a known line stands in the file, from 1: blank lines count.
  std::uint64_t number(std::uint64_t index) const;
  const std::string& name() const { return name_; }

 private:
  /// Where a line begins: that of every 512th line, and about every 256 KiB.
  struct Mark {
    std::uint64_t line, offset;
    std::uint64_t ends;  // of lines before it, the skipped ones too
  };
  struct Line {
    std::size_t start, size;
    std::uint64_t number;
  };
  /// The lines from one mark to the next.
  struct Block {
    std::uint64_t first = ~std::uint64_t{0};
    std::uint64_t used = 0;  // when it was last asked for
    std::string bytes;
    std::vector<Line> lines;
  };

  LineFile() = default;
  std::int64_t fetch(std::string& problem);
  bool is_ready() const;
  void scan(std::string_view bytes);
  std::size_t skip_byte_order_mark(std::string_view bytes);
  void end_line(std::uint64_t next);
  void set_mark();
  std::string_view without_end(std::string_view line) const;
  const Block* block_of(std::uint64_t index, std::string& problem) const;

  std::string name_;
  LineFormat format_;
  Fd file_;          // the file itself, or what came from the stream
  Fd opened_;        // a FIFO
  int stream_ = -1;  // the descriptor that is read to its end; -1: file_ is read
  bool complete_ = false;
  std::string buffer_;         // scratch
  std::uint64_t scanned_ = 0;  // bytes
  std::uint64_t lines_ = 0;
  std::uint64_t ends_ = 0;  // of lines, the skipped ones too
  std::uint64_t end_ = 0;   // of the last known line
  bool blank_ = true;       // so far the line behind end_
  std::size_t mark_bytes_ =
      0;                     // how much of a byte order mark has been seen; beyond its length: there is none to be seen
  std::vector<Mark> marks_;  // ascending; never empty
  mutable std::array<Block, 4> blocks_;  // several readers go through the lines side by side
  mutable std::uint64_t asked_ = 0;
};

}  // namespace ropewalk
