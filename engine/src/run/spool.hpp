#pragma once
// Bytes that are written once and read later: in memory while they are few, then in a file without a name.
// One thread.

#include "base/fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

class Spool {
 public:
  /// Where it went. A full disk makes it failed(): what was appended since is lost.
  std::uint64_t append(std::string_view bytes);
  /// Valid until the next call. Empty if it cannot be read.
  std::string_view read(std::uint64_t offset, std::uint64_t size);
  /// Empty, or why.
  const std::string& failed() const { return failed_; }

 private:
  void flush();

  Fd file_;
  std::uint64_t in_file_ = 0;
  std::string tail_;     // what is not in the file yet
  std::string read_;     // a stretch of the file
  std::uint64_t read_at_ = 0;
  std::string failed_;
};

}  // namespace ropewalk
