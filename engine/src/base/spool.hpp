#pragma once
// Bytes that are written once and read later: in memory while they are few, then in a file without a name.
// One thread.

#include "base/fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class Spool {
 public:
  /// Where it went. A full disk makes it failed(): what was appended since is lost.
  std::uint64_t append(std::string_view bytes) {
    const std::uint64_t offset = in_file_ + tail_.size();
    tail_ += bytes;
    if (tail_.size() >= kInMemory) flush();
    return offset;
  }
  /// Whether appending so many bytes writes to the file.
  bool writes(std::size_t bytes) const { return tail_.size() + bytes >= kInMemory; }
  /// Valid until the next call. Empty if it cannot be read.
  std::string_view read(std::uint64_t offset, std::uint64_t size);
  /// Copies a range of what was appended, across pieces. False if it cannot be read.
  bool copy(std::uint64_t offset, std::uint64_t size, char* into) const;
  /// Empty, or why.
  const std::string& failed() const { return failed_; }

 private:
  static constexpr std::size_t kInMemory = 1 << 20;

  /// A piece of the file that is in memory. Workers end their tasks in streams that run beside each other, so a reader
  /// by index goes through several places of the file at once.
  struct Stretch {
    std::uint64_t number = ~std::uint64_t{0};  // of its kind in the file
    std::uint64_t used = 0;                    // when it was last asked for
    std::string bytes;
  };

  void flush();
  const std::string& stretch(std::uint64_t number);
  bool read_file(std::uint64_t offset, std::string& into, std::size_t least);

  Fd file_;
  std::uint64_t in_file_ = 0;
  std::string tail_;     // what is not in the file yet
  std::vector<Stretch> stretches_;
  std::size_t newest_ = 0;  // of stretches_
  std::uint64_t asked_ = 0;
  std::string read_;        // what does not lie within one stretch
  std::string failed_;
};

}  // namespace ropewalk
