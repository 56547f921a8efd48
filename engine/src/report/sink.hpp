#pragma once
// Where a report's bytes go. Reports write to a Sink and never know whether it is a file, a pipe or a test's string.

#include <string>
#include <string_view>

namespace ropewalk {

class Sink {
 public:
  virtual ~Sink() = default;
  /// false: they could not be written, and nothing more should be.
  virtual bool write(std::string_view bytes) = 0;
};

/// Collects in a string.
class StringSink final : public Sink {
 public:
  bool write(std::string_view bytes) override;
  std::string text;
};

/// Writes to a descriptor, whole and unbuffered; borrows it. Not thread-safe.
class FdSink final : public Sink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  bool write(std::string_view bytes) override;
  int error() const { return error_; }  ///< errno of the first failure, 0: none

 private:
  int fd_;
  int error_ = 0;
};

}  // namespace ropewalk
