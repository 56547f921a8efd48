#pragma once
// The destination of a report's bytes. Reports write to a Sink and do not know whether it is a file, a pipe or a test's
// string.

#include <string>
#include <string_view>

namespace ropewalk {

/// Takes the bytes of a report. Implement it for another destination. Used on one thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Returns false if the bytes could not be written. The caller should write nothing more.
  virtual bool write(std::string_view bytes) = 0;
};

/// Collects the bytes in a string.
class StringSink final : public Sink {
 public:
  bool write(std::string_view bytes) override;
  std::string text;  ///< what was written so far
};

/// Writes completely and unbuffered to a descriptor, which it borrows. Not thread-safe.
class FdSink final : public Sink {
 public:
  /// Borrows the descriptor, and never closes it.
  explicit FdSink(int fd) : fd_(fd) {}
  bool write(std::string_view bytes) override;
  int error() const { return error_; }  ///< errno of the first failure; 0: none

 private:
  int fd_;
  int error_ = 0;
};

}  // namespace ropewalk
