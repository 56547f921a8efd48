#pragma once
// Sets failpoints, with their own counts, for the programs that a test starts during this object's lifetime, and on
// request for the test's own process. See base/failpoint.hpp.

#include "base/failpoint.hpp"
#include "support/scratch.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace ropewalk::test {

class FailAt {
 public:
  enum class Here { no, yes };
  explicit FailAt(const std::string& points, Here here = Here::no) {
    ::setenv("ROPEWALK_FAILPOINTS", points.c_str(), 1);
    ::setenv("ROPEWALK_FAILPOINT_COUNTS", (folder_ / "counts").c_str(), 1);
    if (here == Here::yes) read();
  }
  ~FailAt() {
    ::unsetenv("ROPEWALK_FAILPOINTS");
    ::unsetenv("ROPEWALK_FAILPOINT_COUNTS");
    read();
  }
  /// How often any process reached the first of them.
  std::uint64_t hits() const {
    std::uint64_t count = 0;
    const std::string counts = content(folder_ / "counts");
    if (counts.size() >= sizeof count) std::memcpy(&count, counts.data(), sizeof count);
    return count;
  }
  FailAt(const FailAt&) = delete;
  FailAt& operator=(const FailAt&) = delete;

 private:
  static void read() {
#if ROPEWALK_FAILPOINTS
    failpoint::read_environment();
#endif
  }
  Scratch folder_;
};

}  // namespace ropewalk::test
