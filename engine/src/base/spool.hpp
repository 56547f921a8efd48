#pragma once
// Bytes that are written once and read later. Small amounts stay in memory; larger ones go to a file without a name.
// Single-threaded.

#include "base/fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class Spool {
 public:
  /// Returns the offset of the bytes. A full disk sets failed(): bytes appended since then are lost.
  std::uint64_t append(std::string_view bytes) {
    const std::uint64_t offset = in_file_ + tail_.size();
    tail_ += bytes;
    if (tail_.size() >= kInMemory) flush();
    return offset;
  }
  /// Whether appending that many bytes writes to the file.
  bool writes(std::size_t bytes) const { return tail_.size() + bytes >= kInMemory; }
  /// Valid until the next call. Empty if the range cannot be read.
  std::string_view read(std::uint64_t offset, std::uint64_t size);
  /// Copies a range of appended bytes, across pieces. Returns false if it cannot be read.
  bool copy(std::uint64_t offset, std::uint64_t size, char* into) const;
  /// The cause of the failure; empty if there was none.
  const std::string& failed() const { return failed_; }

 private:
  static constexpr std::size_t kInMemory = 1 << 20;

  /// A cached piece of the file. Workers finish tasks in parallel streams, so a reader by index moves through several
  /// places of the file at once.
  struct Stretch {
    std::uint64_t number = ~std::uint64_t{0};  // index of this stretch in the file
    std::uint64_t used = 0;                    // time of the last use
    std::string bytes;
  };

  void flush();
  const std::string& stretch(std::uint64_t number);
  bool read_file(std::uint64_t offset, std::string& into, std::size_t least);

  Fd file_;
  std::uint64_t in_file_ = 0;
  std::string tail_;  // bytes not yet in the file
  std::vector<Stretch> stretches_;
  std::size_t newest_ = 0;  // index into stretches_
  std::uint64_t asked_ = 0;
  std::string read_;  // a result that spans several stretches
  std::string failed_;
};

}  // namespace ropewalk
